"""A rolling upgrade: replicas of this release and of the next work side by side, on one PostgreSQL."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.company import Company, found, in_days
from tests.support.engines import PostgresDatabases
from tests.support.front_door import FrontDoor, Someone
from tests.support.insisting import Insisting
from tests.support.lives import into_work
from tests.support.replicas import on_postgresql
from tests.support.running import SERVICES
from tests.support.waiting import eventually
from tests.system.test_kill import settles


def at(url: str, someone: Someone) -> Someone:
    """The same person at the door of one replica."""
    return Someone(FrontDoor(url), someone.login, someone.id)


def health(url: str, service: str) -> tuple[int, dict[str, Any]]:
    """What a service says of itself."""
    answer = httpx.get(f"{url}/api/{service}/health", timeout=30, trust_env=False)
    return answer.status_code, answer.json()


def parked(url: str, service: str, view: str) -> int:
    """How many projects a view holds."""
    return int(health(url, service)[1]["views"][view]["parked"])


async def test_events_of_the_next_release_wait_for_the_upgrade(
    databases: PostgresDatabases, tmp_path: Path, seed: int
) -> None:
    async with on_postgresql(databases, tmp_path) as town:
        company = await asyncio.to_thread(found, FrontDoor(town.url), town.data)
        clients = Insisting(town.url, seed)
        project = await into_work(clients, company)
        await settles(town.url)
        tomorrow = at(await town.add_tomorrow("projects"), company.liu_yang)

        tomorrow.does(f"/projects/{project}/add-task", **a_task("T1"))
        for service, view in (("evaluation", "scores"), ("notifications", "obligations")):
            await eventually(lambda s=service, v=view: parked(town.url, s, v) == 1, f"{service} holds it", 60)  # type: ignore[misc]
        refuses(company, project)
        other = await into_work(clients, company)  # any other project goes on at this release
        assert parked(town.url, "notifications", "obligations") == 1
        tomorrow.does(f"/projects/{project}/add-task", **a_task("T2"))  # and this one at the next

        for service in SERVICES:
            await town.upgrade(service)
        await settles(town.url)  # nothing is parked
        person = company.zhang_wei
        for task in ("T1", "T2"):
            company.liu_yang.does(f"/projects/{project}/assign-task", task=task, person=person.id)
        assert len(person.todo()) == 2
        company.liu_yang.does(f"/projects/{other}/add-task", **a_task("T1"))
        await clients.http.aclose()


def a_task(code: str) -> dict[str, str]:
    """A task that can be assigned."""
    return {"task": code, "title": "编制标准", "standard": "签认", "due": in_days(20), "weight": "10"}


def refuses(company: Company, project: str) -> None:
    """This release does not decide on what it does not understand; the request may come again."""
    answer = company.liu_yang.posts(f"/projects/{project}/add-task", a_task("T3"))
    assert (answer.status_code, answer.json()["code"]) == (503, "TryLater")


@pytest.mark.long
async def test_a_replica_that_does_not_know_the_organisation_any_more_steps_back(
    databases: PostgresDatabases, tmp_path: Path
) -> None:
    """Nobody's rights are known to it: it answers no one, and its health says so."""
    async with on_postgresql(databases, tmp_path) as town:
        company = await asyncio.to_thread(found, FrontDoor(town.url), town.data)
        tomorrow = at(await town.add_tomorrow("projects"), company.wang_fang)
        unit: dict[str, Any] = {"code": "N1", "name": "新公司", "parent": company.group, "kind": "production"}
        unit |= {
            "organisation": "",
            "marks": [],
            "full_members": 0,
            "has_ledger": False,
            "has_committee": False,
        }
        tomorrow.does("/units/establish-unit", **unit)

        for service in SERVICES:
            await eventually(lambda s=service: health(town.url, s)[0] == 503, f"{service} steps back", 60)  # type: ignore[misc]
        answer = company.wang_fang.posts("/units/establish-unit", unit | {"code": "N2"})
        assert (answer.status_code, answer.json()["code"]) == (503, "TryLater")
        tomorrow.does("/units/establish-unit", **unit | {"code": "N3"})

        for service in SERVICES:
            await town.upgrade(service)
        company.wang_fang.does("/units/establish-unit", **unit | {"code": "N4"})
        await settles(town.url)
