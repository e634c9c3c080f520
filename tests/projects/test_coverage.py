"""Where projects are missing is told without shares and ranks: gaps, the small and far first (R66, R71)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from cli.example.programme import content
from services.projects.domain.project.content import Partner
from services.projects.domain.project.termination import TerminateProject
from services.projects.projections.coverage import covers_of
from shared import roster
from shared.domain import UnitId
from tests.projects.a_desk import APPROVAL, Desk
from tests.projects.a_group import appointed, registered, unit
from tests.projects.a_project import (
    CONTENT,
    DRAFT,
    GROUP,
    PRECHECKER,
    REVISE,
    SEPTEMBER,
    approved,
    submitted,
)
from tests.projects.lived import HOUSE, page_after
from tests.support.recorded import recorded

COVERAGE = "/api/projects/coverage"
FAR, NEAR, OLD, SHOP, LINE, JOINT, WORKS = (UnitId(str(UUID(int=n))) for n in range(21, 28))


def company(id_: UnitId, code: str, kind: str, *marks: str) -> Any:
    made = replace(unit(id_, GROUP, has_ledger=True), organisation="所属单位党委")
    return replace(made, code=code, kind=kind, marks=marks)


def branch(id_: UnitId, code: str, organisation: str = "党支部") -> Any:
    return replace(unit(id_, FAR), code=code, organisation=organisation)


HAPPENED = (
    company(FAR, "Z1", "production", "小", "远"),
    company(NEAR, "A1", "research"),
    company(OLD, "A2", "retired"),
    branch(SHOP, "Z1-1"),
    branch(LINE, "Z1-2"),
    roster.ProgrammePublished("2026.1", 2026, date(2026, 1, 1), content(), ""),
    registered("keeper", SHOP),
    appointed("keeper", "party_department", FAR),
)


@pytest.fixture
async def desk(desk: Desk) -> Desk:
    happens(desk, *HAPPENED)
    return desk


def happens(desk: Desk, *events: Any) -> None:
    known = desk.parts.organisation
    for event in events:
        known.apply(recorded(known.position + 1, event))


async def approves(desk: Desk, number: int, leads: UnitId, track: str, *partners: UnitId) -> None:
    """A project of the far company, approved on the example's day."""
    named = tuple(Partner(str(partner), partner) for partner in partners)
    draft = replace(DRAFT, unit=leads, company=FAR, track=track)
    revise = replace(REVISE, proposal=replace(CONTENT, track=track, partners=named))
    await desk.house.does(draft, revise, *APPROVAL[2:], stream=UUID(int=number))


async def told(desk: Desk, who: str = "headquarters", **query: str) -> dict[str, dict[str, Any]]:
    read = await desk.read(who, COVERAGE, limit="200", **query)
    ours = {FAR, NEAR, OLD, SHOP, LINE}
    return {line["code"]: line for line in read["lines"] if line["unit"] in ours}


def gaps_of(line: dict[str, Any]) -> set[str]:
    return {cell["code"] for cell in line["cells"] if cell["gap"]}


# -- what counts --------------------------------------------------------------------------------


def test_a_project_covers_from_its_approval_on_unless_it_is_ended_without_result() -> None:
    assert covers_of(HOUSE, page_after(submitted)) == {}
    (row,) = covers_of(HOUSE, page_after(approved)).values()
    assert (row["role"], row["track"], row["closed_on"]) == ("leads", CONTENT.track, None)
    assert (
        covers_of(HOUSE, page_after(approved.after(TerminateProject(PRECHECKER, "停产", today=SEPTEMBER))))
        == {}
    )


@pytest.mark.parametrize(
    ("moment", "day"),
    [("2026-12-31T15:59:00.000000Z", date(2026, 12, 31)), ("2026-12-31T16:00:00.000000Z", date(2027, 1, 1))],
    ids=["before midnight", "at midnight"],
)
def test_a_project_covers_from_the_day_that_the_house_had_at_its_approval(moment: str, day: date) -> None:
    """R38: a day ends at midnight of the house, which is not that of UTC."""
    (row,) = covers_of(HOUSE, page_after(approved) | {"approved_at": moment}).values()
    assert row["approved_on"] == day


def test_an_integration_that_is_named_twice_counts_once() -> None:
    page = page_after(approved)
    page["content"]["integrations"] = [{"code": "safety", "how": how} for how in ("班前", "班后")]
    (row,) = covers_of(HOUSE, page).values()
    assert row["integrations"] == ",safety,"


# -- what is told -------------------------------------------------------------------------------


