"""Obligations follow from events: made once, closed by the act itself, in the checkpoint's transaction."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date
from functools import partial
from itertools import groupby
from typing import Any, get_args
from uuid import UUID, uuid5

import msgspec
from sqlalchemy import Row, and_, case, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.notifications import fanouts, tables
from services.notifications.domain import heard
from services.notifications.domain.known import Known, evolve
from services.notifications.domain.notice import notices
from services.notifications.domain.obligation import Closing, Obligation, closings, obligations, started
from services.notifications.domain.passing_on import passed_on
from services.notifications.domain.recipients import JUROR
from services.notifications.fanouts import MANY, fan_out
from services.notifications.inboxes import UNSTAMPED, Changed, nobody_looks
from services.notifications.obliged import OBLIGATIONS, end, make, row_of, settle
from services.notifications.planning import Planning
from services.notifications.remembered import remembered, remembering
from shared.codec import Schema
from shared.decision import Read
from shared.domain import FIRST_OFFICE, PersonId, UnitId
from shared.envelope import Recorded, micros, moment
from shared.organisation import Organisation
from shared.passing import Unavailable
from shared.projections import Reaction
from shared.withdrawn import says, without

GROUP = "projects/group"
LET_IN_AFTER = 1000  # obligations
AT_ONCE = 200  # events in one transaction
LEADS = frozenset(FIRST_OFFICE.values())
OF_A_CYCLE = heard.PanelOpened | heard.UnsealingAsked  # of the unit whose review it is


class ProjectIsHeld(Exception):
    """Its first events are parked; what collected it came after them, so that they were there to be read."""


def obliging(
    planning: Planning, catch_up: Callable[[], Awaitable[Read]], changed: Changed = nobody_looks
) -> Reaction:
    """The reaction that keeps all obligations; run it once, on notifications' truth.

    An event is answered by the organisation that its decision had read, or a later one: `catch_up`
    reads on to it. `changed` is told which inboxes have changed.
    """
    organisation, zone = planning.organisation, planning.zone

    async def react(connection: AsyncConnection, recorded: Recorded) -> None:
        needed = _organisation_at(recorded)
        if organisation.position < needed:
            await catch_up()
            if organisation.position < needed:
                raise Unavailable("the organisation is not read so far yet")
        event: heard.Heard = recorded.event
        on = recorded.recorded_at.astimezone(zone).date()
        if means_nothing(event):
            return
        rules = await planning.book.in_force(connection)
        project = str(about(recorded))
        now = remembered()
        before = await now.of(connection, project)
        if isinstance(event, OF_A_CYCLE):
            cycle = await now.of(connection, event.cycle)
            before = replace(before, unit=cycle.unit)
        known = evolve(before, event)
        if isinstance(event, heard.TextWithdrawn):
            await _withdraw(connection, project, event.sha256)
        for ends in closings(event, before):
            await _close(connection, recorded, project, ends)
        by = recorded.envelope.by
        keep = partial(_keep, connection, planning, recorded, rules.version)
        await keep(project, known, started(event, known, by.person if by else None))
        heard_by = rules.on(recorded.envelope.name)
        for told in notices(event, before, known, partial(counted, organisation, on, known)):
            of = await _awarded(connection, told.about) if told.about else known
            owed = obligations(heard_by, told.titled(of.title), of, organisation, on)
            for _, made in groupby(await _unhurried(owed), key=lambda one: one.rule):
                await keep(told.about or project, of, [*made])
        if isinstance(event, heard.LeadMoved):
            for row, new in await _passed_on(connection, project, event, (before, known), on):
                await _pass_on(connection, planning, recorded, row, new)
        now.learn(project, known)

    @asynccontextmanager
    async def around(connection: AsyncConnection, events: Sequence[Recorded]) -> AsyncIterator[None]:
        async with remembering(connection, (str(about(recorded)) for recorded in events)) as now:
            yield
        await settle(connection, planning, now.made, changed)

    async def _passed_on(
        connection: AsyncConnection,
        project: str,
        event: heard.LeadMoved,
        known: tuple[Known, Known],
        on: date,
    ) -> list[tuple[Row[Any], list[Obligation]]]:
        """What is still to be done, each with who owes it now; without what stays whose it was."""
        o, found = tables.obligations.c, []
        still = select(tables.obligations).where(o.project == project, o.kind == "todo", o.done_at.is_(None))
        rows = (await connection.execute(still.order_by(o.created_at, o.id))).all()
        await planning.book.know(connection, {row.rules for row in rows})
        for row in rows:
            since, rule = (
                moment(row.created_at).astimezone(zone).date(),
                planning.book.rule_of(row.rules, row.rule),
            )
            if rule is not None:
                owed = _obligation(row)
                found.append((row, passed_on(owed, since, rule, event, known, organisation, on)))
        return [(row, new) for row, new in found if new]

    return Reaction(
        "obligations",
        1,
        Schema(get_args(heard.Heard)),
        ("projects", "evaluation"),
        react,
        holds=about,
        batch=AT_ONCE,
        around=around,
    )


def means_nothing(event: heard.Heard) -> bool:
    """Of offices only those that lead a unit are waited for."""
    return isinstance(event, heard.OfVacancy) and event.office not in LEADS


def counted(organisation: Organisation, on: date, known: Known, days: int) -> date:
    """By the calendar of the leading organisation (R38)."""
    return organisation.working_day_after(on, days, [UnitId(known.unit)] if known.unit else ())


def about(recorded: Recorded) -> UUID | str:
    """What the obligations of an event are kept by: the project, or else the stream or the vacant office."""
    match recorded.event:
        case (
            heard.ScoreFixed(project=project)
            | heard.DetachedActivityFound(project=project)
            | heard.ReviewScoreFixed(project=project)
            | heard.AppealFiled(project=project)
            | heard.AppealAnswered(project=project)
        ):
            return project
        case heard.PanelDissolved(panel=panel):
            return panel
        case heard.VacancyRecorded() | heard.CustodianNamed() | heard.OfficeAppointed() as event:
            return uuid5(OBLIGATIONS, f"{event.office}\n{event.unit}")  # appointed to in another stream
        case _:
            return recorded.stream


def _organisation_at(recorded: Recorded) -> int:
    """The position of the group's ledger that an event presupposes."""
    in_group = f"{recorded.service}/{recorded.ledger}" == GROUP
    return recorded.position if in_group else recorded.envelope.after.get(GROUP, 0)


