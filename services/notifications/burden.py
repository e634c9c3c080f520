"""How much people are told: notices and messages of a person and day as figures, of nobody by name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, Select, String, case, cast, func, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.elements import ColumnElement

from services.notifications.tables import deliveries as d
from services.notifications.tables import obligations as o
from shared.domain import PersonId
from shared.envelope import micros
from shared.rows import in_parts

DAY = 86_400_000_000  # microseconds


@dataclass(frozen=True, slots=True)
class Figures:
    """Of the days on which somebody was told anything: how many there were in all, and on how many each."""

    days: int
    notices: int
    median: int
    p90: int
    most: int


@dataclass(frozen=True, slots=True)
class Burden:
    """What people found in their inboxes, what went out to them, and both by rule."""

    inbox: Figures
    messages: Figures
    of_rules: dict[str, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days, both of them part of it, by the clock of a zone as it stands on the first."""

    first: date
    last: date
    zone: ZoneInfo

    @property
    def begins(self) -> datetime:
        """Its first moment."""
        return datetime.combine(self.first, time(), self.zone)

    def holds(self, at: ColumnElement[int]) -> ColumnElement[bool]:
        """Whether a moment lies in it."""
        ends = datetime.combine(self.last + timedelta(days=1), time(), self.zone)
        return at.between(micros(self.begins), micros(ends) - 1)

    def day(self, at: ColumnElement[int]) -> ColumnElement[int]:
        """The number of a moment's day."""
        offset = self.begins.utcoffset() or timedelta()
        return (at + literal(offset // timedelta(microseconds=1), BigInteger)) // literal(DAY, BigInteger)


async def burden_of(connection: AsyncConnection, people: Iterable[PersonId], period: Period) -> Burden:
    """Of all these people together; a summary is one message, however many lines it has."""
    inbox, messages = Counter[int](), Counter[int]()
    entered, sent = Counter[str](), Counter[str]()
    for part in in_parts(sorted(people)):
        found = o.c.recipient.in_(part), period.holds(o.c.created_at)
        went = d.c.person.in_(part), d.c.state == "sent", period.holds(d.c.ended_at)
        own = case((d.c.slot.is_(None), cast(d.c.id, String)), else_=d.c.slot)
        queries = (
            (inbox, _days(o.c.recipient, period.day(o.c.created_at), func.count(), found)),
            (messages, _days(d.c.person, period.day(d.c.ended_at), func.count(own.distinct()), went)),
        )
        for counted, query in queries:
            counted.update({row.told: row.days for row in await connection.execute(query)})
        by_rule = select(o.c.rule, func.count().label("told")).group_by(o.c.rule)
        out = by_rule.join_from(o, d, d.c.obligation == o.c.id).where(*went)
        for of_rule, query in ((entered, by_rule.where(*found)), (sent, out)):
            of_rule.update({row.rule: row.told for row in await connection.execute(query)})
    of_rules = {rule: (entered[rule], sent[rule]) for rule in sorted(entered | sent)}
    return Burden(figures(inbox), figures(messages), of_rules)


def _days(
    person: ColumnElement[str],
    day: ColumnElement[int],
    told: ColumnElement[int],
    where: Sequence[ColumnElement[bool]],
) -> Select[tuple[int, int]]:
    """On how many days of a person they were told so many things."""
    each = select(told.label("told")).where(*where).group_by(person, day).subquery()
    return select(each.c.told, func.count().label("days")).group_by(each.c.told)


def figures(days: Counter[int]) -> Figures:
    """From how often each number of notices was a person's day."""
    in_all = days.total()
    if not in_all:
        return Figures(0, 0, 0, 0, 0)
    notices = sum(told * often for told, often in days.items())
    return Figures(in_all, notices, _at(days, in_all, 50), _at(days, in_all, 90), max(days))


def _at(days: Counter[int], in_all: int, percent: int) -> int:
    """The number that so many percent of the days do not exceed (nearest rank)."""
    rank, seen = -(-in_all * percent // 100), 0
    for told in sorted(days):
        seen += days[told]
        if seen >= rank:
            return told
    return 0
