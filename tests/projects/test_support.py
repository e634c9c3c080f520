"""Help from outside: guidance, support asked for and answered, what a branch cannot mend (R45, R51)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from cli.example.programme import content
from services.notifications.domain import heard
from services.notifications.domain.notice import notice
from services.notifications.domain.recipients import recipients
from services.projects.acting import Asking
from services.projects.api.helping import ACTS
from services.projects.domain.dates import days_after
from services.projects.domain.project.approval import ReturnProposal, SecondReturnNeedsGuidance
from services.projects.domain.project.closing import OpenFindingsHoldClosing
from services.projects.domain.project.content import ANSWER_SUPPORT, Seat
from services.projects.domain.project.pause import ResumeProject, SuspendProject
from services.projects.domain.project.rectification import (
    CloseFinding,
    FindingIsClosed,
    NothingReportedYet,
    RectifierMayNotClose,
)
from services.projects.domain.project.route import Wanted
from services.projects.domain.project.state import (
    CodeTaken,
    NotInImplementation,
    NotInTheFuture,
    ProposerMayNotApprove,
    SeatNotAddressed,
)
from services.projects.domain.project.support import (
    AnswersNoSupport,
    DecideSupport,
    DecliningNeedsAReason,
    FindingTurnedIntoSupport,
    FindingWaitsForSupport,
    GiveGuidance,
    GuidanceComesFromOutside,
    GuidanceGiven,
    NoSuchSupport,
    ProvideSupport,
    RequestSupport,
    SupportDecided,
    SupportIsDecided,
    SupportNotGranted,
    SupportProvided,
    SupportRequested,
    SupportWantedTooSoon,
    TurnFindingIntoSupport,
)
from services.projects.projections.page import open_dates
from shared.codec import canonical
from shared.domain import UnitId
from shared.offices import offices
from shared.organisation import Organisation
from shared.roster import ProgrammePublished
from tests.contracts.test_whose_turn import HEARD, known_of
from tests.projects.a_group import appointed, organisation, person, unit
from tests.projects.a_project import (
    ARCHIVE,
    ASSESS,
    BRANCH,
    COMPANY,
    DRAFT,
    FINANCE_AGREES,
    FINANCE_SEAT,
    FITTER,
    GROUP,
    HAND_OVER,
    INSPECTOR,
    MARCH,
    MAY,
    MEET,
    PRECHECK,
    PRECHECK_SEAT,
    PRECHECKER,
    PRECHECKER_REVIEWS,
    QUALITY_AGREES,
    QUALITY_REVIEWS,
    REQUEST_CLOSURE,
    REVISE,
    SECRETARY,
    SEPTEMBER,
    SUBMIT,
    Project,
    a_draft,
    approved,
    by,
    closed,
    finished,
    in_closing,
    nothing,
    submitted,
)
from tests.projects.lived import page_after, recorded
from tests.projects.test_supervision import CLOSE, INSPECT, RECORD, REPORT, found, rectified

GUIDE = GiveGuidance(INSPECTOR, MARCH, "首班清洁", "带去了总装支部的做法", today=MAY)
JUNE = date(2026, 6, 10)
ASK = RequestSupport(SECRETARY, "S1", "更换老旧送风机", FINANCE_SEAT, today=MAY, due=JUNE)
TURN = TurnFindingIntoSupport(INSPECTOR, "W01", "S1", "更换老旧送风机", FINANCE_SEAT, today=MAY, due=JUNE)
CFO = by("cfo", "finance")
GRANT = DecideSupport(CFO, "S1", True, "列入六月大修", today=MAY, provide_by=JUNE)
DECLINE = replace(GRANT, granted=False, note="本年无预算", provide_by=None)
PROVIDE = ProvideSupport(CFO, "S1", "送风机已更换", JUNE, today=SEPTEMBER)

PAUSE = SuspendProject(PRECHECKER, "检修", today=date(2026, 5, 10))
RESUME = ResumeProject(PRECHECKER, today=date(2026, 5, 20))
TURN_IN_THE_PAUSE = replace(TURN, today=date(2026, 5, 12))

APPROVAL = (SUBMIT, PRECHECK, QUALITY_AGREES, FINANCE_AGREES, MEET)


def declined_on(day: int) -> DecideSupport:
    return replace(DECLINE, today=date(2026, 5, day))


asked = approved.after(ASK)
granted = asked.after(GRANT)
turned = found.after(TURN)


# -- guidance -----------------------------------------------------------------------------------


@pytest.mark.parametrize("past", [a_draft, submitted, approved, in_closing])
def test_guidance_says_who_helped_on_what_in_one_line(past: Project) -> None:
    """R45, at any time while there is something to help with."""
    past.when(GUIDE).then(
        GuidanceGiven(MARCH, Seat("inspector", COMPANY), INSPECTOR.person, "首班清洁", "带去了总装支部的做法")
    )


def test_guidance_comes_from_outside_and_has_been_given() -> None:
    approved.when(replace(GUIDE, by=FITTER)).then_refused(GuidanceComesFromOutside)
    stands_in = by("stranger", "inspector", deputising="fitter")
    approved.when(replace(GUIDE, by=stands_in)).then_refused(GuidanceComesFromOutside)
    approved.when(replace(GUIDE, today=date(2026, 2, 1))).then_refused(NotInTheFuture)
    closed.when(GUIDE).then_refused(NotInImplementation)


def test_guidance_is_no_conflict_for_who_closes() -> None:
    """R4, R52: in a company of two people both have helped."""
    finished.after(replace(GUIDE, by=PRECHECKER), REQUEST_CLOSURE, PRECHECKER_REVIEWS)


def test_a_third_return_follows_a_talk_that_the_returning_office_has_recorded() -> None:
    """R31: the talk since the last return, and of the office that returns."""
    back = ReturnProposal(PRECHECKER, 0, (Wanted("补充", "problem"),), rerun=True, seat=PRECHECK_SEAT)
    talk = replace(GUIDE, by=PRECHECKER)
    early = submitted.after(back, SUBMIT, talk, back, SUBMIT)
    early.when(back).then_refused(SecondReturnNeedsGuidance)
    early.after(GUIDE).when(back).then_refused(SecondReturnNeedsGuidance)
    early.after(talk).after(back)


# -- support ------------------------------------------------------------------------------------


def test_support_is_asked_of_a_department_or_of_a_committees_secretary_by_a_day() -> None:
    """R45."""
    approved.when(ASK).then(SupportRequested("S1", "更换老旧送风机", FINANCE_SEAT, JUNE, SECRETARY.person))
    approved.when(replace(ASK, of=Seat("party_secretary", COMPANY))).then_names(SupportRequested)
    approved.when(replace(ASK, of=Seat("juror", COMPANY))).then_refused(AnswersNoSupport, office="juror")
    approved.when(replace(ASK, due=MARCH)).then_refused(SupportWantedTooSoon, due=MARCH)
    asked.when(ASK).then_refused(CodeTaken, code="S1")
    submitted.when(ASK).then_refused(NotInImplementation)


def test_who_may_be_asked_is_who_has_the_right_to_answer() -> None:
    assert {code for code, office in offices().items() if "answer_support" in office.rights} == set(
        ANSWER_SUPPORT
    )


def test_a_request_is_answered_once_and_then_help_is_given_once() -> None:
    """R45."""
    asked.when(GRANT).then(SupportDecided("S1", True, "列入六月大修", JUNE, CFO.person))
    asked.when(PROVIDE).then_refused(SupportNotGranted)
    granted.when(GRANT).then_refused(SupportIsDecided)
    granted.when(PROVIDE).then(SupportProvided("S1", "送风机已更换", JUNE, CFO.person))
    granted.when(replace(PROVIDE, today=MAY)).then_refused(NotInTheFuture)
    granted.after(PROVIDE).when(PROVIDE).then_refused(SupportNotGranted)
    approved.when(GRANT).then_refused(NoSuchSupport, code="S1")


def test_declining_says_why() -> None:
    asked.when(DECLINE).then(SupportDecided("S1", False, "本年无预算", None, CFO.person))
    asked.when(replace(DECLINE, note=" ")).then_refused(DecliningNeedsAReason)
    asked.when(replace(GRANT, provide_by=MARCH)).then_refused(SupportWantedTooSoon, due=MARCH)


def test_nobody_answers_what_their_own_project_asks() -> None:
    """R4: as anybody who decides."""
    asked.when(replace(GRANT, by=by("fitter", "finance"))).then_refused(ProposerMayNotApprove)
    asked.when(replace(GRANT, tied_to=(FITTER.person,))).then_refused(ProposerMayNotApprove)
    granted.when(replace(PROVIDE, by=by("fitter", "finance"))).then_refused(ProposerMayNotApprove)


def test_what_was_asked_for_is_answered_also_when_the_project_is_over() -> None:
    """R51: closing does not wait for it."""
    ended = finished.after(ASK, REQUEST_CLOSURE, PRECHECKER_REVIEWS, QUALITY_REVIEWS, ASSESS)
    ended.after(GRANT, PROVIDE)
    ended.after(GRANT, HAND_OVER, ARCHIVE, PROVIDE)
    ready = finished.after(
        INSPECT, RECORD, TURN, REQUEST_CLOSURE, PRECHECKER_REVIEWS, QUALITY_REVIEWS, ASSESS
    )
    (declined,) = ready.after(HAND_OVER, ARCHIVE).when(replace(DECLINE, today=SEPTEMBER)).events
    assert isinstance(declined, SupportDecided)
    assert declined.finding_due is None  # nobody could report it any more


# -- a finding beyond the branch ----------------------------------------------------------------


def test_a_finding_beyond_the_branch_becomes_a_request_and_releases_closing() -> None:
    """R51."""
    found.when(TURN).then(
        FindingTurnedIntoSupport("W01", "S1", MAY, INSPECTOR.person),
        SupportRequested("S1", "更换老旧送风机", FINANCE_SEAT, JUNE, INSPECTOR.person, "W01"),
    )
    held = finished.after(INSPECT, RECORD)
    closing = finished.after(REQUEST_CLOSURE, replace(INSPECT, on=SEPTEMBER, today=SEPTEMBER), RECORD)
    closing.when(PRECHECKER_REVIEWS).then_refused(OpenFindingsHoldClosing, findings=["W01"])
    closing.after(TURN, PRECHECKER_REVIEWS)
    held.after(TURN, REQUEST_CLOSURE)
    assert page_after(held)["closing"]["missing"] != page_after(held.after(TURN))["closing"]["missing"]


def test_neither_the_unit_nor_who_caused_it_declares_it_beyond_the_branch() -> None:
    """R4, R51: it would close its own finding so."""
    found.when(replace(TURN, units=(RECORD.unit,))).then_refused(RectifierMayNotClose)
    found.when(replace(TURN, by=by("fitter", "inspector"))).then_refused(RectifierMayNotClose)
    found.when(replace(TURN, tied_to=(FITTER.person,))).then_refused(RectifierMayNotClose)
    rectified.after(CLOSE).when(TURN).then_refused(FindingIsClosed)
    found.after(ASK).when(TURN).then_refused(CodeTaken, code="S1")


def test_a_finding_whose_support_is_declined_is_the_branchs_again_with_the_days_it_waited() -> None:
    """R51: its clock stood still meanwhile."""
    later = replace(DECLINE, today=date(2026, 5, 16))
    due = date(2026, 3, 27)  # ten days later than it was
    (declined,) = turned.when(later).events
    assert isinstance(declined, SupportDecided)
    assert (declined.finding, declined.finding_due) == ("W01", due)
    back = turned.after(later)
    assert (back.state.findings["W01"].status, back.state.findings["W01"].due) == ("open", due)
    assert page_after(back)["findings"]["W01"]["due"] == due.isoformat()
    back.when(CLOSE).then_refused(NothingReportedYet)
    assert turned.after(GRANT).state.findings["W01"].status == "in_support"


def test_a_finding_that_was_mended_meanwhile_stays_closed_when_support_is_declined() -> None:
    mended = turned.after(REPORT, CLOSE)
    mended.when(DECLINE).then(SupportDecided("S1", False, "本年无预算", None, CFO.person, "W01"))


def test_a_finding_that_waits_for_support_is_not_turned_into_a_second_request() -> None:
    """R51: its clock stands still once; declined, it may be turned again."""
    again = replace(TURN, support="S2")
    turned.when(again).then_refused(FindingWaitsForSupport)
    turned.after(DECLINE).after(again)


@pytest.mark.parametrize(
    ("past", "days"),
    [
        (turned.after(PAUSE, RESUME, declined_on(26)), 20),
        (turned.after(PAUSE, declined_on(15), RESUME), 14),
        (found.after(PAUSE, TURN_IN_THE_PAUSE, RESUME, declined_on(26)), 16),
        (found.after(PAUSE, TURN_IN_THE_PAUSE, declined_on(15), RESUME), 10),
    ],
    ids=["pause in the waiting", "declined in the pause", "turned in the pause", "all in the pause"],
)
def test_no_day_moves_the_date_of_a_finding_twice(past: Project, days: int) -> None:
    """R43, R51: it stood still while the project did, or while it waited for support."""
    due = days_after(RECORD.due, days)
    assert past.state.findings["W01"].due == due
    assert page_after(past)["findings"]["W01"]["due"] == due.isoformat()


def test_a_finding_that_support_has_mended_is_reported_and_closed_as_any_other() -> None:
    mended = turned.after(GRANT, PROVIDE, replace(REPORT, on=JUNE, today=SEPTEMBER))
    mended.after(CloseFinding(INSPECTOR, "W01", today=SEPTEMBER))


# -- what people see ----------------------------------------------------------------------------


def test_the_page_shows_guidance_and_what_support_is_open_since_when() -> None:
    shown = page_after(granted.after(GUIDE))
    assert shown["guidance"] == [
        {
            "on": "2026-03-02",
            "seat": {"office": "inspector", "unit": "company"},
            "person": "inspector",
            "matter": "首班清洁",
            "note": "带去了总装支部的做法",
        }
    ]
    support = shown["supports"]["S1"]
    assert (support["state"], support["of"]["office"], support["answer"]) == (
        "granted",
        "finance",
        "列入六月大修",
    )
    assert {"subject": "support", "code": "S1", "due": "2026-06-10"} in open_dates(shown)
    provided = page_after(granted.after(PROVIDE))
    assert (provided["supports"]["S1"]["provided_on"], provided["supports"]["S1"]["provided"]) == (
        "2026-06-10",
        "送风机已更换",
    )
    assert not [due for due in open_dates(provided) if due["subject"] == "support"]


def test_clocks_of_support_are_not_shown_while_the_project_rests() -> None:
    assert page_after(granted.after(SuspendProject(PRECHECKER, "检修", today=MAY)))["next"] == []


# -- who signs, over the edge -------------------------------------------------------------------


def edge(command: type, name: str, past: Project, group: Organisation, /, **body: Any) -> Any:
    (act,) = (act for act in ACTS if act.command is command)
    taken = act.body().model_validate_json(canonical(body))
    return act.command_from(Asking(person(name), group, MAY), past.state, taken, None)


def test_a_request_that_names_no_day_is_due_after_ten_working_days() -> None:
    """R45; the ninth of May 2026, a Saturday, is worked."""
    branch = UnitId(str(UUID(int=7)))
    group = organisation(
        unit(branch, COMPANY),
        appointed("lead", "branch_secretary", branch),
        ProgrammePublished("2026.1", 2026, date(2026, 1, 1), content(), ""),
    )
    led = nothing.after(replace(DRAFT, unit=branch), REVISE, *APPROVAL)
    ask = {"support": "S1", "matter": "送风机", "of": {"office": "finance", "unit": branch}}
    usual = edge(RequestSupport, "lead", led, group, **ask)
    assert (usual.due, usual.by.office) == (date(2026, 5, 19), "branch_secretary")
    assert edge(RequestSupport, "lead", led, group, wanted_by="2026-06-10", **ask).due == JUNE


def test_the_office_that_is_asked_answers_or_the_nearest_without_a_part_in_it() -> None:
    """R3: the same whom notifications tells."""
    group = organisation(
        appointed("fitter", "finance", COMPANY), appointed("cfo of the group", "finance", GROUP)
    )
    asks = {"support": "S1", "granted": True, "note": "列入大修"}
    player = replace(SUBMIT, by=by(person("fitter"), "branch_secretary", BRANCH))
    involved = nothing.after(DRAFT, REVISE, player, *APPROVAL[1:], ASK)
    answer = edge(DecideSupport, "cfo of the group", involved, group, **asks)
    assert (answer.by.office, answer.by.unit) == ("finance", GROUP)
    known = known_of(involved.past)
    event = HEARD.read(recorded(involved.past)[-1].envelope)
    assert isinstance(event, heard.SupportRequested)
    told = notice(event, known, lambda _days: MAY)
    assert told is not None
    assert recipients("addressed_office", told, known, group, MAY) == (
        (person("cfo of the group"), f"finance@{COMPANY}"),
    )
    with pytest.raises(SeatNotAddressed):
        edge(DecideSupport, "measurer", involved, group, **asks)
