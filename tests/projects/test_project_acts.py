"""What the edge finds out for an act on a project: which seat is theirs, and the facts for the rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from cli.example.programme import content as shipped
from services.projects.acting import Asking
from services.projects.api.acts import NotOfTheGroup
from services.projects.api.project_acts import ACTS
from services.projects.deciding import can_sign as can_sign_in
from services.projects.domain.project.approval import (
    ChangeDecision,
    GiveOpinion,
    HandledByAnother,
    NoTransferIntoConflict,
    NotYourTurn,
    OpinionAlreadyGiven,
    OpinionGiven,
    OpinionWithdrawn,
    ProjectRejected,
    RejectProject,
    ReturnProposal,
    StepCompleted,
    StepOpened,
    TransferStep,
    WithdrawOpinion,
)
from services.projects.domain.project.change import ApproveChange, RejectChange, RequestChange
from services.projects.domain.project.closing import (
    AlreadyReviewed,
    ClosureIncomplete,
    ClosureRequested,
    ClosureReturned,
    ClosureReviewed,
    NotASecrecyReviewer,
    RequestClosure,
    ReturnClosure,
    ReviewClosure,
)
from services.projects.domain.project.content import (
    Alteration,
    Member,
    Milestone,
    Partner,
    Proposal,
    Seat,
    Team,
)
from services.projects.domain.project.figures import ConfirmBaseline
from services.projects.domain.project.leadership import HandOverLead
from services.projects.domain.project.proposal import ReviseProposal, WithdrawProposal
from services.projects.domain.project.route import Wanted
from services.projects.domain.project.state import ProposerMayNotApprove, SeatNotAddressed
from services.projects.domain.project.supervision import RecordFinding
from services.projects.domain.project.tasks import AcceptTask, AddTask, AssignTask, CompleteTask, OfferTask
from services.projects.facts import change_seats
from shared.codec import canonical
from shared.domain import NotAllowed, PersonId, UnitId
from shared.organisation import Organisation
from shared.roster import DeputyAppointed, OfficeEnded, ProgrammePublished
from tests.projects.a_group import (
    NEW_YEAR,
    OTHER_COMPANY,
    TODAY,
    appointed,
    organisation,
    person,
    registered,
    unit,
)
from tests.projects.a_project import (
    ASSESS,
    BRANCH,
    COMPANY,
    CONTENT,
    FINANCE_SEAT,
    FITTER,
    GROUP,
    MAY,
    PRECHECK,
    PRECHECK_SEAT,
    PRECHECKER,
    QUALITY_SEAT,
    REPORT,
    REQUEST_CLOSURE,
    REVISE,
    REWORK,
    ROUTE,
    SECRETARY,
    SUBMIT,
    WORK,
    Project,
    a_draft,
    approved,
    by,
    countersigning,
    finished,
    in_closing,
    submitted,
)

WORD: dict[str, Any] = {"step": 1, "opinion": "agree", "content_hash": "h1"}
TWICE = (
    appointed("holds both", "source_department", COMPANY),
    appointed("holds both", "finance", COMPANY),
)
PROGRAMME = ProgrammePublished("2026.1", 2026, NEW_YEAR, shipped(), "")
NOBODY = str(UUID(int=3))
A_STRANGER = {"person": NOBODY, "role": "young"}
FINDING = {
    "finding": "W1",
    "inspection": "I1",
    "text": "",
    "severity": "ordinary",
    "due": MAY.isoformat(),
}
MORE = Decimal("5.5")


def ending(on: date) -> tuple[Milestone, ...]:
    return (CONTENT.plan[0], replace(CONTENT.plan[1], due=on))


def asked(command: type, name: str, past: Project, of: Organisation, /, **body: Any) -> Any:
    """The command as the edge makes it of what somebody sends."""
    (act,) = (act for act in ACTS if act.command is command)
    taken = act.body().model_validate_json(canonical(body))
    return act.command_from(Asking(person(name), of, TODAY), past.state, taken, None)


# -- whose word is waited for -------------------------------------------------------------------


def test_who_holds_two_seats_of_a_step_speaks_for_one_after_the_other() -> None:
    group = organisation(*TWICE)
    first = asked(GiveOpinion, "holds both", countersigning, group, **WORD)
    assert (first.seat, first.by.office) == (QUALITY_SEAT, "source_department")
    spoken = countersigning.after(first)
    second = asked(GiveOpinion, "holds both", spoken, group, **WORD)
    assert (second.seat, second.by.office) == (FINANCE_SEAT, "finance")
    through = spoken.after(second)
    assert through.state.approval.open == 2


def test_in_order_the_first_seat_without_a_word_speaks_and_no_other() -> None:
    group = organisation(*TWICE, appointed("only finance", "finance", COMPANY))
    in_order = replace(ROUTE[1], decides="in_order", seats=(FINANCE_SEAT, QUALITY_SEAT))
    waiting = a_draft.after(replace(SUBMIT, route=(ROUTE[0], in_order)), PRECHECK)
    first = asked(GiveOpinion, "holds both", waiting, group, **WORD)
    assert first.seat == FINANCE_SEAT
    second = asked(GiveOpinion, "holds both", waiting.after(first), group, **WORD)
    assert second.seat == QUALITY_SEAT
    again = asked(GiveOpinion, "only finance", waiting.after(first), group, **WORD)
    waiting.after(first).when(again).then_refused(OpinionAlreadyGiven)
    quality = organisation(appointed("only quality", "source_department", COMPANY))
    early = asked(GiveOpinion, "only quality", waiting, quality, **WORD)
    waiting.when(early).then_refused(NotYourTurn)


def test_who_disagreed_rejects_for_the_seat_that_has_spoken() -> None:
    group = organisation(*TWICE)
    disagree = asked(GiveOpinion, "holds both", countersigning, group, **(WORD | {"opinion": "disagree"}))
    reject = asked(RejectProject, "holds both", countersigning.after(disagree), group, step=1, reason="重复")
    assert reject.seat == disagree.seat
    countersigning.after(disagree).when(reject).then_names(ProjectRejected)


# -- the two keys -------------------------------------------------------------------------------


def test_the_first_key_goes_past_who_did_a_task_to_the_nearest_above() -> None:
    helped = finished.after(
        AddTask(SECRETARY, "T2", "推广", "签认", MAY, WORK[0].weight),  # type: ignore[union-attr]
        AssignTask(SECRETARY, "T2", person("helper")),
        CompleteTask(by(person("helper")), "T2", on=MAY, today=MAY),
        AcceptTask(SECRETARY, "T2"),
        REQUEST_CLOSURE,
    )
    _the_one_above_turns_it(helped)


def test_the_first_key_goes_past_who_assessed_to_the_nearest_above() -> None:
    _the_one_above_turns_it(in_closing.after(replace(ASSESS, body=(*ASSESS.body, person("helper")))))


def _the_one_above_turns_it(past: Project) -> None:
    group = organisation(
        appointed("helper", "source_department", COMPANY), appointed("above", "source_department", GROUP)
    )
    review = asked(ReviewClosure, "above", past, group)
    assert review.seat == QUALITY_SEAT
    past.when(review).then_names(ClosureReviewed)
    back = asked(ReturnClosure, "above", past, group, changes=[Wanted("补充读数", "targets")])
    assert back.key == "first"
    past.when(back).then_names(ClosureReturned)


def test_who_holds_two_seats_of_the_first_key_reviews_for_one_after_the_other() -> None:
    group = organisation(
        appointed("both", "party_department", COMPANY), appointed("both", "source_department", COMPANY)
    )
    first = asked(ReviewClosure, "both", in_closing, group)
    second = asked(ReviewClosure, "both", in_closing.after(first), group)
    assert (first.seat, second.seat) == (PRECHECK_SEAT, QUALITY_SEAT)
    reviewed = in_closing.after(first, second)
    reviewed.when(asked(ReviewClosure, "both", reviewed, group)).then_refused(AlreadyReviewed)


def test_the_committees_secretary_sends_it_back_for_the_second_key() -> None:
    group = organisation(appointed("committee secretary", "party_secretary", COMPANY))
    changes = [Wanted("补充读数", "targets")]
    back = asked(ReturnClosure, "committee secretary", in_closing, group, changes=changes)
    assert (back.key, back.by.office) == ("second", "party_secretary")
    with pytest.raises(SeatNotAddressed):
        asked(ReturnClosure, "inspector of the company", in_closing, group, changes=changes)


def test_where_the_committee_above_holds_the_second_key_its_secretary_sends_it_back() -> None:
    """R52: the company's has a secretary, but too few to assess."""
    group = organisation(
        appointed("committee secretary", "party_secretary", COMPANY),
        appointed("chief", "party_secretary", GROUP),
        registered("chief", BRANCH),
    )
    back = asked(ReturnClosure, "chief", in_closing, group, changes=[Wanted("补充读数", "targets")])
    assert (back.key, back.by.unit) == ("second", GROUP)
    in_closing.when(back).then_names(ClosureReturned)


