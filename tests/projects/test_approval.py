"""A proposal on its way through the deciders."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from services.projects.domain.body import Kind, NotTheDecidingBody
from services.projects.domain.project.approval import (
    AmendProposal,
    ChangesConfirmed,
    ConditionsAreNumberedChanges,
    ConfirmChanges,
    MeetingBeforeStep,
    MeetingCannotPass,
    MeetingDecided,
    MeetingMayNotBeReplacedBySigning,
    NoSuchCondition,
    NoSuchField,
    NotYourTurn,
    OnlyAMeetingStepMeets,
    OnlyNumberedPlacesChange,
    OnlyWhoAskedConfirms,
    OpinionAlreadyGiven,
    OpinionGiven,
    ProjectApproved,
    ProjectRejected,
    ProposalAmended,
    ProposalReturned,
    ReferStepUp,
    RejectionNeedsDisagreement,
    RejectProject,
    ReturnNeedsChanges,
    ReturnProposal,
    SecondReturnNeedsGuidance,
    StepCompleted,
    StepNotOpen,
    StepOpened,
    StepReferredUp,
    StepStoppedByDisagreement,
)
from services.projects.domain.project.approval.steps import steps_from
from services.projects.domain.project.change import ApproveChange, RequestChange
from services.projects.domain.project.clarity import ProposalIncomplete
from services.projects.domain.project.content import Alteration, Seat
from services.projects.domain.project.proposal import ProposalSubmitted
from services.projects.domain.project.route import Onward, RequiredChange, Wanted
from services.projects.domain.project.state import (
    ContentHasChanged,
    NotInApproval,
    ProposerMayNotApprove,
    SeatNotAddressed,
)
from services.projects.domain.quorum import Numbers, NumbersDoNotAddUp, TooFewPresent
from shared.domain import By, Incomplete, PersonId, UnitId
from tests.projects.a_project import (
    ACCOUNTANT,
    ASSESS,
    BRANCH,
    COMMITTEE_SEAT,
    COMPANY,
    CONTENT,
    DRAFT,
    FINANCE_AGREES,
    FINANCE_SEAT,
    GROUP,
    JANUARY,
    MARCH,
    MEET,
    PRECHECK,
    PRECHECK_SEAT,
    PRECHECKER,
    QUALITY,
    QUALITY_AGREES,
    QUALITY_SEAT,
    REQUEST_CLOSURE,
    REVISE,
    ROUTE,
    SECRETARY,
    SUBMIT,
    UNANIMOUS,
    a_draft,
    approved,
    before_the_meeting,
    by,
    countersigning,
    finished,
    nothing,
    submitted,
)

CHANGES = (Wanted("补充周末停线的数据", "problem"),)
DISAGREE = replace(QUALITY_AGREES, opinion="disagree")
RETURN = ReturnProposal(PRECHECKER, 0, CHANGES, True, PRECHECK_SEAT)
REJECT = RejectProject(QUALITY, 1, "属日常工作", QUALITY_SEAT)
ON_CONDITION = replace(PRECHECK, opinion="agree_with_changes", changes=CHANGES)
AMENDED = replace(CONTENT, problem="返修率6.8%，周末停线后首班占七成二。")
AMEND = AmendProposal(by("secretary", "branch_secretary"), AMENDED, "h2")
CONFIRM = ConfirmChanges(PRECHECKER, (1,), "h2", PRECHECK_SEAT)

conditionally = submitted.after(
    ON_CONDITION,
    QUALITY_AGREES,
    FINANCE_AGREES,
    replace(MEET, changes=(Wanted("写明制度名称", "working_rules"),)),
)


def test_any_one_of_those_addressed_completes_a_step() -> None:
    submitted.when(PRECHECK).then(
        OpinionGiven(0, PRECHECK_SEAT, PRECHECKER.person, "agree", "h1"),
        StepCompleted(0),
        StepOpened(1, "部门会签", (QUALITY_SEAT, FINANCE_SEAT), "all", None),
    )


def test_all_of_those_addressed_must_agree_where_all_sign() -> None:
    countersigning.when(QUALITY_AGREES).then_names(OpinionGiven)
    countersigning.after(QUALITY_AGREES).when(FINANCE_AGREES).then_names(
        OpinionGiven, StepCompleted, StepOpened
    )


def test_who_holds_two_offices_speaks_once_for_each() -> None:
    for_finance = replace(FINANCE_AGREES, by=QUALITY)
    both = countersigning.after(QUALITY_AGREES)
    both.when(QUALITY_AGREES).then_refused(OpinionAlreadyGiven)
    both.when(for_finance).then_names(OpinionGiven, StepCompleted, StepOpened)


def test_in_order_means_one_after_the_other() -> None:
    in_order = replace(ROUTE[1], decides="in_order")
    began = a_draft.after(replace(SUBMIT, route=(ROUTE[0], in_order, *ROUTE[2:])), PRECHECK)
    began.when(FINANCE_AGREES).then_refused(NotYourTurn)
    began.after(QUALITY_AGREES).when(FINANCE_AGREES).then_names(OpinionGiven, StepCompleted, StepOpened)


def test_only_the_addressed_office_speaks_and_only_in_the_open_step() -> None:
    submitted.when(replace(PRECHECK, seat=FINANCE_SEAT)).then_refused(SeatNotAddressed)
    submitted.when(QUALITY_AGREES).then_refused(StepNotOpen)
    a_draft.when(PRECHECK).then_refused(NotInApproval)


def test_an_opinion_binds_to_the_content_that_was_read() -> None:
    submitted.when(replace(PRECHECK, content_hash="h0")).then_refused(ContentHasChanged)


@pytest.mark.parametrize(
    "person",
    [
        by("secretary", "party_department"),
        by("fitter", "party_department"),
        by("stranger", "party_department", deputising="secretary"),
    ],
    ids=["proposer", "team", "deputy for the proposer"],
)
def test_nobody_decides_on_what_they_have_a_part_in(person: By) -> None:
    submitted.when(replace(PRECHECK, by=person)).then_refused(ProposerMayNotApprove)
    submitted.when(replace(RETURN, by=person)).then_refused(ProposerMayNotApprove)


def test_a_deputy_or_relative_of_the_proposer_does_not_decide_either() -> None:
    submitted.when(replace(PRECHECK, tied_to=(PersonId("secretary"),))).then_refused(ProposerMayNotApprove)


def test_who_wrote_or_asked_for_something_has_proposed_whoever_sent_it_in() -> None:
    """R4: the company's secretary who revised, amended, asked for a change or for closure is a player."""
    chief = by("chief", "party_secretary")
    written = nothing.after(
        DRAFT, replace(REVISE, by=chief), SUBMIT, PRECHECK, QUALITY_AGREES, FINANCE_AGREES
    )
    written.when(replace(MEET, voters=(*MEET.voters, chief.person))).then_refused(ProposerMayNotApprove)
    amended = conditionally.after(replace(AMEND, by=chief))
    amended.when(replace(CONFIRM, by=chief)).then_refused(ProposerMayNotApprove)
    change = RequestChange(chief, "C1", "减少节点", Alteration(plan=CONTENT.plan[:1]))
    approved.after(change).when(ApproveChange(chief, "C1", "h2")).then_refused(ProposerMayNotApprove)
    closing = finished.after(replace(REQUEST_CLOSURE, by=chief))
    closing.when(replace(ASSESS, body=(*ASSESS.body, chief.person))).then_refused(ProposerMayNotApprove)


