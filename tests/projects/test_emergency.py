"""R33: an emergency project begins on two signatures; the meeting ratifies afterwards, or it ends."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from services.projects.domain.project.approval import (
    AmendProposal,
    ChangesConfirmed,
    ConfirmChanges,
    DeciderUrged,
    GiveOpinion,
    MeetingDecided,
    OpinionGiven,
    ProjectApproved,
    StepCompleted,
    StepOpened,
    UrgeDecider,
)
from services.projects.domain.project.closing import ClosureIncomplete, ClosureRequested
from services.projects.domain.project.content import Seat
from services.projects.domain.project.deadlines import DeadlinePassed, PassDeadline
from services.projects.domain.project.pause import SuspendProject
from services.projects.domain.project.proposal import WithdrawProposal
from services.projects.domain.project.route import Onward, RequiredChange, Step, Wanted
from services.projects.domain.project.state import NotADraft, NotInApproval
from services.projects.domain.project.tasks import TaskAdded
from services.projects.domain.project.termination import ProjectTerminated, TerminateProject
from services.projects.domain.quorum import Numbers
from tests.projects.a_project import (
    BRANCH,
    COMMITTEE_SEAT,
    COMPANY,
    CONTENT,
    JANUARY,
    MARCH,
    MEET,
    PRECHECK_SEAT,
    PRECHECKER,
    REQUEST_CLOSURE,
    SECRETARY,
    SUBMIT,
    UNANIMOUS,
    WORK,
    a_draft,
    by,
)
from tests.projects.lived import page_after

HEAD, IN_CHARGE = by("head", "party_secretary"), by("in_charge", "leader_in_charge")
HEAD_SEAT, IN_CHARGE_SEAT = Seat("party_secretary", COMPANY), Seat("leader_in_charge", COMPANY)
ROUTE = (
    Step("党委书记和分管领导会签", "all", (HEAD_SEAT, IN_CHARGE_SEAT), 1),
    Step("党委会追认", "meeting", (COMMITTEE_SEAT,), 15, stops=True),
)
NUMBER, DUE = "2026-CH-A-0012", date(2026, 2, 20)
AFTERWARDS = Onward(due=DUE, number=NUMBER, on=JANUARY)
HEAD_AGREES = GiveOpinion(HEAD, 0, "agree", "h1", HEAD_SEAT)
IN_CHARGE_AGREES = GiveOpinion(IN_CHARGE, 0, "agree", "h1", IN_CHARGE_SEAT, onward=AFTERWARDS)
APPROVED = ProjectApproved(NUMBER, "2026.1", "h1", COMPANY, BRANCH, CONTENT)
OPENED = StepOpened(1, "党委会追认", (COMMITTEE_SEAT,), "meeting", DUE, JANUARY)
RATIFY = replace(MEET, step=1, onward=Onward(number=NUMBER))
SAYS_NO = replace(RATIFY, numbers=replace(UNANIMOUS, votes_for=2, votes_against=4))
ASKS = (Wanted("写明撤场条件", "working_rules"),)

signed_once = a_draft.after(replace(SUBMIT, route=ROUTE), HEAD_AGREES)
running = signed_once.after(IN_CHARGE_AGREES)


def test_two_signatures_approve_and_the_meeting_is_asked_afterwards() -> None:
    signed_once.when(IN_CHARGE_AGREES).then(
        OpinionGiven(0, IN_CHARGE_SEAT, IN_CHARGE.person, "agree", "h1"),
        StepCompleted(0),
        APPROVED,
        OPENED,
    )


def test_work_is_recorded_while_the_ratification_is_awaited() -> None:
    running.when(WORK[0]).then_names(TaskAdded)
    running.when(UrgeDecider(SECRETARY, 1, JANUARY)).then_names(DeciderUrged)
    running.when(WithdrawProposal(SECRETARY, "不再需要")).then_refused(NotInApproval)


def test_the_meeting_ratifies_and_the_project_goes_on_as_it_was_approved() -> None:
    running.when(RATIFY).then(
        MeetingDecided(1, "meeting-3", 1, "〔2026〕3号", UNANIMOUS, "passed", "h1", body=MEET.voters),
        StepCompleted(1),
    )
    running.after(RATIFY).when(RATIFY).then_refused(NotInApproval)


def test_a_no_of_the_meeting_ends_it_and_what_was_done_stays() -> None:
    numbers: Numbers = SAYS_NO.numbers
    running.after(WORK[0]).when(SAYS_NO).then(
        MeetingDecided(1, "meeting-3", 1, "〔2026〕3号", numbers, "not_passed", "h1", body=MEET.voters),
        ProjectTerminated(MARCH, "R33"),
    )
    assert "T1" in running.after(WORK[0], SAYS_NO).state.tasks


def test_time_ends_what_was_not_ratified_in_a_pause_too() -> None:
    late = date(2026, 2, 21)
    stopped = (
        DeadlinePassed(1, DUE, late, "meeting", (COMMITTEE_SEAT,)),
        ProjectTerminated(late, "R33"),
    )
    stop = PassDeadline(None, 1, DUE, today=late)
    running.when(stop).then(*stopped)
    running.after(SuspendProject(PRECHECKER, "停工待料", JANUARY)).when(stop).then(*stopped)
    running.after(TerminateProject(PRECHECKER, "险情已除", JANUARY)).when(RATIFY).then_refused(NotInApproval)


def test_conditions_of_the_signers_are_met_before_it_begins() -> None:
    """R30: the ratification follows the approval, whenever that is."""
    with_changes = replace(IN_CHARGE_AGREES, opinion="agree_with_changes", changes=ASKS)
    amended = replace(CONTENT, working_rules=("每日一报",))
    confirmed = ConfirmChanges(IN_CHARGE, (1,), "h2", IN_CHARGE_SEAT, onward=AFTERWARDS)
    signed_once.when(with_changes).then_names(OpinionGiven, StepCompleted)
    asked = signed_once.after(with_changes, AmendProposal(SECRETARY, amended, "h2"))
    asked.when(confirmed).then(
        ChangesConfirmed((1,), "h2"), replace(APPROVED, content_hash="h2", proposal=amended), OPENED
    )


def test_changes_that_the_meeting_asks_for_are_confirmed_while_it_runs() -> None:
    ratified = running.after(replace(RATIFY, changes=ASKS))
    confirm = ConfirmChanges(PRECHECKER, (1,), "h1", PRECHECK_SEAT)
    assert ratified.state.approval.conditions == (RequiredChange(1, *_said(ASKS[0]), PRECHECK_SEAT),)
    ratified.when(AmendProposal(SECRETARY, CONTENT, "h2")).then_refused(NotInApproval)
    ratified.when(confirm).then(ChangesConfirmed((1,), "h1"))
    ratified.after(confirm).when(confirm).then_refused(NotInApproval)


def test_the_page_shows_what_runs_and_the_step_that_is_still_asked() -> None:
    shown = page_after(running)
    assert (shown["state"], shown["number"], shown["route"]["open"]) == ("in_implementation", NUMBER, 1)
    assert ("step", "1", "2026-02-20") in [(d["subject"], d["code"], d["due"]) for d in shown["next"]]
    assert "ratification" in shown["closing"]["missing"]
    ended = page_after(running.after(SAYS_NO))
    assert (ended["state"], ended["ended_because"], ended["route"]["open"]) == ("terminated", "R33", None)
    assert ended["route"]["steps"][1]["state"] == "lapsed"
    ratified = page_after(running.after(RATIFY))
    assert (ratified["state"], ratified["route"]["steps"][1]["state"]) == ("in_implementation", "passed")
    assert "ratification" not in ratified["closing"]["missing"]


def test_closing_waits_for_the_ratification() -> None:
    worked = running.after(*WORK)
    worked.when(REQUEST_CLOSURE).then_refused(ClosureIncomplete)
    worked.after(RATIFY).when(REQUEST_CLOSURE).then_names(ClosureRequested)


def test_a_ratification_is_no_draft_to_submit_again() -> None:
    running.when(replace(SUBMIT, route=ROUTE)).then_refused(NotADraft)


def _said(wanted: Wanted) -> tuple[str, str]:
    return wanted.text, wanted.field
