"""The year of a secretary: days in office weigh, fixed scores count, both figures of an adjustment stay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.evaluation.domain.appraisal import (
    Adjustment,
    Award,
    Days,
    Fixed,
    Led,
    Standing,
    Term,
    UnitYear,
    appraise,
    rounded,
)
from services.evaluation.domain.grading import Grade, distribution, faults, grade_of
from shared.domain import PersonId, UnitId

BRANCH = UnitId("branch")
YEAR = Days(date(2025, 10, 1), date(2026, 10, 1))  # R25
LI, WANG = PersonId("li"), PersonId("wang")
MIDDLE = date(2026, 4, 1)
FIXED = Fixed(Decimal("92.40"), "evaluation/company/1", "projects/company/40", date(2026, 9, 8))


def led(code: str, since: date, closed: date | None, score: str = "92.40") -> Led:
    """A project that ran from a day until it was closed, or still runs at the year's end."""
    fixed = replace(FIXED, total=Decimal(score), event=f"evaluation/company/{code}") if closed else None
    end = closed + timedelta(days=1) if closed else YEAR.end
    return Led(code, f"2026-{code}", f"项目{code}", Days(since, end), closed is not None, fixed)


def term(person: PersonId, since: date, end: date = date.max) -> Term:
    return Term(f"{person} {since}", person, "branch_secretary", Days(since, end))


def year(projects: Sequence[Led], *terms: Term, **more: object) -> UnitYear:
    return appraise(BRANCH, YEAR, terms, projects, **more)  # type: ignore[arg-type] # as `appraise` names them


WHOLE = term(LI, date(2020, 1, 1))
FIRST, SECOND = term(LI, date(2020, 1, 1), MIDDLE), term(WANG, MIDDLE)
ONE = led("1", date(2026, 1, 1), date(2026, 8, 31))


def test_a_secretary_of_the_whole_year_has_the_mean_of_the_scores_and_so_has_the_unit() -> None:
    found = year([ONE, led("2", date(2026, 3, 1), date(2026, 6, 30), "85.55")], WHOLE)
    (secretary,) = found.secretaries
    assert found.score == secretary.score == Decimal("88.98")  # 88.975, half up
    assert (secretary.days, secretary.days.count, found.without) == (YEAR, 365, 0)


def test_each_project_weighs_by_the_share_of_its_days_in_office() -> None:
    """R11: 90 of the first project's 243 days, and all 31 of the second's, are of the first secretary."""
    early = led("2", date(2026, 3, 1), date(2026, 3, 31), "60.00")
    first, second = year([ONE, early], FIRST, SECOND).secretaries
    assert [(part.days, part.of) for part in first.parts] == [(90, 243), (31, 31)]
    exact = (Fraction("92.4") * Fraction(90, 243) + 60) / (Fraction(90, 243) + 1)
    assert first.score == rounded(exact) == Decimal("68.76")
    assert [(part.led.project, part.days) for part in second.parts] == [("1", 153)]
    assert second.score == Decimal("92.40")


def test_days_before_the_year_and_after_it_weigh_nothing() -> None:
    """R25: the year is the programme's window; a project of two years weighs by its days in this one."""
    long = led("1", date(2025, 1, 1), date(2025, 10, 10))
    early, late = year(
        [long], term(LI, date(2020, 1, 1), date(2025, 10, 6)), term(WANG, date(2025, 10, 6))
    ).secretaries
    assert [(part.days, part.of) for part in (*early.parts, *late.parts)] == [(5, 10), (5, 10)]
    assert year([long], term(LI, date(2020, 1, 1), YEAR.since)).secretaries == ()


