"""The contract of the writer: every command is answered truly, once, whatever happens to the others."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from msgspec import structs
from sqlalchemy import text

from shared import engines, kept
from shared.clock import SystemClock
from shared.codec import EventTooLarge, NotText, Schema
from shared.decision import KeyUsedForAnother, Outcome, Read, Submission, WrittenByNewerCode
from shared.domain import NotKnown, Stale
from shared.envelope import Recorded, micros, moment
from shared.ledger import Ledgers
from shared.passing import Unavailable
from shared.writer import RACES_LOST_AT_MOST, Writer
from tests.support.counter import (
    COUNTER,
    LIMIT,
    AboveLimit,
    Add,
    Added,
    Broken,
    Close,
    Closed,
    IsClosed,
    KeepOpen,
    KeptOpen,
    MustStayOpen,
    opened,
    submission,
    whole,
)
from tests.support.engines import Database

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


class SetClock:
    """A clock that a test sets as it likes, also back."""

    def __init__(self, now: datetime) -> None:
        self.time = now

    def now(self) -> datetime:
        return self.time


class FastClock(SystemClock):
    """A machine's clock that is fast, or slow, by some seconds."""

    def __init__(self, fast_seconds: float) -> None:
        self.fast_seconds = fast_seconds

    def now(self) -> datetime:
        return super().now() + timedelta(seconds=self.fast_seconds)


@pytest.fixture
async def ledgers(database: Database) -> AsyncIterator[Ledgers]:
    async with opened(database.url()) as ledgers:
        yield ledgers


@pytest.fixture
async def writers(ledgers: Ledgers) -> AsyncIterator[tuple[Writer, Writer]]:
    """Two that know nothing of each other, as in two processes."""
    two = Writer(ledgers, SystemClock()), Writer(ledgers, SystemClock())
    yield two
    for one in two:
        await one.close()


async def answers(writer: Writer, *submissions: Submission) -> list[Outcome | BaseException]:
    """What each got, sent all at once."""
    return await asyncio.gather(*(writer.submit(s) for s in submissions), return_exceptions=True)


# -- a decision and its record ----------------------------------------------------------------


async def test_a_command_is_recorded_with_all_that_it_needs_to_be_decided_again(ledgers: Ledgers) -> None:
    heard: list[tuple[Sequence[Recorded], bytes, Sequence[bytes]]] = []
    one = Writer(ledgers, SetClock(NOON), committed=lambda *arguments: heard.append(arguments))
    stream, earlier = uuid4(), NOON - timedelta(days=3)
    command = submission(stream, Add(2, "党课", 2), correlation="c", causation="why", happened_at=earlier)
    outcome = await one.submit(command)
    assert outcome == Outcome("projects", "group", stream, 2, 2, micros(NOON), events=("Added", "Added"))
    first, second = await whole(ledgers)
    assert first.envelope.request == "sha-of-body"
    assert first.envelope.command_id == str(command.command_id)
    assert (
        bytes(first.envelope.command) == '{"data":{"amount":2,"note":"党课","times":2},"name":"Add"}'.encode()
    )
    assert (second.envelope.request, second.envelope.command_id) == (None, None)
    for recorded in (first, second):
        assert recorded.event == Added(2, "党课")
        envelope = recorded.envelope
        assert (envelope.correlation, envelope.causation, envelope.count) == ("c", "why", 2)
        assert envelope.recorded_at == "2026-07-01T12:00:00.000000Z"
    assert first.envelope.happened_at == "2026-06-28T12:00:00.000000Z"
    assert second.envelope.happened_at == second.envelope.recorded_at, "what follows happens now"
    await one.submit(submission(stream, Add(1)))
    (announced, before, _), (_, previous, leaves) = heard
    assert [r.body for r in announced] == [first.body, second.body]
    assert (before, len(leaves)) == (b"", 1)
    assert previous == heard[0][2][-1]
    await one.close()


async def test_facts_are_put_into_a_command_on_the_state_just_before_it_is_decided(ledgers: Ledgers) -> None:
    one, stream = Writer(ledgers, SystemClock()), uuid4()
    seen: list[int] = []

    def prepare(state: Any) -> Add:
        seen.append(state.total)
        return Add(1)

    many = [Submission(ledger="group", stream=stream, decider=COUNTER, prepare=prepare) for _ in range(20)]
    await answers(one, *many)
    assert seen == list(range(20))
    await one.close()


