"""Scores over HTTP are told to whom the project is told, and to nobody else."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time
from decimal import Decimal
from uuid import UUID

from tests.contracts.test_sight import JOINT
from tests.evaluation.a_desk import Desk
from tests.evaluation.a_programme import published
from tests.projects import a_project as p
from tests.projects.a_group import EVERYBODY, TODAY
from tests.projects.test_sight import SEES
from tests.support.living import THE_PROJECT

NAMES = (*EVERYBODY, "guest on the team")


async def test_a_score_is_told_to_whom_the_project_is_told(desk: Desk) -> None:
    await desk.projects.does(p.DRAFT, replace(p.REVISE, proposal=JOINT), p.SUBMIT)
    desk.projects.clock.set(datetime.combine(TODAY, time(12), UTC))
    found = {}
    for name in NAMES:
        one = await desk.get(f"/scores/{THE_PROJECT}", name)
        listed = await desk.get("/scores", name)
        found[name] = (one.status_code, len(listed.json()["scores"]))
    assert found == {name: (200, 1) if name in SEES else (404, 0) for name in NAMES}


async def test_a_scheme_that_cannot_be_used_is_a_problem_of_its_projects_alone(desk: Desk) -> None:
    await published(desk.projects, {"x": 1})
    await desk.projects.does(p.DRAFT, p.REVISE, p.SUBMIT)
    other = UUID(int=THE_PROJECT.int + 1)
    await desk.projects.does(p.DRAFT, p.REVISE, replace(p.SUBMIT, programme="2026.2"), stream=other)
    desk.projects.clock.set(datetime.combine(TODAY, time(12), UTC))
    listed = await desk.get("/scores")
    assert listed.status_code == 200, listed.text
    lines = {UUID(line["project"]): line for line in listed.json()["scores"]}
    assert lines[THE_PROJECT]["problem"] == "The assessment scheme of this project cannot be used."
    assert lines[THE_PROJECT]["open"] is lines[other]["problem"] is None
    assert Decimal(lines[other]["open"]) > 0
    one = await desk.get(f"/scores/{THE_PROJECT}")
    assert (one.status_code, one.json()["code"]) == (409, "SchemeUnreadable")
    assert one.json()["faults"] == ["Object missing required field `total`"]
