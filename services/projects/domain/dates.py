"""Days and months on the calendar; what would lie outside of it is its first or last day."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta


def months_after(day: date, months: int) -> date:
    """The same day of a later month, or that month's last day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if not date.min.year <= year <= date.max.year:
        return date.max if months > 0 else date.min
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def days_after(day: date, days: int) -> date:
    """So many days later; `days` is not negative."""
    return day + timedelta(min(days, (date.max - day).days))


def days_before(day: date, days: int) -> date:
    """So many days earlier; `days` is not negative."""
    return day - timedelta(min(days, (day - date.min).days))