async def test_text_is_the_same_in_a_kept_state_as_in_one_that_is_read(ledgers: Ledgers) -> None:
    heard: list[Recorded] = []
    one = Writer(ledgers, SystemClock(), committed=lambda recorded, *_: heard.extend(recorded))
    await one.submit(submission(uuid4(), Add(1, "line\n\u0303 e\u0301")))
    (stored,) = await whole(ledgers)
    assert stored.event == heard[0].event == Added(1, "line\n\u0303 \u00e9")
    await one.close()


async def test_a_command_may_cause_nothing(writers: tuple[Writer, Writer], ledgers: Ledgers) -> None:
    stream = uuid4()
    outcome = await writers[0].submit(submission(stream, Add(1, times=0)))
    assert (outcome.version, outcome.position, outcome.events) == (0, 0, ())
    assert await whole(ledgers) == []


# -- repeats ----------------------------------------------------------------------------------


@pytest.mark.parametrize("other", [0, 1], ids=["same writer", "other writer"])
async def test_a_repeat_gets_the_first_answer(
    writers: tuple[Writer, Writer], ledgers: Ledgers, other: int
) -> None:
    command = submission(uuid4(), Add(2, times=3))
    first = await writers[0].submit(command)
    await writers[0].submit(submission(command.stream, Add(1)))
    again = await writers[other].submit(command)
    assert again.repeated
    assert (again.stream, again.version, again.position, again.recorded_at) == (
        first.stream,
        first.version,
        first.position,
        first.recorded_at,
    )
    assert len(await whole(ledgers)) == 4


@pytest.mark.parametrize("other", [0, 1], ids=["same writer", "other writer"])
@pytest.mark.parametrize("request_hash", ["sha-of-body", None], ids=["request", "reaction"])
@pytest.mark.parametrize("then", ["refused", "stale", "nothing to do"])
async def test_a_repeat_gets_the_first_answer_also_where_it_would_now_do_otherwise(
    writers: tuple[Writer, Writer], ledgers: Ledgers, other: int, request_hash: str | None, then: str
) -> None:
    stream, key = uuid4(), uuid4()
    more: dict[str, Any] = {"command_id": key, "request": request_hash}
    if then == "stale":
        more["expected_version"] = 0
    first = await writers[0].submit(submission(stream, Add(1), **more))
    if then == "refused":
        await writers[0].submit(submission(stream, Close()))
    repeat = submission(stream, Add(1, times=0 if then == "nothing to do" else 1), **more)
    again = await writers[other].submit(repeat)
    assert (again.position, again.version, again.repeated) == (first.position, first.version, True)


@pytest.mark.parametrize("other", [0, 1], ids=["same writer", "other writer"])
@pytest.mark.parametrize("second", [Add(2), Add(LIMIT * 2), Add(1, times=0)])
async def test_a_key_is_not_taken_for_another_request(
    writers: tuple[Writer, Writer], ledgers: Ledgers, other: int, second: Add
) -> None:
    stream, key = uuid4(), uuid4()
    await writers[0].submit(submission(stream, Add(1), command_id=key))
    with pytest.raises(KeyUsedForAnother):
        await writers[other].submit(submission(stream, second, command_id=key, request="sha-of-another"))
    assert len(await whole(ledgers)) == 1


async def test_fifty_repeats_at_once_are_one_event(writers: tuple[Writer, Writer], ledgers: Ledgers) -> None:
    command = submission(uuid4(), Add(2, times=2))
    got = await asyncio.gather(*(writers[n % 2].submit(command) for n in range(50)))
    assert {(o.position, o.version, o.recorded_at) for o in got} == {(2, 2, got[0].recorded_at)}
    assert len(await whole(ledgers)) == 2
    with pytest.raises(KeyUsedForAnother):
        await writers[0].submit(submission(uuid4(), Add(1), command_id=command.command_id, request="x"))


async def test_a_key_is_not_taken_for_another_request_that_is_still_on_its_way(ledgers: Ledgers) -> None:
    one, key = Writer(ledgers, SystemClock()), uuid4()
    first = submission(uuid4(), Add(1), command_id=key)
    second = submission(uuid4(), Add(1), command_id=key, request="sha-of-another")
    recorded, refused = await answers(one, first, second)
    assert isinstance(recorded, Outcome)
    assert isinstance(refused, KeyUsedForAnother)
    await one.close()


