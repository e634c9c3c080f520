"""Baselines and readings: the player does not keep the score."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from services.projects.domain.project.clarity import NotASource
from services.projects.domain.project.content import Seat
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
    OnlyTheSourceDepartmentConfirms,
    PlayerMayNotKeepScore,
    ReportReading,
)
from services.projects.domain.project.state import NoSuchIndicator, NotInTheFuture
from shared.domain import By
from tests.projects.a_project import (
    ACCOUNTANT,
    BRANCH,
    CONTENT,
    DEPUTY,
    MAY,
    QUALITY,
    QUALITY_SEAT,
    REWORK,
    SECRETARY,
    a_draft,
    a_draft_of,
    approved,
    by,
)

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


def test_a_confirmed_figure_stands() -> None:
    confirmed = reported.after(CONFIRM)
    confirmed.when(replace(REPORT, value=Decimal(3))).then_refused(ConfirmedFigureStands)
    confirmed.when(DISPUTE).then_refused(NoFigureToConfirm)


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
