"""Units marked as overseas: a code, and no names of people, in whatever leaves their company (R75)."""

from __future__ import annotations

import pytest

from shared.domain import UnitId
from shared.organisation import OVERSEAS
from shared.roster import UnitMarked
from tests.projects import a_project as p
from tests.projects.a_desk import APPROVAL, Desk
from tests.projects.a_group import TODAY, WORKSHOP, organisation, person
from tests.support.recorded import recorded

PROJECTS = "/api/projects/projects"
MARKED = UnitMarked(p.BRANCH, "production", "境外党支部", (OVERSEAS,), False, 5)
INSIDE, OUTSIDE = ("inspector of the company", "secretary of the branch"), ("headquarters", "stranger")


@pytest.mark.parametrize("where", [p.BRANCH, WORKSHOP])
def test_an_overseas_unit_and_what_is_below_it_is_named_to_its_company_alone(where: UnitId) -> None:
    group = organisation(MARKED)
    for name in (*INSIDE, "member of the partner", "secretary of the workshop"):
        assert group.name_for(where, person(name), TODAY) == f"{where}党组织"
    for name in (*OUTSIDE, "auditor of the group", "secretary of the other branch"):
        assert group.name_for(where, person(name), TODAY) == where  # its code
    assert group.name_for(p.COMPANY, person("headquarters"), TODAY) == "company党组织"
    assert group.name_for(UnitId("nowhere"), person("headquarters"), TODAY) is None


def test_all_of_an_overseas_company_is_overseas_and_nothing_above_it() -> None:
    group = organisation(UnitMarked(p.COMPANY, "production", "所属单位党委", (OVERSEAS,), True, 5))
    found = [u for u in group.units if group.is_overseas(u)]
    assert set(found) == {p.COMPANY, *(u for u in group.all_below(p.COMPANY))}
    assert not group.is_overseas(p.GROUP)


@pytest.fixture
async def desk(desk: Desk) -> Desk:
    """With a project of an overseas branch."""
    known = desk.parts.organisation
    known.apply(recorded(known.position + 1, MARKED))
    await desk.house.does(*APPROVAL)
    return desk


async def test_lists_that_leave_the_company_name_neither_the_unit_nor_who_leads(desk: Desk) -> None:
    for name, unit, lead in ((INSIDE[0], "branch党组织", "李强"), (OUTSIDE[0], "branch", None)):
        (line,) = (await desk.read(name, PROJECTS))["projects"]
        assert (line["unit_name"], line["lead_name"]) == (unit, lead)
        assert line["company_name"] == "company党组织"
        due = (await desk.read(name, "/api/projects/deadlines"))["deadlines"]
        assert {one["unit_name"] for one in due} == {unit}


async def test_the_list_of_units_finds_an_overseas_one_by_its_name_in_its_company_alone(desk: Desk) -> None:
    for name, word, found in (
        (INSIDE[0], "branch党", [("branch", "branch党组织")]),
        (INSIDE[0], "BRANCH黨組織", [("branch", "branch党组织")]),
        (OUTSIDE[0], "branch党", [("other branch", "other branch党组织")]),
        (OUTSIDE[0], "", [("branch", "branch"), ("company", "company党组织")]),
    ):
        units = (await desk.read(name, "/api/projects/units", q=word, limit="2"))["units"]
        assert [(unit["code"], unit["name"]) for unit in units][: len(found)] == found