async def _withdraw(connection: AsyncConnection, project: str, text: str) -> None:
    """Nobody reads it any more in what they were told."""
    await fanouts.withdraw(connection, project, text)
    o = tables.obligations.c
    # A reminder copies its duty's texts while it holds the duty: it is waited for, and then looked at too.
    timed = select(o.id).where(o.project == project, o.next_at.is_not(None)).order_by(o.id)
    await connection.execute(timed.with_for_update())
    told = select(o.id, o.facts).where(o.project == project)
    for row in (await connection.execute(told)).all():
        facts = msgspec.json.decode(row.facts)
        if says(facts, text):
            shown = msgspec.json.encode(without(facts, {text})).decode()
            said = update(tables.obligations).where(o.id == row.id)
            await connection.execute(said.values(facts=shown, changed=UNSTAMPED))


async def _unhurried(made: Iterable[Obligation]) -> list[Obligation]:
    """All of them, with others let in between: there may be a hundred thousand."""
    found = []
    for number, one in enumerate(made, 1):
        found.append(one)
        if number % LET_IN_AFTER == 0:
            await asyncio.sleep(0)
    return found


async def _awarded(connection: AsyncConnection, project: str) -> Known:
    """A project that a review names; ProjectIsHeld where it cannot be said who leads it."""
    known = await remembered().of(connection, project)
    if not known.title:
        raise ProjectIsHeld(project)
    return known


async def _keep(
    connection: AsyncConnection,
    planning: Planning,
    recorded: Recorded,
    rules: int,
    project: str,
    known: Known,
    made: list[Obligation],
) -> None:
    """By a version of the rules; without what was withdrawn of the project; very many page by page."""
    if len(made) > MANY:
        one = replace(made[0], facts=without(made[0].facts, known.withdrawn))
        remembered().spread.add(project)
        await fan_out(connection, [one, *made[1:]], project, recorded.id, recorded.recorded_at, rules)
        return
    shown = [replace(owed, facts=without(owed.facts, known.withdrawn)) for owed in made]
    rows = [row_of(owed, project, recorded.id, recorded.recorded_at, rules=rules) for owed in shown]
    remembered().owes(project, (one.rule for one in made if one.kind == "todo"))
    remembered().made += await make(connection, planning, rows)


def _obligation(row: Row[Any]) -> Obligation:
    facts = msgspec.json.decode(row.facts, type=dict[str, str])
    return Obligation(
        row.rule, row.occurrence, PersonId(row.recipient), row.kind, row.subject, facts, row.due
    )


async def _pass_on(
    connection: AsyncConnection,
    planning: Planning,
    recorded: Recorded,
    row: Row[Any],
    new: list[Obligation],
) -> None:
    """Others owe it now, by the event that first asked for it."""
    by, at = f"{recorded.id}\n{row.event}", recorded.recorded_at
    remembered().owes(row.project, (owed.rule for owed in new))
    rows = [row_of(owed, row.project, row.event, at, by, row.rules) for owed in new]
    remembered().made += await make(connection, planning, rows)
    await end(connection, row.project, [tables.obligations.c.id == row.id], recorded.id, at, False)


async def _close(connection: AsyncConnection, recorded: Recorded, project: str, ends: Closing) -> None:
    """Mark what is done; one's own only where the recipient, or somebody for them, did it."""
    now = remembered()
    if not now.may_end(project, ends):
        return
    if project in now.spread:
        await fanouts.leave_out(connection, project, ends, recorded.id, recorded.recorded_at)
    o = tables.obligations.c
    by = recorded.envelope.by
    actors = {by.person, by.on_behalf_of} if by else set[PersonId | None]()
    own_letter = and_(o.recipient == JUROR, o.occurrence == (by.person if by else ""))
    which = [o.event != recorded.id, o.created_at <= micros(recorded.recorded_at)]
    if ends.rules is not None:
        which.append(o.rule.in_(ends.rules))
    if ends.subject is not None:
        which.append(o.subject == ends.subject)
    if ends.seats is not None:
        which.append(o.occurrence.in_(ends.seats))
    if ends.recipient is not None:
        which.append(o.recipient == ends.recipient)
    by_recipient = case((or_(o.recipient.in_(actors - {None}), own_letter), True), else_=False)
    await end(connection, project, which, recorded.id, recorded.recorded_at, by_recipient)
