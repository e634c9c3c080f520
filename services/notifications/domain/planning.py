"""When somebody is told outside the system: at once, once offices work again, or in a summary."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Literal

from services.notifications.domain.rules import Rule
from services.notifications.domain.wishes import Wishes

AT_MOST_A_DAY = 5
DELIVERY_FAILED = "DeliveryFailed"  # of no ledger; told inside alone, so that no failure follows from it
LONG_PAST = timedelta(days=1)  # what is read so long after it happened is told in the summary, once for all
DAYS_OFF_AT_MOST = 60  # a calendar without any working day keeps nobody waiting for ever


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody is: whose clock, and on which days offices work there (R38)."""

    zone: tzinfo
    works: Callable[[date], bool]

    def working_day(self, day: date) -> date:
        """The day itself or the next one on which offices work."""
        days = (day + timedelta(days=n) for n in range(DAYS_OFF_AT_MOST))
        return next((one for one in days if self.works(one)), day)


@dataclass(frozen=True, slots=True)
class Plan:
    """From when on it may go; `slot` is the local day of the summary that it is a line of."""

    state: Literal["waiting", "bundled"]
    not_before: datetime
    slot: date | None = None


def plan(
    rule: Rule,
    wishes: Wishes,
    place: Place,
    now: datetime,
    happened_at: datetime,
    told_on: Callable[[date], int],
) -> Plan | None:
    """When it goes; None where it stays in the inbox alone.

    `told_on`: how many messages of their own somebody gets on a day, urgent ones aside.
    """
    duty = rule.kind == "todo"
    if not duty and rule.id in wishes.muted:
        return None
    if rule.urgent:
        return Plan("waiting", now)
    goes = not_quiet(wishes, place, now)
    own_message = rule.when == "now" and now - happened_at <= LONG_PAST
    if own_message and told_on(goes.astimezone(place.zone).date()) < AT_MOST_A_DAY:
        return Plan("waiting", goes)
    if not duty and wishes.summary == "none":
        return None
    weekly = not duty and "weekly" in (rule.when, wishes.summary)
    at = _summary(wishes, place, now, weekly=weekly)
    return Plan("bundled", at, at.date())


def not_quiet(wishes: Wishes, place: Place, now: datetime) -> datetime:
    """Now, or the end of the quiet hours and days off."""
    local = now.astimezone(place.zone)
    first = place.working_day(local.date())
    if first == local.date() and wishes.quiet_to <= local.time() < wishes.quiet_from:
        return now
    if first == local.date() and local.time() >= wishes.quiet_from:
        first = place.working_day(first + timedelta(days=1))
    return datetime.combine(first, wishes.quiet_to, place.zone)


def _summary(wishes: Wishes, place: Place, now: datetime, *, weekly: bool) -> datetime:
    """The moment of the next summary: on a working day, or the first one after it."""
    local = now.astimezone(place.zone)
    day = local.date() + timedelta(days=local.time() > wishes.summary_at)
    if weekly:
        day += timedelta(days=(wishes.weekday - day.weekday()) % 7)
    return datetime.combine(place.working_day(day), wishes.summary_at, place.zone)
