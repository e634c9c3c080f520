"""A unit's year is issued once when it is final, and what changes of it is said beside it (R55, R63)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from services.evaluation.domain import issuing as i
from services.evaluation.domain.appraisal import (
    NONE_TAKEN,
    Adjustment,
    Award,
    Days,
    Fixed,
    Led,
    Term,
    appraise,
)
from services.evaluation.domain.grading import Grade
from services.evaluation.domain.issuing import APPRAISAL, Figures, figures_of
from shared.domain import By, PersonId, UnitId
from tests.support.given import given

BRANCH = UnitId("branch")
HEADQUARTERS = By(PersonId("headquarters"), "headquarters", UnitId("group"))
YEAR = Days(date(2025, 10, 1), date(2026, 10, 1))
GRADES = (Grade("优秀", Decimal(90)), Grade("合格", Decimal(0)))
FIRST = Term("first", PersonId("li"), "branch_secretary", Days(date(2025, 1, 1), date(2026, 4, 1)))
SECOND = Term("second", PersonId("wang"), "branch_secretary", Days(date(2026, 4, 1), date.max))
FIXED = Fixed(Decimal("92.00"), "evaluation/company/1", "projects/company/9", date(2026, 9, 8))
LED = Led("p1", "2026-1", "title", Days(date(2026, 1, 1), date(2026, 9, 2)), True, FIXED)
AWARD = Award("p1", "first", "evaluation/group/7")
MENDED = Adjustment("evaluation/company/2", date(2026, 11, 1), FIXED.total, Decimal("85.50"), "读数", "9号")
ADJUSTED = replace(LED, fixed=replace(FIXED, adjustments=(MENDED,)))


def figures(led: Led = LED, *awards: Award, terms: tuple[Term, ...] = (FIRST, SECOND)) -> Figures:
    year = appraise(BRANCH, YEAR, terms, [led], NONE_TAKEN, awards)
    return figures_of(year, [led], awards, GRADES)


ISSUE = i.IssueAppraisal(
    HEADQUARTERS, BRANCH, 2026, YEAR, date(2026, 10, 20), 0, "2026.1", GRADES, figures(), 5
)
ISSUED = i.AppraisalIssued(BRANCH, 2026, YEAR, "2026.1", GRADES, figures(), 5)


def test_each_term_has_its_figure_with_weights_and_the_events_they_follow_from() -> None:
    """R11."""
    found = figures(LED, AWARD)
    first, second = found.lines
    assert [(one.term, one.days, one.score, one.grade) for one in found.lines] == [
        ("first", 182, Decimal("92.00"), "优秀"),
        ("second", 183, Decimal("92.00"), "优秀"),
    ]
    assert [(one.days, one.of) for line in found.lines for one in line.projects] == [(90, 244), (154, 244)]
    assert first.projects[0].events == second.projects[0].events == (FIXED.event, AWARD.event)
    assert found.projects[0].awards == (i.Given("first", AWARD.event),)


def test_a_project_that_ran_while_nobody_led_is_in_the_figures_of_the_unit() -> None:
    """R10."""
    found = figures(terms=(replace(FIRST, days=Days(date(2025, 1, 1), date(2025, 12, 1))),))
    assert (found.score, found.lines[0].score, found.lines[0].projects) == (Decimal("92.00"), None, ())
    assert found.events == {FIXED.event}


def test_it_is_issued_once_after_the_year_and_when_all_is_final() -> None:
    """R55."""
    given(APPRAISAL).when(ISSUE).then(ISSUED)
    given(APPRAISAL, ISSUED).when(ISSUE).then_refused(i.AppraisalIsIssued)
    early = replace(ISSUE, on=date(2026, 9, 30))
    given(APPRAISAL).when(early).then_refused(i.AppraisalYearNotOver, until=date(2026, 9, 30))
    given(APPRAISAL).when(replace(ISSUE, not_final=2)).then_refused(i.FiguresAreNotFinal, count=2)
    nobody = replace(ISSUE, figures=figures(terms=()))
    given(APPRAISAL).when(nobody).then_refused(i.NobodyToAppraise)


def test_an_adjusted_score_is_said_with_both_figures_and_its_event() -> None:
    """R54, R63: the old figure stays."""
    after = figures(ADJUSTED)
    said = i.AppraisalAdjusted(BRANCH, 2026, figures(), after, (MENDED.event,), 6)
    given(APPRAISAL, ISSUED).when(i.AdjustAppraisal(None, after, 6)).then(said)
    assert [line.grade for line in after.lines] == ["合格", "合格"]


def test_a_revoked_award_is_said_though_no_score_changes() -> None:
    """R63."""
    issued = replace(ISSUED, figures=figures(LED, AWARD))
    after = figures(LED, replace(AWARD, revoked="evaluation/group/8", reason="抄袭"))
    said = i.AppraisalAdjusted(BRANCH, 2026, issued.figures, after, ("evaluation/group/8",), 5)
    given(APPRAISAL, issued).when(i.AdjustAppraisal(None, after, 5)).then(said)


def test_a_corrected_term_names_how_far_the_organisation_was_read() -> None:
    """R11: whoever was entered as secretary too late has the days that were theirs."""
    after = figures(terms=(replace(FIRST, days=Days(FIRST.days.since, date(2026, 3, 1))), SECOND))
    said = i.AppraisalAdjusted(BRANCH, 2026, figures(), after, ("projects/group/8",), 8)
    given(APPRAISAL, ISSUED).when(i.AdjustAppraisal(None, after, 8)).then(said)


def test_nothing_is_said_twice_or_by_an_organisation_that_is_behind() -> None:
    given(APPRAISAL, ISSUED).when(i.AdjustAppraisal(None, figures(), 9)).then()
    given(APPRAISAL, ISSUED).when(i.AdjustAppraisal(None, figures(ADJUSTED), 4)).then()
    given(APPRAISAL).when(i.AdjustAppraisal(None, figures(), 9)).then_refused(i.AppraisalNotIssued)
