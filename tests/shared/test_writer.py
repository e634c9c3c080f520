"""The contract of the writer: every command is answered truly and once, also when it is repeated."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from shared.clock import SystemClock
from shared.decision import KeyUsedForAnother, Outcome, Submission
from shared.envelope import Recorded, micros
from shared.ledger import Ledgers
from shared.writer import Writer
from tests.support.clocks import SetClock
from tests.support.counter import COUNTER, LIMIT, Add, Added, Close, answers, submission, whole

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


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
