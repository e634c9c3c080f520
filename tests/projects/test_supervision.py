"""Inspections and findings: who must rectify does not close."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from services.projects.domain.project.content import Seat
from services.projects.domain.project.rectification import (
    CloseFinding,
    FindingClosed,
    FindingIsClosed,
    FindingIsOpen,
    FindingReopened,
    NoSuchFinding,
    NothingReportedYet,
    OnTheSpot,
    PlanRectification,
    RectificationPlanned,
    RectificationReported,
    RectifierMayNotClose,
    ReopenFinding,
    ReportRectification,
)
from services.projects.domain.project.state import CodeTaken, NotInImplementation, NotInTheFuture
from services.projects.domain.project.supervision import (
    FindingRecorded,
    HoldInspection,
    InspectionHeld,
    InspectsOwnUnit,
    NoSuchInspection,
    RecordFinding,
    TiesAreDeclaredFirst,
)
from services.projects.domain.project.support import GiveGuidance
from shared.domain import Incomplete, UnitId
from tests.projects.a_project import (
    BRANCH,
    COMPANY,
    FITTER,
    INSPECTOR,
    MARCH,
    MAY,
    SECRETARY,
    approved,
    by,
    submitted,
)

INSPECT = HoldInspection(INSPECTOR, "I1", MARCH, "例行", today=MARCH)
RECORD = RecordFinding(
    INSPECTOR, "W01", "I1", "擦净记录缺签认", "ordinary", date(2026, 3, 17), BRANCH, MARCH, FITTER.person
)
STRANGER = by("stranger", "inspector")
SPOT = OnTheSpot(before="无签认", after="当场补签并上墙")
PLAN = PlanRectification(SECRETARY, "W01", "班后当场签认", FITTER.person, date(2026, 3, 16))
REPORT = ReportRectification(SECRETARY, "W01", "已签认两周", MARCH, today=MAY)
LOOK_BACK = date(2026, 8, 6)
CLOSE = CloseFinding(INSPECTOR, "W01", today=MAY, look_back=LOOK_BACK)
REOPEN = ReopenFinding(INSPECTOR, "W01", "再次缺签", date(2026, 8, 21))

inspected = approved.after(INSPECT)
found = inspected.after(RECORD)
rectified = found.after(PLAN, REPORT)


def test_an_inspection_is_held_while_the_project_is_carried_out() -> None:
    approved.when(INSPECT).then(InspectionHeld("I1", MARCH, "例行", "", ""))
    approved.when(replace(INSPECT, planned="D1")).then(InspectionHeld("I1", MARCH, "例行", "", "", "D1"))
    approved.when(replace(INSPECT, on=MAY)).then_refused(NotInTheFuture)
    inspected.when(INSPECT).then_refused(CodeTaken)
    submitted.when(INSPECT).then_refused(NotInImplementation)


def test_nobody_inspects_where_they_have_a_part_or_a_post() -> None:
    """R5, R50: guidance is no part."""
    approved.when(replace(INSPECT, units=(BRANCH,))).then_refused(InspectsOwnUnit)
    approved.when(replace(INSPECT, by=by("inspector", "inspector", BRANCH))).then_refused(InspectsOwnUnit)
    approved.when(replace(INSPECT, by=by("fitter", "inspector"))).then_refused(InspectsOwnUnit)
    deputy = by("stranger", "inspector", deputising="fitter")
    approved.when(replace(INSPECT, by=deputy)).then_refused(InspectsOwnUnit)
    helped = approved.after(GiveGuidance(INSPECTOR, MARCH, "首班清洁", "带去了总装支部的做法", today=MAY))
    helped.when(INSPECT).then_names(InspectionHeld)


def test_a_finding_belongs_to_a_visit_and_names_who_puts_it_right() -> None:
    inspected.when(replace(RECORD, dispute_by=date(2026, 3, 9))).then(
        FindingRecorded(
            "W01",
            "I1",
            "擦净记录缺签认",
            "ordinary",
            RECORD.due,
            BRANCH,
            FITTER.person,
            INSPECTOR.person,
            Seat("inspector", COMPANY),
            date(2026, 3, 9),
        )
    )
    approved.when(RECORD).then_refused(NoSuchInspection, inspection="I1")
    found.when(RECORD).then_refused(CodeTaken, code="W01")
    inspected.when(CLOSE).then_refused(NoSuchFinding, finding="W01")


def test_mended_on_the_spot_it_is_recorded_and_closed_in_one_visit() -> None:
    """R47."""
    recorded, closed = inspected.when(replace(RECORD, on_the_spot=SPOT)).events
    assert isinstance(recorded, FindingRecorded)
    assert closed == FindingClosed("W01", MARCH, INSPECTOR.person, None, SPOT)
    half = replace(RECORD, on_the_spot=OnTheSpot(before="无签认", after=" "))
    inspected.when(half).then_refused(Incomplete, missing=["after"])
    other = UnitId("workshop")
    spot = replace(RECORD, on_the_spot=SPOT, unit=other, caused_by=STRANGER.person)
    inspected.when(replace(spot, units=(other,))).then_refused(RectifierMayNotClose)
    inspected.when(replace(spot, tied_to=(STRANGER.person,))).then_refused(RectifierMayNotClose)


def test_who_may_not_inspect_for_a_tie_or_a_part_records_no_finding_either() -> None:
    """R5: whoever of them held the visit."""
    inspected.when(replace(RECORD, units=(BRANCH,))).then_refused(InspectsOwnUnit)
    inspected.when(replace(RECORD, by=by("fitter", "inspector"))).then_refused(InspectsOwnUnit)
    inspected.when(replace(RECORD, tied_to=(FITTER.person,))).then_refused(InspectsOwnUnit)


def test_ties_are_declared_before_a_visit_and_before_a_finding() -> None:
    """R5: not after the file was read."""
    approved.when(replace(INSPECT, says_no_tie=False)).then_refused(TiesAreDeclaredFirst)
    inspected.when(replace(RECORD, says_no_tie=False)).then_refused(TiesAreDeclaredFirst)
    approved.when(replace(INSPECT, units=(BRANCH,), says_no_tie=False)).then_refused(InspectsOwnUnit)


def test_a_finding_is_planned_reported_and_closed() -> None:
    found.when(PLAN).then(RectificationPlanned("W01", "班后当场签认", FITTER.person, PLAN.due))
    found.when(REPORT).then(RectificationReported("W01", "已签认两周", MARCH, REPORT.today))
    found.when(CLOSE).then_refused(NothingReportedYet)
    rectified.when(CLOSE).then(FindingClosed("W01", MAY, INSPECTOR.person, LOOK_BACK))


@pytest.mark.parametrize(
    "command",
    [
        replace(CLOSE, by=SECRETARY),
        replace(CLOSE, units=(BRANCH,)),
        replace(CLOSE, by=by("fitter", "inspector")),
        replace(CLOSE, by=by("stranger", "inspector", deputising="fitter")),
    ],
    ids=["acting for the unit", "holding another office in it", "who caused it", "deputy of who caused it"],
)
def test_neither_the_unit_that_rectifies_nor_who_caused_it_closes(command: CloseFinding) -> None:
    rectified.when(command).then_refused(RectifierMayNotClose)


def test_who_was_to_put_it_right_does_not_find_it_put_right() -> None:
    """R4: nobody verifies what they carried out, of whichever unit they are."""
    mended_by = found.after(replace(PLAN, responsible=INSPECTOR.person), REPORT)
    mended_by.when(CLOSE).then_refused(RectifierMayNotClose)
    mended_by.when(replace(CLOSE, by=by("another", "inspector"))).then_names(FindingClosed)


def test_a_tie_to_who_caused_it_hinders_the_closing_and_a_part_in_the_project_alone_does_not() -> None:
    """R4: the circle of a finding is the unit that rectifies and who caused it, not the team."""
    rectified.when(replace(CLOSE, tied_to=(FITTER.person,))).then_refused(RectifierMayNotClose)
    elsewhere = inspected.after(replace(RECORD, caused_by=None, unit=UnitId("workshop")), REPORT)
    elsewhere.when(replace(CLOSE, by=by("fitter", "inspector"))).then_names(FindingClosed)
    elsewhere.when(replace(CLOSE, tied_to=(FITTER.person,))).then_names(FindingClosed)
    elsewhere.when(replace(CLOSE, units=(UnitId("workshop"),))).then_refused(RectifierMayNotClose)


def test_a_closed_finding_is_reopened_by_the_look_back_and_rectified_again() -> None:
    closed = rectified.after(CLOSE)
    closed.when(PLAN).then_refused(FindingIsClosed)
    closed.when(REOPEN).then(FindingReopened("W01", "再次缺签", REOPEN.due))
    found.when(REOPEN).then_refused(FindingIsOpen)
    closed.after(REOPEN).when(CLOSE).then_refused(NothingReportedYet)
