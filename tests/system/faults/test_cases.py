"""Faults that mean something by themselves: what is said of them is checked too, beside all the rest."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from uuid import NAMESPACE_URL, UUID, uuid5

import httpx
import pytest

from shared.ledger import HeadMoved
from tests.support.books import Added, Book, stream_of
from tests.support.books_of import engine_of, heads_of
from tests.support.company import Company, in_days
from tests.support.front_door import Someone
from tests.support.insisting import Acknowledged
from tests.support.nats_proxy import Weather
from tests.support.waiting import eventually
from tests.system.faults.installation import Installation, Process
from tests.system.faults.rounds import Round, all_is_well, live_through, quiet

pytestmark = pytest.mark.asyncio(loop_scope="package")
Town = tuple[Installation, Company]
MOVING = 30  # projects that a dissolved branch leads
KILLED = 4  # times, while they are moved
OF_VIEWS = {"projects": "projects", "evaluation": "scores", "notifications": "obligations"}


async def health(process: Process) -> dict[str, object]:
    """What a process says of its view."""
    async with httpx.AsyncClient(timeout=60, trust_env=False) as http:
        said = (await http.get(f"{process.url}/health")).json()
    view: dict[str, object] = said["views"][OF_VIEWS[process.service]]
    return view


async def all_say(town: Installation, what: Callable[[dict[str, object]], bool]) -> bool:
    """Whether it is so of each service's view."""
    return all([what(await health(process)) for process in town.processes])


def a_draft(company: Company, title: str) -> dict[str, str]:
    """What drafts a project."""
    return {"unit": company.branch, "title": title, "track": "safety_quality"}


async def drafts(someone: Someone, company: Company, title: str) -> str:
    """A new project's id; its place is where the next reader looks."""
    answer = await asyncio.to_thread(
        partial(someone.does, "/projects/draft-proposal", **a_draft(company, title))
    )
    return str(answer["id"])


async def test_the_last_message_is_lost(town: Town, tmp_path: Path) -> None:
    """Nothing follows that would show the gap: the heads tell."""
    there, company = town
    there.nats_way.weather = Weather(lost_subjects=(b"ev.",))
    before = there.nats_way.mishaps
    await drafts(company.liu_yang, company, "最后一条")
    await eventually(lambda: quiet(there), "everything is read")
    assert there.nats_way.mishaps > before
    there.nats_way.clear_up()
    await all_is_well(there, company, tmp_path / "fresh")


async def test_a_poison_event_holds_its_project_only(town: Town, tmp_path: Path, seed: int) -> None:
    there, company = town
    poisoned = await drafts(company.liu_yang, company, "有毒")

    async def poison(this: Round) -> None:
        (there.faults / "poison").write_text(poisoned)
        proposal = company.proposal("有毒")
        await this.clients.does(company.liu_yang, f"/projects/{poisoned}/revise-proposal", proposal=proposal)
        await eventually(lambda: all_say(there, holds_it), "all hold the project")
        await this.work(10, 20)  # everybody else's goes on
        (there.faults / "poison").unlink()
        async with httpx.AsyncClient(timeout=60, trust_env=False) as http:
            for process in there.processes:
                views = (await http.get(f"{process.url}/health")).json()["views"]
                for view in [name for name, said in views.items() if holds_it(said)]:  # a reaction, too
                    taken_up = await http.post(f"{process.url}/resume", json={"view": view, "held": poisoned})
                    told = f"{view}: {taken_up.text}\n{there.said(process.service)}"
                    assert taken_up.json() == {"held": False}, told

    def holds_it(view: dict[str, object]) -> bool:
        return poisoned in [one["held"] for one in view["parked"]]  # type: ignore[attr-defined]

    await live_through(there, company, tmp_path / "fresh", seed, poison)


