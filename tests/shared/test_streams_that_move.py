"""A stream goes on in another ledger, and a ledger is closed (R70): on both engines, by several processes."""

from __future__ import annotations

import asyncio
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from shared.clock import SystemClock
from shared.decision import LedgerIsClosed, Outcome
from shared.domain import Stale
from shared.ledger import Ledgers
from shared.ledger_tables import events, heads, tiles
from shared.merkle import leaf_hash
from shared.passing import Unavailable
from shared.recount import NotWhole, Recount
from shared.writer import Writer
from tests.support.counter import (
    COUNTER,
    LIMIT,
    AboveLimit,
    Add,
    Arrive,
    Arrived,
    EndLedger,
    Leave,
    answers,
    arrival,
    moved,
    submission,
    whole,
)

NEW = "a-new-company"  # before "group" in the order of names: read first where all are read


async def total(ledgers: Ledgers, stream: UUID) -> tuple[list[str], int]:
    """In which ledgers a stream's events lie, in their order, and what they add up to."""
    recorded, count = await ledgers.read_stream(stream), COUNTER.initial
    for one in recorded:
        count = COUNTER.evolve(count, one.event)
    return [one.ledger for one in recorded], count.total


async def test_a_stream_goes_on_in_another_ledger_naming_where_it_was(
    writers: tuple[Writer, Writer], ledgers: Ledgers
) -> None:
    stream = uuid4()
    await writers[0].submit(submission(stream, Add(60)))
    arrived = await moved(writers[0], stream, NEW)
    assert (arrived.ledger, arrived.position, arrived.version) == (NEW, 1, 3)
    left = (await whole(ledgers))[-1]
    first = (await whole(ledgers, NEW))[0]
    leaf = leaf_hash(left.stream, left.version, left.body)
    assert first.event == Arrived("group", left.position, leaf.hex())
    assert first.envelope.after["projects/group"] == left.position
    assert first.recorded_at >= left.recorded_at
    assert await ledgers.ledger_of(stream) == NEW


@pytest.mark.parametrize("other", [0, 1], ids=["same writer", "other writer"])
async def test_a_late_command_to_the_old_ledger_is_decided_in_the_new_one_on_all_that_was(
    writers: tuple[Writer, Writer], ledgers: Ledgers, other: int
) -> None:
    stream = uuid4()
    for writer in writers:  # both keep its state
        await writer.submit(submission(stream, Add(30)))
    await moved(writers[0], stream, NEW)
    late = await writers[other].submit(submission(stream, Add(30)))
    assert (late.ledger, late.version) == (NEW, 5)
    with pytest.raises(AboveLimit):  # 30 + 30 + 30
        await writers[other].submit(submission(stream, Add(LIMIT - 89)))
    for writer in (*writers, *writers):
        await writer.submit(submission(stream, Add(1), ledger=NEW))
    assert await total(ledgers, stream) == (["group"] * 3 + [NEW] * 6, 94)


async def test_on_its_way_a_stream_takes_no_command_but_its_arrival(
    writers: tuple[Writer, Writer], ledgers: Ledgers
) -> None:
    stream = uuid4()
    for writer in writers:
        await writer.submit(submission(stream, Add(1)))
    left = await writers[0].submit(submission(stream, Leave()))
    for writer in writers:
        for ledger in ("group", NEW):
            with pytest.raises(Unavailable):
                await writer.submit(submission(stream, Add(1), ledger=ledger))
    await writers[1].submit(await arrival(ledgers, left, NEW))
    for writer in writers:
        await writer.submit(submission(stream, Add(1), ledger=NEW))
    assert await total(ledgers, stream) == (["group"] * 3 + [NEW] * 3, 4)


async def test_leaving_and_arriving_twice_happens_once(
    writers: tuple[Writer, Writer], ledgers: Ledgers
) -> None:
    stream, command = uuid4(), uuid4()
    await writers[0].submit(submission(stream, Add(1)))
    leave = submission(stream, Leave(), command_id=command)
    left = [answer for writer in writers for answer in await answers(writer, leave, leave)]
    assert {(a.ledger, a.position) for a in left if isinstance(a, Outcome)} == {("group", 2)}
    first = left[0]
    assert isinstance(first, Outcome)
    arrive = await arrival(ledgers, first, NEW)
    got = [answer for writer in writers for answer in await answers(writer, arrive, arrive)]
    assert {(a.ledger, a.position) for a in got if isinstance(a, Outcome)} == {(NEW, 1)}
    again = await writers[1].submit(leave)  # long after
    assert (again.repeated, again.position) == (True, 2)


async def test_a_stream_comes_back_to_a_ledger_that_it_left(
    writers: tuple[Writer, Writer], ledgers: Ledgers
) -> None:
    stream = uuid4()
    for writer in writers:
        await writer.submit(submission(stream, Add(1)))
    for ledger in (NEW, "group", NEW, "group"):
        await moved(writers[0], stream, ledger)
        for writer in writers:
            for said in ("group", NEW):
                await writer.submit(submission(stream, Add(1), ledger=said))
    ledgers_of, counted = await total(ledgers, stream)
    assert counted == 2 + 4 * 4
    assert ledgers_of[-1] == "group"


