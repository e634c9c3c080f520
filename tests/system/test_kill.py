"""Processes are killed while people work: nothing that was acknowledged is lost, nothing is there twice."""

from __future__ import annotations

import asyncio
import random
import signal
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.company import Company, found, in_days, judged_criteria
from tests.support.front_door import FrontDoor, Someone
from tests.support.insisting import GaveUp, Insisting
from tests.support.running import SERVICES, Up, still_running
from tests.support.waiting import eventually
from tests.support.whole import Books, books_of, holds_once, is_whole

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
@pytest.mark.parametrize("again", range(5))
async def test_however_often_somebody_is_killed_everything_converges(
    tmp_path: Path, seed: int, again: int
) -> None:
    with installed(tmp_path / "data") as town:
        chance = random.Random(seed + again)
        victims = [tuple(chance.sample(MORTAL, chance.choice((1, 1, 2)))) for _ in range(10)]
        await live_through(town, tmp_path, seed, partial(kills, town.up, victims))


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
    books = await is_whole(town.data, tmp_path / "fresh")
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
    holds_once(await books_of(town.data), clients.acknowledged)


async def acts(clients: Insisting, more: int) -> None:
    """Returns when so many more acts are acknowledged."""
    enough = len(clients.acknowledged) + more
    await eventually(lambda: len(clients.acknowledged) >= enough, "people go on working", 90)


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


def fixed_scores(books: Books) -> list[str]:
    """The projects whose score is fixed, each as often as it was."""
    return [
        event.event.project
        for name, events in books.items()
        for event in events
        if name.startswith("evaluation/") and event.envelope.name == "ScoreFixed"
    ]


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


async def lives(clients: Insisting, company: Company, done: asyncio.Event) -> list[str]:
    """One project after another, from the draft to the end; their ids."""
    lived = []
    while not done.is_set():
        lived.append(await one_life(clients, company))
    return lived


async def into_work(clients: Insisting, company: Company) -> str:
    """A project from its draft to the work."""
    liu_yang, zhao_gang, chen_jing = company.liu_yang, company.zhao_gang, company.chen_jing
    drafted = await clients.does(
        liu_yang, "/projects/draft-proposal", unit=company.branch, title="首件合格率", track="safety_quality"
    )
    project = str(drafted["id"])

    async def act(person: Someone, command: str, /, **body: Any) -> None:
        await clients.does(person, f"/projects/{project}/{command}", **body)

    today = in_days(0)
    numbers = {"should_attend": 5, "present": 4, "votes_for": 4}
    await act(liu_yang, "revise-proposal", proposal=company.proposal("首件合格率"))
    await act(
        liu_yang, "submit-proposal", resolution={"kind": "branch_committee", "on": today, "numbers": numbers}
    )
    content_hash = (await clients.page(liu_yang, project, "in_approval"))["content_hash"]
    await act(zhao_gang, "give-opinion", step=0, opinion="agree", content_hash=content_hash)
    await act(chen_jing, "give-opinion", step=1, opinion="agree", content_hash=content_hash)
    await meets(clients, company, project)
    await clients.page(liu_yang, project, "in_implementation")
    return project


async def one_life(clients: Insisting, company: Company) -> str:
    """A project without an incident."""
    liu_yang, zhao_gang, chen_jing = company.liu_yang, company.zhao_gang, company.chen_jing
    project = await into_work(clients, company)

    async def act(person: Someone, command: str, /, **body: Any) -> None:
        await clients.does(person, f"/projects/{project}/{command}", **body)

    today = in_days(0)
    await act(chen_jing, "confirm-baseline", indicator="rework", value="6.8")
    await act(
        liu_yang, "add-task", task="T1", title="编制标准", standard="签认", due=in_days(20), weight="60"
    )
    await act(liu_yang, "assign-task", task="T1", person=company.zhang_wei.id)
    await act(company.zhang_wei, "complete-task", task="T1", on=today, note="")
    await act(liu_yang, "accept-task", task="T1")
    for milestone in ("M1", "M2"):
        await act(liu_yang, "reach-milestone", milestone=milestone, on=today)
    reading = {"indicator": "rework", "period": today[:7], "value": "3.4"}
    await act(company.zhang_wei, "report-reading", on=today, **reading)
    await act(chen_jing, "confirm-figure", **reading)

    report = dict.fromkeys(("data", "facts", "experience", "results"), "见附件")
    await act(liu_yang, "request-closure", report=report, secrecy={"person": company.sun_li.id, "on": today})
    await act(zhao_gang, "review-closure")
    await act(chen_jing, "review-closure")
    meeting = await meets(clients, company, project)
    marks = [{"criterion": code, "points": str(Decimal(weight) / 2)} for code, weight in judged_criteria()]
    await act(company.he_jie, "assess-closure", meeting=meeting, item=1, marks=marks)
    return project


async def meets(clients: Insisting, company: Company, project: str) -> str:
    """The committee passes one item."""
    item = {"number": 1, "matter": project, "title": "审议", "content_hash": ""}
    convened = await clients.does(
        company.zhao_gang,
        "/meetings/convene-meeting",
        body=company.company,
        kind="party_committee",
        held_on=in_days(0),
        place="会议室",
        chair=company.zhou_jianguo.id,
        clerk=company.he_jie.id,
        items=[item],
    )
    votes = {"number": 1, "method": "named", "votes_for": 4, "against": 0, "abstain": 0, "outcome": "passed"}
    await clients.does(
        company.he_jie,
        f"/meetings/{convened['id']}/record-meeting",
        present=[member.id for member in company.committee],
        absent=[],
        guests=[],
        votes=[votes],
        minutes_number="〔2026〕1号",
    )
    await clients.does(company.zhou_jianguo, f"/meetings/{convened['id']}/confirm-meeting")
    return str(convened["id"])