async def test_of_a_company_a_track_is_missing_that_its_kind_is_expected_to_have(desk: Desk) -> None:
    """R66."""
    before = await told(desk)
    assert gaps_of(before["Z1"]) == {"safety_quality", "reform_innovation"}
    assert gaps_of(before["A1"]) == {"major_projects", "reform_innovation"}
    assert (before["A2"]["exempt"], before["A2"]["gap"], gaps_of(before["A2"])) == ("离退休", False, set())
    await approves(desk, 31, SHOP, "safety_quality")
    await approves(desk, 32, LINE, "major_projects")
    after = await told(desk)
    assert gaps_of(after["Z1"]) == {"reform_innovation"}
    assert {cell["code"]: cell["projects"] for cell in after["Z1"]["cells"] if cell["projects"]} == {
        "safety_quality": 1,
        "major_projects": 1,  # that was not expected, and counts
    }
    assert gaps_of((await told(desk, year="2025"))["Z1"]) == {"safety_quality", "reform_innovation"}


async def test_small_and_far_units_with_gaps_come_first_and_the_rest_last(desk: Desk) -> None:
    read = await desk.read("headquarters", COVERAGE, limit="200")
    codes = [line["code"] for line in read["lines"]]
    assert codes[0] == "Z1"
    assert codes[-1] == "A2"
    first = await desk.read("headquarters", COVERAGE, limit="1")
    rest = await desk.read("headquarters", COVERAGE, limit="200", after=first["next"])
    assert [line["code"] for line in (*first["lines"], *rest["lines"])] == codes
    assert "A2" not in await told(desk, gaps="true")


async def test_a_branch_owes_one_project_a_year_or_a_reason_and_joining_one_is_enough(desk: Desk) -> None:
    """R66, R71: what a partner leads covers the branch that joins."""
    assert {code: line["gap"] for code, line in (await told(desk, company=FAR)).items()} == {
        "Z1-1": True,
        "Z1-2": True,
    }
    await approves(desk, 31, SHOP, "safety_quality", LINE)
    lines = await told(desk, company=FAR)
    assert {code: (line["projects"], line["joined"], line["gap"]) for code, line in lines.items()} == {
        "Z1-1": (1, 0, False),
        "Z1-2": (0, 1, False),
    }


async def test_who_has_a_reason_owes_nothing_this_year(desk: Desk) -> None:
    """R66: grey, not a gap."""
    happens(desk, roster.NoProjectExplained(FAR, 2026, "承担上级专项任务", ""))
    exempt = (await told(desk))["Z1"]
    assert (exempt["exempt"], exempt["gap"], gaps_of(exempt)) == ("承担上级专项任务", False, set())
    assert (await told(desk, year="2027"))["Z1"]["gap"]
    happens(desk, roster.NoProjectExplained(SHOP, 2026, "", "全年停产检修"))
    shop = (await told(desk, company=FAR))["Z1-1"]
    assert (shop["exempt"], shop["reason"], shop["gap"]) == (None, "全年停产检修", False)


async def test_what_a_joint_branch_leads_counts_for_each_of_its_units_companies(desk: Desk) -> None:
    """R71."""
    happens(desk, branch(JOINT, "Z1-3", "联合党支部"), replace(unit(WORKS, NEAR), code="A1-1"))
    await approves(desk, 31, JOINT, "reform_innovation")
    assert gaps_of((await told(desk))["A1"]) == {"major_projects", "reform_innovation"}
    happens(desk, roster.JointUnitsNamed(JOINT, (SHOP, WORKS)))
    lines = await told(desk)
    assert gaps_of(lines["A1"]) == {"major_projects"}
    assert (lines["A1"]["projects"], lines["Z1"]["projects"]) == (1, 1)


async def test_of_a_company_an_integration_is_missing_that_no_project_serves(desk: Desk) -> None:
    await approves(desk, 31, SHOP, "safety_quality")
    served = {known.code for known in CONTENT.integrations}
    assert served
    line = (await told(desk, by="integrations"))["Z1"]
    assert gaps_of(line) == {"safety", "operations", "basics", "culture"} - served


async def test_a_party_department_sees_its_own_company_and_nobody_else_sees_any(desk: Desk) -> None:
    assert set(await told(desk, "keeper")) == {"Z1"}
    assert set(await told(desk, "keeper", company=FAR)) == {"Z1-1", "Z1-2"}
    assert (await desk.ask("keeper", COVERAGE, company=NEAR)).json()["code"] == "NotKnown"
    assert (await desk.ask("secretary of the branch", COVERAGE)).json()["code"] == "NotAllowed"


async def test_an_overseas_company_is_its_code_to_who_is_not_of_it(desk: Desk) -> None:
    """R75."""
    far = desk.parts.organisation.units[FAR]
    abroad = roster.UnitMarked(FAR, far.kind, far.organisation, ("小", "远", "境外"), far.has_committee, 5)
    assert (await told(desk))["Z1"]["name"] == far.name != far.code
    happens(desk, abroad)
    assert (await told(desk))["Z1"]["name"] == far.code
    assert (await told(desk, "keeper"))["Z1"]["name"] == far.name
