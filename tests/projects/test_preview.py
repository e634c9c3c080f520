"""The route ahead: who decides, who in their place, and when, told before anybody submits (R3, R86)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from services.projects.acting import Asking
from services.projects.domain.project.approval import AddSigner, ReturnProposal
from services.projects.domain.project.content import Member, Partner, Seat, Team
from services.projects.domain.project.route import Wanted
from services.projects.preview import Preview, preview
from services.projects.routing import NoProgrammeInForce
from shared.organisation import Organisation
from shared.roster import ModelBranchNamed, UnitMarked
from shared.working_days import is_provisional
from tests.projects.a_group import NEW_YEAR, PARTNER, TODAY, appointed, organisation, person, registered
from tests.projects.a_project import (
    BRANCH,
    COMPANY,
    CONTENT,
    FINANCE_SEAT,
    GROUP,
    PRECHECK,
    QUALITY,
    QUALITY_SEAT,
    REWORK,
    Project,
    a_draft,
    a_draft_of,
    submitted,
)
from tests.projects.test_project_acts import PROGRAMME


def ahead(past: Project, *events: Any, on: date = TODAY) -> Preview:
    group: Organisation = organisation(PROGRAMME, *events)
    return preview(Asking(person("secretary of the branch"), group, on), past.state)


def committee(*names: str) -> list[Any]:
    return [e for n in names for e in (registered(n, BRANCH), appointed(n, "committee_member", COMPANY))]


def test_a_draft_shows_every_step_with_its_holders_and_the_dates_to_expect() -> None:
    """R86, on the shipped route of an ordinary project."""
    found = ahead(
        a_draft, *committee("one", "two", "three"), appointed("measurer", "source_department", COMPANY)
    )
    assert (found.programme, found.route) == ("2026.1", "ordinary")
    names = [(step.name, step.decides) for step in found.steps]
    assert names[0] == ("党委工作部初审", "any")
    assert found.steps[0].asked[0].holders == (person("party department"),)
    assert [step.expected for step in found.steps] == sorted(step.expected for step in found.steps)
    assert found.steps[0].expected == date(2026, 9, 8)  # five working days after 1 September
    (body,) = next(step for step in found.steps if step.decides == "meeting").bodies
    assert (body.unit, body.can_pass, body.referred_to) == (COMPANY, True, None)


def test_what_a_draft_still_lacks_is_said_in_advance_a_pairs_reason_too() -> None:
    weak = Partner("联合党支部", PARTNER, weak=True)
    its_own = replace(REWORK, code="self", of=PARTNER)
    pair = replace(CONTENT, pair=True, partners=(weak,), targets=(*CONTENT.targets, its_own))
    named = ModelBranchNamed(BRANCH, "集团党委", "15号", TODAY)
    assert ahead(a_draft_of(pair)).missing == ("strong_side_reason",)
    assert ahead(a_draft_of(pair), named).missing == ()
    assert ahead(a_draft_of(pair), named, on=TODAY + timedelta(days=1)).missing == ("strong_side_reason",)
    assert ahead(a_draft_of(replace(CONTENT, problem=""))).missing == ("problem",)
    assert ahead(submitted).missing == ()


def test_where_the_holder_is_on_the_team_the_nearest_without_conflict_is_named_in_advance() -> None:
    """R3: the system takes the first without conflict, and says so in advance."""
    own = person("party department")
    team = a_draft_of(replace(CONTENT, team=Team(members=(Member(own, "backbone"),))))
    asked = ahead(team, appointed("above", "party_department", GROUP)).steps[0].asked[0]
    assert (asked.holders, asked.waits) == ((), False)
    assert asked.instead is not None
    assert (asked.instead.person, asked.instead.unit) == (person("above"), GROUP)
    alone = ahead(team).steps[0].asked[0]
    assert (alone.instead, alone.waits) == (None, True)


def test_a_body_that_cannot_pass_it_is_shown_with_the_one_above() -> None:
    """R27: computed before the meeting."""
    members = committee("one", "two")
    group = [registered("chief", BRANCH), appointed("chief", "party_secretary", GROUP)]
    both = replace(
        CONTENT, team=Team(members=(Member(person("one"), "young"), Member(person("two"), "young")))
    )
    step = next(s for s in ahead(a_draft_of(both), *members, *group).steps if s.decides == "meeting")
    (body,) = step.bodies
    assert (body.should_attend, body.may_vote, body.can_pass, body.referred_to) == (2, 0, False, GROUP)


def test_people_of_overseas_units_are_not_named() -> None:
    """R75."""
    marked = UnitMarked(COMPANY, "production", "党支部", ("境外",), True, 5)
    asked = ahead(a_draft, marked).steps[0].asked[0]
    assert (asked.holders, asked.instead, asked.waits) == ((), None, False)
    own = person("party department")
    team = a_draft_of(replace(CONTENT, team=Team(members=(Member(own, "backbone"),))))
    above = UnitMarked(GROUP, "production", "党支部", ("境外",), True, 5)
    instead = ahead(team, above, appointed("above", "party_department", GROUP)).steps[0].asked[0].instead
    assert instead is not None
    assert (instead.person, instead.unit) == (None, GROUP)


def test_on_its_way_the_preview_begins_with_the_open_step_and_whoever_was_added() -> None:
    open_step = submitted.after(
        PRECHECK, AddSigner(QUALITY, 1, Seat("inspector", COMPANY), "after", QUALITY_SEAT, True)
    )
    found = ahead(open_step)
    assert [step.step for step in found.steps] == [1, 2, 3]
    assert [asked.seat for asked in found.steps[0].asked] == [
        QUALITY_SEAT,
        Seat("inspector", COMPANY),
        FINANCE_SEAT,
    ]


def test_a_returned_proposal_shows_the_step_at_which_it_goes_on() -> None:
    back = ReturnProposal(QUALITY, 1, (Wanted("补充", "problem"),), False, QUALITY_SEAT)
    assert [step.step for step in ahead(submitted.after(PRECHECK, back)).steps] == [1, 2, 3]


def test_dates_in_a_year_that_is_not_announced_are_provisional() -> None:
    """R38."""
    assert not any(step.provisional for step in ahead(a_draft).steps)
    assert all(step.provisional for step in ahead(a_draft, on=date(2099, 3, 2)).steps)
    assert (is_provisional(TODAY), is_provisional(date(2099, 1, 1))) == (False, True)


def test_without_a_programme_there_is_no_route() -> None:
    with pytest.raises(NoProgrammeInForce):
        preview(Asking(person("x"), organisation(), NEW_YEAR), a_draft.state)
