"""Replay of the organisation: a unit, who held an office, the programme, as they were at a moment."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from typing import Annotated
from uuid import UUID

import msgspec
from fastapi import APIRouter, Query, Request

from services.projects.api.organisation_reading import sees_members
from services.projects.api.replay_answers import (
    HolderThen,
    OfficeThen,
    ProgrammesThen,
    Replayed,
    VersionThen,
)
from services.projects.api.replay_waiting import waited_for_of
from services.projects.api.replaying import Asked, acts_shown, fields_shown
from services.projects.deliberation import Reader
from services.projects.differences import leaves
from services.projects.ids import programme_id, vacancy_id
from services.projects.looking import note_look
from services.projects.parts import Parts, parts_of
from services.projects.projections.history import office_label
from services.projects.projections.page.shape import plain
from services.projects.withdrawing import with_texts, withdrawn_in
from shared.clock import today
from shared.domain import NotKnown, PersonId, UnitId
from shared.envelope import Recorded
from shared.moments import Moment, held, in_order, moment_shown, pinned, steps
from shared.organisation import Organisation, Programme, Term
from shared.signed_in import SignedIn
from shared.web import language
from shared.withdrawn import without

router = APIRouter(prefix="/replay", tags=["replay"])


@router.get("/units/{unit_id}")
async def replay_unit(request: Request, unit_id: UUID, person: SignedIn, asked: Asked) -> Replayed:
    """A unit as it was at a moment, for its people and the offices above it."""
    parts, unit, spoken = parts_of(request), UnitId(str(unit_id)), language(request)
    await _refuse_unless_seen(request, unit, person)
    await note_look(request, person, "unit", unit, unit)
    stream = await _streams(parts, [unit])
    there = _there(stream, asked)
    then = _as_of(held(await _lineage(parts, unit), asked)).units.get(unit)
    if then is None:
        raise NotKnown()
    before, after = steps(stream, asked)
    reader = _whole(person, stream)
    shown = dict(leaves(without(plain(then), reader.withdrawn)))
    others = [known for known in (then.parent, then.successor) if known]
    names = {str(other): parts.organisation.units[other].name for other in others}
    return Replayed(
        id=unit,
        moment=moment_shown(pinned(stream, asked)),
        previous=before and moment_shown(before),
        next=after and moment_shown(after),
        fields=fields_shown(shown, names, spoken, of="unit_page"),
        acts=await acts_shown(parts, in_order(there, asked.by), reader, spoken),
        unplaced=(),
    )


@router.get("/offices")
async def replay_office(
    request: Request,
    person: SignedIn,
    asked: Asked,
    unit: UUID,
    office: Annotated[str, Query(pattern="^[a-z_]{1,64}$")],
) -> OfficeThen:
    """Who held an office of a unit on the day of a moment, as was known then or as is known since (R12)."""
    parts, place = parts_of(request), UnitId(str(unit))
    await _refuse_unless_seen(request, place, person)
    await note_look(request, person, "office", place, place)
    terms = [term.id for term in parts.organisation.ever_in(office, place)]
    stream = await _streams(parts, [*terms, vacancy_id(office, place)])
    now, there, then = _then(parts, stream, asked)
    on = _day(parts, now)
    custodian = then.custodian(office, place, on)
    turns = {day for term in then.ever_in(office, place) for day in (term.since, term.end) if day != date.max}
    before, after = _steps(parts, stream, asked, now, turns)
    reader = _whole(person, stream)
    return OfficeThen(
        unit=place,
        office=office,
        label=office_label(office, language(request)),
        moment=moment_shown(now),
        previous=before and moment_shown(before),
        next=after and moment_shown(after),
        on=on,
        holders=[
            _holder(parts, without(term, reader.withdrawn), on) for term in then.holders(office, place, on)
        ],
        vacant_since=then.vacant_since(office, place, on),
        custodian=custodian,
        custodian_name=custodian and parts.names(custodian),
        waiting=await waited_for_of(parts, (office, place), now.at, person, language(request))
        if now.by == "entered" and now.at
        else None,  # of projects a position of the group's ledger does not say what was known
        acts=await acts_shown(parts, in_order(there, asked.by), reader, language(request)),
    )


@router.get("/programmes")
async def replay_programmes(request: Request, person: SignedIn, asked: Asked) -> ProgrammesThen:
    """The versions that were published at a moment, and which was in force, for everybody."""
    parts = parts_of(request)
    await parts.following.catch_up()
    versions = [programme_id(known.version) for known in parts.organisation.programmes]
    stream = await _streams(parts, versions)
    now, there, then = _then(parts, stream, asked)
    on = _day(parts, now)
    force = then.programme(on)
    before, after = _steps(parts, stream, asked, now, {known.in_force for known in then.programmes})
    return ProgrammesThen(
        moment=moment_shown(now),
        previous=before and moment_shown(before),
        next=after and moment_shown(after),
        on=on,
        in_force=force and force.version,
        versions=[_version(then, known, on) for known in then.programmes],
        acts=await acts_shown(parts, in_order(there, asked.by), _whole(person, stream), language(request)),
    )


def _as_of(events: Sequence[Recorded]) -> Organisation:
    """What was known of the organisation where these events were all there was."""
    then = Organisation()
    for position, recorded in enumerate(events, 1):
        then.apply(msgspec.structs.replace(recorded, position=position))
    return then


async def _streams(parts: Parts, streams: Iterable[str]) -> list[Recorded]:
    """The events of several streams of the group's ledger, in its order; with what is withdrawn from them."""
    every = with_texts(list(streams))
    found = [recorded for stream in every for recorded in await parts.ledgers.read_stream(UUID(stream))]
    return sorted(found, key=lambda recorded: recorded.position)


