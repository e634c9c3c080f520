"""A project that runs over the end of the programme's year is looked at there (R24, R25)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from services.projects.domain.project.figures import ReportReading, figures_now
from services.projects.domain.project.pause import SuspendProject
from services.projects.domain.project.stage import (
    EndsWithinTheYear,
    ReviewStage,
    StageIsReviewed,
    StageNeedsANote,
    StageReviewed,
    YearNotOver,
)
from services.projects.domain.project.state import (
    NotInImplementation,
    ProposerMayNotApprove,
    SeatNotAddressed,
)
from services.projects.programme_content import YearWindow
from tests.projects.a_desk import APPROVAL, Desk
from tests.projects.a_project import (
    FITTER,
    PRECHECK_SEAT,
    PRECHECKER,
    QUALITY,
    QUALITY_SEAT,
    SECRETARY,
    approved,
    by,
    finished,
    in_closing,
    submitted,
)
from tests.projects.lived import page_after

ENDS = approved.state.proposal.ends
assert ENDS is not None
CUT_OFF, NEXT_DAY = date(ENDS.year, ENDS.month - 1, 28), date(ENDS.year, ENDS.month - 1, 29)
SEATS = (PRECHECK_SEAT, QUALITY_SEAT)
REVIEW = ReviewStage(PRECHECKER, 2026, "已过半", NEXT_DAY, CUT_OFF, PRECHECK_SEAT, SEATS)


def test_each_seat_of_the_first_key_says_once_how_far_it_has_come() -> None:
    """R24: with the figures as they stand, for that year's appraisal."""
    figures = figures_now(approved.state)
    assert figures
    approved.when(REVIEW).then(
        StageReviewed(2026, CUT_OFF, NEXT_DAY, PRECHECK_SEAT, PRECHECKER.person, "已过半", figures)
    )
    reviewed = approved.after(REVIEW)
    reviewed.when(REVIEW).then_refused(StageIsReviewed, year=2026)
    reviewed.after(replace(REVIEW, by=QUALITY, seat=QUALITY_SEAT))
    assert [stage["note"] for stage in page_after(reviewed)["stages"]] == ["已过半"]


def test_what_was_reached_after_the_cut_off_is_of_the_next_year() -> None:
    """R24: the figures of the cut-off go to that year's appraisal, however late it is reviewed."""
    read = ReportReading(SECRETARY, "rework", "2026-08", Decimal("3.4"), NEXT_DAY, today=NEXT_DAY)
    later = approved.after(read)
    (event,) = later.when(REVIEW).events
    assert isinstance(event, StageReviewed)
    assert [figure.value for figure in event.figures] == [None, None]
    (event,) = approved.after(replace(read, on=CUT_OFF)).when(REVIEW).events
    assert isinstance(event, StageReviewed)
    assert [figure.value for figure in event.figures] == [Decimal("3.4"), None]


def test_it_is_reviewed_when_the_year_is_over_and_only_where_it_runs_on() -> None:
    approved.when(replace(REVIEW, today=CUT_OFF)).then_refused(YearNotOver, until=CUT_OFF)
    assert ENDS is not None
    approved.when(replace(REVIEW, cut_off=ENDS, today=date.max)).then_refused(EndsWithinTheYear)
    before = replace(REVIEW, cut_off=date(2025, 9, 30), year=2025)
    approved.when(before).then_refused(EndsWithinTheYear, year=2025)  # it had not begun
    approved.after(SuspendProject(PRECHECKER, "检修", today=CUT_OFF)).when(REVIEW).then_names(StageReviewed)
    submitted.when(REVIEW).then_refused(NotInImplementation)
    in_closing.when(REVIEW).then_refused(NotInImplementation)


def test_who_works_on_it_or_sits_elsewhere_does_not_review_it() -> None:
    """R4."""
    approved.when(replace(REVIEW, by=by("fitter", "party_department"))).then_refused(ProposerMayNotApprove)
    approved.when(replace(REVIEW, tied_to=(FITTER.person,))).then_refused(ProposerMayNotApprove)
    approved.when(replace(REVIEW, first_key=(QUALITY_SEAT,))).then_refused(SeatNotAddressed)
    approved.when(replace(REVIEW, note=" ")).then_refused(StageNeedsANote)


def test_a_stage_is_no_closing() -> None:
    assert (
        page_after(finished.after(replace(REVIEW, today=date(2026, 9, 1))))["closing"]
        == (page_after(finished)["closing"])
    )


@pytest.mark.parametrize(
    ("to", "year", "last"),
    [
        ("09-30", 2026, date(2026, 9, 30)),
        ("12-31", 2026, date(2026, 12, 31)),
        ("02-29", 2027, date(2027, 2, 28)),
        ("09-30", 99_999, date(9999, 9, 30)),
        ("09-30", -1, date(1, 9, 30)),
    ],
)
def test_the_year_is_a_window_of_the_programme(to: str, year: int, last: date) -> None:
    """R25: by default it ends in September, so that a November review has closed projects."""
    assert YearWindow(to).ends(year) == last


@pytest.fixture
async def desk(desk: Desk) -> Desk:
    await desk.house.does(*APPROVAL)
    return desk


async def test_the_party_department_reviews_the_stage_and_nobody_of_the_branch(desk: Desk) -> None:
    body: dict[str, Any] = {"year": 2026, "note": "已过半"}
    early = await desk.post("party department", "review-stage", **body)
    assert early.json()["code"] == "YearNotOver"
    other = await desk.post("secretary of the branch", "review-stage", **body)
    assert other.json()["code"] == "SeatNotAddressed"
    never = await desk.post("party department", "review-stage", **body | {"year": 2025})
    assert never.json()["code"] == "EndsWithinTheYear"
