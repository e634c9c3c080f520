"""What is due is done: claimed from the view by the one claim rule, as commands whose ids follow from it.

Dates are derived from events, so nothing has to be set, kept or undone. Who claims a date locks its row,
submits the command and commits; a second who comes to the same date finds its command recorded, or refused.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from typing import Any
from uuid import UUID, uuid5

import structlog
from prometheus_client import Counter
from sqlalchemy import Row, Select, and_, or_, select, tuple_, update

from services.projects.arriving import submit
from services.projects.domain.body import KINDS_OF
from services.projects.domain.handover import HANDOVER, OverrunHandover
from services.projects.domain.meeting import MEETING
from services.projects.domain.project import (
    PROJECT,
    Command,
    approval,
    archiving,
    asking,
    change_deadlines,
    deadlines,
    lateness,
    paper,
    tasks,
)
from services.projects.domain.project.standing import NOBODY_ASKED, Standing
from services.projects.domain.project.state import State
from services.projects.domain.ratification import RATIFICATION, OverrunRatification
from services.projects.domain.unit import UNIT
from services.projects.domain.unit.ending import CeaseUnit
from services.projects.escalation import seats_above
from services.projects.parts import Parts
from services.projects.projections.projects import PROJECTS
from services.projects.routing import due_of, taken_under
from shared import clock
from shared.decision import LedgerIsClosed, Submission
from shared.domain import Decider, Refusal, UnitId
from shared.engines import begin
from shared.envelope import Recorded
from shared.folding import folded
from shared.ids import DENGGAO
from shared.passing import is_passing
from shared.working_days import CHINESE, weekday_after, working_day_after

log = structlog.get_logger()

LOOK_SECONDS = 5.0
CLAIMED_AT_ONCE = 20
RECOUNTED_AT_ONCE = 500

DONE = Counter("denggao_timers", "Dates that were over and were seen to", ["outcome"])
for _outcome in ("done", "refused", "failed"):
    DONE.labels(_outcome)  # told as 0 before the first

Prepare = Callable[[Any], Command | OverrunHandover | OverrunRatification | CeaseUnit]
DECIDERS: dict[str, Decider[Any, Any, Any]] = {
    "handover": HANDOVER,
    "ratification": RATIFICATION,
    "unit": UNIT,
}


@asynccontextmanager
async def timed(parts: Parts, look_seconds: float = LOOK_SECONDS) -> AsyncIterator[None]:
    """See to what is due for as long as the block lasts."""
    task = asyncio.create_task(_run(parts, look_seconds), name="timers")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _run(parts: Parts, look_seconds: float) -> None:
    """Until cancelled; a database that is away is tried again."""
    recounted = False
    while True:
        try:
            if parts.runner_projects.live:  # a view that is being built knows only the past
                if not recounted:  # this process may know a year that the one before did not
                    await recount(parts)
                    recounted = True
                while await see_to_due(parts):
                    pass
        except Exception as error:
            if is_passing(error):
                log.info("timers.put_off", error=repr(error))
            else:
                log.exception("timers.failed")
        await asyncio.sleep(look_seconds)


async def see_to_due(parts: Parts) -> int:
    """Claim what is due and not yet tried today, the earliest first, and see to it; how many that were.

    A refusal means that the view lags, or that nothing can be done yet: it is tried again tomorrow, or
    as soon as the view has a new row; what lies in a closed ledger is put to rest. By days, not by moments:
    a clock that jumps neither hurries nor forgets it.
    """
    table, today = PROJECTS.table("dates"), clock.today(parts.clock, parts.settings.time_zone)
    async with begin(parts.views) as connection:
        claimed = (await connection.execute(claim(today))).all()
        at_rest = [row for row in claimed if not await _see_to(parts, row, today)]
        for rows, tried in ((claimed, {"tried_on": today}), (at_rest, {"act": None, "act_on": None})):
            if rows:
                keys = [(row.project, row.subject, row.code) for row in rows]
                among = tuple_(*table.primary_key).in_(keys)
                await connection.execute(update(table).where(among).values(**tried))
    return len(claimed)


def claim(today: date) -> Select[Any]:
    """What is due and not tried today, the earliest first, locked until commit but for what others hold."""
    table = PROJECTS.table("dates")
    due = and_(table.c.act_on <= today, or_(table.c.tried_on.is_(None), table.c.tried_on != today))
    projects = PROJECTS.table("projects")
    query = select(table, projects.c.waiting_seats)
    query = query.outerjoin(projects, projects.c.project == table.c.project).where(due)
    query = query.order_by(table.c.act_on, *table.primary_key).limit(CLAIMED_AT_ONCE)
    return query.with_for_update(of=table, skip_locked=True)


async def _see_to(parts: Parts, row: Row[Any], today: date) -> bool:
    """Whether it may ever come again: not where it lies in a ledger that is closed."""
    open_still = True
    with _counted(row, row.act):
        units = await _asked_in(parts, row)
        over, late = parts.organisation.day_ends(row.due, units, parts.settings.time_zone), today > row.due
        if late and parts.clock.now() < over:
            raise deadlines.DayNotOver(due=row.due)
        which = f"/{row.act_on}" if row.act == "remind" else ""  # the holder first, then the leader
        what = f"{row.act}/{row.due}{which}"
        happened_at = over if late and row.act != "raise" else None
        try:
            await _submit(parts, row, what, await _command(parts, row, today), happened_at)
        except LedgerIsClosed:
            open_still = False
            raise
    return open_still


@contextmanager
def _counted(row: Row[Any], act: str) -> Iterator[None]:
    """One that is refused or fails is said and holds no other; what passes by itself stops them all."""
    try:
        yield
    except Refusal as refusal:
        DONE.labels("refused").inc()
        log.info("timer.refused", project=row.project, act=act, rule=refusal.code())
    except Exception as error:
        if is_passing(error):
            raise
        DONE.labels("failed").inc()
        log.exception("timer.failed", project=row.project, act=act, code=row.code)
    else:
        DONE.labels("done").inc()


async def _submit(
    parts: Parts, row: Row[Any], what: str, prepare: Prepare, happened_at: datetime | None = None
) -> None:
    await submit(
        parts,
        Submission(
            ledger=row.ledger,
            stream=UUID(row.project),
            decider=DECIDERS.get(row.subject, PROJECT),
            prepare=prepare,
            command_id=uuid5(DENGGAO, f"{row.project}/{row.subject}/{row.code}/{what}"),
            happened_at=happened_at,
            programme=partial(taken_under, parts.organisation),
        ),
    )


async def _command(parts: Parts, row: Row[Any], today: date) -> Prepare:
    code, due = row.code, row.due
    match row.act:
        case "pass" if row.subject == "change":
            return lambda state: change_deadlines.PassChangeDeadline(
                None, code, _open_step(state, row), due, today
            )
        case "pass":
            return lambda _state: deadlines.PassDeadline(None, int(code), due, today)
        case "raise":
            return await _raised(parts, row, today)
        case "end_filing":
            return lambda _state: deadlines.EndFiling(None, int(code), due, today)
        case "remind":
            return lambda _state: lateness.Remind(None, row.subject, code, row.title, row.since, due, today)
        case "ask_reading":
            return lambda _state: asking.AskForReading(None, code, due, today)
        case "ask_look_back":
            return lambda _state: asking.AskForLookBack(None, code, row.title, due, today)
        case "ask_archive":
            return lambda _state: archiving.TellArchiveDue(None, due, today)
        case "expire":
            return lambda _state: tasks.ExpireClaim(None, code, today)
        case "unconfirm":
            return lambda _state: paper.LeavePaperUnconfirmed(None, code, due, today)
        case "overrun":
            return lambda _state: deadlines.OverrunSuspension(None, due, today)
        case "overrun_handover":
            return lambda _state: OverrunHandover(None, due, today)
        case "overrun_ratification":
            return lambda _state: OverrunRatification(None, due, today)
        case "cease":
            return lambda _state: CeaseUnit(None, UnitId(row.project), due, today)
        case act:
            raise ValueError(f"nothing follows by {act}")


async def _raised(parts: Parts, row: Row[Any], today: date) -> Prepare:
    state = await folded(parts.ledgers, PROJECT, UUID(row.project))
    met_on = await _met_without(parts, row, _standing(state, row))

    def prepare(state: State) -> Command:
        standing, step = _standing(state, row), _open_step(state, row)
        above = seats_above(parts.organisation, state, standing, today)
        asked = replace(standing.route[step], seats=above.seats)
        next_due = due_of(parts.organisation, asked, today)
        if row.subject == "change":
            return change_deadlines.RaiseChange(
                None,
                row.code,
                step,
                row.due,
                today,
                above.seats,
                next_due,
                above.stays,
                above.added,
                met_on,
            )
        return deadlines.RaiseStep(
            None, int(row.code), row.due, today, above.seats, next_due, above.stays, above.added, met_on
        )

    return prepare


def _standing(state: State, row: Row[Any]) -> Standing:
    """Of whatever goes up, where it stands on its way."""
    return state.deciding.get(row.code, NOBODY_ASKED) if row.subject == "change" else state.approval


def _open_step(state: State, row: Row[Any]) -> int:
    """The step that decides now; StepNotOpen."""
    step = _standing(state, row).open
    if step is None:
        raise approval.StepNotOpen()
    return step


async def _met_without(parts: Parts, row: Row[Any], standing: Standing) -> date | None:
    """When the deciding body last met, if that was without this matter (R32)."""
    if standing.decides != "meeting":
        return None
    seats, table = standing.seats, PROJECTS.table("met")
    bodies = [(seat.unit, kind) for seat in seats for kind in KINDS_OF.get(seat.office, ())]
    asked = tuple_(table.c.body, table.c.kind).in_(bodies)
    query = select(table).where(asked).order_by(table.c.held_on.desc())
    async with parts.views.connect() as connection:
        met = (await connection.execute(query)).first()
    if met is None:
        return None
    held = await folded(parts.ledgers, MEETING, UUID(met.meeting))
    agenda = held.convened.items if held.convened else ()
    matter = (row.project, row.code if row.subject == "change" else "")
    on_it = any((item.matter, item.change) == matter and not item.withdrawn for item in agenda)
    return None if on_it else met.held_on


async def recount(parts: Parts) -> None:
    """Count again, as an act, the last days of steps: a year was announced, or a calendar set (R38)."""
    projects, table, last = PROJECTS.table("projects"), PROJECTS.table("dates"), ("", "", "")
    key = tuple_(*table.primary_key)
    while True:
        query = select(table, projects.c.waiting_seats).join(projects, projects.c.project == table.c.project)
        open_still = and_(table.c.subject.in_(("step", "change")), table.c.act == "pass")
        query = query.where(open_still, key > tuple_(*last))
        query = query.order_by(*table.primary_key).limit(RECOUNTED_AT_ONCE)
        async with parts.views.connect() as connection:
            rows = (await connection.execute(query)).all()
        for row in rows:
            if row.working_days is not None and row.due in _counted_so_far(parts, row):
                counted = parts.organisation.working_day_after(
                    row.since, row.working_days, await _asked_in(parts, row)
                )
                if counted != row.due:
                    await _recount(parts, row, counted)
        if len(rows) < RECOUNTED_AT_ONCE:
            return
        last = (rows[-1].project, rows[-1].subject, rows[-1].code)


async def _asked_in(parts: Parts, row: Row[Any]) -> list[UnitId]:
    """In which units an open step is to be acted, none of any other date; of a change the record says it."""
    if row.subject == "step":
        return [UnitId(seat["unit"]) for seat in row.waiting_seats]
    if row.subject != "change":
        return []
    state = await folded(parts.ledgers, PROJECT, UUID(row.project))
    return [seat.unit for seat in _standing(state, row).seats]


def _counted_so_far(parts: Parts, row: Row[Any]) -> set[date]:
    """What its last day is where it was counted: by weekends, or by a calendar that is or was somebody's."""
    calendars = (CHINESE, *parts.organisation.calendars)
    days = {working_day_after(row.since, row.working_days, calendar) for calendar in calendars}
    return days | {weekday_after(row.since, row.working_days)}


async def on_calendar_set(parts: Parts, recorded: Recorded) -> None:
    """Open steps are counted again by the calendar that is in force now (R38)."""
    if parts.organisation.position < recorded.position:
        await parts.following.catch_up()
    await recount(parts)


async def _recount(parts: Parts, row: Row[Any], counted: date) -> None:
    def prepare(state: State) -> Command:
        standing, step = _standing(state, row), _open_step(state, row)
        asked = replace(standing.route[step], seats=standing.seats)
        due = due_of(parts.organisation, asked, row.since)
        if row.subject == "change":
            return change_deadlines.RecountChange(None, row.code, step, row.due, due)
        return deadlines.RecountDeadline(None, int(row.code), row.due, due)

    with _counted(row, "recount"):  # refused where it was decided meanwhile
        await _submit(parts, row, f"recount/{row.due}/{counted}", prepare)
