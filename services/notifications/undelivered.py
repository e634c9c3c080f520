"""Who could not be told outside the system is told by people: the office above them owes that, once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid5

import msgspec
import structlog
from sqlalchemy import ColumnElement, Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.notifications.domain.obligation import Obligation
from services.notifications.domain.planning import DELIVERY_FAILED as EVENT
from services.notifications.domain.rules import Rule, Rules
from services.notifications.obliged import OBLIGATIONS, end, make, row_of
from services.notifications.planning import Planning
from services.notifications.tables import obligations
from shared.domain import PersonId
from shared.organisation import Organisation

log = structlog.get_logger()

o = obligations.c
OFFICE = "party_department"  # that looks after who can be reached


async def tell_above(
    connection: AsyncConnection, planning: Planning, dead: Sequence[Row[Any]], now: datetime
) -> None:
    """An obligation of the nearest office above for each dead delivery (n45); the caller stamps inboxes.

    It stands in the inbox alone and makes no delivery itself, so that no failure can follow from it.
    A delivery that dies again is the same one.
    """
    on, rules = now.astimezone(planning.zone).date(), planning.book.now
    made = [
        _owed(row, rule, above, now) | {"rules": rules.version}
        for row in dead
        for rule in rules.on(EVENT)
        if row.rule != rule.id
        if (above := _above(row, planning.organisation, on)) is not None
    ]
    await make(connection, planning, made)


async def told(connection: AsyncConnection, ids: Iterable[UUID], rules: Rules, now: datetime, by: str) -> int:
    """End what is owed for these deliveries, by the recipient's word or by sending at last (""); how many."""
    which: ColumnElement[bool] = o.id.in_([_id_of(id_, rule) for id_ in ids for rule in rules.on(EVENT)])
    if by:
        which &= o.recipient == by
    query = select(o.project).where(which, o.done_at.is_(None)).with_for_update()
    owed = list((await connection.execute(query)).scalars())
    for project in sorted(set(owed)):
        await end(connection, project, [which], EVENT, now, bool(by))
    return len(owed)


def _id_of(delivery: UUID, rule: Rule) -> UUID:
    """Of what is owed for a delivery: the same however often it dies."""
    return uuid5(OBLIGATIONS, f"{delivery}\n{rule.id}")


def _above(row: Row[Any], organisation: Organisation, on: date) -> PersonId | None:
    person = organisation.people.get(row.person)
    duty = organisation.nearest(OFFICE, person.unit, on, {row.person}) if person else None
    if duty is None:
        log.warning("delivery.nobody_above", delivery=str(row.id))
        return None
    return duty.person


def _owed(row: Row[Any], rule: Rule, above: PersonId, now: datetime) -> dict[str, Any]:
    facts = msgspec.json.decode(row.facts, type=dict[str, str])
    owed = Obligation(
        rule=rule.id,
        occurrence=str(row.id),
        recipient=above,
        kind=rule.kind,
        subject=str(row.id),
        facts={"name": row.person, "item": facts.get("title", row.kind)},
    )
    return row_of(owed, row.project, row.event, now) | {"id": _id_of(row.id, rule)}
