"""Deliveries are planned as obligations are made: to whom they go, by which channel, and when (0093)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any
from uuid import uuid5
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.notifications.absences import absences_from
from services.notifications.domain.later import seat_of
from services.notifications.domain.planning import DELIVERY_FAILED, Place, Plan, not_quiet, plan
from services.notifications.domain.recipients import JUROR
from services.notifications.domain.wishes import DEFAULT, Wishes, channels_for
from services.notifications.rulebook import Rulebook
from services.notifications.tables import channels as c
from services.notifications.tables import deliveries as d
from services.notifications.wishes import wishes_of
from shared import engines
from shared.clock import Clock
from shared.domain import Calendar, PersonId, UnitId
from shared.envelope import micros, moment
from shared.organisation import Organisation
from shared.rows import in_parts
from shared.working_days import CHINESE, is_working_day

LONGEST_WAIT = timedelta(days=60)  # from the making of a delivery to its going

Row = Mapping[str, Any]  # of the table of obligations
Counts = defaultdict[PersonId, Counter[date]]  # of messages of one's own, by the day on which they go


@dataclass(frozen=True, slots=True)
class To:
    """Whom a message goes to, and by what it can."""

    person: PersonId
    place: Place
    wishes: Wishes
    account: UnitId  # whose channels these are
    offered: frozenset[str]


@dataclass(frozen=True, slots=True)
class Planning:
    """All that obligations are made with: by which rules, for whom, where and when."""

    book: Rulebook
    organisation: Organisation
    clock: Clock
    zone: ZoneInfo  # the group's

    def calendar_of(self, person: PersonId) -> Calendar:
        """Of the unit that somebody belongs to (R38)."""
        known = self.organisation.people.get(person)
        return self.organisation.calendar(known.unit) if known else CHINESE

    def place_of(self, person: PersonId) -> Place:
        """Where somebody is."""
        calendar = self.calendar_of(person)
        zone = ZoneInfo(calendar.zone) if calendar.zone else self.zone
        return Place(zone, partial(is_working_day, calendar=calendar))

    async def awake(
        self, connection: AsyncConnection, people: Iterable[PersonId]
    ) -> Callable[[Any, datetime], datetime]:
        """From when on a delivery to one of these goes that would go at a moment: not in their quiet hours.

        What is urgent goes at that moment.
        """
        places = {person: self.place_of(person) for person in people}
        wishes = await wishes_of(connection, places)

        def goes(delivery: Any, at: datetime) -> datetime:
            who = delivery.person
            return not_quiet(wishes[who], places[who], at) if delivery.urgent else at

        return goes

    async def whom(self, connection: AsyncConnection, made: Iterable[Row]) -> list[tuple[Row, PersonId]]:
        """What of this is told outside too, each with whom; nothing where no channel is set up.

        What somebody started themselves they know. Who a juror's letter is stands nowhere (0085), so
        there is nobody by whose wishes and calendar it could be planned: jurors have the inbox.
        """
        rows = [row for row in made if row["kind"] != "started" and row["recipient"] != JUROR]
        rows = [row for row in rows if self._outside(row)]
        if not rows or not await _accounts(connection):
            return []
        return [*zip(rows, await self._told(connection, rows, self.clock.now()), strict=True)]

    async def plan(self, connection: AsyncConnection, told: Sequence[tuple[Row, PersonId]]) -> None:
        """Plan the deliveries, in the transaction that made their obligations.

        Whoever calls holds the inboxes of all whom it is told: who counts what they get counts alone.
        """
        accounts, now = await _accounts(connection), self.clock.now()
        places = {person: self.place_of(person) for _, person in told}
        wishes = await wishes_of(connection, places)
        counts = await _counts(connection, places, now)
        deliveries = list[dict[str, Any]]()
        for row, person in told:
            if account := self._account(person, accounts):
                to = To(person, places[person], wishes[person], account, accounts[account])
                deliveries += self._deliveries(row, to, now, counts[person])
        if deliveries:
            await connection.execute(engines.insert(d, connection).on_conflict_do_nothing(), deliveries)

    def _deliveries(self, row: Row, to: To, now: datetime, counted: Counter[date]) -> list[dict[str, Any]]:
        """Of one obligation; its message is counted."""
        rule, happened_at = self.book.rule_of(row["rules"], row["rule"]), moment(row["created_at"])
        assert rule is not None
        at = max(now, happened_at)  # a clock may stand before what another one wrote
        by = channels_for(rule.among(to.offered), to.wishes, duty=rule.kind == "todo")
        planned = plan(rule, to.wishes, to.place, at, happened_at, counted.__getitem__)
        if planned is None or not by:
            return []
        if planned.state == "waiting" and not rule.urgent:
            counted[planned.not_before.astimezone(to.place.zone).date()] += 1
        return [_delivery(row, to, channel, planned, urgent=rule.urgent, at=at) for channel in by]

    def _outside(self, row: Row) -> bool:
        """Whether what its rule tells is told outside too."""
        rule = self.book.rule_of(row["rules"], row["rule"])
        return rule is not None and DELIVERY_FAILED not in rule.events

    async def offered(self, connection: AsyncConnection, person: PersonId) -> frozenset[str]:
        """The channels by which somebody can be told."""
        accounts = await _accounts(connection)
        account = self._account(person, accounts)
        return accounts[account] if account else frozenset()

    async def _told(self, connection: AsyncConnection, rows: Sequence[Row], now: datetime) -> list[PersonId]:
        """Of each row who is told: by the day on which it will go."""
        absences = await absences_from(connection, (now - timedelta(days=1)).date())
        told = []
        for row in rows:
            person = PersonId(row["recipient"])
            if person in absences.of:
                place = self.place_of(person)
                day = not_quiet(DEFAULT, place, now).astimezone(place.zone).date()
                person = absences.told_instead(person, seat_of(row["occurrence"]), self.organisation, day)
            told.append(person)
        return told

    def _account(self, person: PersonId, accounts: Mapping[str, frozenset[str]]) -> UnitId | None:
        """Whose channels somebody is told by: their company's, else the group's."""
        known = self.organisation.people.get(person)
        company = self.organisation.company(known.unit) if known else None
        return next((unit for unit in (company, self.organisation.group) if unit in accounts), None)


async def _accounts(connection: AsyncConnection) -> dict[str, frozenset[str]]:
    """The channels that are set up and enabled, by company."""
    found = defaultdict[str, set[str]](set)
    for row in await connection.execute(select(c.c.company, c.c.channel).where(c.c.enabled)):
        found[row.company].add(row.channel)
    return {company: frozenset(kinds) for company, kinds in found.items()}


async def _counts(connection: AsyncConnection, places: Mapping[PersonId, Place], now: datetime) -> Counts:
    """How many messages of their own people got today or will get, urgent ones aside."""
    found: Counts = defaultdict(Counter)
    for part in in_parts(sorted(places)):
        query = select(d.c.person, d.c.not_before, func.count(d.c.obligation.distinct()).label("messages"))
        own = (d.c.slot.is_(None), d.c.urgent == 1, d.c.state != "needless")
        recent = (
            d.c.made_at >= micros(now - LONGEST_WAIT),
            d.c.not_before >= micros(now - timedelta(days=1)),
        )
        query = query.where(d.c.person.in_(part), *own, *recent).group_by(d.c.person, d.c.not_before)
        for row in await connection.execute(query):
            person = PersonId(row.person)
            day = moment(row.not_before).astimezone(places[person].zone).date()
            found[person][day] += row.messages
    return found


def _delivery(row: Row, to: To, channel: str, planned: Plan, *, urgent: bool, at: datetime) -> dict[str, Any]:
    return {
        "id": uuid5(row["id"], channel),
        "obligation": row["id"],
        "company": to.account,
        "channel": channel,
        "person": to.person,
        "state": planned.state,
        "urgent": 0 if urgent else 1,
        "not_before": micros(planned.not_before),
        "slot": planned.slot.isoformat() if planned.slot else None,
        "tries": 0,
        "made_at": micros(at),
    }