async def test_commands_that_race_with_the_move_are_all_there_once(
    writers: tuple[Writer, Writer], ledgers: Ledgers
) -> None:
    stream = uuid4()
    await writers[0].submit(submission(stream, Add(1)))

    async def add(writer: Writer, ledger: str) -> None:
        command = submission(stream, Add(1), ledger=ledger)
        while True:
            try:
                await writer.submit(command)
                return
            except Unavailable:  # on its way
                await asyncio.sleep(0.01)

    racing = [add(writer, ledger) for writer in writers for ledger in ("group", NEW) for _ in range(10)]
    await asyncio.gather(*racing[::2], moved(writers[1], stream, NEW), *racing[1::2])
    assert (await total(ledgers, stream))[1] == 41
    assert [r.version for r in await ledgers.read_stream(stream)] == list(range(1, 44))


@pytest.mark.parametrize("other", [0, 1], ids=["same writer", "other writer"])
async def test_to_a_closed_ledger_nothing_is_appended(
    writers: tuple[Writer, Writer], ledgers: Ledgers, other: int
) -> None:
    stays, goes, repeated = uuid4(), uuid4(), submission(uuid4(), Add(1))
    for writer in writers:
        await writer.submit(submission(stays, Add(1)))
    await writers[0].submit(repeated)
    await writers[0].submit(submission(goes, Add(1)))
    await moved(writers[0], goes, NEW)
    await writers[0].submit(submission(uuid4(), EndLedger()))
    writer = (writers[0], writers[1], Writer(ledgers, SystemClock()))[other]
    got = await answers(
        writer,
        submission(stays, Add(1)),
        submission(uuid4(), Add(1)),
        submission(goes, Add(1)),
        submission(uuid4(), Add(1, times=0)),
        repeated,
    )
    assert [type(answer) for answer in got] == [LedgerIsClosed, LedgerIsClosed, Outcome, Outcome, Outcome]
    with pytest.raises(LedgerIsClosed):
        await Writer(ledgers, SystemClock()).submit(submission(uuid4(), Add(1)))
    assert len(await whole(ledgers)) == 6


async def test_in_one_group_nothing_follows_the_end_of_a_ledger(
    writers: tuple[Writer, Writer], ledgers: Ledgers
) -> None:
    many = [submission(uuid4(), command) for command in (Add(1), EndLedger(), Add(1))]
    got = await answers(writers[0], *many)
    assert [type(answer) for answer in got] == [Outcome, Outcome, LedgerIsClosed]
    assert len(await whole(ledgers)) == 2


@pytest.mark.parametrize("other", [0, 1], ids=["same writer", "other writer"])
async def test_what_expects_a_ledgers_head_is_stale_where_it_has_grown(
    writers: tuple[Writer, Writer], other: int
) -> None:
    await writers[other].submit(submission(uuid4(), Add(1)))
    seen = (await writers[0].submit(submission(uuid4(), Add(1)))).position
    await writers[other].submit(submission(uuid4(), Add(1)))
    with pytest.raises(Stale):
        await writers[0].submit(submission(uuid4(), EndLedger(), expected_head=seen))
    assert (await writers[0].submit(submission(uuid4(), EndLedger(), expected_head=seen + 1))).position == 4


async def test_what_lies_last_in_a_ledger_tells_what_is_still_in_it(
    writers: tuple[Writer, Writer], ledgers: Ledgers
) -> None:
    stays, goes, leaves = uuid4(), uuid4(), uuid4()
    for stream in (stays, goes, leaves, stays):
        await writers[0].submit(submission(stream, Add(1)))
    await moved(writers[0], goes, NEW)
    await writers[0].submit(submission(leaves, Leave()))
    ends = [(last.stream, last.version) for last in await ledgers.ends("group")]
    assert ends == [(stays, 2), (leaves, 2)]
    assert [last.stream for last in await ledgers.ends(NEW)] == [goes]
    assert [left.stream for left in await ledgers.named("group", "Left")] == [goes, leaves]


async def counted(ledgers: Ledgers) -> None:
    """All that a backup looks at; NotWhole."""
    recount = Recount()
    async with ledgers.engine.connect() as connection:
        for table in (events, tiles, heads):
            take = recount.taking("projects", table.name)
            for row in await connection.execute(select(table).order_by(*table.primary_key)):
                take(row)
    recount.finish()


async def test_a_stream_in_two_ledgers_is_whole_where_it_goes_on_after_what_it_names(
    writers: tuple[Writer, Writer], ledgers: Ledgers
) -> None:
    stream = uuid4()
    await writers[0].submit(submission(stream, Add(1)))
    for ledger in (NEW, "group"):
        await moved(writers[0], stream, ledger)
        await writers[0].submit(submission(stream, Add(1)))
    await counted(ledgers)


@pytest.mark.parametrize("wrong", ["leaf", "position", "ledger"])
async def test_a_stream_that_goes_on_after_something_else_is_not_whole(
    writers: tuple[Writer, Writer], ledgers: Ledgers, wrong: str
) -> None:
    stream = uuid4()
    await writers[0].submit(submission(stream, Add(1)))
    left = await writers[0].submit(submission(stream, Leave()))
    (last,) = await ledgers.read_ledger("group", left.position - 1, 1)
    said = {
        "ledger": "group",
        "position": left.position,
        "leaf": leaf_hash(stream, last.version, last.body).hex(),
    } | {wrong: {"leaf": "00", "position": 1, "ledger": "access"}[wrong]}
    await writers[0].submit(submission(stream, Arrive(**said), ledger=NEW, arrives=True))  # type: ignore[arg-type]  # as said
    with pytest.raises(NotWhole, match=f"{NEW}/1 is not the next event of its stream"):
        await counted(ledgers)
