"""Baselines and readings: the player does not keep the score."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from services.projects.domain.project.clarity import NotASource
from services.projects.domain.project.content import ReadingRhythm, Seat
from services.projects.domain.project.figures import (
    BaselineConfirmed,
    BaselineDiffers,
    ConfirmBaseline,
    ConfirmedFigureStands,
    ConfirmFigure,
    DisputeFigure,
    FigureConfirmed,
    FigureDisputed,
    FigureHasChanged,
    FigureToConfirm,
    IndicatorRead,
    NoFigureToConfirm,
    NotOfItsRhythm,
    OnlyTheSourceDepartmentConfirms,
    PlayerMayNotKeepScore,
    ReportReading,
    figures_now,
)
from services.projects.domain.project.state import NoSuchIndicator, NotInTheFuture
from services.projects.projections.page import open_dates
from shared.domain import By
from tests.projects.a_project import (
    ACCOUNTANT,
    BRANCH,
    CONTENT,
    DEPUTY,
    DRAFT,
    FINANCE_AGREES,
    MAY,
    MEET,
    PRECHECK,
    QUALITY,
    QUALITY_AGREES,
    QUALITY_SEAT,
    REVISE,
    REWORK,
    SECRETARY,
    SUBMIT,
    Project,
    a_draft,
    a_draft_of,
    approved,
    by,
    nothing,
)
from tests.projects.lived import page_after

APPROVAL = (SUBMIT, PRECHECK, QUALITY_AGREES, FINANCE_AGREES, MEET)
MONTH_END = date(2026, 4, 30)
REPORT = ReportReading(SECRETARY, "rework", "2026-04", Decimal("4.2"), MONTH_END, today=MAY)
CONFIRM = ConfirmFigure(QUALITY, "rework", "2026-04", Decimal("4.2"))
DISPUTE = DisputeFigure(QUALITY, "rework", "2026-04", "漏计周末首班")
BASELINE = ConfirmBaseline(QUALITY, "rework", Decimal("6.80"))
reported = approved.after(REPORT)


def test_a_reading_asks_the_source_department() -> None:
    approved.when(REPORT).then(
        IndicatorRead("rework", "2026-04", Decimal("4.2"), MONTH_END, SECRETARY.person),
        FigureToConfirm("rework", "2026-04", Decimal("4.2"), QUALITY_SEAT),
    )
    approved.when(replace(REPORT, indicator="morale")).then_refused(NoSuchIndicator)
    approved.when(replace(REPORT, on=MAY, today=MONTH_END)).then_refused(NotInTheFuture)


def test_the_source_department_confirms_the_value_that_it_looked_at() -> None:
    reported.when(CONFIRM).then(FigureConfirmed("rework", "2026-04", Decimal("4.2"), MONTH_END))
    corrected = reported.after(replace(REPORT, value=Decimal("4.4")))
    corrected.when(CONFIRM).then_refused(FigureHasChanged)
    approved.when(CONFIRM).then_refused(NoFigureToConfirm, period="2026-04")


def test_a_draft_that_names_its_own_branch_as_source_gets_no_baseline_confirmed() -> None:
    own = replace(REWORK, source=Seat("deputy_branch_secretary", BRANCH))
    draft = a_draft_of(replace(CONTENT, targets=(own,)))
    draft.when(replace(BASELINE, by=DEPUTY)).then_refused(NotASource, office="deputy_branch_secretary")


def test_a_confirmed_figure_stands_until_another_is_confirmed_in_its_place() -> None:
    """A mistake is corrected by a new reading, never edited; nothing is lost while it waits."""
    confirmed = reported.after(CONFIRM)
    confirmed.when(REPORT).then_refused(ConfirmedFigureStands, period="2026-04", value=Decimal("4.2"))
    confirmed.when(DISPUTE).then_refused(NoFigureToConfirm)
    right = replace(REPORT, value=Decimal("4.4"))
    corrected = confirmed.after(right)
    assert "rework" in corrected.state.confirmed
    assert standing(corrected) == (Decimal("4.2"), ["confirmed", "unconfirmed"])
    disputed = corrected.after(DISPUTE)
    assert standing(disputed) == (Decimal("4.2"), ["confirmed", "disputed"])
    again = disputed.after(right, replace(CONFIRM, value=Decimal("4.4")))
    assert standing(again) == (Decimal("4.4"), ["replaced", "replaced", "confirmed"])


def standing(project: Project) -> tuple[Decimal | None, list[str]]:
    """The value that counts, and how the page shows all that were reported."""
    readings = page_after(project)["indicators"]["rework"]["readings"]
    return figures_now(project.state)[0].value, [reading["state"] for reading in readings]


def test_a_disputed_figure_is_reported_again() -> None:
    reported.when(DISPUTE).then(FigureDisputed("rework", "2026-04", Decimal("4.2"), "漏计周末首班"))
    disputed = reported.after(DISPUTE)
    disputed.when(CONFIRM).then_refused(NoFigureToConfirm)
    disputed.when(REPORT).then_names(IndicatorRead, FigureToConfirm)


@pytest.mark.parametrize(
    "player",
    [
        by("secretary", "source_department"),
        by("fitter", "source_department"),
        by("stranger", "source_department", deputising="fitter"),
    ],
    ids=["reporter", "team", "deputy of the team"],
)
def test_nobody_of_the_project_confirms_its_figures(player: By) -> None:
    reported.when(replace(CONFIRM, by=player)).then_refused(PlayerMayNotKeepScore)


def test_who_reported_a_figure_for_the_project_does_not_confirm_it_either() -> None:
    by_quality = approved.after(replace(REPORT, by=QUALITY))
    by_quality.when(CONFIRM).then_refused(PlayerMayNotKeepScore)


def test_a_money_figure_is_finances() -> None:
    money = approved.after(replace(REPORT, indicator="paint"))
    confirm = replace(CONFIRM, indicator="paint")
    money.when(confirm).then_refused(OnlyTheSourceDepartmentConfirms, office="finance")
    money.when(replace(confirm, by=ACCOUNTANT)).then_names(FigureConfirmed)


def test_a_baseline_is_confirmed_from_the_draft_on_as_it_is_proposed() -> None:
    a_draft.when(BASELINE).then(BaselineConfirmed("rework", Decimal("6.80")))
    approved.when(replace(BASELINE, value=Decimal(7))).then_refused(
        BaselineDiffers, proposed=Decimal("6.8"), value=Decimal(7)
    )
    approved.when(replace(BASELINE, by=ACCOUNTANT)).then_refused(OnlyTheSourceDepartmentConfirms)


@pytest.mark.parametrize(
    ("rhythm", "period", "others"),
    [
        ("month", "2026-04", ("2026-04-30", "2026-13", "2026-Q2", "once", "４月")),
        ("quarter", "2026-Q2", ("2026-Q5", "2026-04", "2026-H1")),
        ("half_year", "2026-H1", ("2026-H3", "2026-Q2", "2026")),
        ("once", "once", ("2026-04", "")),
    ],
)
def test_a_figure_is_read_in_the_rhythm_that_was_declared_and_never_by_the_day(
    rhythm: ReadingRhythm, period: str, others: tuple[str, ...]
) -> None:
    """R41."""
    targets = tuple(replace(target, rhythm=rhythm) for target in CONTENT.targets)
    read_so = nothing.after(DRAFT, replace(REVISE, proposal=replace(CONTENT, targets=targets)), *APPROVAL)
    read_so.when(replace(REPORT, period=period)).then_names(IndicatorRead, FigureToConfirm)
    for other in others:
        read_so.when(replace(REPORT, period=other)).then_refused(NotOfItsRhythm, rhythm=rhythm)


def test_a_reading_that_is_not_due_is_never_asked() -> None:
    """R41: what is owed next are days of work, none of a figure."""
    shown = page_after(approved)
    assert shown["indicators"]
    assert {due["subject"] for due in open_dates(shown)} == {"milestone"}
