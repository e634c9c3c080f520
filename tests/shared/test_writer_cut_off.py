"""The way to PostgreSQL is cut in the worst moments: every command is there once, and answered truly."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from shared import writer
from shared.clock import SystemClock
from shared.decision import Outcome
from shared.ledger import Ledgers
from shared.passing import Unavailable
from shared.writer import Writer
from tests.support.counter import Add, Close, Closed, IsClosed, opened, submission, whole
from tests.support.cutting_proxy import CuttingProxy, When, cutting_proxy
from tests.support.engines import PostgresDatabases, PostgresServer

MARK = "cut-here"
WAYS: list[tuple[When, ...]] = [
    ("before",),
    ("while",),
    ("after",),
    ("before", "before", "after"),
    ("after", "while", "before"),
]


@pytest.fixture
async def databases(postgresql: PostgresServer) -> AsyncIterator[PostgresDatabases]:
    databases = PostgresDatabases(postgresql)
    yield databases
    databases.drop()


@pytest.fixture
async def ledgers(databases: PostgresDatabases) -> AsyncIterator[Ledgers]:
    async with opened(databases.url()) as ledgers:
        yield ledgers


@pytest.fixture
async def cut_off(
    databases: PostgresDatabases, ledgers: Ledgers, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[CuttingProxy, Writer]]:
    """A writer whose way to the database goes through the proxy; `ledgers` goes around it."""
    monkeypatch.setattr(writer, "FIRST_WAIT_SECONDS", 0.001)
    async with (
        cutting_proxy(databases.url()) as (proxy, through),
        opened(through, new=False) as far,
    ):
        one = Writer(far, SystemClock())
        yield proxy, one
        await one.close()


@pytest.mark.parametrize("ways", WAYS, ids=" ".join)
@pytest.mark.parametrize("warm", [False, True])
async def test_a_group_that_is_cut_at_its_commit_is_there_once(
    cut_off: tuple[CuttingProxy, Writer], ledgers: Ledgers, ways: tuple[When, ...], warm: bool
) -> None:
    proxy, one = cut_off
    stream = uuid4()
    if warm:  # states are kept and statements are prepared
        await one.submit(submission(stream, Add(1)))
    proxy.cut(MARK.encode(), *ways)
    commands = [submission(stream, Add(1, MARK, times=2)) for _ in range(10)]
    outcomes = await asyncio.gather(*(one.submit(command) for command in commands))
    assert proxy.cuts >= 1
    events = await whole(ledgers)
    assert len(events) == 20 + warm
    by_command = {r.envelope.command_id: r for r in events if r.envelope.command_id}
    for command, outcome in zip(commands, outcomes, strict=True):
        first = by_command[str(command.command_id)]
        assert (outcome.position, outcome.version) == (first.position + 1, first.version + 1)
        assert outcome.repeated == (ways[0] == "after") or "while" in ways or len(ways) > 1
    assert (await one.submit(submission(stream, Add(1)))).position == 21 + warm


@pytest.mark.parametrize("ways", WAYS, ids=" ".join)
@pytest.mark.parametrize("request_hash", ["sha-of-body", None], ids=["request", "reaction"])
async def test_a_command_that_could_not_be_taken_twice_is_not_refused_for_its_own_event(
    cut_off: tuple[CuttingProxy, Writer], ledgers: Ledgers, ways: tuple[When, ...], request_hash: str | None
) -> None:
    proxy, one = cut_off
    stream = uuid4()
    proxy.cut(MARK.encode(), *ways)
    close = submission(stream, Close(), request=request_hash, correlation=MARK)
    outcome = await one.submit(close)
    assert (outcome.position, outcome.version) == (1, 1)
    assert [r.event for r in await whole(ledgers)] == [Closed()]
    with pytest.raises(IsClosed):
        await one.submit(submission(stream, Add(1)))


async def test_connections_that_died_in_the_pool_are_replaced(
    cut_off: tuple[CuttingProxy, Writer], ledgers: Ledgers
) -> None:
    proxy, one = cut_off
    for _ in range(4):
        await asyncio.gather(*(one.submit(submission(uuid4(), Add(1), ledger=f"l{n}")) for n in range(5)))
        proxy.cut_all()
        await one.submit(submission(uuid4(), Add(1)))
    assert len(await whole(ledgers)) == 4


async def test_a_server_that_ends_every_session_loses_nothing(
    databases: PostgresDatabases, ledgers: Ledgers
) -> None:
    one, streams = Writer(ledgers, SystemClock()), [uuid4() for _ in range(8)]
    end_all = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname LIKE 't%_ledger'"

    async def client(n: int) -> list[Outcome]:
        return [await one.submit(submission(streams[n], Add(0))) for _ in range(60)]

    async def ending() -> None:
        for _ in range(5):
            await asyncio.to_thread(databases.server.execute, end_all)

    ends = asyncio.create_task(ending())
    outcomes = await asyncio.gather(*(client(n) for n in range(8)))
    await ends
    await one.close()
    assert sorted(o.position for of_one in outcomes for o in of_one) == list(range(1, 481))
    assert len(await whole(ledgers)) == 480


async def test_while_the_database_is_away_the_answer_is_unavailable_and_afterwards_all_is_well(
    cut_off: tuple[CuttingProxy, Writer], ledgers: Ledgers
) -> None:
    proxy, one = cut_off
    stream = uuid4()
    await one.submit(submission(stream, Add(1)))
    proxy.away = True
    proxy.cut_all()
    away = [submission(stream, Add(1)) for _ in range(3)]
    for answer in await asyncio.gather(*(one.submit(c) for c in away), return_exceptions=True):
        assert isinstance(answer, Unavailable)
    proxy.away = False
    outcomes = await asyncio.gather(*(one.submit(c) for c in away))
    assert [o.position for o in outcomes] == [2, 3, 4]
    assert len(await whole(ledgers)) == 4


async def test_a_database_that_comes_back_in_time_is_waited_for(
    cut_off: tuple[CuttingProxy, Writer], ledgers: Ledgers, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy, one = cut_off
    await one.submit(submission(uuid4(), Add(1)))
    monkeypatch.setattr(writer, "FIRST_WAIT_SECONDS", 0.02)
    proxy.away = True
    proxy.cut_all()
    waiting = asyncio.create_task(one.submit(submission(uuid4(), Add(1))))
    await proxy.turned_away.wait()
    proxy.away = False
    assert (await waiting).position == 2
    assert len(await whole(ledgers)) == 2
