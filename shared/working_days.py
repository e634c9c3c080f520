"""Working days of the Chinese calendar: weekends, holidays and make-up days (R38)."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

import chinese_calendar


def is_working_day(day: date) -> bool:
    """Whether offices work on that day; for a year not yet announced, whether it is no weekend."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:  # how the library says that it has no such year
        return day.weekday() < 5


@lru_cache(maxsize=4096)  # a view asks for the same days again with every event
def working_day_after(day: date, count: int) -> date:
    """The day `count` working days after `day`, at most the calendar's last; `day` itself for 0."""
    while count > 0 and day < date.max:
        day += timedelta(days=1)
        count -= is_working_day(day)
    return day


def weekday_after(day: date, count: int) -> date:
    """The same by weekends alone, as it is counted for a year that is not announced."""
    while count > 0 and day < date.max:
        day += timedelta(days=1)
        count -= day.weekday() < 5
    return day


def is_provisional(day: date) -> bool:
    """Whether the year's holidays are not announced yet, so that a count up to it may change (R38)."""
    try:
        chinese_calendar.is_workday(day)
    except NotImplementedError:
        return day.year > 2000  # what lies before its table stays as it was counted
    return False