async def test_a_repeat_among_new_commands_holds_nobody_up(
    writers: tuple[Writer, Writer], ledgers: Ledgers
) -> None:
    repeated = [submission(uuid4(), Add(1)) for _ in range(5)]
    await answers(writers[0], *repeated)
    fresh = [submission(uuid4(), Add(1)) for _ in range(20)]
    got = await answers(writers[1], *fresh[:10], *repeated, *fresh[10:])
    assert [isinstance(o, Outcome) and o.repeated for o in got] == [False] * 10 + [True] * 5 + [False] * 10
    assert len(await whole(ledgers)) == 25


# -- what a decision rests on -----------------------------------------------------------------


async def test_an_outdated_version_is_refused(writers: tuple[Writer, Writer], ledgers: Ledgers) -> None:
    stream = uuid4()
    assert (await writers[0].submit(submission(stream, Add(1), expected_version=0))).version == 1
    for outdated in (0, 2):
        with pytest.raises(Stale):
            await writers[0].submit(submission(stream, Add(1), expected_version=outdated))
    assert (await writers[0].submit(submission(stream, Add(1), expected_version=1))).version == 2
    assert len(await whole(ledgers)) == 2


async def test_who_may_not_know_of_a_stream_is_not_told_its_version(
    writers: tuple[Writer, Writer],
) -> None:
    def hidden(_state: object) -> object:
        raise NotKnown

    stream = uuid4()
    await writers[0].submit(submission(stream, Add(1)))
    for version in (0, 1):
        asked = submission(stream, Add(1), expected_version=version)
        with pytest.raises(NotKnown):
            await writers[0].submit(structs.replace(asked, prepare=hidden))


@pytest.mark.parametrize("kept", [True, False], ids=["in memory", "read"])
async def test_a_stream_of_another_kind_is_not_known_and_hurts_nobody_else(
    writers: tuple[Writer, Writer], ledgers: Ledgers, kept: bool
) -> None:
    other, mine = uuid4(), uuid4()
    await writers[0].submit(submission(other, Add(1)))
    timer = replace(COUNTER, aggregate="timer")
    wrong = structs.replace(submission(other, Add(1)), decider=timer)
    got = await answers(writers[0 if kept else 1], wrong, submission(mine, Add(1)))
    assert isinstance(got[0], NotKnown)
    assert isinstance(got[1], Outcome)
    assert (await writers[0].submit(submission(other, Add(1)))).version == 2
    assert len(await whole(ledgers)) == 3


async def test_of_two_changes_to_one_version_one_is_refused(ledgers: Ledgers) -> None:
    one, stream = Writer(ledgers, SystemClock()), uuid4()
    got = await answers(one, *(submission(stream, Add(1), expected_version=0) for _ in range(2)))
    assert isinstance(got[0], Outcome)
    assert isinstance(got[1], Stale)
    await one.close()


async def test_the_version_that_another_process_made_is_not_outdated(
    writers: tuple[Writer, Writer], ledgers: Ledgers
) -> None:
    stream = uuid4()
    await writers[1].submit(submission(stream, Add(1)))
    await writers[0].submit(submission(stream, Add(1)))
    assert (await writers[1].submit(submission(stream, Add(1), expected_version=2))).version == 3


async def test_a_command_meets_what_another_process_has_recorded(
    writers: tuple[Writer, Writer], ledgers: Ledgers
) -> None:
    stream = uuid4()
    await writers[1].submit(submission(stream, Add(1)))
    await writers[0].submit(submission(stream, Close()))
    with pytest.raises(IsClosed):
        await writers[1].submit(submission(stream, Add(1)))


async def test_a_refusal_never_rests_on_a_command_that_was_not_recorded(
    writers: tuple[Writer, Writer], ledgers: Ledgers
) -> None:
    stream = uuid4()
    await writers[1].submit(submission(stream, Add(1)))
    await writers[0].submit(submission(stream, KeepOpen()))
    closing, adding = await answers(writers[1], submission(stream, Close()), submission(stream, Add(1)))
    assert isinstance(closing, MustStayOpen)
    assert isinstance(adding, Outcome)
    assert [r.event for r in await whole(ledgers)] == [Added(1), KeptOpen(), Added(1)]


