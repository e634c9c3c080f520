"""How fast a channel is used, when what failed is tried again, and when a channel as a whole is let alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

TRIES_AT_MOST = 10
BASE = timedelta(seconds=30)  # of the back-off; it doubles with every try
CAP = timedelta(hours=1)
WAITS_AT_MOST = timedelta(days=1)  # whatever a receiver asks for
GIVEN_UP_AFTER = timedelta(days=3)  # of a channel that is away: whoever is not told is told otherwise
FAILURES_IN_A_ROW = 5  # of the channel as a whole; the next one opens the breaker for longer
REST = timedelta(minutes=1)
REST_AT_MOST = timedelta(minutes=15)
DOUBLED_AT_MOST = 20  # further doublings change nothing, since there is a cap


def back_off(
    tries: int, uniform: Callable[[float, float], float], asked_seconds: float | None = None
) -> timedelta:
    """How long to wait after so many tries: full jitter, so that what failed together does not come together.

    `uniform` draws between two numbers. Never shorter than the receiver asked for.
    """
    at_most = min(CAP, BASE * 2 ** min(max(tries, 1) - 1, DOUBLED_AT_MOST))
    drawn = timedelta(seconds=uniform(0.0, at_most.total_seconds()))
    return max(drawn, asked(asked_seconds))


def asked(seconds: float | None) -> timedelta:
    """What a receiver asks for, within reason; a number that is none asks for nothing."""
    most = WAITS_AT_MOST.total_seconds()
    return timedelta(seconds=min(seconds, most)) if seconds is not None and seconds > 0 else timedelta(0)


@dataclass(frozen=True, slots=True)
class Rate:
    """So many messages a minute, of which a burst may go at once."""

    a_minute: int
    burst: int

    @property
    def interval(self) -> timedelta:
        """What one message takes of a minute."""
        return timedelta(minutes=1) / self.a_minute


def free(rate: Rate, next_free_at: datetime, now: datetime) -> int:
    """How many messages may go now (GCRA), `next_free_at`: when all that went had gone singly."""
    return max(0, (now + rate.interval * rate.burst - max(now, next_free_at)) // rate.interval)


def used(rate: Rate, next_free_at: datetime, now: datetime, count: int) -> datetime:
    """The new `next_free_at` after so many messages."""
    return max(now, next_free_at) + rate.interval * count


@dataclass(frozen=True, slots=True)
class Breaker:
    """Failures of a channel as a whole, in a row, and until when it is let alone."""

    failures: int = 0
    open_until: datetime | None = None

    def rests(self, now: datetime) -> bool:
        """Whether nothing is tried."""
        return self.open_until is not None and now < self.open_until

    @property
    def probes(self) -> bool:
        """Whether one message is tried before the others."""
        return self.failures >= FAILURES_IN_A_ROW

    def failed(self, now: datetime, asked_seconds: float | None = None) -> Breaker:
        """One failure more; those that went side by side open it once. Who asks to be let alone is."""
        if self.rests(now):
            until = now + asked(asked_seconds)
            return replace(self, open_until=max(until, self.open_until or until))
        failures = self.failures + 1
        over = failures - FAILURES_IN_A_ROW
        rest = min(REST_AT_MOST, REST * 2 ** min(over, DOUBLED_AT_MOST)) if over >= 0 else timedelta(0)
        rest = max(rest, asked(asked_seconds))
        return Breaker(failures, now + rest if rest else self.open_until)

    def worked(self) -> Breaker:
        """It is as if it had never failed."""
        return replace(self, failures=0, open_until=None)