async def test_events_from_the_future_are_passed_or_parked(town: Town, tmp_path: Path, seed: int) -> None:
    """An unknown name is counted, a newer version of a known one holds its project until the upgrade."""
    there, company = town
    ledger = company.company
    projects = [f"of the future {there.engine} {n}" for n in range(2)]

    async def appended(project: str, name: str, schema: int) -> None:
        async with engine_of(there.where, "projects") as engine:
            while True:
                with suppress(HeadMoved):
                    await Book(engine).append(ledger, (project, Added(1)), name=name, schema=schema)
                    return

    async def future(this: Round) -> None:
        await appended(projects[0], "ProjectDreamtOf", 1)
        await appended(projects[1], "ProposalDrafted", 99)
        there.held.add(str(stream_of(projects[1])))
        await this.work()
        await eventually(lambda: all_say(there, knows_them), "they are counted and parked")

    def knows_them(view: dict[str, object]) -> bool:
        parked = [one["held"] for one in view["parked"]]  # type: ignore[attr-defined]
        return view["unknown"].get("projects/ProjectDreamtOf") == 1 and parked == sorted(there.held)  # type: ignore[attr-defined]

    await live_through(there, company, tmp_path / "fresh", seed, future)


async def test_two_replicas_take_the_same_command_once(town: Town, tmp_path: Path, seed: int) -> None:
    there, company = town

    async def twins(this: Round) -> None:
        await there.scale(projects=2)
        for n in range(20):
            key = f"{seed}-twin-{n}"
            headers = await asyncio.to_thread(company.liu_yang.headers)
            sent = headers | {"Idempotency-Key": key}
            async with httpx.AsyncClient(timeout=30, trust_env=False) as http:
                both = await asyncio.gather(
                    *(
                        http.post(
                            f"{process.url}/api/projects/projects/draft-proposal",
                            json=a_draft(company, "孪生"),
                            headers=sent,
                        )
                        for process in there.of("projects")
                    )
                )
            assert [answer.status_code for answer in both] == [201, 201], [answer.text for answer in both]
            first, second = (answer.json() for answer in both)
            told = ("id", "position", "version")
            assert [first[name] for name in told] == [second[name] for name in told]
            assert sorted((first["repeated"], second["repeated"])) == [False, True]
            this.clients.acknowledged.append(
                Acknowledged(
                    uuid5(NAMESPACE_URL, f"urn:denggao:command:{company.liu_yang.id}:{key}"),
                    UUID(first["id"]),
                    first["position"].rpartition(":")[0].removeprefix("projects/"),
                    int(first["position"].rpartition(":")[2]),
                    first["version"],
                )
            )

    await live_through(there, company, tmp_path / "fresh", seed, twins)