async def test_commands_of_a_group_meet_those_before_them(ledgers: Ledgers) -> None:
    one, stream = Writer(ledgers, SystemClock()), uuid4()
    got = await answers(one, *(submission(stream, Add(30)) for _ in range(5)), submission(stream, Close()))
    assert [type(answer) for answer in got] == [Outcome] * 3 + [AboveLimit] * 2 + [Outcome]
    assert [r.event for r in await whole(ledgers)] == [Added(30)] * 3 + [Closed()]
    await one.close()


async def test_states_are_forgotten_and_read_again(ledgers: Ledgers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "STATES_AT_MOST", 3)
    one, streams = Writer(ledgers, SystemClock()), [uuid4() for _ in range(20)]
    for _ in range(4):
        await answers(
            one,
            *(submission(stream, Add(30), ledger=f"l{n % 4}") for n, stream in enumerate(streams)),
        )
    for n, stream in enumerate(streams):
        with pytest.raises(AboveLimit):
            await one.submit(submission(stream, Add(30), ledger=f"l{n % 4}"))
    for n in range(4):
        assert len(await whole(ledgers, f"l{n}")) == 15
    await one.close()


@pytest.mark.parametrize("others", [3, 40])
async def test_a_long_tail_of_others_is_not_folded_but_read_again(
    writers: tuple[Writer, Writer], ledgers: Ledgers, others: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "TAIL_AT_MOST", 10)
    stream = uuid4()
    await writers[1].submit(submission(stream, Add(1)))
    for _ in range(others):
        await writers[0].submit(submission(stream, Add(1)))
    outcome = await writers[1].submit(submission(stream, Add(LIMIT - others - 1)))
    assert outcome.version == others + 2
    with pytest.raises(AboveLimit):
        await writers[1].submit(submission(stream, Add(1)))
    await whole(ledgers)


async def test_a_ledger_restored_from_an_older_backup_is_read_anew(
    database: Database, ledgers: Ledgers, writers: tuple[Writer, Writer]
) -> None:
    stream = uuid4()
    await answers(writers[0], *(submission(stream, Add(10)) for _ in range(3)))
    backup = await ledgers.head("group")
    await answers(writers[0], *(submission(stream, Add(10)) for _ in range(4)))
    await restore(database, ledgers, backup.position, backup.leaf, backup.frontier.packed())
    await answers(writers[1], *(submission(stream, Add(1)) for _ in range(4)))  # as long again, but another
    outcome = await writers[0].submit(submission(stream, Add(LIMIT - 34)))
    assert outcome.position == 8
    await whole(ledgers)


async def restore(database: Database, ledgers: Ledgers, position: int, leaf: bytes, frontier: bytes) -> None:
    triggers = {"sqlite": ("events_no_delete",), "postgresql": ("events_no_change",)}[database.engine]
    async with engines.begin(ledgers.engine) as connection:
        for trigger in triggers:
            on = "" if database.engine == "sqlite" else " ON events"
            await connection.execute(text(f"DROP TRIGGER {trigger}{on}"))
        await connection.execute(
            text("DELETE FROM events WHERE position > :position"), {"position": position}
        )
        await connection.execute(
            text("UPDATE ledger_heads SET position = :position, leaf = :leaf, frontier = :frontier"),
            {"position": position, "leaf": leaf, "frontier": frontier},
        )


async def test_an_event_of_newer_code_stops_its_own_stream_alone(ledgers: Ledgers) -> None:
    newer, stream = Writer(ledgers, SystemClock()), uuid4()
    await newer.submit(submission(stream, KeepOpen()))
    old = Writer(Ledgers(ledgers.engine, "projects", Schema([Added])), SystemClock())
    others = [submission(uuid4(), Add(1)) for _ in range(3)]
    *fine, stopped = await answers(old, *others, submission(stream, Add(1)))
    assert [type(answer) for answer in fine] == [Outcome] * 3
    assert isinstance(stopped, WrittenByNewerCode)
    known = others[0].stream
    await newer.submit(submission(known, KeepOpen()))
    stopped, still_fine = await answers(old, submission(known, Add(1)), submission(uuid4(), Add(1)))
    assert isinstance(stopped, WrittenByNewerCode)
    assert isinstance(still_fine, Outcome)
    await newer.close()
    await old.close()