# -- changes ------------------------------------------------------------------------------------


def test_changed_targets_are_for_who_decided_last_in_the_approval_and_not_for_the_department() -> None:
    """As the shipped `changes` say; for a committee its secretary signs."""
    group = organisation(appointed("committee secretary", "party_secretary", COMPANY))
    easier = RequestChange(SECRETARY, "C1", "设备更新", Alteration(targets=(replace(REWORK, target=MORE),)))
    targets = approved.after(easier)
    for command, more in ((ApproveChange, {}), (RejectChange, {"reason": "不合适"})):
        with pytest.raises(SeatNotAddressed):
            asked(command, "party department", targets, group, change="C1", **more)
        decides = asked(command, "committee secretary", targets, group, change="C1", **more)
        assert decides.by.office == "party_secretary"
    plan = approved.after(RequestChange(SECRETARY, "C1", "减少节点", Alteration(plan=CONTENT.plan[:1])))
    assert asked(ApproveChange, "party department", plan, group, change="C1").by.office == "party_department"


@pytest.mark.parametrize(
    ("alteration", "office"),
    [
        (Alteration(plan=CONTENT.plan[::-1]), "party_department"),
        (Alteration(team=replace(CONTENT.team, name="突击队")), "party_department"),
        (Alteration(plan=ending(date(2026, 11, 30))), "leader_in_charge"),
        (Alteration(partners=(Partner("", OTHER_COMPANY),)), "leader_in_charge"),
        (Alteration(plan=ending(date(2026, 12, 1))), "party_secretary"),
        (Alteration(partners=(Partner("", OTHER_COMPANY),), programme="2026.2"), "party_secretary"),
    ],
)
def test_a_change_is_for_the_office_that_the_programme_names_for_its_weightiest_part(
    alteration: Alteration, office: str
) -> None:
    """An end up to three months later for the leader in charge, later than that as the approval itself."""
    offices = ("leader_in_charge", "party_secretary")
    group = organisation(PROGRAMME, *(appointed(f"the {office}", office, COMPANY) for office in offices))
    seats = change_seats(Asking(person("party department"), group, TODAY), approved.state, alteration)
    assert [seat.office for seat in seats] == [office]
    waiting = approved.after(
        RequestChange(SECRETARY, "C1", "情况变化", alteration, parts=("scheme",), deciders=seats)
    )
    who, other = f"the {office}", "party department"
    if office == "party_department":
        who, other = other, "the leader_in_charge"
    assert asked(ApproveChange, who, waiting, group, change="C1").by.office == office
    with pytest.raises(SeatNotAddressed):
        asked(ApproveChange, other, waiting, group, change="C1")