def test_one_disagreement_stops_the_step_and_leaves_return_or_rejection() -> None:
    countersigning.when(DISAGREE).then_names(OpinionGiven)
    stopped = countersigning.after(DISAGREE)
    stopped.when(FINANCE_AGREES).then_refused(StepStoppedByDisagreement)
    stopped.when(REJECT).then(ProjectRejected(1, "属日常工作"))
    stopped.when(replace(RETURN, step=1, seat=QUALITY_SEAT)).then_names(ProposalReturned)


def test_a_rejection_says_why() -> None:
    """R29."""
    stopped = countersigning.after(DISAGREE)
    stopped.when(replace(REJECT, reason=" ")).then_refused(Incomplete, missing=["reason"])


def test_a_change_that_is_asked_for_says_what_and_where() -> None:
    """R30: what has no anchor in the proposal could never be made."""
    blank, nowhere = (Wanted(" ", "problem"),), (Wanted("补充", "prblem"),)
    for ask in (RETURN, ON_CONDITION):
        submitted.when(replace(ask, changes=blank)).then_refused(Incomplete, missing=["changes.1.text"])
        submitted.when(replace(ask, changes=nowhere)).then_refused(NoSuchField, field="prblem")


def test_nobody_rejects_where_nobody_disagreed() -> None:
    countersigning.when(REJECT).then_refused(RejectionNeedsDisagreement)