def test_a_project_counts_in_the_year_in_which_it_was_closed_and_is_shown_in_the_others() -> None:
    """R24: while it runs its figures are shown, and no score of it counts."""
    running = led("1", date(2026, 1, 1), None)
    (secretary,) = year([running], WHOLE).secretaries
    assert (secretary.score, [part.counts for part in secretary.parts]) == (None, [None])
    next_year = Days(YEAR.end, date(2027, 10, 1))
    closed_later = led("1", date(2026, 1, 1), date(2026, 11, 30))
    assert year([closed_later], WHOLE).score is None
    assert appraise(BRANCH, next_year, [WHOLE], [closed_later]).score == Decimal("92.40")


def test_what_ended_without_a_fixed_score_counts_for_nothing() -> None:
    ended = replace(ONE, fixed=None)
    assert year([ended, led("2", date(2026, 1, 1), date(2026, 5, 1), "80.00")], WHOLE).score == Decimal(
        "80.00"
    )


def test_an_adjusted_score_counts_as_it_is_now_and_shows_the_old_figure_beside_it() -> None:
    """R54, R63: the figure that was fixed stays, with who changed it by which document in which event."""
    change = Adjustment(
        "evaluation/company/2", date(2026, 11, 2), Decimal("92.40"), Decimal("81.00"), "复核", "〔2026〕9号"
    )
    adjusted = replace(ONE, fixed=replace(FIXED, adjustments=(change,)))
    (secretary,) = year([adjusted], WHOLE).secretaries
    (part,) = secretary.parts
    assert (secretary.score, part.counts) == (Decimal("81.00"), Decimal("81.00"))
    assert part.led.fixed is not None
    assert (part.led.fixed.total, part.led.fixed.event) == (Decimal("92.40"), FIXED.event)
    assert part.led.fixed.adjustments == (change,)


def test_until_the_days_of_an_appeal_are_over_a_figure_says_that_it_may_still_change() -> None:
    """R55: five working days after closing."""
    assert FIXED.may_be_appealed(FIXED.appeal_until)
    assert not FIXED.may_be_appealed(FIXED.appeal_until + timedelta(days=1))


def test_a_revoked_award_stays_with_its_reason() -> None:
    """R63: and today, with no review wired, there is none."""
    award = Award("1", "first", "evaluation/group/8", revoked="evaluation/group/12", reason="数据失实")
    (secretary,) = year([ONE], WHOLE, awards=[award]).secretaries
    assert secretary.parts[0].awards == (award,)
    assert year([ONE], WHOLE).secretaries[0].parts[0].awards == ()


def test_each_secretary_is_shown_from_to_in_the_own_term_and_frozen_at_its_end() -> None:
    """R11: whoever comes after changes nothing of what stood when the term ended."""
    then = Standing(MIDDLE, Decimal(31), Decimal(60), Decimal(9), (), 20)
    end = replace(then, on=date(2026, 9, 1), earned=Decimal("92.4"))
    taken = {(FIRST.term, "1"): (None, then), (SECOND.term, "1"): (then, end)}
    first, second = year([ONE], FIRST, SECOND, standings=taken).secretaries
    assert (first.parts[0].before, first.parts[0].after) == (None, then)
    assert (second.parts[0].before, second.parts[0].after) == (then, end)


def test_days_without_a_secretary_are_nobodys() -> None:
    """R10: a vacancy is shown, and weighs for nobody."""
    gone = term(LI, date(2020, 1, 1), date(2026, 1, 11))
    found = year([ONE], gone, term(WANG, MIDDLE))
    assert found.without == (MIDDLE - date(2026, 1, 11)).days
    assert [part.days for one in found.secretaries for part in one.parts] == [10, 153]
    assert found.score == Decimal("92.40")


days = st.dates(date(2025, 6, 1), date(2026, 12, 31))
scores = st.integers(0, 10_000).map(lambda cents: Decimal(cents).scaleb(-2))


@st.composite
def projects(draw: st.DrawFn) -> list[Led]:
    found = []
    for number in range(draw(st.integers(0, 5))):
        since, until = sorted((draw(days), draw(days)))
        code = str(number)
        found.append(led(code, since, until if draw(st.booleans()) else None, str(draw(scores))))
    return found


