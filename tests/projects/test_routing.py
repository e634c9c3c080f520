"""Which way a proposal takes: no step is skipped because nobody was found for it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from cli.example.programme import content
from services.projects.acting import Asking
from services.projects.domain.project.content import Partner, Proposal, Seat, Serves
from services.projects.domain.project.limits import Limits
from services.projects.domain.project.proposal import RouteHasNoBody
from services.projects.domain.project.route import Share, Step
from services.projects.facts import limits_of
from services.projects.programme_content import faults_of
from services.projects.routing import Unfilled, choose_route, due_of, unfilled
from shared import roster
from shared.domain import Rhythm, UnitId
from shared.organisation import Organisation
from tests.projects.a_group import (
    PARTNER,
    TODAY,
    appointed,
    organisation,
    person,
    registered,
)
from tests.projects.a_project import (
    BRANCH,
    COMMITTEE_SEAT,
    COMPANY,
    CONTENT,
    FINANCE_SEAT,
    GROUP,
    PRECHECK_SEAT,
    QUALITY_SEAT,
    SUBMIT,
    a_draft,
    approved,
)

PAINT_ALONE = replace(CONTENT, targets=CONTENT.targets[1:], activities=())
OUTSIDE = Partner("某研究院")
RATIFIED = "党委会追认"


def published(deadlines: dict[str, Any] | None = None, version: str = "2026.1") -> roster.ProgrammePublished:
    """The shipped programme, with these deadlines otherwise."""
    sections = json.loads(content())
    sections["deadlines"] |= deadlines or {}
    return roster.ProgrammePublished(version, 2026, date(2026, 1, 15), json.dumps(sections), "")


def committee_at(unit: UnitId) -> tuple[Any, ...]:
    return registered("chief", BRANCH), appointed("chief", "party_secretary", unit)


def steps(proposal: Proposal, *events: Any) -> dict[str, Step]:
    """The steps of its route by their names."""
    known = organisation(published(), *(events or committee_at(COMPANY)))
    programme = known.programme(TODAY)
    assert programme is not None
    chosen = choose_route(known, programme, BRANCH, "branch_with_committee", proposal, TODAY)
    return {step.name: step for step in chosen.steps}


def test_what_a_company_has_to_settle_falls_to_the_unit_above_or_to_nobody() -> None:
    """R23."""
    known = organisation(
        published(),
        *committee_at(GROUP),
        appointed("chief", "finance", GROUP),
        registered("keeper", BRANCH),
        appointed("keeper", "party_department", COMPANY),
    )
    programme = known.programme(TODAY)
    assert programme is not None
    assert unfilled(known, programme, COMPANY, TODAY) == [
        Unfilled("source_department", None),
        Unfilled("finance", GROUP),
        Unfilled("committee_member", GROUP),
        Unfilled("leader_in_charge", None),
        Unfilled("party_secretary", GROUP),
    ]


@pytest.mark.parametrize(
    ("partners", "seats"),
    [
        ((Partner("联合支部", PARTNER),), (Seat("branch_secretary", PARTNER),)),
        ((OUTSIDE,), (PRECHECK_SEAT,)),
        ((OUTSIDE, Partner("联合支部", PARTNER)), (Seat("branch_secretary", PARTNER), PRECHECK_SEAT)),
    ],
)
def test_a_partner_agrees_and_what_an_outside_one_agreed_to_the_party_department_confirms(
    partners: tuple[Partner, ...], seats: tuple[Seat, ...]
) -> None:
    """R73: an outside partner has no account."""
    pair = replace(CONTENT, pair=True, partners=partners)
    assert steps(pair)["结对方党组织同意"].seats == seats


def test_the_departments_that_stand_for_the_figures_countersign_finance_where_all_are_its_own() -> None:
    """R6: two acts, where the budget asks finance as well; nothing is merged or skipped."""
    assert steps(CONTENT)["业务主管部门会签"].seats == (QUALITY_SEAT,)
    assert steps(PAINT_ALONE)["业务主管部门会签"].seats == (FINANCE_SEAT,)
    costly = steps(replace(PAINT_ALONE, budget=Decimal(60_000)))
    assert costly["业务主管部门会签"].seats == costly["财务部门会签"].seats == (FINANCE_SEAT,)


def test_a_company_without_a_committee_decides_at_the_level_above() -> None:
    """R1: its meeting step is the nearest committee's that has members."""
    above = Seat("committee_member", GROUP)
    assert steps(CONTENT)["党委会审议"].seats == (COMMITTEE_SEAT,)
    assert steps(CONTENT, *committee_at(GROUP))["党委会审议"].seats == (above,)


def test_a_meeting_that_no_body_at_any_level_can_hold_blocks() -> None:
    """R23: such a step stays on the route, and the submission is refused."""
    route = steps(CONTENT, registered("nobody", BRANCH))
    assert route["党委会审议"].seats == ()
    a_draft.when(replace(SUBMIT, route=tuple(route.values()))).then_refused(RouteHasNoBody)


def test_two_thirds_are_asked_for_by_a_step_that_says_so_and_no_other() -> None:
    """R26: a setting, off where nothing is said."""
    sections = json.loads(content())
    ordinary = next(route for route in sections["routes"]["routes"] if route["code"] == "ordinary")
    meeting = next(step for step in ordinary["steps"] if step["decides"] == "meeting")
    assert not steps(CONTENT)[meeting["zh"]].two_thirds
    meeting["present"] = "two_thirds"
    said = roster.ProgrammePublished("2026.1", 2026, date(2026, 1, 15), json.dumps(sections), "")
    known = organisation(said)
    programme = known.programme(TODAY)
    assert programme is not None
    route = choose_route(known, programme, BRANCH, "branch_with_committee", CONTENT, TODAY)
    assert [step.name for step in route.steps if step.two_thirds] == [meeting["zh"]]


