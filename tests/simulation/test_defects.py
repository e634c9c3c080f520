"""The simulation bites: each defect that is planted here is found by a few seeds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection

from shared import announcer, checkpoints, messages, sources, waiting, writer
from shared.decision import Outcome, Read, Stamp, Submission, decide
from shared.envelope import micros
from shared.following import Following
from shared.healing import Healing
from shared.kept import Kept
from shared.ledger import Ledgers
from shared.messages import Arrived, Heads
from shared.writer import Writer
from tests.simulation.world import live

Plant = Callable[[pytest.MonkeyPatch], None]
SEEDS = 250  # at most, until one breaks; unless something is planted none does, as test_lives.py says
DEFECTS: dict[str, Plant] = {}


def defect(plant: Plant) -> Plant:
    """Remember how to plant it."""
    DEFECTS[plant.__name__] = plant
    return plant


@defect
def the_writer_answers_before_the_commit_is_known(patch: pytest.MonkeyPatch) -> None:
    decide_all = Writer._decide_all

    def deciding(self: Writer, group: list[Any], *more: Any) -> Any:
        decided, outcomes = decide_all(self, group, *more)
        for waiting_ in group:
            outcome = outcomes[waiting_.submission.command_id]
            if isinstance(outcome, Outcome) and outcome.events:
                writer._resolve(waiting_, outcome)
        return decided, outcomes

    patch.setattr(Writer, "_decide_all", deciding)


@defect
def an_error_of_the_append_is_taken_for_success(patch: pytest.MonkeyPatch) -> None:
    append = Ledgers.append

    async def appending(self: Ledgers, *arguments: Any) -> None:
        with suppress(OperationalError):
            await append(self, *arguments)

    patch.setattr(Ledgers, "append", appending)


@defect
def repeated_commands_are_not_looked_up(patch: pytest.MonkeyPatch) -> None:
    async def nothing(self: Ledgers, command_ids: Sequence[Any]) -> dict[Any, Any]:
        return {}

    patch.setattr(Ledgers, "find_commands", nothing)


@defect
def a_stamp_does_not_look_at_the_ledgers_last_event(patch: pytest.MonkeyPatch) -> None:
    stamps = Writer._stamps

    def stamping(self: Writer, group: list[Any], read: Any) -> Any:
        now = micros(self.clock.now())
        return {
            ledger: Stamp(stamp.own, now, read.after) for ledger, stamp in stamps(self, group, read).items()
        }

    patch.setattr(Writer, "_stamps", stamping)


@defect
def what_others_appended_is_not_folded_into_the_states_that_are_kept(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Kept, "_fold", lambda self, recorded: None)


@defect
def a_refusal_does_not_look_whether_the_head_has_moved(patch: pytest.MonkeyPatch) -> None:
    answer = Writer._answer

    async def answering(self: Writer, group: list[Any], outcomes: Any, fresh: set[str]) -> None:
        await answer(self, group, outcomes, fresh | set(self._kept.heads))

    patch.setattr(Writer, "_answer", answering)


@defect
def a_decision_does_not_read_the_organisation_first(patch: pytest.MonkeyPatch) -> None:
    async def as_known(self: Following) -> Any:
        self.caught_up.set()
        position = self.organisation.position
        return Read({"projects/group": position} if position else {}, 0)

    patch.setattr(Following, "catch_up", as_known)


@defect
def a_view_applies_what_lies_behind_a_gap(patch: pytest.MonkeyPatch) -> None:
    def run(self: waiting.Ledger, limit: int) -> list[Arrived]:
        return [self.waiting[position] for position in sorted(self.waiting)][:limit]

    patch.setattr(waiting.Ledger, "run", run)


@defect
def a_checkpoint_is_saved_in_a_transaction_of_its_own(patch: pytest.MonkeyPatch) -> None:
    save = checkpoints.save

    async def saving(connection: AsyncConnection, view: Any, marks: Mapping[Any, Any]) -> None:
        raw = await connection.get_raw_connection()
        driver: Any = raw.driver_connection
        await driver.commit()
        cursor = driver.cursor()
        await cursor.execute("BEGIN IMMEDIATE")
        await save(connection, view, marks)

    patch.setattr(checkpoints, "save", saving)


@defect
def what_came_too_early_keeps_its_room(patch: pytest.MonkeyPatch) -> None:
    """It once did, and the simulation found it."""
    patch.setattr(waiting.Ledger, "drop_early", lambda self: None)


@defect
def nobody_asks_for_what_was_lost(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Healing, "ask", lambda self, restless: None)


@defect
def heads_promise_what_is_not_committed_yet(patch: pytest.MonkeyPatch) -> None:
    heads_now = messages.heads_now

    async def promising(ledgers: Ledgers, now: Any) -> Heads:
        heads = await heads_now(ledgers, now)
        return Heads(heads.at + 8_000_000, heads.heads)

    patch.setattr(sources, "heads_now", promising)
    patch.setattr(announcer, "heads_now", promising)


@defect
def a_source_goes_on_after_its_end(patch: pytest.MonkeyPatch) -> None:
    async def going_on(self: sources.LocalSource) -> None:
        """Its task is left behind."""

    patch.setattr(sources.LocalSource, "close", going_on)


@defect
def an_arrival_forgets_what_it_follows_on(patch: pytest.MonkeyPatch) -> None:
    def deciding(s: Submission, *more: Any) -> Any:
        return decide(replace(s, read=Read()), *more)

    patch.setattr("shared.writer.decide", deciding)


@pytest.mark.parametrize("name", DEFECTS)
def test_a_planted_defect_is_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    DEFECTS[name](monkeypatch)
    assert any(live(seed).failure for seed in range(SEEDS))
