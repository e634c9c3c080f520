"""Processes are killed while people work: nothing that was acknowledged is lost, nothing is there twice."""

from __future__ import annotations

import asyncio
import random
import signal
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx
import pytest

from tests.support.books_of import files_in
from tests.support.company import Company, found
from tests.support.front_door import FrontDoor
from tests.support.insisting import GaveUp, Insisting
from tests.support.lives import acts, fixed_scores, lives
from tests.support.running import SERVICES, Up, still_running
from tests.support.waiting import eventually
from tests.support.whole import books_of, holds_once, is_whole

PEOPLE_AT_WORK = 4
MORTAL = (*SERVICES, "caddy", "nats")
ACTS_BETWEEN = (4, 16)  # acknowledged from one kill to the next
ACTS_BEFORE_THE_STOP = 40


@dataclass(frozen=True)
class Installation:
    """An installation that only these tests work with."""

    up: Up
    data: Path
    company: Company


@contextmanager
def installed(data: Path) -> Iterator[Installation]:
    """Founded, and stopped afterwards."""
    up = Up(data, "--empty").until_ready()
    door = FrontDoor(up.url)
    try:
        yield Installation(up, data, found(door, data))
    finally:
        door.close()
        up.close()


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with installed(tmp_path_factory.mktemp("town") / "data") as town:
        yield town


async def test_whoever_is_killed_everything_converges(town: Installation, tmp_path: Path, seed: int) -> None:
    victims = [("evaluation",), ("nats",), ("caddy",), ("projects",), ("projects", "notifications")]
    await live_through(town, tmp_path, seed, partial(kills, town.up, victims))


@pytest.mark.long
async def test_after_everything_is_killed_at_once_nothing_is_lost(tmp_path: Path, seed: int) -> None:
    """As a power cut would: with `up` all of its programs end, and it starts again on the same data."""
    with installed(tmp_path / "data") as town, ExitStack() as again:

        async def cut(clients: Insisting, _chance: random.Random) -> None:
            await acts(clients, ACTS_BEFORE_THE_STOP)
            programs = list(town.up.processes().values())
            assert len(programs) == len(MORTAL)
            town.up.process.kill()
            await eventually(lambda: not still_running(programs), "all programs have ended")
            up = Up(town.data, "--empty", port=town.up.port)
            again.callback(up.close)
            await asyncio.to_thread(up.until_ready)
            await acts(clients, ACTS_BEFORE_THE_STOP)

        await live_through(town, tmp_path, seed, cut)


async def live_through(
    town: Installation,
    tmp_path: Path,
    seed: int,
    disturb: Callable[[Insisting, random.Random], Awaitable[None]],
) -> None:
    """People work while they are disturbed; then everything is whole."""
    clients = Insisting(town.up.url, seed)
    done = asyncio.Event()
    at_work = [asyncio.create_task(lives(clients, town.company, done)) for _ in range(PEOPLE_AT_WORK)]
    try:
        await disturb(clients, random.Random(seed))
    finally:
        done.set()
        lived = await asyncio.gather(*at_work)
        await clients.http.aclose()

    await settles(town.up.url)
    books = await is_whole(files_in(town.data), tmp_path / "fresh")
    holds_once(books, clients.acknowledged)
    assert sorted(fixed_scores(books)) == sorted(project for finished in lived for project in finished)


async def test_stopping_in_order_loses_nothing_either(town: Installation, seed: int) -> None:
    clients = Insisting(town.up.url, seed, gives_up=True)
    never = asyncio.Event()
    at_work = [asyncio.create_task(lives(clients, town.company, never)) for _ in range(PEOPLE_AT_WORK)]
    await acts(clients, ACTS_BEFORE_THE_STOP)

    assert await asyncio.to_thread(town.up.stop, signal.SIGTERM) == 0
    assert [line for line in town.up.said if "was killed" in line] == []

    for ended in await asyncio.gather(*at_work, return_exceptions=True):
        assert isinstance(ended, GaveUp), ended
    await clients.http.aclose()
    holds_once(await books_of(files_in(town.data)), clients.acknowledged)


async def kills(up: Up, victims: list[tuple[str, ...]], clients: Insisting, chance: random.Random) -> None:
    """One after another or two at once, in the middle of the work, whoever is there again."""
    chance.shuffle(victims)
    for together in victims:
        await acts(clients, chance.randint(*ACTS_BETWEEN))
        await eventually(lambda: up.processes().keys() >= set(together), f"{together} run", 90)  # noqa: B023
        running = up.processes()
        for name in together:
            running[name].kill()
    for name in {name for together in victims for name in together}:
        await eventually(lambda: up.says(f"{name} was ended by SIGKILL"), f"{name} was killed")  # noqa: B023


async def settles(url: str) -> None:
    """Returns when every service has read all that there is."""
    async with httpx.AsyncClient(base_url=url, timeout=30, trust_env=False) as http:

        async def quiet() -> bool:
            for service in SERVICES:
                answer = await http.get(f"/api/{service}/health")
                if not answer.is_success:
                    return False
                for view in answer.json()["views"].values():
                    assert view["parked"] == 0
                    assert view["forked"] == 0
                    if any(view["behind"].values()) or view["complete_to"] is None:
                        return False
            return True

        for _ in range(3):  # what one has read may be what another has to answer
            await eventually(quiet, "everything is read", 60)
            await eventually(partial(later, http, await heads(http)), "time goes on", 60)


async def heads(http: httpx.AsyncClient) -> list[str]:
    """Until when each view is complete."""
    told = [(await http.get(f"/api/{service}/health")).json()["views"] for service in SERVICES]
    return [view["complete_to"] or "" for views in told for view in views.values()]


async def later(http: httpx.AsyncClient, before: list[str]) -> bool:
    now = await heads(http)
    return all(after > earlier for after, earlier in zip(now, before, strict=True))
