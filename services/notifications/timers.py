"""Who waits too long is reminded, and then the offices above are told: claimed by the one claim rule (0098).

When it is due stands in the duty itself (`next_at`); the row's lock decides whether an act done elsewhere or
its reminder comes first. What is told is an obligation of its own, and ends with the duty.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

import msgspec
import structlog
from prometheus_client import Counter
from sqlalchemy import Row, Select, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.notifications.domain.above import above
from services.notifications.domain.heard import Seat
from services.notifications.domain.known import Known
from services.notifications.domain.later import Step, seat_of, still_said, wrapped
from services.notifications.domain.obligation import Obligation
from services.notifications.domain.recipients import JUROR
from services.notifications.inboxes import Changed, nobody_looks
from services.notifications.obliged import known_of, make, next_at, row_of, settle, step_after
from services.notifications.planning import Planning
from services.notifications.tables import obligations as o
from shared.again import again
from shared.domain import PersonId, UnitId
from shared.engines import begin
from shared.envelope import micros

log = structlog.get_logger()

LOOK_SECONDS = 5.0
CLAIMED_AT_ONCE = 100
TRIED_AGAIN = timedelta(days=1)  # after a defect
LATE = "late"  # the fact that says who: a seat, or somebody

TOLD = Counter("denggao_told_later", "Reminders and escalations that were due", ["outcome"])
for _outcome in ("reminder", "escalation", "later", "needless", "nobody", "failed"):
    TOLD.labels(_outcome)  # told as 0 before the first


@asynccontextmanager
async def timed(
    engine: AsyncEngine,
    planning: Planning,
    known: asyncio.Event,
    changed: Changed = nobody_looks,
    look_seconds: float = LOOK_SECONDS,
) -> AsyncIterator[None]:
    """See to what is due for as long as the block lasts, once it is `known` who holds which office."""
    async with again("reminders", partial(see_to_due, engine, planning, changed), known, look_seconds):
        yield


async def see_to_due(engine: AsyncEngine, planning: Planning, changed: Changed = nobody_looks) -> int:
    """Claim what is due, the earliest first, and tell it; how many duties that were."""
    now = planning.clock.now()
    async with begin(engine) as connection:
        rows = (await connection.execute(_claim(now))).all()
        await planning.book.in_force(connection)  # also where no event is heard
        if rows:
            await planning.book.know(connection, {row.rules for row in rows})
            await _see_to(connection, planning, rows, now, changed)
    return len(rows)


def _claim(now: datetime) -> Select[Any]:
    """Locked until commit, but for what others hold."""
    due = select(o).where(o.c.next_at <= micros(now)).order_by(o.c.next_at, o.c.id).limit(CLAIMED_AT_ONCE)
    return due.with_for_update(skip_locked=True)


async def _see_to(
    connection: AsyncConnection, planning: Planning, rows: list[Row[Any]], now: datetime, changed: Changed
) -> None:
    known = await known_of(connection, {row.project for row in rows})
    made, moved = list[dict[str, Any]](), list[dict[str, Any]]()
    for row in rows:
        duty = row._asdict()
        try:
            step = step_after(planning, duty, row.steps)
            told = _told(planning, row, step, known[row.project], now) if step else []
            seen_to = step.number if step else row.steps
            moved.append({"duty": row.id, "seen_to": seen_to, "then": next_at(planning, duty, seen_to)})
        except Exception:  # a defect with one duty holds no other
            TOLD.labels("failed").inc()
            log.exception("reminder.failed", duty=str(row.id))
            moved.append({"duty": row.id, "seen_to": row.steps, "then": micros(now + TRIED_AGAIN)})
            continue
        made += [row_of(owed, row.project, row.event, now, rules=row.rules) for owed in told]
    once = {row["id"]: row for row in made}  # of a seat that several hold its escalation is one
    new = await make(connection, planning, list(once.values()))
    on = update(o).where(o.c.id == bindparam("duty"))
    await connection.execute(on.values(steps=bindparam("seen_to"), next_at=bindparam("then")), moved)
    await settle(connection, planning, new, changed)


def _told(planning: Planning, row: Row[Any], step: Step, known: Known, now: datetime) -> list[Obligation]:
    """What is told of a duty now, and whom."""
    today = now.astimezone(planning.place_of(PersonId(row.recipient)).zone).date()
    facts = msgspec.json.decode(row.facts, type=dict[str, str])
    if not still_said(step, row.due, today):
        TOLD.labels("needless").inc()
        return []
    if step.name == "reminder":
        people, of = [PersonId(row.recipient)], row.occurrence
    else:
        of = row.occurrence if seat_of(row.occurrence) else row.recipient
        people, facts = [*_above(planning, row, step.to, known, today)], facts | {LATE: of}
    TOLD.labels(step.name if people else "nobody").inc()
    occurrence = wrapped(step.name, of)
    return [
        Obligation(row.rule, occurrence, person, "read", row.subject, facts, row.due) for person in people
    ]


def _above(planning: Planning, row: Row[Any], word: str, known: Known, today: date) -> tuple[PersonId, ...]:
    """Whom an escalation goes to. Whose a juror's letter is stands nowhere, so nobody is above it (R68)."""
    late, organisation = PersonId(row.recipient), planning.organisation
    if late == JUROR:
        return ()
    person = organisation.people.get(late)
    home = UnitId(known.unit or known.company or (person.unit if person else ""))
    seat = seat_of(row.occurrence) or Seat("", home)
    return above(word, late, seat, known.players, organisation, today)