NOBODY_ELSE = Organisation()  # no unit with a calendar of its own


def test_a_meeting_waits_for_the_next_regular_one_but_an_emergency_is_ratified_in_15_days() -> None:
    """R32, R33."""
    monday = date(2026, 6, 1)
    emergency = steps(replace(CONTENT, emergency=True))[RATIFIED]
    assert due_of(NOBODY_ELSE, emergency, monday) == date(2026, 6, 23)  # over the Dragon Boat Festival
    assert due_of(NOBODY_ELSE, steps(CONTENT)["党委会审议"], monday) == date(2026, 7, 1)
    assert due_of(NOBODY_ELSE, emergency, date(9999, 12, 30)) == date.max


@pytest.mark.parametrize(
    ("rhythm", "due"),
    [
        (Rhythm("week", date(2026, 1, 7)), date(2026, 6, 3)),
        (Rhythm("two_weeks", date(2026, 6, 20)), date(2026, 6, 8)),  # a Saturday, held on the Monday
        (Rhythm("quarter"), date(2026, 7, 14)),  # thirty working days at the most
    ],
)
def test_a_meeting_step_waits_for_the_next_regular_meeting_of_its_body(rhythm: Rhythm, due: date) -> None:
    """R32: as often as that body meets; a committee with another rhythm elsewhere changes nothing."""
    monday, meeting = date(2026, 6, 1), steps(CONTENT)["党委会审议"]
    body = meeting.seats[0].unit
    known = organisation(published(), roster.RhythmSet(body, "party_committee", rhythm))
    other = organisation(published(), roster.RhythmSet(body, "branch_committee", rhythm))
    assert due_of(known, meeting, monday) == due
    assert due_of(other, meeting, monday) == date(2026, 7, 1)
    assert due_of(known, steps(replace(CONTENT, emergency=True))[RATIFIED], monday) == date(2026, 6, 23)


def test_a_project_is_measured_by_what_the_programme_sets_to_which_it_is_pinned() -> None:
    """R18: and before it is submitted, by the one in force."""
    set_ = {
        "project_months_at_most": 36,
        "extension_months_at_most": 6,
        "inspections_per_branch_per_year_at_most": 1,
    }

    def limits(known: Organisation, pinned: bool) -> Limits:
        return limits_of(Asking(person("x"), known, TODAY), (approved if pinned else a_draft).state)

    assert limits(organisation(published(set_)), pinned=True) == Limits(36, 6, 1)
    later = organisation(published(), published(set_, "2026.2"))
    assert limits(later, pinned=True) == Limits(24, 3, 2)
    assert limits(later, pinned=False) == Limits(36, 6, 1)


# -- a step that a share of its seats decides (R29) -----------------------------------------------


def with_a_share(share: dict[str, int] | None, decides: str = "share") -> str:
    """The shipped programme, its countersigning of ordinary projects decided so."""
    sections = json.loads(content())
    step = sections["routes"]["routes"][0]["steps"][1]
    step |= {"decides": decides, "office": ["source_department", "finance"]} | (
        {"share": share} if share else {}
    )
    return json.dumps(sections)


def test_a_share_of_the_programme_is_pinned_to_the_step() -> None:
    said = roster.ProgrammePublished(
        "2026.1", 2026, date(2026, 1, 15), with_a_share({"agree": 1, "of": 2}), ""
    )
    group = organisation(said)
    programme = group.programme(TODAY)
    assert programme is not None
    route = choose_route(group, programme, BRANCH, "branch_with_committee", CONTENT, TODAY)
    assert (route.steps[1].decides, route.steps[1].share) == ("share", Share(1, 2))
    assert route.steps[1].seats == (QUALITY_SEAT, FINANCE_SEAT)


@pytest.mark.parametrize(
    "content",
    [
        with_a_share(None),
        with_a_share({"agree": 0, "of": 2}),
        with_a_share({"agree": 3, "of": 2}),
        with_a_share({"agree": 1, "of": 2}, decides="all"),
    ],
    ids=["none", "of nobody", "of more than all", "where all decide"],
)
def test_a_share_that_cannot_be_meant_is_a_fault_of_the_programme(content: str) -> None:
    (fault,) = faults_of(content)
    assert fault.startswith("routes: ")


@pytest.mark.parametrize(
    ("serves", "route"), [("group_key_project", "major"), ("", "ordinary")], ids=["of the group", "no"]
)
def test_what_serves_a_key_project_of_the_group_goes_the_way_of_major_projects(
    serves: Serves, route: str
) -> None:
    known = organisation(published(), *committee_at(COMPANY))
    programme = known.programme(TODAY)
    assert programme is not None
    major = replace(CONTENT, track="major_projects", serves=serves)
    assert choose_route(known, programme, BRANCH, "branch_with_committee", major, TODAY).code == route


def test_a_route_that_waits_for_what_no_proposal_says_is_a_fault_of_the_programme() -> None:
    (fault,) = faults_of(content().replace("group_key_project", "key_project_of_nobody"))
    assert "key_project_of_nobody" in fault
