"""Who may know of a project: its own, its partners', those asked about it, and the offices above."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from services.projects.acting import Asking
from services.projects.deliberation import reader_of
from services.projects.domain.project.content import Member, Partner, Seat, Team
from services.projects.projections.page import Page
from services.projects.sight import circle_of, marks_seen, may_see, refuse_unless_seen
from shared import roster
from shared.domain import NotKnown, PersonId
from tests.projects.a_group import (
    EVERYBODY,
    LABORATORY,
    OTHER_BRANCH,
    PARTNER,
    TODAY,
    appointed,
    organisation,
    person,
)
from tests.projects.a_project import BRANCH, COMPANY, CONTENT, REWORK, SUBMIT, a_draft_of, approved, by
from tests.projects.lived import page_after
from tests.projects.test_tasks import ADD, CLAIM, EXPIRE, GRANT, OFFER

JOINT = replace(
    CONTENT,
    partners=(Partner("联合支部", PARTNER),),
    targets=(replace(REWORK, source=Seat("source_department", LABORATORY)), *CONTENT.targets[1:]),
    team=Team(members=(Member(person("guest on the team"), "participant"),)),
)
GRANT_TO_X = replace(GRANT, person=PersonId("x"))
project = a_draft_of(JOINT).after(SUBMIT)
SEES = {
    "secretary of the branch",
    "union chair of the branch",
    "member of the branch",
    "secretary of the partner",
    "member of the partner",
    "party department",
    "committee member",
    "inspector of the company",
    "headquarters",
    "auditor of the group",
    "auditor of the company",
    "discipline of the company",
    "measurer",
    "guest on the team",
    "deputy from elsewhere",
}


def sees(name: str, page: Page, on: date = TODAY) -> bool:
    return may_see(organisation(), person(name), circle_of(page), on)


@pytest.mark.parametrize("name", [*EVERYBODY, "guest on the team"])
def test_a_project_is_seen_by_whom_it_concerns_and_by_nobody_else(name: str) -> None:
    assert sees(name, page_after(project)) == (name in SEES)


@pytest.mark.parametrize("name", [*EVERYBODY, "guest on the team"])
def test_who_may_not_see_a_project_is_told_that_there_is_none(name: str) -> None:
    asking = Asking(person(name), organisation(), TODAY)
    if name in SEES:
        refuse_unless_seen(asking, project.state)
    else:
        with pytest.raises(NotKnown):
            refuse_unless_seen(asking, project.state)


@pytest.mark.parametrize("name", [*EVERYBODY, "guest on the team"])
def test_a_list_shows_what_can_be_opened_one_by_one(name: str) -> None:
    circle = circle_of(page_after(project))
    marks = marks_seen(organisation(), person(name), TODAY)
    assert (marks is None or not marks.isdisjoint(circle.marks())) == (name in SEES)


def test_an_office_that_has_ended_sees_nothing_any_more() -> None:
    assert sees("secretary before", page_after(project), date(2026, 3, 31))
    assert not sees("secretary before", page_after(project), date(2026, 4, 1))


def test_a_deputy_sees_as_long_as_they_stand_in() -> None:
    assert not sees("deputy from elsewhere", page_after(project), date(2026, 9, 2))


def test_the_projects_of_a_dissolved_unit_stay_in_the_lists_of_those_above() -> None:
    gone = organisation(roster.UnitDissolved(BRANCH, date(2026, 8, 1), None), roster.UnitCeased(BRANCH))
    circle = circle_of(page_after(approved))
    for name in ("party department", "secretary of the branch", "auditor of the other company"):
        marks = marks_seen(gone, person(name), TODAY)
        assert marks is not None
        assert may_see(gone, person(name), circle, TODAY) == (not marks.isdisjoint(circle.marks()))
    assert may_see(gone, person("party department"), circle, TODAY)


def test_an_open_climbing_item_is_seen_by_its_circle_until_somebody_has_it() -> None:
    """R39: who is told of it can open it; afterwards it is its project's affair again."""
    offered = approved.after(ADD, replace(OFFER, circle=(OTHER_BRANCH,)))
    sees_it = ("member of the other branch", "secretary of the other branch")
    assert all(sees(name, page_after(offered)) for name in sees_it)
    assert not sees("member of the partner", page_after(offered))
    for after in (
        offered.after(EXPIRE),
        offered.after(replace(CLAIM, by=by("x", unit=OTHER_BRANCH)), GRANT_TO_X),
    ):
        assert not any(sees(name, page_after(after)) for name in sees_it)
    for name in sees_it:
        refuse_unless_seen(Asking(person(name), organisation(), TODAY), offered.state)


def test_who_led_a_project_reads_no_single_words_on_it_though_they_decide_in_the_company_now() -> None:
    """R67: neither votes nor opinions, as little as who leads it."""
    known, page = organisation(), page_after(project)
    assert reader_of(known, person("committee member"), page, TODAY).deliberates
    led: Any = page | {"handovers": [{"from_person": person("committee member")}]}
    assert not reader_of(known, person("committee member"), led, TODAY).deliberates


def test_an_outside_partner_adds_nobody() -> None:
    outside = a_draft_of(replace(CONTENT, partners=(Partner("某研究院"),)))
    assert circle_of(page_after(outside)).units == {BRANCH}


def test_somebody_with_two_offices_sees_through_either() -> None:
    both = organisation(
        appointed("twice", "branch_secretary", OTHER_BRANCH), appointed("twice", "inspector", COMPANY)
    )
    assert may_see(both, person("twice"), circle_of(page_after(project)), TODAY)
