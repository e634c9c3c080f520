"""A proposal before it is decided on."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import msgspec
import pytest

from services.projects.domain.project import PROJECT
from services.projects.domain.project.approval import ReturnProposal, StepOpened
from services.projects.domain.project.clarity import (
    AtMostThreeIndicators,
    BaselineEqualsTarget,
    CodesRepeat,
    NoSuchKindOfActivity,
    NotASource,
    ProposalIncomplete,
)
from services.projects.domain.project.content import (
    Integration,
    Milestone,
    PlannedActivity,
    Proposal,
    Seat,
    Team,
)
from services.projects.domain.project.limits import Limits
from services.projects.domain.project.proposal import (
    AdoptProgramme,
    AlreadyDrafted,
    AnotherProgrammeIsInForce,
    NewerVersionApplies,
    NothingIsPinned,
    NothingNewToAdopt,
    ProgrammeAdopted,
    ProjectTooLong,
    ProposalDrafted,
    ProposalRevised,
    ProposalSubmitted,
    ProposalWithdrawn,
    Resolution,
    ResolutionOfWrongBody,
    RouteHasNoBody,
    WithdrawProposal,
)
from services.projects.domain.project.route import Step, Wanted
from services.projects.domain.project.state import NotADraft, NotInApproval, NotInTheFuture
from services.projects.domain.quorum import Numbers, NumbersDoNotAddUp, TooFewPresent, VotesDoNotCarry
from shared.domain import NotKnown
from tests.projects.a_project import (
    BRANCH,
    CONTENT,
    DRAFT,
    JANUARY,
    PRECHECK,
    PRECHECK_SEAT,
    PRECHECKER,
    RESOLUTION,
    REVISE,
    REWORK,
    ROUTE,
    SECRETARY,
    SUBMIT,
    Project,
    a_draft,
    a_draft_of,
    nothing,
    submitted,
)
from tests.support.given import given

WITHDRAW = WithdrawProposal(SECRETARY, "补充数据")


def test_a_project_has_its_reference_from_the_draft_on() -> None:
    """R81."""
    (event,) = nothing.when(DRAFT).events
    assert isinstance(event, ProposalDrafted)
    assert event.reference == "2026-A-0012"


def test_a_proposal_is_begun_once() -> None:
    a_draft.when(DRAFT).then_refused(AlreadyDrafted)


def test_of_a_project_that_nobody_drafted_nothing_is_known() -> None:
    nothing.when(SUBMIT).then_refused(NotKnown)


def test_a_draft_may_be_empty_in_any_part() -> None:
    nothing.after(DRAFT).when(replace(REVISE, proposal=Proposal())).then(
        ProposalRevised(Proposal(), SECRETARY.person)
    )


def test_codes_are_unique_even_in_a_draft() -> None:
    twice = replace(CONTENT, plan=(*CONTENT.plan, Milestone("M1", "又一个", JANUARY)))
    a_draft.when(replace(REVISE, proposal=twice)).then_refused(CodesRepeat, code="M1")


def test_an_empty_proposal_is_refused_with_the_list_of_all_that_is_missing() -> None:
    nothing.after(DRAFT).when(replace(SUBMIT, resolution=None)).then_refused(
        ProposalIncomplete,
        missing=[
            "problem",
            "acceptance_standard",
            "business_goal",
            "plan",
            "targets",
            "measures",
            "working_rules",
            "integrations",
            "team",
            "secrecy_checked",
            "resolution",
        ],
    )


@pytest.mark.parametrize(
    ("content", "missing"),
    [
        (replace(CONTENT, targets=(replace(REWORK, baseline=None),)), "targets.rework.baseline"),
        (replace(CONTENT, targets=(replace(REWORK, target=None),)), "targets.rework.target"),
        (replace(CONTENT, targets=(replace(REWORK, kind="by_date"),)), "targets.rework.due"),
        (replace(CONTENT, integrations=(Integration("safety", " "),)), "integrations.safety.how"),
        (replace(CONTENT, activities=(PlannedActivity("主题党日", "unknown"),)), "activities.1.indicator"),
        (replace(CONTENT, pair=True), "partners"),
    ],
)
def test_every_part_that_is_half_there_is_named(content: Proposal, missing: str) -> None:
    a_draft_of(content).when(SUBMIT).then_refused(ProposalIncomplete, missing=[missing])


def test_a_party_activity_is_of_a_listed_kind_and_older_words_still_go_on() -> None:
    old = replace(CONTENT, activities=(PlannedActivity("谈心谈话", "rework"),))
    kinds = ["三会一课", "主题党日", "专题行动", "难题会诊", "共建活动"]
    revise = replace(REVISE, proposal=old)
    a_draft.when(revise).then_refused(NoSuchKindOfActivity, activity_kinds=kinds)
    written_before = given(PROJECT, *nothing.after(DRAFT).past, ProposalRevised(old))
    written_before.when(SUBMIT).then_names(ProposalSubmitted, StepOpened)


def test_an_indicator_that_promises_no_change_is_of_the_wrong_kind() -> None:
    standing_still = replace(CONTENT, targets=(replace(REWORK, target=Decimal("6.80")),))
    a_draft_of(standing_still).when(SUBMIT).then_refused(BaselineEqualsTarget, indicator="返修率")


@pytest.mark.parametrize(
    ("office", "money"),
    [
        ("branch_secretary", False),
        ("party_department", False),
        ("nobody", False),
        ("source_department", True),
    ],
)
def test_figures_are_confirmed_by_a_source_department_and_those_of_money_by_finance(
    office: str, money: bool
) -> None:
    own = replace(REWORK, source=Seat(office, BRANCH), money=money)
    draft = a_draft_of(replace(CONTENT, targets=(own,)))
    draft.when(SUBMIT).then_refused(NotASource, indicator="返修率", office=office)


def test_short_forms_have_at_most_three_indicators() -> None:
    four = tuple(replace(REWORK, code=f"{n}") for n in range(4))
    content = replace(CONTENT, targets=four, activities=())
    a_draft_of(replace(content, simple=True)).when(SUBMIT).then_refused(AtMostThreeIndicators)
    a_draft_of(replace(content, emergency=True)).when(SUBMIT).then_refused(AtMostThreeIndicators)


def test_a_project_runs_two_years_at_most() -> None:
    endless = replace(CONTENT, plan=(Milestone("M1", "完成", date(2028, 1, 21)),))
    a_draft_of(endless).when(SUBMIT).then_refused(ProjectTooLong, months=24)


def test_a_programme_may_set_another_length() -> None:
    at_most = replace(SUBMIT, limits=Limits(project_months=6))
    a_draft.when(at_most).then_refused(ProjectTooLong, months=6)
    a_draft.when(replace(at_most, limits=Limits(project_months=8))).then_names(ProposalSubmitted, StepOpened)


@pytest.mark.parametrize(
    ("resolution", "rule"),
    [
        (replace(RESOLUTION, kind="member_meeting"), ResolutionOfWrongBody),
        (replace(RESOLUTION, on=JANUARY + timedelta(1)), NotInTheFuture),
        (replace(RESOLUTION, numbers=Numbers(5, 2, 2)), TooFewPresent),
        (replace(RESOLUTION, numbers=Numbers(6, 3, 3)), VotesDoNotCarry),
        (replace(RESOLUTION, numbers=Numbers(5, 4, 5)), NumbersDoNotAddUp),
    ],
)
def test_the_resolution_is_of_the_right_body_with_its_quorum_and_majority(
    resolution: Resolution, rule: type
) -> None:
    """R2: it is part of the submission."""
    a_draft.when(replace(SUBMIT, resolution=resolution)).then_refused(rule)


def test_submission_pins_content_programme_and_route_and_opens_the_first_step() -> None:
    a_draft.when(SUBMIT).then(
        ProposalSubmitted(
            1, SECRETARY.person, RESOLUTION, CONTENT, "h1", "2026.1", "ordinary", ROUTE, JANUARY
        ),
        StepOpened(0, "党委工作部初审", (PRECHECK_SEAT,), "any", SUBMIT.due, JANUARY),
    )


@pytest.mark.parametrize("route", [(), (ROUTE[3],), (Step("党委会审议", "meeting", ()),)])
def test_a_route_on_which_nobody_decides_blocks(route: tuple[Step, ...]) -> None:
    a_draft.when(replace(SUBMIT, route=route)).then_refused(RouteHasNoBody)


def test_a_submitted_proposal_is_not_revised() -> None:
    submitted.when(REVISE).then_refused(NotADraft)


def test_a_proposal_is_withdrawn_until_decided_and_then_takes_the_rules_of_its_next_submission() -> None:
    submitted.when(WITHDRAW).then(ProposalWithdrawn("补充数据"))
    a_draft.when(WITHDRAW).then_refused(NotInApproval)
    again = submitted.after(WITHDRAW).when(replace(SUBMIT, programme="2026.2")).events[0]
    assert isinstance(again, ProposalSubmitted)
    assert (again.programme, again.round) == ("2026.2", 2)


@pytest.mark.parametrize(("rerun", "step"), [(True, 0), (False, 1)])
def test_a_returned_proposal_keeps_programme_and_route_and_runs_passed_steps_as_the_return_says(
    rerun: bool, step: int
) -> None:
    seat = ROUTE[1].seats[0]
    send_back = ReturnProposal(PRECHECKER, 1, (Wanted("补充成因", "problem"),), rerun, seat)
    returned = submitted.after(PRECHECK, send_back)
    again, opened = returned.when(replace(SUBMIT, programme="2027.1", route=())).events
    assert isinstance(again, ProposalSubmitted)
    assert isinstance(opened, StepOpened)
    assert (again.programme, again.route, opened.step) == ("2026.1", ROUTE, step)


BACK = ReturnProposal(PRECHECKER, 1, (Wanted("补充成因", "problem"),), False, ROUTE[1].seats[0])
returned_at_the_second_step = submitted.after(PRECHECK, BACK)
ADOPT = AdoptProgramme(SECRETARY, "2027.1", "2027.1")


def test_a_returned_proposal_moves_to_a_newer_programme_by_an_act_of_its_own_and_runs_all_its_steps() -> None:
    """R18."""
    returned_at_the_second_step.when(ADOPT).then(ProgrammeAdopted("2027.1", "2026.1", SECRETARY.person))
    adopted = returned_at_the_second_step.after(ADOPT)
    new = replace(SUBMIT, programme="2027.1", route=ROUTE[:3], route_code="simple")
    again, opened = adopted.when(new).events
    assert isinstance(again, ProposalSubmitted)
    assert isinstance(opened, StepOpened)
    assert (again.programme, again.route_code, again.route, again.round) == ("2027.1", "simple", ROUTE[:3], 2)
    assert opened.step == 0


def test_a_returned_proposal_is_not_submitted_past_a_version_that_applies_to_it() -> None:
    """R19: and never silently; a first submission goes by what is in force anyway."""
    again = replace(SUBMIT, to_adopt="2027.1")
    returned_at_the_second_step.when(again).then_refused(NewerVersionApplies, programme="2027.1")
    sent, *_ = returned_at_the_second_step.after(ADOPT).when(again).events
    assert isinstance(sent, ProposalSubmitted)


@pytest.mark.parametrize(
    ("proposal", "command", "rule"),
    [
        (a_draft, ADOPT, NothingIsPinned),
        (submitted, ADOPT, NotADraft),
        (returned_at_the_second_step, replace(ADOPT, programme="2026.1"), NothingNewToAdopt),
        (returned_at_the_second_step, replace(ADOPT, seen="2026.2"), AnotherProgrammeIsInForce),
        (returned_at_the_second_step.after(ADOPT), ADOPT, NothingIsPinned),
    ],
)
def test_only_a_returned_proposal_adopts_and_only_what_is_in_force_and_was_seen(
    proposal: Project, command: AdoptProgramme, rule: type
) -> None:
    """R18."""
    proposal.when(command).then_refused(rule)


def test_an_experienced_member_is_on_a_team_as_such() -> None:
    said = {"form": "", "name": "", "members": [{"person": "old hand", "role": "veteran"}]}
    team = msgspec.convert(said, Team)
    assert a_draft.after(replace(REVISE, proposal=replace(CONTENT, team=team))).state.proposal.team == team
