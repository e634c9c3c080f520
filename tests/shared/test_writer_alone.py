"""No command, client or listener hurts another one at the writer."""

from __future__ import annotations

import asyncio
from uuid import UUID, uuid4

import pytest

from shared.clock import SystemClock
from shared.codec import EventTooLarge, NotText
from shared.decision import Outcome, Read, Submission
from shared.ledger import Ledgers
from shared.passing import Unavailable
from shared.writer import RACES_LOST_AT_MOST, Writer
from tests.support.counter import COUNTER, LIMIT, AboveLimit, Add, Broken, answers, submission, whole

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
async def test_a_command_follows_its_stream_into_another_ledger_and_hurts_nobody_else(
    writers: tuple[Writer, Writer], ledgers: Ledgers, other: int
) -> None:
    elsewhere = uuid4()
    await writers[0].submit(submission(elsewhere, Add(1), ledger="access"))
    mixed = [submission(stream, Add(1)) for stream in (uuid4(), elsewhere, uuid4())]
    got = await answers(writers[other], *mixed)
    assert [answer.ledger for answer in got if isinstance(answer, Outcome)] == ["group", "access", "group"]
    assert (len(await whole(ledgers)), len(await whole(ledgers, "access"))) == (2, 2)


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