# -- figures and their source -------------------------------------------------------------------


def test_a_baseline_is_confirmed_past_who_led_by_the_nearest_above() -> None:
    group = organisation(
        appointed("helper", "source_department", COMPANY), appointed("above", "source_department", GROUP)
    )
    led = approved.after(
        HandOverLead(SECRETARY, person("helper"), "轮岗"), HandOverLead(SECRETARY, PersonId("next"), "轮岗")
    )
    confirm = asked(ConfirmBaseline, "above", led, group, indicator="rework", value="6.8")
    assert led.after(confirm).state.baselines


# -- who and what is named ------------------------------------------------------------------------


def test_a_content_names_people_units_and_tracks_that_the_group_has() -> None:
    """What is recorded is there for ever; a unit that nobody is would keep its step waiting for ever."""
    nowhere, somewhere = str(UUID(int=1)), UnitId(str(UUID(int=2)))
    group = organisation(PROGRAMME, unit(somewhere, COMPANY), registered("fitter", BRANCH))
    source = replace(REWORK, source=Seat("source_department", somewhere))
    members = Team(members=(Member(person("fitter"), "backbone"),))
    content = replace(CONTENT, targets=(source,), team=members, partners=(Partner("联合支部", somewhere),))
    revise = asked(ReviseProposal, "secretary of the branch", a_draft, group, proposal=content)
    assert a_draft.after(revise).state.proposal == content

    elsewhere = replace(source, source=Seat("source_department", UnitId(nowhere)))
    wrong: tuple[tuple[Proposal, str], ...] = (
        (replace(content, partners=(Partner("联合支部", UnitId(nowhere)),)), nowhere),
        (replace(content, team=Team(members=(Member(person("nobody"), "young"),))), person("nobody")),
        (replace(content, targets=(elsewhere,)), nowhere),
        (replace(content, track="space_travel"), "space_travel"),
    )
    for proposal, unknown in wrong:
        with pytest.raises(NotOfTheGroup) as refused:
            asked(ReviseProposal, "secretary of the branch", a_draft, group, proposal=proposal)
        assert refused.value.facts == {"unknown": [unknown]}


