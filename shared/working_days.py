"""Working days of the Chinese calendar: weekends, holidays and make-up days (R38)."""

from __future__ import annotations

from datetime import date, timedelta

import chinese_calendar

ANNOUNCED_UNTIL = max(chinese_calendar.holidays)  # after the last announced holiday only weekends are known


def is_working_day(day: date) -> bool:
    """Whether offices work on that day; for a year not yet announced, whether it is no weekend."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return day.weekday() < 5


def is_provisional(day: date) -> bool:
    """Whether the calendar of that day's year is not announced yet, so that the date may move."""
    return bool(day.year > ANNOUNCED_UNTIL.year)


def working_day_after(day: date, count: int) -> date:
    """The day `count` working days after `day`, at most the calendar's last; `day` itself for 0."""
    while count > 0 and day < date.max:
        day += timedelta(days=1)
        count -= is_working_day(day)
    return day


def working_days_between(start: date, end: date) -> int:
    """Working days after `start` up to and including `end`; negative when `end` lies before."""
    if end < start:
        return -working_days_between(end, start)
    days = (start + timedelta(days=n) for n in range(1, (end - start).days + 1))
    return sum(is_working_day(day) for day in days)
