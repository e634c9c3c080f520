"""Who signs an act on a project, and which facts it is given."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from cli.example.programme import content as shipped
from services.projects.acting import Asking
from services.projects.domain.project import PROJECT
from services.projects.domain.project.approval import (
    GiveOpinion,
    NoOpinionToWithdraw,
    NotYourTurn,
    OpinionAlreadyGiven,
    ProjectRejected,
    RejectProject,
    StepNotOpen,
)
from services.projects.domain.project.change import (
    ApproveChange,
    ChangeApproved,
    ChangeRequested,
    NoSuchChange,
    RejectChange,
    RequestChange,
    TargetChanged,
)
from services.projects.domain.project.change_route import (
    ChangeDeciderUrged,
    ChangeOpinionWithdrawn,
)
from services.projects.domain.project.change_waiting import (
    UrgeChangeDecider,
    WithdrawChangeOpinion,
)
from services.projects.domain.project.closing import (
    AlreadyReviewed,
    ClosureReturned,
    ClosureReviewed,
    ReturnClosure,
    ReviewClosure,
)
from services.projects.domain.project.content import Alteration, Milestone, Partner, Seat
from services.projects.domain.project.figures import ConfirmBaseline
from services.projects.domain.project.leadership import HandOverLead
from services.projects.domain.project.route import Wanted
from services.projects.domain.project.state import SeatNotAddressed
from services.projects.domain.project.tasks import AcceptTask, AddTask, AssignTask, CompleteTask
from services.projects.facts import change_route
from shared.domain import NotAllowed, PersonId
from shared.roster import ProgrammePublished
from tests.projects.a_group import NEW_YEAR, OTHER_COMPANY, TODAY, appointed, organisation, person, registered
from tests.projects.a_project import (
    ASSESS,
    BRANCH,
    COMPANY,
    CONTENT,
    FINANCE_SEAT,
    GROUP,
    MAY,
    PRECHECK,
    PRECHECK_SEAT,
    QUALITY_SEAT,
    REQUEST_CLOSURE,
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
)
from tests.projects.edge import asked
from tests.projects.test_change_route import LEADER, request, step

WORD: dict[str, Any] = {"step": 1, "opinion": "agree", "content_hash": "h1"}
TWICE = (
    appointed("holds both", "source_department", COMPANY),
    appointed("holds both", "finance", COMPANY),
)
PROGRAMME = ProgrammePublished("2026.1", 2026, NEW_YEAR, shipped(), "")
MORE = Decimal("5.5")
TWO_STEPS = [("any", "party_department"), ("any", "leader_in_charge")]
OF_CHANGES = ("leader_in_charge", "party_secretary")
GROUP_OF_ALL = organisation(
    PROGRAMME, *(appointed(f"the {office}", office, COMPANY) for office in OF_CHANGES)
)


BACK = {"change": "C1", "step": 0, "reason": "数据已核实"}


def ending(on: date) -> tuple[Milestone, ...]:
    return (CONTENT.plan[0], replace(CONTENT.plan[1], due=on))


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
    ("alteration", "steps"),
    [
        (Alteration(plan=CONTENT.plan[::-1]), [("any", "party_department")]),
        (Alteration(team=replace(CONTENT.team, name="突击队")), [("filing", "party_department")]),
        (Alteration(plan=ending(date(2026, 11, 30))), TWO_STEPS),
        (Alteration(partners=(Partner("", OTHER_COMPANY),)), TWO_STEPS),
        (Alteration(plan=ending(date(2026, 12, 1))), [("meeting", "committee_member")]),
        (
            Alteration(partners=(Partner("", OTHER_COMPANY),), programme="2026.2"),
            [("meeting", "committee_member")],
        ),
    ],
)
def test_a_change_takes_the_route_that_the_programme_names_for_its_weightiest_part(
    alteration: Alteration, steps: list[tuple[str, str]]
) -> None:
    """An end up to three months later for the leader in charge, later than that as the approval itself."""
    route = change_route(Asking(person("party department"), GROUP_OF_ALL, TODAY), approved.state, alteration)
    assert [(step.decides, seat.office) for step in route for seat in step.seats] == steps


def test_each_step_of_a_change_is_for_the_seat_whose_turn_it_is_and_for_nobody_else() -> None:
    """R29: none is passed over, and the change is made by the last of them."""
    wanted = {"change": "C1", "reason": "设备晚到", "alteration": {"plan": ending(date(2026, 11, 30))}}
    waiting = approved.after(
        asked(RequestChange, "secretary of the branch", approved, GROUP_OF_ALL, **wanted)
    )
    with pytest.raises(SeatNotAddressed):
        asked(ApproveChange, "the leader_in_charge", waiting, GROUP_OF_ALL, change="C1")
    first = asked(ApproveChange, "party department", waiting, GROUP_OF_ALL, change="C1")
    checked = waiting.after(first)
    assert checked.state.proposal == approved.state.proposal
    last = asked(ApproveChange, "the leader_in_charge", checked, GROUP_OF_ALL, change="C1")
    changed = checked.after(last)
    assert (changed.state.proposal.ends, changed.state.content_hash) == (
        date(2026, 11, 30),
        last.content_hash,
    )
    with pytest.raises(SeatNotAddressed):
        asked(ApproveChange, "party department", checked, GROUP_OF_ALL, change="C1")


def test_a_word_on_a_change_is_taken_back_for_the_seat_for_which_it_was_given() -> None:
    """R82: by who gave it; who never spoke is told so, and who comes too late that the step went on."""
    waiting = approved.after(request(step("all"), LEADER))
    spoken = waiting.after(asked(ApproveChange, "party department", waiting, GROUP_OF_ALL, change="C1"))
    with pytest.raises(NoSuchChange):
        asked(WithdrawChangeOpinion, "party department", spoken, GROUP_OF_ALL, **BACK | {"change": "C2"})
    with pytest.raises(StepNotOpen):
        asked(WithdrawChangeOpinion, "party department", spoken, GROUP_OF_ALL, **BACK | {"step": 1})
    with pytest.raises(SeatNotAddressed):
        asked(WithdrawChangeOpinion, "the leader_in_charge", spoken, GROUP_OF_ALL, **BACK)
    back = asked(WithdrawChangeOpinion, "party department", spoken, GROUP_OF_ALL, **BACK)
    assert back.seat == PRECHECK_SEAT
    spoken.when(back).then_names(ChangeOpinionWithdrawn)
    again = asked(WithdrawChangeOpinion, "party department", waiting, GROUP_OF_ALL, **BACK)
    waiting.when(again).then_refused(NoOpinionToWithdraw)


def test_who_leads_the_project_urges_a_change_and_nobody_else() -> None:
    waiting = approved.after(request(step("all")))
    urge = asked(UrgeChangeDecider, "secretary of the branch", waiting, GROUP_OF_ALL, change="C1", step=0)
    waiting.when(urge).then_names(ChangeDeciderUrged)
    with pytest.raises(NotAllowed):
        asked(UrgeChangeDecider, "the leader_in_charge", waiting, GROUP_OF_ALL, change="C1", step=0)


def test_a_vacant_office_of_a_change_goes_to_the_nearest_above() -> None:
    """R3: the leader in charge is vacant in the company."""
    group = organisation(PROGRAMME, appointed("leader of the group", "leader_in_charge", GROUP))
    wanted = {"change": "C1", "reason": "设备晚到", "alteration": {"plan": ending(date(2026, 11, 30))}}
    waiting = approved.after(asked(RequestChange, "secretary of the branch", approved, group, **wanted))
    checked = waiting.after(asked(ApproveChange, "party department", waiting, group, change="C1"))
    above = asked(ApproveChange, "leader of the group", checked, group, change="C1")
    assert (above.by.unit, above.seat.unit) == (GROUP, COMPANY)


@pytest.mark.parametrize(
    ("deciders", "office"),
    [((Seat("leader_in_charge", COMPANY),), "leader_in_charge"), ((), "party_secretary")],
    ids=["pinned", "of before they were pinned"],
)
def test_a_request_of_before_routes_were_kept_is_decided_by_one_word(
    deciders: tuple[Seat, ...], office: str
) -> None:
    targets = (replace(REWORK, target=MORE), *CONTENT.targets[1:])
    old = ChangeRequested("C1", "设备已更新", Alteration(targets=targets), SECRETARY.person, deciders)
    waiting = Project(PROJECT, (*approved.past, old))
    word = asked(ApproveChange, f"the {office}", waiting, GROUP_OF_ALL, change="C1")
    waiting.when(word).then(ChangeApproved("C1", word.content_hash), TargetChanged(targets))


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
