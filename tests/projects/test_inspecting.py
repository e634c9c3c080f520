"""A branch's visits of a year are counted in the ledger, in all its projects together (R46)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from services.projects.schema import DECIDERS
from tests.projects.a_desk import APPROVAL, Desk, reading_of
from tests.projects.a_group import person
from tests.support.engines import Database
from tests.support.living import THE_PROJECT, house

OTHER, DRAFTED = UUID(int=13), UUID(int=14)


@pytest.fixture
async def desk(database: Database, tmp_path: Path) -> AsyncIterator[Desk]:
    """Its view does not run: what counts is what is recorded."""
    async with (
        house(database, "projects", DECIDERS) as home,
        reading_of(home, database, tmp_path, begun=False) as built,
    ):
        for project in (THE_PROJECT, OTHER):
            await home.does(*APPROVAL, stream=project)
        await home.does(APPROVAL[0], stream=DRAFTED)
        yield built


async def visit(
    desk: Desk,
    inspection: str,
    project: UUID = THE_PROJECT,
    who: str = "inspector of the company",
    key: str = "",
    **more: Any,
) -> httpx.Response:
    token = desk.parts.signer.sign(person(who), str(UUID(int=1)), datetime.now(UTC))
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": key or str(uuid4())}
    body = {"inspection": inspection, "on": "2026-01-20", "kind": "日常督导"} | more
    path = f"/api/projects/projects/{project}/hold-inspection"
    return await desk.http.post(path, json=body, headers=headers)


async def test_of_many_visits_at_once_to_all_projects_of_a_branch_two_are_held(desk: Desk) -> None:
    at_once = [visit(desk, f"i{n}", project) for n in range(4) for project in (THE_PROJECT, OTHER)]
    answers = await asyncio.gather(*at_once)
    assert sorted(answer.status_code for answer in answers) == [200] * 2 + [409] * 6
    refused = {answer.json().get("code") for answer in answers if answer.status_code == 409}
    assert refused == {"InspectionLimitReached"}
    assert (await visit(desk, "i9", OTHER, reason="群众反映")).status_code == 200
    assert (await visit(desk, "i9", on="2025-12-31")).status_code == 200  # another year


async def test_a_visit_counts_once_and_what_is_refused_for_another_reason_not_at_all(desk: Desk) -> None:
    first = await visit(desk, "i1", key="k1")
    assert (first.status_code, first.json()["repeated"]) == (200, False)
    again = await visit(desk, "i1", key="k1")
    assert (again.status_code, again.json()["repeated"]) == (200, True)
    for answer, code in (
        (await visit(desk, "i1", note="又一次"), "CodeTaken"),
        (await visit(desk, "i2", on="2026-01-30"), "NotInTheFuture"),
        (await visit(desk, "i2", who="secretary of the branch"), "NotAllowed"),
        (await visit(desk, "i2", who="auditor of the other company"), "NotKnown"),
        (await visit(desk, "i2", DRAFTED), "NotInImplementation"),
    ):
        assert answer.json()["code"] == code
    assert (await visit(desk, "i2")).status_code == 200
    assert (await visit(desk, "i3")).json()["code"] == "InspectionLimitReached"