# -- time and other ledgers -------------------------------------------------------------------


async def test_recorded_at_never_runs_backwards_when_the_clock_does(ledgers: Ledgers) -> None:
    clock, stream = SetClock(NOON), uuid4()
    one = Writer(ledgers, clock)
    first = await one.submit(submission(stream, Add(1)))
    clock.time = NOON - timedelta(hours=1)
    second = await one.submit(submission(stream, Add(1)))
    restarted = Writer(ledgers, clock)
    third = await restarted.submit(submission(stream, Add(1)))
    assert first.recorded_at == second.recorded_at == third.recorded_at == micros(NOON)
    clock.time = NOON + timedelta(hours=1)
    assert (await restarted.submit(submission(stream, Add(1)))).recorded_at == micros(clock.time)
    await whole(ledgers)


async def test_recorded_at_is_not_before_what_the_decision_has_read(ledgers: Ledgers) -> None:
    later = NOON + timedelta(seconds=2)

    async def organisation() -> Read:
        return Read({"projects/group": 7, "projects/c1": 4}, micros(later))

    one = Writer(ledgers, SetClock(NOON), refresh=organisation)
    plain = await one.submit(submission(uuid4(), Add(1)))
    assert plain.recorded_at == micros(later)
    even_later = micros(later + timedelta(seconds=1))
    read = Read({"evaluation/c1": 9, "projects/c1": 3}, even_later)
    got = await answers(one, submission(uuid4(), Add(1)), submission(uuid4(), Add(1), read=read))
    assert [o.recorded_at for o in got if isinstance(o, Outcome)] == [even_later] * 2
    events = await whole(ledgers)
    assert [r.envelope.after for r in events] == [
        {"projects/c1": 4},  # never the own ledger
        {"projects/c1": 4},
        {"projects/c1": 4, "evaluation/c1": 9},
    ]
    await one.close()


@pytest.mark.parametrize("fast_seconds", [-60, -6, 6, 3600])
@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
async def test_nothing_is_recorded_while_the_clocks_are_apart(ledgers: Ledgers, fast_seconds: float) -> None:
    clock = FastClock(fast_seconds)
    one = Writer(ledgers, clock)
    for answer in await answers(one, *(submission(uuid4(), Add(1)) for _ in range(3))):
        assert isinstance(answer, Unavailable)
    assert await ledgers.heads() == {}
    clock.fast_seconds = -3.5
    assert (await one.submit(submission(uuid4(), Add(1)))).position == 1
    await one.close()


async def test_as_of_agrees_with_what_the_answers_said(ledgers: Ledgers) -> None:
    clock, stream = SetClock(NOON), uuid4()
    one = Writer(ledgers, clock)
    for _ in range(3):
        clock.time += timedelta(seconds=1)
        await answers(one, *(submission(stream, Add(1)) for _ in range(4)))
    seen = [
        len(await ledgers.read_stream(stream, as_of=NOON + timedelta(seconds=second))) for second in range(4)
    ]
    assert seen == [0, 4, 8, 12]
    assert moment(micros(clock.time)) == clock.time
    await one.close()


# -- nobody is hurt by another ----------------------------------------------------------------


class PreparationFailed(Exception):
    """A defect of the code that makes the command."""


def bad(kind: str) -> Submission:
    if kind == "prepare":

        def prepare(_state: object) -> Add:
            raise PreparationFailed()

        return Submission(ledger="group", stream=uuid4(), decider=COUNTER, prepare=prepare, request="r")
    commands = {"decide": Add(1, "broken"), "surrogate": Add(1, "\ud800"), "too large": Add(1, "x" * 300_000)}
    return submission(uuid4(), commands.get(kind, object()))


BAD = {
    "prepare": PreparationFailed,
    "decide": Broken,
    "surrogate": NotText,
    "too large": EventTooLarge,
    "unknown command": AssertionError,
}


async def test_bad_commands_hurt_nobody_else_in_their_group(ledgers: Ledgers) -> None:
    one = Writer(ledgers, SystemClock())
    good = [submission(uuid4(), Add(1)) for _ in range(len(BAD) + 1)]
    mixed = [good[0]]
    for kind, after in zip(BAD, good[1:], strict=True):
        mixed += [bad(kind), after]
    got = await answers(one, *mixed)
    assert [type(answer) for answer in got[1::2]] == list(BAD.values())
    assert [type(answer) for answer in got[::2]] == [Outcome] * len(good)
    assert len(await whole(ledgers)) == len(good)
    await one.close()


