"""Working days of the Chinese calendar: weekends, holidays and make-up days (R38)."""

from __future__ import annotations

from datetime import date, timedelta

import chinese_calendar


def is_working_day(day: date) -> bool:
    """Whether offices work on that day; for a year not yet announced, whether it is no weekend."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:  # how the library says that it has no such year
        return day.weekday() < 5


def is_announced(day: date) -> bool:
    """Whether the holidays of that day's year are known; else its working days are provisional (R38)."""
    try:
        chinese_calendar.is_workday(day)
    except NotImplementedError:
        return False
    return True


def working_day_after(day: date, count: int) -> date:
    """The day `count` working days after `day`, at most the calendar's last; `day` itself for 0."""
    while count > 0 and day < date.max:
        day += timedelta(days=1)
        count -= is_working_day(day)
    return day