@pytest.mark.parametrize(
    ("command", "body"),
    [
        (AssignTask, {"task": "T1", "person": NOBODY}),
        (OfferTask, {"task": "T1", "from_level": "1", "to_level": "2", "circle": [NOBODY]}),
        (HandOverLead, {"to_person": NOBODY, "reason": "轮岗"}),
        (RequestChange, {"change": "C1", "reason": "", "alteration": {"team": {"members": [A_STRANGER]}}}),
        (RecordFinding, FINDING | {"unit": NOBODY}),
        (RecordFinding, FINDING | {"unit": NOBODY, "caused_by": NOBODY}),
    ],
)
def test_an_act_names_nobody_whom_the_group_does_not_have(command: type, body: dict[str, Any]) -> None:
    group = organisation(
        appointed("everything", "branch_secretary", BRANCH),
        appointed("everything", "party_department", COMPANY),
        appointed("everything", "inspector", COMPANY),
    )
    with pytest.raises(NotOfTheGroup) as refused:
        asked(command, "everything", approved, group, **body)
    assert refused.value.facts == {"unknown": [NOBODY]}


def test_a_track_is_one_of_the_pinned_version_even_when_a_new_one_has_others() -> None:
    """R18: a returned proposal keeps its version."""
    later = replace(PROGRAMME, version="2026.2", content=PROGRAMME.content.replace("safety_quality", "other"))
    returned = submitted.after(
        ReturnProposal(PRECHECKER, 0, (Wanted("补充数据", "problem"),), True, PRECHECK_SEAT)
    )
    group = organisation(PROGRAMME, later)
    content = Proposal(track="safety_quality")
    asked(ReviseProposal, "secretary of the branch", returned, group, proposal=content)
    with pytest.raises(NotOfTheGroup):
        asked(ReviseProposal, "secretary of the branch", a_draft, group, proposal=content)


# -- the secrecy review -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("office", "unit", "until", "valid"),
    [
        ("secrecy_reviewer", COMPANY, None, True),
        ("secrecy_reviewer", GROUP, None, True),
        ("secrecy_reviewer", OTHER_COMPANY, None, False),
        ("secrecy_reviewer", COMPANY, TODAY - timedelta(7), False),
        ("party_department", COMPANY, None, False),
    ],
)
def test_the_secrecy_review_is_by_who_was_reviewer_there_on_that_day(
    office: str, unit: UnitId, until: date | None, valid: bool
) -> None:
    group = organisation(registered("reviewer", COMPANY), appointed("reviewer", office, unit, until=until))
    request = _closure_reviewed_by(person("reviewer"), finished, group)
    assert request.secrecy_valid is valid
    if valid:
        finished.when(request).then_names(ClosureRequested)
    else:
        finished.when(request).then_refused(NotASecrecyReviewer)


