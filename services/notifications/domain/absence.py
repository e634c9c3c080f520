"""From when to when somebody is away, so that whoever stands in for them is told meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from shared.domain import Refusal

DAYS_AT_MOST = 90


class AbsenceRunsBackwards(Refusal):
    """The last day of the absence lies before the first, or is over already.

    Give a last day that is to come, and not before the first."""


class AbsenceTooLong(Refusal):
    """An absence has at most {days} days.

    Note the time after it later on; if somebody else has the office meanwhile, have them appointed."""


@dataclass(frozen=True, slots=True)
class Absence:
    """Both days are part of it."""

    first: date
    last: date

    def holds(self, day: date) -> bool:
        """Whether somebody is away on that day."""
        return self.first <= day <= self.last


def refuse_unsound(absence: Absence, today: date) -> None:
    """Say no to one that cannot be."""
    if absence.last < absence.first or absence.last < today:
        raise AbsenceRunsBackwards()
    if (absence.last - absence.first).days >= DAYS_AT_MOST:
        raise AbsenceTooLong(days=DAYS_AT_MOST)