def test_a_return_numbers_what_must_change_and_numbers_run_on() -> None:
    returned = submitted.after(RETURN)
    assert returned.past[-1] == ProposalReturned(
        0, PRECHECKER.person, (RequiredChange(1, CHANGES[0].text, "problem"),), True
    )
    (again,) = returned.after(SUBMIT).when(RETURN).events
    assert isinstance(again, ProposalReturned)
    assert [change.number for change in again.changes] == [2]
    submitted.when(replace(RETURN, changes=())).then_refused(ReturnNeedsChanges)


@pytest.mark.parametrize(
    ("rewritten", "step"),
    [
        ({"problem": AMENDED.problem}, 1),
        ({"problem": AMENDED.problem, "measures": ("周末开线前清洁",)}, 1),
        ({"problem": AMENDED.problem, "budget": Decimal(40_000)}, 0),
        ({"title": "另一个题目"}, 0),
    ],
    ids=["the numbered place", "and an open condition", "and more", "another proposal"],
)
def test_who_changes_more_than_a_return_numbered_is_asked_about_from_the_first_step_again(
    rewritten: dict[str, Any], step: int
) -> None:
    """R29, R30: the steps passed had seen another content; what they asked for on condition lapses too."""
    condition = (Wanted("措施写明时间", "measures"),)
    returned = submitted.after(
        replace(ON_CONDITION, changes=condition), replace(RETURN, step=1, seat=QUALITY_SEAT, rerun=False)
    )
    written = returned.after(replace(REVISE, proposal=replace(CONTENT, **rewritten)))
    again, opened = written.when(SUBMIT).events
    assert isinstance(again, ProposalSubmitted)
    assert isinstance(opened, StepOpened)
    assert (again.anew, opened.step) == (step == 0, step)
    conditions = written.after(SUBMIT).state.approval.conditions
    assert [change.text for change in conditions] == ([] if step == 0 else ["措施写明时间"])


def test_a_third_return_needs_guidance_first() -> None:
    returned_twice = submitted.after(RETURN, SUBMIT, RETURN, SUBMIT)
    returned_twice.when(RETURN).then_refused(SecondReturnNeedsGuidance)
    returned_twice.when(replace(RETURN, guidance="与书记当面核对数据")).then_names(ProposalReturned)


def test_what_a_meeting_must_decide_is_not_signed() -> None:
    signed = replace(PRECHECK, step=2, seat=COMMITTEE_SEAT)
    before_the_meeting.when(signed).then_refused(MeetingMayNotBeReplacedBySigning)
    rejected = replace(REJECT, step=2, seat=COMMITTEE_SEAT)
    before_the_meeting.when(rejected).then_refused(MeetingMayNotBeReplacedBySigning)
    submitted.when(replace(MEET, step=0)).then_refused(OnlyAMeetingStepMeets)


