"""A finding that is disputed: those above its finder decide, and its clock stands still meanwhile (R48)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from services.projects.acting import Asking
from services.projects.api.acts import Situation
from services.projects.api.disputing import ACTS, superior
from services.projects.domain.dates import days_after
from services.projects.domain.project.closing import OpenFindingsHoldClosing
from services.projects.domain.project.content import Seat
from services.projects.domain.project.dispute import (
    DecideDispute,
    DisputedTooLate,
    DisputeFinding,
    DisputeIsDecided,
    DisputeNeedsAReason,
    FinderMayNotDecide,
    FindingDisputed,
    FindingIsAnswered,
    FindingIsNotDisputed,
    FindingUpheld,
    FindingWithdrawn,
    NobodyAboveTheFinder,
)
from services.projects.domain.project.pause import ResumeProject, SuspendProject
from services.projects.domain.project.rectification import (
    FindingIsClosed,
    FindingIsDisputed,
    FindingIsWithdrawn,
    FindingReopened,
    NoSuchFinding,
    RectifierMayNotClose,
)
from services.projects.domain.project.state import ProposerMayNotApprove
from services.projects.domain.project.supervision import FindingRecorded
from services.projects.projections.page import colours
from services.projects.sight import circle_of, circle_of_state
from shared.domain import UnitId
from tests.projects.a_desk import APPROVAL, HERE, Desk
from tests.projects.a_group import appointed, no_tie, organisation, person, unit
from tests.projects.a_project import (
    BRANCH,
    COMPANY,
    FITTER,
    GROUP,
    INSPECTOR,
    MAY,
    PRECHECKER,
    PRECHECKER_REVIEWS,
    QUALITY_REVIEWS,
    REQUEST_CLOSURE,
    SECRETARY,
    SEPTEMBER,
    ZONE,
    Project,
    by,
    finished,
)
from tests.projects.lived import page_after
from tests.projects.test_supervision import CLOSE, INSPECT, PLAN, RECORD, REOPEN, REPORT, inspected, rectified
from tests.projects.test_support import DECLINE, TURN
from tests.support.recorded import recorded

ABOVE = Seat("inspector", GROUP)
CHIEF = by("chief inspector", "inspector", GROUP)
LAST = date(2026, 3, 9)
SIXTH, NINTH, TENTH = date(2026, 3, 6), date(2026, 3, 9), date(2026, 3, 10)
RECORDED = replace(RECORD, dispute_by=LAST)
DISPUTE = DisputeFinding(SECRETARY, "W01", "签认在背面", today=SIXTH, due=date(2026, 3, 13), of=ABOVE)
UPHOLD = DecideDispute(CHIEF, "W01", True, "背面也没有", today=TENTH)
WITHDRAW = replace(UPHOLD, stands=False, reason="背面有签认")

found = inspected.after(RECORDED)
disputed = found.after(DISPUTE)
upheld = disputed.after(UPHOLD)
withdrawn = disputed.after(WITHDRAW)


# -- disputing ----------------------------------------------------------------------------------


def test_a_finding_is_disputed_with_a_reason_in_the_days_that_the_programme_gives() -> None:
    """R48."""
    found.when(DISPUTE).then(
        FindingDisputed("W01", "签认在背面", SIXTH, ABOVE, DISPUTE.due, SECRETARY.person)
    )
    found.when(replace(DISPUTE, today=LAST)).then_names(FindingDisputed)
    found.when(replace(DISPUTE, today=TENTH)).then_refused(DisputedTooLate, dispute_by=LAST)
    found.when(replace(DISPUTE, reason=" ")).then_refused(DisputeNeedsAReason)
    found.when(replace(DISPUTE, finding="W02")).then_refused(NoSuchFinding, finding="W02")
    found.when(replace(DISPUTE, of=None)).then_refused(NobodyAboveTheFinder)


def test_what_is_answered_otherwise_is_not_disputed() -> None:
    found.after(PLAN).when(DISPUTE).then_names(FindingDisputed)  # a plan is no admission
    found.after(REPORT).when(DISPUTE).then_refused(FindingIsAnswered)
    found.after(TURN).when(DISPUTE).then_refused(FindingIsAnswered)
    rectified.after(CLOSE).when(DISPUTE).then_refused(FindingIsClosed)
    disputed.when(DISPUTE).then_refused(FindingIsDisputed)
    withdrawn.when(DISPUTE).then_refused(FindingIsWithdrawn)


def test_a_finding_is_disputed_once() -> None:
    """Also after help for it was declined, or it came back."""
    upheld.when(replace(DISPUTE, today=NINTH)).then_refused(DisputeIsDecided)
    upheld.after(TURN, DECLINE).when(replace(DISPUTE, today=NINTH)).then_refused(DisputeIsDecided)


def test_a_finding_from_before_its_last_day_was_said_is_disputed_while_it_is_open() -> None:
    inspected.after(RECORD).when(replace(DISPUTE, today=SEPTEMBER)).then_names(FindingDisputed)


def test_in_a_pause_the_days_for_it_do_not_pass() -> None:
    """R43: clocks stand still."""
    paused = found.after(SuspendProject(PRECHECKER, "检修", today=SIXTH))
    paused.when(replace(DISPUTE, today=MAY)).then_names(FindingDisputed)


# -- deciding -----------------------------------------------------------------------------------


def test_it_stands_with_the_days_that_it_waited_or_it_is_withdrawn() -> None:
    """R48: clocks stop meanwhile."""
    due = days_after(RECORD.due, 4)
    disputed.when(UPHOLD).then(FindingUpheld("W01", "背面也没有", TENTH, due, CHIEF.person))
    disputed.when(WITHDRAW).then(FindingWithdrawn("W01", "背面有签认", TENTH, CHIEF.person))
    disputed.when(replace(UPHOLD, reason="")).then_refused(DisputeNeedsAReason)
    assert (upheld.state.findings["W01"].status, upheld.state.findings["W01"].due) == ("open", due)
    upheld.after(REPORT, CLOSE)


def test_neither_a_player_nor_the_rectifier_nor_the_finder_decides() -> None:
    """R4: also through a deputy."""
    disputed.when(replace(UPHOLD, by=by("fitter", "inspector", GROUP))).then_refused(ProposerMayNotApprove)
    disputed.when(replace(UPHOLD, tied_to=(FITTER.person,))).then_refused(ProposerMayNotApprove)
    disputed.when(replace(UPHOLD, units=(BRANCH,))).then_refused(RectifierMayNotClose)
    own = by("inspector", "inspector", GROUP)
    disputed.when(replace(UPHOLD, by=own)).then_refused(FinderMayNotDecide)
    disputed.when(replace(UPHOLD, tied_to=(INSPECTOR.person,))).then_refused(FinderMayNotDecide)


def test_only_what_is_disputed_is_decided() -> None:
    found.when(UPHOLD).then_refused(FindingIsNotDisputed)
    upheld.when(UPHOLD).then_refused(FindingIsNotDisputed)
    withdrawn.when(UPHOLD).then_refused(FindingIsWithdrawn)
    rectified.after(CLOSE).when(UPHOLD).then_refused(FindingIsClosed)


@pytest.mark.parametrize("command", [PLAN, REPORT, CLOSE, TURN])
def test_while_it_is_disputed_or_withdrawn_nothing_is_done_about_it(command: Any) -> None:
    disputed.when(command).then_refused(FindingIsDisputed)
    withdrawn.when(command).then_refused(FindingIsWithdrawn)


def test_what_was_withdrawn_does_not_come_back() -> None:
    withdrawn.when(REOPEN).then_refused(FindingIsWithdrawn)
    upheld.after(REPORT, CLOSE).when(REOPEN).then_names(FindingReopened)


def test_closing_waits_for_a_disputed_finding_and_not_for_a_withdrawn_one() -> None:
    """R48, R51."""
    ready = finished.after(REQUEST_CLOSURE, replace(INSPECT, on=SEPTEMBER, today=SEPTEMBER), RECORD)
    waits = ready.after(replace(DISPUTE, today=SEPTEMBER))
    waits.when(PRECHECKER_REVIEWS).then_refused(OpenFindingsHoldClosing, findings=["W01"])
    waits.after(replace(WITHDRAW, today=SEPTEMBER), PRECHECKER_REVIEWS, QUALITY_REVIEWS)
    assert "findings.W01" in page_after(disputed)["closing"]["missing"]
    assert "findings.W01" not in page_after(withdrawn)["closing"]["missing"]


def pause(*days: int) -> tuple[SuspendProject, ResumeProject]:
    begins, ends = (date(2026, 3, day) for day in days)
    return SuspendProject(PRECHECKER, "检修", today=begins), ResumeProject(PRECHECKER, today=ends)


def decided_on(day: int) -> DecideDispute:
    return replace(UPHOLD, today=date(2026, 3, day))


IN_THE_PAUSE = pause(4, 20)


@pytest.mark.parametrize(
    ("past", "days"),
    [
        (disputed.after(*pause(8, 18), decided_on(26)), 20),
        (disputed.after(pause(8, 18)[0], decided_on(16), pause(8, 18)[1]), 12),
        (found.after(IN_THE_PAUSE[0], DISPUTE, IN_THE_PAUSE[1], decided_on(26)), 22),
        (found.after(IN_THE_PAUSE[0], DISPUTE, decided_on(10), IN_THE_PAUSE[1]), 16),
    ],
    ids=["pause in the dispute", "decided in the pause", "disputed in the pause", "all in the pause"],
)
def test_no_day_moves_the_date_of_a_finding_twice(past: Project, days: int) -> None:
    """R43, R48."""
    due = days_after(RECORD.due, days)
    assert past.state.findings["W01"].due == due
    assert page_after(past)["findings"]["W01"]["due"] == due.isoformat()


# -- what people see ----------------------------------------------------------------------------


def test_the_page_shows_who_decides_by_when_and_what_they_said() -> None:
    shown = page_after(disputed)["findings"]["W01"]
    assert (shown["state"], shown["dispute_by"]) == ("disputed", LAST.isoformat())
    assert shown["dispute"] is not None
    assert (shown["dispute"]["reason"], shown["dispute"]["of"]) == (
        "签认在背面",
        {"office": "inspector", "unit": GROUP},
    )
    for past, state, answer in ((upheld, "open", "背面也没有"), (withdrawn, "withdrawn", "背面有签认")):
        after = page_after(past)["findings"]["W01"]
        assert (after["state"], after["dispute"] and after["dispute"]["answer"]) == (state, answer)


def test_what_is_disputed_is_late_for_who_decides_and_not_for_the_branch() -> None:
    """R37, R42."""
    late = {(c["subject"], c["code"]): c["colour"] for c in colours(page_after(disputed), MAY, ZONE)}
    assert ("finding", "W01") not in late
    assert late["dispute", "W01"] == "red"
    again = {(c["subject"], c["code"]): c["done_on"] for c in colours(page_after(upheld), MAY, ZONE)}
    assert again["dispute", "W01"] == TENTH.isoformat()
    assert again["finding", "W01"] is None


def test_who_decides_sees_the_project() -> None:
    seat = (ABOVE.office, ABOVE.unit)
    assert seat in circle_of(page_after(disputed)).seats
    assert seat in circle_of_state(disputed.state).seats
    assert seat not in circle_of_state(found.state).seats


# -- over the edge ------------------------------------------------------------------------------


@pytest.fixture
async def desk(desk: Desk) -> Desk:
    await desk.house.does(*APPROVAL)
    return desk


CREW = UnitId(str(UUID(int=7)))
VISIT: dict[str, Any] = {"inspection": "i1", "on": "2026-01-20", "kind": "日常督导"}
W1: dict[str, Any] = {
    "finding": "w1",
    "inspection": "i1",
    "text": "缺签认",
    "severity": "ordinary",
    "due": "2026-02-20",
    "unit": CREW,
}


async def test_from_the_finding_to_the_decision_of_the_office_above(desk: Desk) -> None:
    """R48, R4: the finder is in the office above too, and does not decide."""
    name = "inspector of the company"
    known = desk.parts.organisation
    for happened in (
        unit(CREW, COMPANY),
        *(appointed(one, "inspector", GROUP) for one in ("chief", name)),
    ):
        known.apply(recorded(known.position + 1, happened))
    no_tie(known, name)
    assert (await desk.post(name, "hold-inspection", **VISIT)).status_code == 200
    recorded_ = await desk.post(name, "record-finding", **W1)
    assert recorded_.status_code == 200, recorded_.text
    said: dict[str, Any] = {"finding": "w1", "reason": "签认在背面"}
    refused = await desk.post("member of the branch", "dispute-finding", **said)
    assert refused.json()["code"] == "NotAllowed"
    answer = await desk.post("secretary of the branch", "dispute-finding", **said)
    assert answer.json()["events"] == ["FindingDisputed"]
    shown = (await desk.read("secretary of the branch"))["project"]["findings"]["w1"]
    assert (shown["dispute"]["of"], shown["state"]) == ({"office": "inspector", "unit": GROUP}, "disputed")
    assert date.fromisoformat(shown["dispute_by"]) == date.fromisoformat(shown["dispute"]["due"])
    listed = await desk.read("secretary of the branch", "/api/projects/deadlines", subject="dispute")
    assert [line["code"] for line in listed["deadlines"]] == ["w1"]
    decision: dict[str, Any] = {"finding": "w1", "stands": False, "reason": "背面有签认"}
    assert (await desk.post(name, "decide-dispute", **decision)).json()["code"] == "FinderMayNotDecide"
    other = await desk.post("party department", "decide-dispute", **decision)
    assert other.json()["code"] == "SeatNotAddressed"
    assert (await desk.post("chief", "decide-dispute", **decision)).json()["events"] == ["FindingWithdrawn"]
    assert (await desk.read("chief", HERE))["project"]["findings"]["w1"]["state"] == "withdrawn"


def test_above_who_found_it_is_the_same_office_above_else_the_leader_in_charge() -> None:
    """R3; what was found before its office was kept counts as an inspector's of the company."""
    recording = found.past[-1]
    assert isinstance(recording, FindingRecorded)
    before = replace(found, past=(*inspected.past, replace(recording, finder=None)))
    chief = organisation(appointed("chief", "inspector", GROUP))
    leader = organisation(appointed("leader", "leader_in_charge", COMPANY))
    body = by_edge(DisputeFinding).model_validate({"finding": "W01", "reason": "签认在背面"})
    for past, known, seat in (
        (found, chief, ABOVE),
        (before, chief, ABOVE),
        (found, leader, Seat("leader_in_charge", COMPANY)),
        (found, organisation(), None),
    ):
        asking = Asking(person("secretary of the branch"), known, SIXTH)
        assert superior(Situation(asking, past.state, body, SECRETARY)) == seat


def by_edge(command: type) -> Any:
    (act,) = (act for act in ACTS if act.command is command)
    return act.body()