@pytest.mark.long
async def test_projects_move_once_though_who_moves_them_is_killed(
    town: Town, tmp_path: Path, seed: int
) -> None:
    """R70: their branch is dissolved; each goes on in the successor's ledger, from where it was left."""
    there, company = town
    moving: list[str] = []
    moved = [0]  # how many had, at each look
    left, reached = company.ledger, f"projects/{company.other}"

    async def dissolves(this: Round) -> None:
        does, wang_fang = this.clients.does, company.wang_fang
        branch = (await does(wang_fang, "/units/establish-unit", **a_branch(company, f"NP-{seed}")))["id"]
        office = {"person": company.liu_yang.id, "office": "branch_secretary", "unit": branch}
        await does(wang_fang, "/offices/appoint-office", **office, since=in_days(0), document="任〔2026〕9号")
        for n in range(MOVING):
            drafted = a_draft(company, f"随支部移交 {n}") | {"unit": branch}
            moving.append((await does(company.liu_yang, "/projects/draft-proposal", **drafted))["id"])
        await does(
            wang_fang,
            f"/units/{branch}/dissolve-unit",
            dissolved_on=in_days(0),
            successor=company.elsewhere,
            document="撤〔2026〕9号",
        )
        before = (await heads_of(there.where)).get(reached, 0)

        async def have_arrived(some: int) -> bool:
            moved.append((await heads_of(there.where)).get(reached, 0) - before)
            return moved[-1] >= some

        for n in range(KILLED):
            await eventually(partial(have_arrived, n * MOVING // KILLED + 1), "some have moved")
            for process in there.of("projects"):
                process.running.kill()
            await eventually(lambda: there.of("projects") == [], "who moves them was killed")
            await there.start("projects")

    _, books = await live_through(there, company, tmp_path / "fresh", seed, dissolves)
    ways: dict[str, list[tuple[str, str]]] = {project: [] for project in moving}
    for ledger, events in books.items():
        for event in events:
            if str(event.stream) in ways:
                ways[str(event.stream)].append((ledger, event.envelope.name))
    once = sorted([(left, "ProposalDrafted"), (left, "LedgerLeft"), (reached, "LeadMoved")])
    assert {project: sorted(way) for project, way in ways.items()} == dict.fromkeys(moving, once)
    assert any(0 < some < MOVING for some in moved), moved  # who moved them was killed on the way


def a_branch(company: Company, code: str) -> dict[str, object]:
    """What establishes another branch of the company."""
    return {
        "code": code,
        "name": "临时党支部",
        "parent": company.company,
        "kind": "production",
        "organisation": "党支部",
        "marks": [],
        "has_ledger": False,
        "has_committee": False,
        "full_members": 5,
    }


async def test_an_older_backup_is_noticed(town: Town, tmp_path: Path) -> None:
    """Where others have read on, what is appended to the restored ledger is not taken for what they read."""
    there, company = town
    await eventually(lambda: quiet(there), "everything is read")
    await stopped(there)
    await keep(there, "older")
    await there.heal()
    lost = await drafts(company.liu_yang, company, "备份之后")
    await eventually(lambda: quiet(there), "everything is read")
    await stopped(there)
    await keep(there, "newer")
    await restore(there, "older")
    company.door.latest = None
    try:
        await there.heal()
        others = [await drafts(company.liu_yang, company, "另一个") for _ in range(2)]
        await eventually(lambda: all_say(there, says_so), "all say that the ledger is another")
        assert lost not in others
        assert not await quiet(there)  # it is longer than what was read, and nothing of it is read
    finally:
        await stopped(there)
        await restore(there, "newer")
        company.door.latest = None
        await there.heal()
    await eventually(lambda: all_say(there, lambda view: view["forked"] == []), "the true one is back")
    await all_is_well(there, company, tmp_path / "fresh")


async def stopped(there: Installation) -> None:
    """Projects has ended in order; `heal` starts it again."""
    for process in there.of("projects"):
        process.running.terminate()
    await eventually(lambda: there.of("projects") == [], "projects has ended")


async def keep(there: Installation, name: str) -> None:
    """A copy of projects' ledgers under that name."""
    at = there.database("projects", "ledger")
    if there.postgres:
        made = f'CREATE DATABASE "{at}_{name}" TEMPLATE "{at}"'
        await asyncio.to_thread(there.postgres.execute, made)
    else:
        shutil.copy(at, f"{at}.{name}")


async def restore(there: Installation, name: str) -> None:
    """The copy instead of what is there."""
    at = there.database("projects", "ledger")
    if there.postgres:
        drop, made = f'DROP DATABASE "{at}" WITH (FORCE)', f'CREATE DATABASE "{at}" TEMPLATE "{at}_{name}"'
        await asyncio.to_thread(there.postgres.execute, drop, made, f'DROP DATABASE "{at}_{name}"')
    else:
        with suppress(FileNotFoundError):  # taken away by the last to close it
            os.remove(f"{at}-wal")
        shutil.move(f"{at}.{name}", at)


def says_so(view: dict[str, object]) -> bool:
    """It holds a ledger that is not the one that it has read."""
    return bool(view["forked"])
