"""A branch's inspections of a year are planned and counted in the ledger, for all its projects (R46)."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from cli.example.programme import content
from services.projects.api.inspecting import visits_of
from shared.domain import UnitId
from shared.roster import ProgrammePublished, TieDeclared, TieEnded
from tests.projects.a_desk import APPROVAL, Desk
from tests.projects.a_group import OTHER_BRANCH, appointed, no_tie, person, registered, unit
from tests.projects.a_project import BRANCH, COMPANY, DRAFT, GROUP
from tests.support.living import THE_PROJECT
from tests.support.recorded import recorded

OTHER, DRAFTED, OF_THE_CREW = UUID(int=13), UUID(int=14), UUID(int=15)
CREW = UnitId(str(UUID(int=7)))
INSPECTOR = "inspector of the company"
LISTED = "/api/projects/inspections"


@pytest.fixture
async def desk(desk: Desk) -> Desk:
    known = desk.parts.organisation
    for happened in (
        unit(CREW, COMPANY),
        appointed("chief", "inspector", GROUP),
        registered("worker", CREW),
        registered("stranger", OTHER_BRANCH),
    ):
        known.apply(recorded(known.position + 1, happened))
    for branch in (BRANCH, CREW):
        no_tie(known, INSPECTOR, "chief", unit=branch)
    for project in (THE_PROJECT, OTHER):
        await desk.house.does(*APPROVAL, stream=project)
    await desk.house.does(APPROVAL[0], stream=DRAFTED)
    return desk


async def visit(
    desk: Desk,
    inspection: str,
    project: UUID = THE_PROJECT,
    who: str = INSPECTOR,
    key: str = "",
    **more: Any,
) -> httpx.Response:
    body = {"inspection": inspection, "on": "2026-01-20", "kind": "日常督导"} | more
    return await desk.post(who, "hold-inspection", project=project, key=key, **body)


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


async def plan(desk: Desk, inspection: str, who: str = INSPECTOR, **more: Any) -> httpx.Response:
    body = {"unit": CREW, "inspection": inspection, "on": "2026-02-20", "kind": "半年督导"} | more
    return await desk.to(who, f"{LISTED}/plan-inspection", **body)


async def drop(
    desk: Desk, inspection: str, who: str = INSPECTOR, reason: str = "改为联合督导"
) -> httpx.Response:
    path = f"{LISTED}/{visits_of(CREW, 2026)}/drop-planned-inspection"
    return await desk.to(who, path, inspection=inspection, reason=reason)


async def test_a_branch_is_planned_for_twice_a_year_by_all_levels_and_more_with_a_reason(desk: Desk) -> None:
    """R46."""
    assert (await plan(desk, "d1")).json()["events"] == ["InspectionPlanned"]
    assert (await plan(desk, "d1")).json()["code"] == "InspectionIsPlanned"
    assert (await plan(desk, "d2", on="2026-01-02")).json()["code"] == "PlannedInThePast"
    assert (await plan(desk, "d2", "worker")).json()["code"] == "NotAllowed"
    assert (await plan(desk, "d2", "chief")).status_code == 201
    assert (await plan(desk, "d3")).json()["code"] == "InspectionLimitReached"
    assert (await plan(desk, "d3", reason="事故调查")).status_code == 201
    assert (await plan(desk, "d1", on="2027-01-04")).status_code == 201  # another year


async def test_what_is_taken_out_of_the_plan_counts_no_more(desk: Desk) -> None:
    assert (await drop(desk, "d1")).json()["code"] == "NotKnown"  # nothing is planned for this branch
    for code in ("d1", "d2"):
        assert (await plan(desk, code)).status_code == 201
    assert (await drop(desk, "d1", "chief")).json()["code"] == "NotYourInspection"
    assert (await drop(desk, "d1", reason=" ")).json()["code"] == "DroppingNeedsAReason"
    assert (await drop(desk, "d3")).json()["code"] == "NoSuchPlannedInspection"
    assert (await drop(desk, "d1")).json()["events"] == ["PlannedInspectionDropped"]
    assert (await plan(desk, "d4")).status_code == 201
    listed = await desk.read(INSPECTOR, LISTED)
    assert [line["code"] for line in listed["inspections"]] == ["d2", "d4"]


async def test_an_inspection_of_the_plan_is_held_in_two_projects_and_counts_once(desk: Desk) -> None:
    second = uuid4()
    for project in (OF_THE_CREW, second):
        await desk.house.does(replace(DRAFT, unit=CREW), *APPROVAL[1:], stream=project)
    for code in ("d1", "d2"):
        assert (await plan(desk, code)).status_code == 201
    for project in (OF_THE_CREW, second):
        answer = await visit(desk, "i1", project, planned="d1")
        assert answer.status_code == 200, answer.text
    assert (await drop(desk, "d1")).json()["code"] == "InspectionIsHeld"
    assert (await visit(desk, "i2", OF_THE_CREW, planned="d3")).json()["code"] == "NoSuchPlannedInspection"
    assert (await visit(desk, "i2", OF_THE_CREW)).json()["code"] == "InspectionLimitReached"
    listed = (await desk.read(INSPECTOR, LISTED))["inspections"]
    assert [(line["code"], line["state"], line["project"]) for line in listed] == [
        ("d1", "held", str(OF_THE_CREW)),
        ("d2", "planned", None),
    ]
    assert listed[0]["on"] == "2026-01-20"  # when it was held


async def test_a_branch_sees_its_own_inspections_and_an_office_those_that_it_holds(desk: Desk) -> None:
    """R46: branches see theirs; who inspects sees what others do, so that no branch is asked twice."""
    for code, who, on in (("d1", INSPECTOR, "2026-03-02"), ("d2", "chief", "2026-02-02")):
        assert (await plan(desk, code, who, on=on)).status_code == 201
    assert (await visit(desk, "i1")).status_code == 200
    mine = await desk.read("worker", LISTED, limit="1")
    assert [(line["code"], line["office"], line["of_unit"]) for line in mine["inspections"]] == [
        ("d2", "inspector", GROUP)
    ]
    rest = await desk.read("worker", LISTED, after=mine["next"])
    assert [line["code"] for line in rest["inspections"]] == ["d1"]
    assert rest["next"] is None
    of_chief = await desk.read("chief", LISTED)
    assert [line["code"] for line in of_chief["inspections"]] == ["d2"]
    both = await desk.read("chief", LISTED, unit=CREW)
    assert [line["code"] for line in both["inspections"]] == ["d2", "d1"]
    by_inspector = await desk.read(INSPECTOR, LISTED)
    assert [line["code"] for line in by_inspector["inspections"]] == [f"{THE_PROJECT}/i1", "d1"]
    assert (await desk.read("stranger", LISTED))["inspections"] == []
    assert (await desk.ask("stranger", LISTED, unit=CREW)).json()["code"] == "NotKnown"
    assert (await desk.read("worker", LISTED, year="2027"))["inspections"] == []


async def test_who_held_a_post_in_the_branch_of_late_does_not_inspect_it(desk: Desk) -> None:
    """R5: for two years."""
    known = desk.parts.organisation
    for name, left in (("lately", date(2024, 6, 1)), ("long ago", date(2024, 1, 10))):
        before = replace(appointed(name, "branch_secretary", BRANCH, until=left), since=date(2022, 1, 1))
        for happened in (registered(name, OTHER_BRANCH), before, appointed(name, "inspector", COMPANY)):
            known.apply(recorded(known.position + 1, happened))
        no_tie(known, name)
    assert (await visit(desk, "i1", who="lately")).json()["code"] == "InspectsOwnUnit"
    assert (await visit(desk, "i1", who="long ago")).status_code == 200


async def test_of_a_visit_nothing_counts_before_ties_are_declared(desk: Desk) -> None:
    """R5: for each year anew."""
    known = desk.parts.organisation
    for happened in (registered("new", OTHER_BRANCH), appointed("new", "inspector", COMPANY)):
        known.apply(recorded(known.position + 1, happened))
    no_tie(known, "new", on=date(2025, 12, 31))
    for _ in range(3):
        refused = await visit(desk, "i1", who="new")
        assert (refused.status_code, refused.json()["code"]) == (409, "TiesAreDeclaredFirst")
    no_tie(known, "new")
    assert (await visit(desk, "i1", who="new")).status_code == 200


async def test_a_declared_tie_hinders_the_visit_and_the_last_word_on_a_finding(desk: Desk) -> None:
    """R5: with one of the unit that is visited; R4: with one of the unit that rectifies."""
    assert (await visit(desk, "i1")).status_code == 200
    body: dict[str, Any] = {
        "inspection": "i1",
        "finding": "w1",
        "text": "缺签认",
        "severity": "ordinary",
        "due": "2026-03-20",
    }
    assert (await desk.post(INSPECTOR, "record-finding", **body, unit=CREW)).status_code == 200
    leader = "secretary of the branch"
    report: dict[str, Any] = {"finding": "w1", "what": "已签认", "on": "2026-01-20"}
    assert (await desk.post(leader, "report-rectification", **report)).status_code == 200
    known = desk.parts.organisation
    programme = ProgrammePublished("2026.1", 2026, date(2026, 1, 1), content(), "")
    known.apply(recorded(known.position + 1, programme))
    chief, worker = person("chief"), person("worker")
    for other in (person("member of the branch"), worker):
        known.apply(recorded(known.position + 1, TieDeclared(chief, other, None)))
    assert (await visit(desk, "i2", who="chief")).json()["code"] == "InspectsOwnUnit"
    refused = await desk.post("chief", "close-finding", finding="w1")
    assert refused.json()["code"] == "RectifierMayNotClose"
    known.apply(recorded(known.position + 1, TieEnded(chief, worker, None)))
    assert (await desk.post("chief", "close-finding", finding="w1")).json()["events"] == ["FindingClosed"]
