"""The periods by which figures are read, and the last day of each (R41)."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from services.projects.domain.dates import days_after
from services.projects.domain.project.content import ReadingRhythm

MONTHS: Mapping[ReadingRhythm, int] = {"month": 1, "quarter": 3, "half_year": 6}
ONCE = "once"


@dataclass(frozen=True, slots=True)
class Period:
    """A period as it is written, such as 2026-05, 2026-Q2, 2026-H1 or once."""

    name: str
    last_day: date
    first_day: date


def periods(rhythm: ReadingRhythm, begins: date, ends: date) -> Iterator[Period]:
    """All that a plan touches, from the one in which it begins to the one in which it ends."""
    period = period_of(rhythm, ends if rhythm == ONCE else begins)
    yield period
    while period.last_day < ends:
        period = period_of(rhythm, days_after(period.last_day, 1))
        yield period


def period_of(rhythm: ReadingRhythm, day: date) -> Period:
    """The one in which a day lies; what is read once has no other than up to that day."""
    if rhythm == ONCE:
        return Period(ONCE, day, day)
    months = MONTHS[rhythm]
    number = (day.month - 1) // months + 1
    name = {1: f"{number:02}", 3: f"Q{number}", 6: f"H{number}"}[months]
    last = number * months
    last_day = date(day.year, last, monthrange(day.year, last)[1])
    return Period(f"{day.year:04}-{name}", last_day, date(day.year, last - months + 1, 1))