def test_a_reviewer_on_the_team_does_not_review_the_project() -> None:
    on_team = Team("攻关组", "面漆攻关组", (Member(FITTER.person, "backbone"), Member(person("r"), "young")))
    changed = finished.after(RequestChange(SECRETARY, "C1", "增加人员", Alteration(team=on_team)))
    with_reviewer = changed.after(ApproveChange(PRECHECKER, "C1", "h2"))
    group = organisation(registered("r", COMPANY), appointed("r", "secrecy_reviewer", COMPANY))
    request = _closure_reviewed_by(person("r"), with_reviewer, group)
    with_reviewer.when(request).then_refused(NotASecrecyReviewer)


def _closure_reviewed_by(reviewer: PersonId, past: Project, group: Organisation) -> Any:
    return asked(
        RequestClosure,
        "secretary of the branch",
        past,
        group,
        report=REPORT,
        secrecy={"person": reviewer, "on": TODAY},
        explanation="末次读数八月底才出",
    )


def test_closing_without_a_secrecy_review_is_told_what_is_missing() -> None:
    body = {"report": REPORT, "secrecy": None, "explanation": ""}
    request = asked(RequestClosure, "secretary of the branch", finished, organisation(), **body)
    finished.when(request).then_refused(ClosureIncomplete)


# -- transfers, added signers, changes from above -----------------------------------------------

COLLEAGUES = (
    appointed("quality", "source_department", COMPANY),
    appointed("expert", "source_department", COMPANY),
    registered("quality", BRANCH),
    registered("expert", BRANCH),
)


def test_after_a_transfer_only_the_colleague_finds_the_seat_theirs() -> None:
    """R29; who holds another seat of the step as well speaks for that one (R6)."""
    group = organisation(*COLLEAGUES, appointed("quality", "finance", COMPANY))
    transfer = asked(TransferStep, "quality", countersigning, group, step=1, to=person("expert"))
    assert transfer.colleagues == (person("quality"), person("expert"))
    passed_on = countersigning.after(transfer)
    mine = asked(GiveOpinion, "expert", passed_on, group, **WORD)
    assert (mine.seat, mine.by.office) == (QUALITY_SEAT, "source_department")
    other = asked(GiveOpinion, "quality", passed_on, group, **WORD)
    assert other.seat == FINANCE_SEAT
    passed_on.after(other).when(mine).then_names(OpinionGiven, StepCompleted, StepOpened)
    early = organisation(*COLLEAGUES)
    passed_on.when(asked(GiveOpinion, "quality", passed_on, early, **WORD)).then_refused(HandledByAnother)


def test_an_office_acts_again_when_the_term_of_who_took_it_over_ended_today() -> None:
    """The last day of a term is the day before it ends; nothing waits for who is gone."""
    group = organisation(*COLLEAGUES)
    passed_on = countersigning.after(
        asked(TransferStep, "quality", countersigning, group, step=1, to=person("expert"))
    )
    term = COLLEAGUES[1].term
    gone = organisation(*COLLEAGUES, OfficeEnded(term, TODAY))
    passed_on.when(asked(GiveOpinion, "quality", passed_on, gone, **WORD)).then_names(OpinionGiven)
    with pytest.raises(SeatNotAddressed):
        asked(GiveOpinion, "expert", passed_on, gone, **WORD)


def test_where_the_nearest_above_acts_it_is_transferred_within_the_office_above() -> None:
    """R3: both hold the office in which the first one acts; the seat stays what was asked."""
    above = (appointed("above", "source_department", GROUP), appointed("beside", "source_department", GROUP))
    group = organisation(*above, registered("beside", BRANCH))
    transfer = asked(TransferStep, "above", countersigning, group, step=1, to=person("beside"))
    passed_on = countersigning.after(transfer)
    taken = asked(GiveOpinion, "beside", passed_on, group, **WORD)
    assert (taken.seat, taken.by.unit) == (QUALITY_SEAT, GROUP)
    passed_on.when(taken).then_names(OpinionGiven)


def test_a_transfer_to_who_stands_in_for_a_player_is_refused() -> None:
    """R8: a deputy has the conflicts of whom they stand in for."""
    players = appointed("player", "branch_secretary", BRANCH)
    stands_in = DeputyAppointed(players.term, person("expert"), NEW_YEAR, TODAY)
    led = countersigning.after(WithdrawProposal(SECRETARY, "换人"))
    led = led.after(replace(REVISE, by=by(person("player"))), SUBMIT, PRECHECK)
    group = organisation(*COLLEAGUES, players, stands_in)
    transfer = asked(TransferStep, "quality", led, group, step=1, to=person("expert"))
    assert transfer.their_ties == (person("player"),)
    led.when(transfer).then_refused(NoTransferIntoConflict)


