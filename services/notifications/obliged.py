"""Obligations are made and ended here alone, with all that follows: deliveries, and what is told later."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, time
from functools import partial
from typing import Any
from uuid import UUID, uuid5

import msgspec
from sqlalchemy import ColumnElement, and_, case, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.notifications import tables
from services.notifications.domain.known import Known
from services.notifications.domain.later import NAMES, Count, Step, next_step, steps
from services.notifications.domain.obligation import Obligation
from services.notifications.inboxes import UNSTAMPED, Changed, nobody_looks, stamp
from services.notifications.planning import Planning, Row
from services.notifications.tables import obligations as o
from shared import engines
from shared.domain import PersonId
from shared.envelope import micros, moment
from shared.rows import in_parts
from shared.working_days import working_day_after, working_day_before

OBLIGATIONS = UUID("5f0d2c1e-8a57-5b0e-9c36-0d6f3f6f2b11")
MORNING = time(8)  # when reminders and escalations are told, on their day
_known = msgspec.json.Decoder(Known)


def id_of(event: str, owed: Obligation) -> UUID:
    """The same for ever, so that a second delivery is the first one."""
    return uuid5(OBLIGATIONS, f"{event}\n{owed.rule}\n{owed.occurrence}\n{owed.recipient}")


def row_of(
    owed: Obligation, project: str, event: str, at: datetime, by: str = "", rules: int = 0
) -> dict[str, Any]:
    """As it is kept; `by`: what its id follows from, where that is not the event alone.

    `rules` is the version by which it was made, which its id does not follow from: it is made once.
    """
    return {
        "id": id_of(by or event, owed),
        "event": event,
        "rule": owed.rule,
        "occurrence": owed.occurrence,
        "recipient": owed.recipient,
        "kind": owed.kind,
        "project": project,
        "subject": owed.subject,
        "facts": msgspec.json.encode(owed.facts).decode(),
        "due": owed.due,
        "created_at": micros(at),
        "rules": rules,
    }


async def make(connection: AsyncConnection, planning: Planning, rows: Sequence[Row]) -> list[Row]:
    """Keep those that are not there yet, in the order of their ids; which these were, for `settle`.

    So two who make the same wait for each other, and not each for the other.
    """
    if not rows:
        return []
    timed = [{**row, "next_at": next_at(planning, row, 0)} for row in sorted(rows, key=lambda row: row["id"])]
    insert = engines.insert(o, connection).on_conflict_do_nothing().returning(o.c.id)
    new = {*(await connection.execute(insert, timed)).scalars()}
    return [row for row in rows if row["id"] in new]


async def settle(
    connection: AsyncConnection, planning: Planning, made: Iterable[Row], changed: Changed = nobody_looks
) -> None:
    """End a transaction that made obligations: inboxes are numbered, and deliveries planned.

    Nothing else is locked from here on: the inboxes of all recipients and of who stands in for them are
    taken in one order, so that two count a person's messages one after the other and nobody waits in a ring.
    """
    told = await planning.whom(connection, made)
    await stamp(connection, changed, {person for _, person in told})
    if told:
        await planning.plan(connection, told)


async def end(
    connection: AsyncConnection,
    project: str,
    which: Iterable[ColumnElement[bool]],
    event: str,
    at: datetime,
    by_recipient: ColumnElement[Any] | bool,
) -> None:
    """End the open duties of a project that these conditions name, and what was told later of them."""
    done = {"done_at": micros(at), "done_by_event": event, "next_at": None, "changed": UNSTAMPED}
    open_ones = (o.c.project == project, o.c.kind == "todo", o.c.done_at.is_(None))
    duties = update(o).where(*open_ones, *which).values(**done, done_by_recipient=by_recipient)
    if (await connection.execute(duties)).rowcount:
        later = update(o).where(
            o.c.project == project, told_later(), o.c.done_at.is_(None), ~exists(_waits())
        )
        await connection.execute(later.values(**done, done_by_recipient=False))


def told_later() -> ColumnElement[bool]:
    """What a reminder or an escalation told, by its occurrence."""
    return and_(o.c.kind == "read", or_(*(o.c.occurrence.startswith(f"{name}[") for name in NAMES)))


def _waits() -> Any:
    """The duty, still open, of which something was told later."""
    duty = o.alias()
    seated = duty.c.occurrence.contains("@")
    of = case((seated, duty.c.occurrence), else_=duty.c.recipient)
    reminded = and_(
        o.c.occurrence == _wrapped("reminder", duty.c.occurrence), o.c.recipient == duty.c.recipient
    )
    escalated = or_(*(o.c.occurrence == _wrapped(name, of) for name in NAMES[1:]))
    return select(duty.c.id).where(
        duty.c.project == o.c.project,
        duty.c.rule == o.c.rule,
        duty.c.event == o.c.event,
        duty.c.kind == "todo",
        duty.c.done_at.is_(None),
        or_(reminded, escalated),
    )


def _wrapped(name: str, of: ColumnElement[str]) -> ColumnElement[str]:
    return (name + "[") + of + "]"


def step_after(planning: Planning, row: Row, seen_to: int) -> Step | None:
    """The next that is told of a duty, by the working days of who owes it (R38)."""
    rule = planning.book.rule_of(row["rules"], row["rule"])
    if rule is None or row["kind"] != "todo":
        return None
    person = PersonId(row["recipient"])
    calendar, zone = planning.calendar_of(person), planning.place_of(person).zone
    count = Count(
        partial(working_day_after, calendar=calendar), partial(working_day_before, calendar=calendar)
    )
    made_on = moment(row["created_at"]).astimezone(zone).date()
    return next_step(steps(rule, row["due"], made_on, count), seen_to)


def next_at(planning: Planning, row: Row, seen_to: int) -> int | None:
    """When that is; None where nothing more is told."""
    step = step_after(planning, row, seen_to)
    zone = planning.place_of(PersonId(row["recipient"])).zone
    return micros(datetime.combine(step.on, MORNING, zone)) if step else None


async def known_of(connection: AsyncConnection, projects: Iterable[str]) -> Mapping[str, Known]:
    """What is known of these; of one of which nothing is, nothing."""
    asked = sorted(set(projects))
    found = dict.fromkeys(asked, Known())
    for part in in_parts(asked):
        query = select(tables.known).where(tables.known.c.id.in_(part))
        found |= {row.id: _known.decode(row.facts) for row in await connection.execute(query)}
    return found
