"""Who could not be told outside the system is told by people: the office above them owes that, once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid5

import msgspec
import structlog
from sqlalchemy import ColumnElement, Row, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.notifications.domain.rules import Rule, Rules
from services.notifications.obliged import OBLIGATIONS
from services.notifications.tables import obligations
from shared import engines
from shared.domain import PersonId
from shared.envelope import micros
from shared.organisation import Organisation

log = structlog.get_logger()

EVENT = "DeliveryFailed"  # of no ledger: it happens here
OFFICE = "party_department"  # that looks after who can be reached


async def tell_above(
    connection: AsyncConnection,
    dead: Sequence[Row[Any]],
    rules: Rules,
    organisation: Organisation,
    on: date,
    now: datetime,
) -> None:
    """An obligation of the nearest office above for each dead delivery (n45).

    It stands in the inbox alone and makes no delivery itself, so that no failure can follow from it.
    A delivery that dies again is the same one.
    """
    made = [
        _owed(row, rule, above, now) | {"rules": rules.version}
        for row in dead
        for rule in rules.on(EVENT)
        if row.rule != rule.id
        if (above := _above(row, organisation, on)) is not None
    ]
    if made:
        await connection.execute(engines.insert(obligations, connection).on_conflict_do_nothing(), made)


async def told(connection: AsyncConnection, ids: Iterable[UUID], rules: Rules, now: datetime, by: str) -> int:
    """End what is owed for these deliveries, by the recipient's word or by sending at last (""); how many."""
    o = obligations.c
    owed: ColumnElement[bool] = o.id.in_([_id_of(id_, rule) for id_ in ids for rule in rules.on(EVENT)])
    if by:
        owed &= o.recipient == by
    done = {"done_at": micros(now), "done_by_event": EVENT, "done_by_recipient": bool(by)}
    return (
        await connection.execute(update(obligations).where(owed, o.done_at.is_(None)).values(done))
    ).rowcount


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
    return {
        "id": _id_of(row.id, rule),
        "event": row.event,
        "rule": rule.id,
        "occurrence": str(row.id),
        "recipient": above,
        "kind": rule.kind,
        "project": row.project,
        "subject": str(row.id),
        "facts": msgspec.json.encode({"name": row.person, "item": facts.get("title", row.kind)}).decode(),
        "due": None,
        "created_at": micros(now),
    }
