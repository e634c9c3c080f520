"""What time it is: the system's clock, or the example's own, which only the example may set."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from shared.domain import Refusal
from shared.envelope import micros
from shared.settings import Settings


class ClockRunsForward(Refusal):
    """The clock stands at {now} and cannot go back to {asked}.

    Set a later moment; history is never written backwards."""


class Clock(Protocol):
    """Whatever tells the moment; the only source of time above the domain."""

    def now(self) -> datetime:
        """The aware UTC moment."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The aware UTC moment."""
        return datetime.now(UTC)


class ExampleClock:
    """A clock that stands until it is set; lets the example live a year in a minute."""

    def __init__(self, start: datetime) -> None:
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        """The moment that was last set."""
        return self._now

    def set(self, at: datetime) -> None:
        """Move on to an aware moment; raises ClockRunsForward when it lies before `now()`."""
        if at < self._now:
            raise ClockRunsForward(now=self._now.isoformat(), asked=at.isoformat())
        self._now = at.astimezone(UTC)


EXAMPLE_STARTS = datetime(2000, 1, 1, tzinfo=UTC)  # before any example; its first act sets the clock


def clock_of(settings: Settings) -> Clock:
    """The clock that the settings name."""
    match settings.clock:
        case "system":
            return SystemClock()
        case "example":
            return ExampleClock(EXAMPLE_STARTS)


async def seconds_apart(clock: Clock, theirs: Callable[[], Awaitable[int | None]]) -> float:
    """How far at least a clock is from another that tells microseconds; 0 where that is the same one."""
    before, told = micros(clock.now()), await theirs()
    return 0.0 if told is None else max(0, before - told, told - micros(clock.now())) / 1_000_000


def today(clock: Clock, zone: ZoneInfo) -> date:
    """The local date: what the domain means by a day."""
    return clock.now().astimezone(zone).date()


def day_of(moment: str, zone: ZoneInfo) -> date:
    """The local date of a moment as envelopes write it."""
    return datetime.fromisoformat(moment).astimezone(zone).date()