async def test_who_loses_every_race_holds_the_head_and_wins(ledgers: Ledgers) -> None:
    quick, quicks = Writer(ledgers, SystemClock()), list[asyncio.Task[Outcome]]()

    async def another_is_first() -> Read:
        quicks.append(asyncio.create_task(quick.submit(submission(uuid4(), Add(1)))))
        head_is_held = len(quicks) > RACES_LOST_AT_MOST
        await asyncio.wait(quicks, timeout=0.5 if head_is_held else None)  # in vain once it is
        return Read()

    slow = Writer(ledgers, SystemClock(), refresh=another_is_first)
    got = await answers(slow, *(submission(uuid4(), Add(1)) for _ in range(10)))
    assert [type(answer) for answer in got] == [Outcome] * 10
    await asyncio.gather(*quicks)
    assert len(quicks) == RACES_LOST_AT_MOST + 1
    assert len(await whole(ledgers)) == 10 + len(quicks)
    await slow.close()
    await quick.close()


@pytest.mark.parametrize("other", [0, 1], ids=["same writer", "other writer"])
async def test_a_stream_in_another_ledger_is_refused_and_hurts_nobody_else(
    writers: tuple[Writer, Writer], ledgers: Ledgers, other: int
) -> None:
    elsewhere = uuid4()
    await writers[0].submit(submission(elsewhere, Add(1), ledger="access"))
    mixed = [submission(stream, Add(1)) for stream in (uuid4(), elsewhere, uuid4())]
    got = await answers(writers[other], *mixed)
    assert [isinstance(answer, Outcome) for answer in got] == [True, False, True]
    assert len(await whole(ledgers)) == 2


async def test_a_stream_that_was_only_asked_for_in_a_wrong_ledger_may_begin_in_the_right_one(
    ledgers: Ledgers,
) -> None:
    one, stream = Writer(ledgers, SystemClock()), uuid4()
    with pytest.raises(AboveLimit):
        await one.submit(submission(stream, Add(LIMIT + 1), ledger="access"))
    assert (await one.submit(submission(stream, Add(1)))).position == 1
    await one.close()


async def test_a_client_that_hangs_up_takes_nothing_back(ledgers: Ledgers) -> None:
    one, stream = Writer(ledgers, SystemClock()), uuid4()
    clients = [asyncio.create_task(one.submit(submission(stream, Add(1)))) for _ in range(10)]
    await asyncio.sleep(0)
    for client in clients[::2]:
        client.cancel()
    got = await asyncio.gather(*clients, return_exceptions=True)
    assert [type(answer) for answer in got] == [asyncio.CancelledError, Outcome] * 5
    await one.close()
    assert len(await whole(ledgers)) == 10


async def test_a_listener_that_fails_changes_no_answer(ledgers: Ledgers) -> None:
    def committed(*_: object) -> None:
        raise RuntimeError("the bus is away")

    one = Writer(ledgers, SystemClock(), committed=committed)
    assert (await one.submit(submission(uuid4(), Add(1)))).position == 1
    assert (await one.submit(submission(uuid4(), Add(1)))).position == 2
    await whole(ledgers)
    await one.close()


async def test_a_closing_writer_finishes_what_waits_and_takes_no_more(ledgers: Ledgers) -> None:
    one = Writer(ledgers, SystemClock())
    waiting = [asyncio.create_task(one.submit(submission(uuid4(), Add(1)))) for _ in range(700)]
    await asyncio.sleep(0)
    await one.close()
    assert all(isinstance(task.result(), Outcome) for task in waiting)
    with pytest.raises(Unavailable):
        await one.submit(submission(uuid4(), Add(1)))
    assert len(await whole(ledgers)) == 700


async def test_ledgers_grow_side_by_side(ledgers: Ledgers) -> None:
    one, names = Writer(ledgers, SystemClock()), [f"company-{n}" for n in range(5)]
    streams: dict[str, UUID] = {name: uuid4() for name in names}
    for _ in range(10):
        await answers(one, *(submission(streams[name], Add(1), ledger=name) for name in names * 6))
    for name in names:
        assert len(await whole(ledgers, name)) == 60
    await one.close()