async def _lineage(parts: Parts, unit: UnitId) -> list[Recorded]:
    """The events of a unit and of every unit that ever was above it: without them it had no place."""
    streams, found = [str(unit)], list[Recorded]()
    for stream in streams:  # grows as others turn up
        for recorded in await _streams(parts, [stream]):
            found.append(recorded)
            parent = getattr(recorded.event, "parent", None)
            if parent is not None and parent not in streams:
                streams.append(parent)
    return sorted(found, key=lambda recorded: recorded.position)


def _there(stream: Sequence[Recorded], asked: Moment) -> list[Recorded]:
    there = held(stream, asked)
    if not there:
        raise NotKnown()
    return there


def _then(
    parts: Parts, stream: Sequence[Recorded], asked: Moment
) -> tuple[Moment, list[Recorded], Organisation]:
    """The moment pinned, what counts there, and the organisation that follows from it.

    What is entered of the organisation says itself from which day on it holds. By happening therefore
    everything counts that was entered since, for the day of the moment. Asked of neither a moment nor a
    position it is today that is told, not the day of the last act.
    """
    counts = _counts(asked)
    there = _there(stream, counts)
    now = pinned(stream, counts)
    at = asked.at or (parts.clock.now() if asked.known is None else now.at)
    return Moment(asked.by, at, now.known), there, _as_of(there)


def _counts(asked: Moment) -> Moment:
    return asked if asked.by == "entered" else Moment("entered", None, asked.known)


def _steps(
    parts: Parts, stream: Sequence[Recorded], asked: Moment, now: Moment, turns: Iterable[date]
) -> tuple[Moment | None, Moment | None]:
    """The moments before and after: by entering of one act less and more, by happening days of `turns`."""
    if asked.by == "entered":
        return steps(stream, asked)
    on, zone = _day(parts, now), parts.settings.time_zone
    latest = today(parts.clock, zone)
    passed = sorted(day for day in turns if day <= on)
    coming = min((day for day in turns if on < day <= latest), default=None)

    def begin(day: date | None) -> Moment | None:
        return None if day is None else Moment(asked.by, datetime.combine(day, time.min, zone), now.known)

    return begin(passed[-2] if len(passed) > 1 else None), begin(coming)


def _day(parts: Parts, now: Moment) -> date:
    at = now.at or parts.clock.now()
    return at.astimezone(parts.settings.time_zone).date()


async def _refuse_unless_seen(request: Request, unit: UnitId, person: PersonId) -> None:
    """NotKnown but for those of the branch and every office that reaches it, by mandate too (R15)."""
    parts = parts_of(request)
    await parts.following.catch_up()
    day, known = today(parts.clock, parts.settings.time_zone), parts.organisation
    if unit not in known.units or not sees_members(known, person, unit, day):
        raise NotKnown()


def _whole(person: PersonId, stream: Sequence[Recorded]) -> Reader:
    """Of the organisation nothing is withheld from who may see it, but what was withdrawn from it since."""
    return Reader(person, deliberates=True, chooses=True, withdrawn=withdrawn_in(stream))


def _holder(parts: Parts, term: Term, on: date) -> HolderThen:
    return HolderThen(
        term=term.id,
        person=term.person,
        name=parts.names(term.person),
        since=term.since,
        until=None if term.end == date.max else term.end,
        acting=term.acting,
        document=term.document,
        deputies=list(term.stood_in_by(on)),
        deputy_names=[parts.names(deputy) or deputy for deputy in term.stood_in_by(on)],
    )


def _version(then: Organisation, known: Programme, on: date) -> VersionThen:
    read = then.version(known.version, on) or known
    return VersionThen(
        version=known.version,
        year=known.year,
        in_force=known.in_force,
        content_hash=read.content_hash,
        corrected_by=read.corrected_by,
    )