@pytest.mark.parametrize(
    ("office", "unit", "can_sign"),
    [
        ("inspector", COMPANY, True),
        ("finance", GROUP, True),
        ("inspector", OTHER_COMPANY, False),
        ("branch_secretary", BRANCH, True),
        ("panel_chair", COMPANY, False),
    ],
)
def test_a_signer_is_added_from_the_company_or_above_where_somebody_acts_for_it(
    office: str, unit: UnitId, can_sign: bool
) -> None:
    group = organisation(*COLLEAGUES, appointed("treasurer", "finance", GROUP))
    asking = Asking(person("quality"), group, TODAY)
    assert can_sign_in(asking, countersigning.state, Seat(office, unit)) is can_sign


CHANGED = {"step": 1, "reason": "数据已核实", "what_next": "逐月核对", "content_hash": "h1"}


@pytest.mark.parametrize(
    ("office", "unit", "higher"),
    [
        ("leader_in_charge", COMPANY, True),
        ("party_secretary", COMPANY, True),
        ("party_secretary", GROUP, True),
        ("committee_member", COMPANY, None),
        ("party_department", GROUP, None),
        ("leader_in_charge", OTHER_COMPANY, None),
    ],
)
def test_secretary_and_leader_in_charge_stand_above_the_departments_of_their_company(
    office: str, unit: UnitId, higher: bool | None
) -> None:
    group = organisation(*COLLEAGUES, appointed("higher", office, unit))
    if higher is None:
        with pytest.raises(NotAllowed):
            asked(ChangeDecision, "higher", countersigning, group, **CHANGED)
    else:
        assert asked(ChangeDecision, "higher", countersigning, group, **CHANGED).higher is higher


def test_who_decides_at_a_level_is_changed_only_from_the_level_above() -> None:
    leader = replace(ROUTE[1], seats=(Seat("leader_in_charge", COMPANY),))
    asked_leader = a_draft.after(replace(SUBMIT, route=(ROUTE[0], leader)), PRECHECK)
    group = organisation(
        appointed("secretary here", "party_secretary", COMPANY),
        appointed("secretary above", "party_secretary", GROUP),
    )
    assert asked(ChangeDecision, "secretary here", asked_leader, group, **CHANGED).higher is False
    assert asked(ChangeDecision, "secretary above", asked_leader, group, **CHANGED).higher is True


def test_a_deputy_changes_no_decision() -> None:
    """R8: never an override."""
    higher = appointed("higher", "leader_in_charge", COMPANY)
    group = organisation(higher, DeputyAppointed(higher.term, person("friend"), NEW_YEAR, TODAY))
    with pytest.raises(NotAllowed):
        asked(ChangeDecision, "friend", countersigning, group, **CHANGED)


def test_who_gave_a_word_takes_it_back_for_the_seat_for_which_they_gave_it() -> None:
    """R6, R82."""
    group = organisation(*TWICE)
    spoken = countersigning.after(asked(GiveOpinion, "holds both", countersigning, group, **WORD))
    back = asked(WithdrawOpinion, "holds both", spoken, group, step=1, reason="误解")
    assert back.seat == QUALITY_SEAT
    spoken.when(back).then_names(OpinionWithdrawn)


def test_who_stands_in_for_a_player_is_passed_over_to_the_nearest_who_does_not() -> None:
    """R3, R8: else the step would wait until the deputy's days are over."""
    player = appointed("player", "branch_secretary", BRANCH)
    group = organisation(
        player,
        appointed("above", "source_department", GROUP),
        appointed("tied", "source_department", COMPANY),
        DeputyAppointed(player.term, person("tied"), NEW_YEAR, TODAY),
    )
    led = a_draft.after(replace(REVISE, by=by(person("player"))), SUBMIT, PRECHECK)
    led.when(asked(GiveOpinion, "tied", led, group, **WORD)).then_refused(ProposerMayNotApprove)
    led.when(asked(GiveOpinion, "above", led, group, **WORD)).then_names(OpinionGiven)