def test_the_last_day_of_the_decider_is_not_that_of_a_filing_before_it() -> None:
    """R34: a filing's own time begins with it, and only informs."""
    filing, decider = steps_from((ROUTE[3], ROUTE[0]), 0, MARCH, JANUARY)
    assert (filing.due, decider.due) == (None, MARCH)


def test_a_meeting_that_carries_approves_and_filing_blocks_nothing() -> None:
    before_the_meeting.when(MEET).then(
        MeetingDecided(2, "meeting-3", 1, "〔2026〕3号", UNANIMOUS, "passed", "h1", body=MEET.voters),
        StepCompleted(2),
        StepOpened(3, "集团备案", (Seat("headquarters", GROUP),), "filing", None, None),
        ProjectApproved("2026-CH-A-0012", "2026.1", "h1", COMPANY, BRANCH, CONTENT),
    )


@pytest.mark.parametrize(
    ("numbers", "rule"),
    [
        (Numbers(7, 3, 3), TooFewPresent),
        (Numbers(7, 6, 7), NumbersDoNotAddUp),
        (Numbers(7, 6, 4, votes_against=3), NumbersDoNotAddUp),
        (Numbers(7, 4, 3, withdrawn=4), MeetingCannotPass),
    ],
)
def test_a_meeting_is_valid_only_by_its_numbers(numbers: Numbers, rule: type) -> None:
    before_the_meeting.when(replace(MEET, numbers=numbers)).then_refused(rule)


def test_two_thirds_must_be_present_where_the_item_asks_for_it() -> None:
    strict = replace(ROUTE[2], two_thirds=True)
    meeting = a_draft.after(replace(SUBMIT, route=(ROUTE[0], strict)), PRECHECK)
    four = replace(MEET, step=1, numbers=Numbers(7, 4, 4))
    meeting.when(four).then_refused(TooFewPresent)
    before_the_meeting.when(replace(four, step=2)).then_names(
        MeetingDecided, StepCompleted, StepOpened, ProjectApproved
    )


def test_votes_of_less_than_more_than_half_of_those_who_should_attend_reject() -> None:
    tie = replace(MEET, numbers=Numbers(6, 6, 3, votes_against=3))
    decided, rejected = before_the_meeting.when(tie).events
    assert isinstance(decided, MeetingDecided)
    assert (decided.result, type(rejected)) == ("not_passed", ProjectRejected)


def test_a_deferred_item_stays_before_the_body() -> None:
    deferred = replace(MEET, deferred=True)
    before_the_meeting.when(deferred).then_names(MeetingDecided)
    before_the_meeting.after(deferred).when(MEET).then_names(
        MeetingDecided, StepCompleted, StepOpened, ProjectApproved
    )


def test_a_vote_of_somebody_with_a_part_in_it_voids_the_entry() -> None:
    voters = (*MEET.voters, PersonId("fitter"))
    before_the_meeting.when(replace(MEET, voters=voters)).then_refused(ProposerMayNotApprove)


def test_a_meeting_of_before_the_step_opened_decides_nothing_in_it() -> None:
    """Else any past day could be chosen whose committee suits."""
    waiting = countersigning.after(QUALITY_AGREES, replace(FINANCE_AGREES, onward=Onward(on=MARCH)))
    early = replace(MEET, held_on=MARCH - timedelta(1))
    waiting.when(early).then_refused(MeetingBeforeStep, opened_on=MARCH)
    waiting.when(MEET).then_names(MeetingDecided, StepCompleted, StepOpened, ProjectApproved)


@pytest.mark.parametrize(
    ("kind", "body"), [("party_committee", BRANCH), ("party_committee", GROUP), ("member_meeting", COMPANY)]
)
def test_only_the_body_whose_seats_are_asked_decides(kind: Kind, body: UnitId) -> None:
    other = replace(MEET, kind=kind, body=body)
    before_the_meeting.when(other).then_refused(NotTheDecidingBody)


