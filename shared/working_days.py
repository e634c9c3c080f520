"""Working days: of the Chinese calendar with its holidays and make-up days, or of a unit's own (R38)."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

import chinese_calendar

from shared.domain import Calendar

SATURDAY = 5


CHINESE = Calendar()


def is_working_day(day: date, calendar: Calendar = CHINESE) -> bool:
    """Whether offices work on that day; for a year not yet announced, whether it is no weekend."""
    if day in calendar.off or day in calendar.on:
        return day in calendar.on
    announced = _announced(day) if calendar.chinese else day.weekday() not in calendar.rest
    return day.weekday() < SATURDAY if announced is None else announced


@lru_cache(maxsize=4096)  # a view asks for the same days again with every event
def working_day_after(day: date, count: int, calendar: Calendar = CHINESE) -> date:
    """The day `count` working days after `day`, at most the calendar's last; `day` itself for 0."""
    while count > 0 and day < date.max:
        day += timedelta(days=1)
        count -= is_working_day(day, calendar)
    return day


def working_day_before(day: date, count: int, calendar: Calendar = CHINESE) -> date:
    """The day `count` working days before `day`, at least the calendar's first; `day` itself for 0."""
    while count > 0 and day > date.min:
        day -= timedelta(days=1)
        count -= is_working_day(day, calendar)
    return day


def weekday_after(day: date, count: int) -> date:
    """The same by weekends alone, as it is counted for a year that is not announced."""
    while count > 0 and day < date.max:
        day += timedelta(days=1)
        count -= day.weekday() < SATURDAY
    return day


def is_provisional(day: date, calendar: Calendar = CHINESE) -> bool:
    """Whether the year's holidays are not announced yet, so that a count up to it may change (R38)."""
    unknown = calendar.chinese and _announced(day) is None
    return unknown and day.year > 2000  # what lies before the table stays as it was counted


def _announced(day: date) -> bool | None:
    """Whether the calendar calls it a working day; None for a year that it does not have."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:  # how the library says so
        return None
