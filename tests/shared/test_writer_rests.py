"""What a decision of the writer rests on: the last version, what others recorded, time, other ledgers."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from msgspec import structs
from sqlalchemy import text

from shared import engines, kept
from shared.clock import SystemClock
from shared.codec import Schema
from shared.decision import Outcome, Read, WrittenByNewerCode
from shared.domain import NotKnown, Stale
from shared.envelope import micros, moment
from shared.ledger import Ledgers
from shared.passing import Unavailable
from shared.writer import Writer
from tests.support.clocks import SetClock
from tests.support.counter import (
    COUNTER,
    LIMIT,
    AboveLimit,
    Add,
    Added,
    Close,
    Closed,
    IsClosed,
    KeepOpen,
    KeptOpen,
    MustStayOpen,
    answers,
    submission,
    whole,
)
from tests.support.engines import Database

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


class FastClock(SystemClock):
    """A machine's clock that is fast, or slow, by some seconds."""

    def __init__(self, fast_seconds: float) -> None:
        self.fast_seconds = fast_seconds

    def now(self) -> datetime:
        return super().now() + timedelta(seconds=self.fast_seconds)


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