def test_a_step_of_a_branch_is_decided_by_its_committee_or_its_members() -> None:
    refer = ReferStepUp(PRECHECKER, 2, "支部自行决定", (Seat("branch_secretary", BRANCH),))
    at_the_branch = before_the_meeting.after(refer)
    kinds: tuple[Kind, ...] = ("branch_committee", "member_meeting")
    for kind in kinds:
        decided = replace(MEET, kind=kind, body=BRANCH)
        at_the_branch.when(decided).then_names(MeetingDecided, StepCompleted, StepOpened, ProjectApproved)
    at_the_branch.when(replace(MEET, body=BRANCH)).then_refused(NotTheDecidingBody)


def test_a_step_is_referred_up_and_stays_a_meeting() -> None:
    above = Seat("committee_member", GROUP)
    refer = ReferStepUp(PRECHECKER, 2, "可表决人数不足", (above,))
    before_the_meeting.when(refer).then(StepReferredUp(2, (above,), "可表决人数不足", None))
    referred = before_the_meeting.after(refer)
    referred.when(MEET).then_refused(NotTheDecidingBody)
    referred.when(replace(MEET, body=GROUP)).then_names(
        MeetingDecided, StepCompleted, StepOpened, ProjectApproved
    )
    before_the_meeting.when(replace(refer, seats=())).then_refused(SeatNotAddressed)


def test_agreeing_with_changes_lists_them_and_plain_agreement_does_not() -> None:
    submitted.when(replace(ON_CONDITION, changes=())).then_refused(ConditionsAreNumberedChanges)
    submitted.when(replace(PRECHECK, changes=CHANGES)).then_refused(ConditionsAreNumberedChanges)


def test_conditions_let_the_route_go_on_but_hold_the_approval() -> None:
    assert conditionally.state.phase == "in_approval"
    assert [change.number for change in conditionally.state.approval.conditions] == [1, 2]


def test_only_numbered_places_change_while_the_route_goes_on() -> None:
    conditionally.when(AMEND).then(ProposalAmended(AMENDED, "h2", SECRETARY.person))
    beyond = replace(AMEND, proposal=replace(AMENDED, title="另一个题目"))
    conditionally.when(beyond).then_refused(OnlyNumberedPlacesChange, fields=["title"])
    emptied = replace(AMEND, proposal=replace(CONTENT, problem=""))
    conditionally.when(emptied).then_refused(ProposalIncomplete, missing=["problem"])


def test_who_asked_confirms_and_the_last_confirmation_approves_the_confirmed_content() -> None:
    amended = conditionally.after(AMEND)
    amended.when(CONFIRM).then(ChangesConfirmed((1,), "h2"))
    confirmed, project = amended.when(replace(CONFIRM, numbers=(1, 2))).events
    assert isinstance(project, ProjectApproved)
    assert (project.content_hash, project.proposal) == ("h2", AMENDED)
    assert confirmed == ChangesConfirmed((1, 2), "h2")


def test_a_condition_is_confirmed_by_its_own_number_seat_and_content() -> None:
    amended = conditionally.after(AMEND)
    amended.when(replace(CONFIRM, numbers=(9,))).then_refused(NoSuchCondition, number=9)
    other = replace(CONFIRM, by=ACCOUNTANT, seat=FINANCE_SEAT)
    amended.when(other).then_refused(OnlyWhoAskedConfirms, number=1)
    amended.when(replace(CONFIRM, content_hash="h1")).then_refused(ContentHasChanged)
    amended.when(replace(CONFIRM, by=by("secretary"))).then_refused(ProposerMayNotApprove)


def test_a_condition_confirmed_before_the_route_is_through_does_not_approve() -> None:
    submitted.after(ON_CONDITION, AMEND).when(CONFIRM).then_names(ChangesConfirmed)


def test_an_approved_project_takes_no_more_opinions() -> None:
    approved.when(PRECHECK).then_refused(NotInApproval)
