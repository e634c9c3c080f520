"""How large a season is, and what follows from it: how many events who has, how often a card is given."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec

HEAVY = 100  # times as many events as any other company has
JURORS = 8  # of a company's pool
PER_DOSSIER = 5  # jurors, by the shipped rules (R56)
AT_THE_PEAK = 0.25  # of a company's events that come at the end, at ten times the peak
LASTS = timedelta(days=14)
WITHOUT_TASKS, OF_A_TASK = 11, 4  # events of a life


class Size(msgspec.Struct, frozen=True):
    """What is asked for; what came of it is counted and told."""

    companies: int
    projects: int  # that close; others go on, as many as the events need
    events: int
    cards: int  # that jurors hand in at least, corrections among them
    minutes: float  # that the fortnight takes

    @property
    def closing(self) -> int:
        """Projects of each company that close."""
        return max(1, self.projects // self.companies)

    @property
    def usual(self) -> int:
        """Events of a company that is not the heavy one."""
        return self.events // (self.companies - 1 + HEAVY)

    @property
    def tasks(self) -> int:
        """Of a project that closes, so that these make up what the fortnight has of a usual company."""
        in_fortnight = self.usual * (1 - AT_THE_PEAK) / self.closing
        return max(1, round((in_fortnight - WITHOUT_TASKS) / OF_A_TASK))

    @property
    def handed_in(self) -> int:
        """How often each juror hands in each card: the first, and corrections of it."""
        return max(1, round(self.cards / (self.companies * self.closing * PER_DOSSIER)))


FULL = Size(companies=1000, projects=20_000, events=1_000_000, cards=200_000, minutes=60)
QUICK = Size(companies=3, projects=6, events=2_400, cards=60, minutes=0.2)


def begins_before(now: datetime) -> datetime:
    """When the fortnight begins, so that all of it, and its peak, is over on the day of `now`."""
    return datetime(now.year, now.month, now.day, tzinfo=UTC) - LASTS * (1 + AT_THE_PEAK) * 1.25
