"""Working days of the Chinese calendar, and what is counted while a year is not announced (R38)."""

from __future__ import annotations

from datetime import date

from shared.domain import Calendar
from shared.working_days import is_provisional, is_working_day, weekday_after, working_day_after


def test_holidays_do_not_count_and_make_up_days_do() -> None:
    """National Day of 2026: off from 1 to 7 October, made up on the Saturday after."""
    assert [day for day in range(1, 12) if is_working_day(date(2026, 10, day))] == [8, 9, 10]
    assert working_day_after(date(2026, 9, 29), 5) == date(2026, 10, 12)
    assert weekday_after(date(2026, 9, 29), 5) == date(2026, 10, 6)


def test_a_year_that_is_not_announced_is_counted_by_weekends_and_provisional() -> None:
    """R38."""
    far = date(2199, 1, 1)
    assert working_day_after(far, 5) == weekday_after(far, 5)
    assert (is_provisional(far), is_provisional(date(2026, 1, 1)), is_provisional(date(1999, 1, 1))) == (
        True,
        False,
        False,
    )


def test_a_calendar_of_ones_own_has_other_days_of_rest() -> None:
    """R38: overseas, and where shifts never stop."""
    october = [date(2026, 10, day) for day in range(1, 12)]
    overseas = Calendar("Africa/Luanda", chinese=False, off=(date(2026, 10, 2),))
    assert [day.day for day in october if is_working_day(day, overseas)] == [1, 5, 6, 7, 8, 9]
    shifts = Calendar(chinese=False, rest=())
    assert working_day_after(date(2026, 9, 29), 5, shifts) == date(2026, 10, 4)
    plant = Calendar(on=(date(2026, 10, 3),))
    assert [day.day for day in october if is_working_day(day, plant)] == [3, 8, 9, 10]
    far = date(2199, 1, 1)
    assert [is_provisional(far, calendar) for calendar in (overseas, plant)] == [False, True]