@st.composite
def successions(draw: st.DrawFn) -> list[Term]:
    """Terms one after the other without a gap, for longer than the year."""
    turns = sorted({date(2020, 1, 1), date.max, *draw(st.lists(days, max_size=4))})
    people = [term(PersonId(f"p{n}"), a, b) for n, (a, b) in enumerate(pairwise(turns))]
    return draw(st.permutations(people))


@given(projects(), successions())
@settings(max_examples=200, deadline=None)
def test_where_nobody_is_missing_the_shares_of_all_secretaries_are_the_whole_of_each_project(
    ran: list[Led], terms: list[Term]
) -> None:
    """Days in office only weigh the unit's year (R11): together they give its figure, to the last digit."""
    found = year(ran, *terms)
    whole: dict[str, Fraction] = {}
    total, weights = Fraction(), Fraction()
    for part in (part for one in found.secretaries for part in one.parts):
        whole[part.led.project] = whole.get(part.led.project, Fraction()) + part.weight
        if part.counts is not None:
            total, weights = total + Fraction(part.counts) * part.weight, weights + part.weight
    assert set(whole.values()) <= {Fraction(1)}
    assert found.without == 0
    assert found.score == (rounded(total / weights) if weights else None)


@given(projects(), successions(), st.randoms())
@settings(max_examples=100, deadline=None)
def test_the_order_in_which_anything_is_given_is_nothing(
    ran: list[Led], terms: list[Term], any_order: Random
) -> None:
    other = list(ran)
    any_order.shuffle(other)
    assert year(other, *reversed(terms)) == year(ran, *terms)


@given(projects(), successions())
@settings(max_examples=100, deadline=None)
def test_a_figure_lies_between_the_scores_that_it_comes_from(ran: list[Led], terms: list[Term]) -> None:
    for secretary in year(ran, *terms).secretaries:
        counted = [part.counts for part in secretary.parts if part.counts is not None]
        if secretary.score is None:
            assert counted == []
        else:
            assert min(counted) <= secretary.score <= max(counted)


GRADES = (
    Grade("优秀", Decimal(90), Decimal("0.30")),
    Grade("良好", Decimal(80)),
    Grade("合格", Decimal(60)),
    Grade("不合格", Decimal(0)),
)


def test_more_than_the_share_of_a_grade_is_said_and_nobody_is_moved() -> None:
    """The programme's shares are checked and explained, never forced."""
    figures = [Decimal(n) for n in (95, 93, 91, 90, 85, 85, 70, 59, 40, 10)]
    top, good, fair, poor = distribution(figures, GRADES)
    assert (top.count, top.of, top.at_most, top.too_many) == (4, 10, 3, 1)
    assert (good.count, good.at_most, good.too_many) == (2, None, 0)
    assert (fair.count, poor.count) == (1, 3)
    assert grade_of(Decimal("89.99"), GRADES).name == "良好"


def test_a_share_allows_whole_people_only() -> None:
    few = distribution([Decimal(95), Decimal(95), Decimal(70)], GRADES)[0]
    assert (few.at_most, few.too_many) == (0, 2)
    assert distribution([], GRADES)[0].too_many == 0


@pytest.mark.parametrize(
    "wrong",
    [
        (),
        (Grade("a", Decimal(90)),),
        (Grade("a", Decimal(0)), Grade("b", Decimal(90))),
        (Grade("a", Decimal(101)), Grade("b", Decimal(0))),
        (Grade("a", Decimal("NaN")), Grade("b", Decimal(0))),
        (Grade("a", Decimal(90), Decimal("1.3")), Grade("b", Decimal(0))),
    ],
)
def test_grades_that_nobody_could_hold_to_are_named(wrong: tuple[Grade, ...]) -> None:
    assert faults(wrong)
    assert faults(GRADES) == []
