"""Replay of one project: as it was at a moment, what differs between two, a decision taken again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from pydantic import AwareDatetime

from services.projects.api.other_rules import by_other_rules
from services.projects.api.reading import held_office, names_in, record_of
from services.projects.api.replay_answers import (
    ChangedShown,
    DecidedAgain,
    Differing,
    FieldShown,
    RefusedAgain,
    Replayed,
    Said,
)
from services.projects.api.replay_waiting import waited_for
from services.projects.deciding_again import decide_again, decision
from services.projects.deliberation import Reader, data_for, page_for
from services.projects.differences import differences
from services.projects.domain.project import Event
from services.projects.parts import Parts, parts_of
from services.projects.projections.history import Entry, history, labels
from services.projects.projections.page.shape import plain
from services.projects.replay import (
    between,
    fields,
    folded,
)
from services.projects.replay_words import label, text
from shared.domain import By, NotKnown, Refusal
from shared.envelope import Recorded
from shared.moments import (
    AT,
    BY,
    POSITION,
    Clock,
    Moment,
    held,
    in_order,
    moment_shown,
    pinned,
    refuse_unsettled,
    steps,
    within,
)
from shared.sentences import Language, sentences
from shared.signed_in import SignedIn
from shared.web import NO_NUL, language

router = APIRouter(prefix="/projects", tags=["replay"])


async def asked_moment(
    request: Request,
    at: Annotated[AwareDatetime | None, AT] = None,
    by: Annotated[Clock, BY] = "entered",
    position: Annotated[int | None, POSITION] = None,
) -> Moment:
    """The moment asked for; MomentTooRecent where no position says what of it counts."""
    if position is None:
        refuse_unsettled(parts_of(request).clock.now(), at, "at")
    return Moment(by, within(at), position)


Asked = Annotated[Moment, Depends(asked_moment)]


@router.get("/{project}/replay")
async def replay_project(request: Request, project: UUID, person: SignedIn, asked: Asked) -> Replayed:
    """A project as it was at a moment, with its acts until then and the way to the one before and after."""
    parts, spoken = parts_of(request), language(request)
    stream, _, reader = await record_of(request, project, person, "replay")
    there = _there(stream, asked)
    now, (before, after) = pinned(stream, asked), steps(stream, asked)
    then = folded(there)
    page = page_for(then.page, reader) if then.page else None
    shown = fields(page)
    names = await _names(parts, shown, now.at)
    return Replayed(
        id=str(project),
        moment=moment_shown(now),
        previous=before and moment_shown(before),
        next=after and moment_shown(after),
        fields=fields_shown(shown, names, spoken),
        waiting=list(waited_for(parts, page, _day(parts, now), person, spoken)) if page else [],
        acts=await acts_shown(parts, in_order(there, asked.by), reader, spoken),
        unplaced=then.unplaced,
    )


@router.get("/{project}/replay/difference")
async def replay_difference(
    request: Request,
    project: UUID,
    person: SignedIn,
    asked: Asked,
    against: Annotated[AwareDatetime | None, Query(description="The other moment; without it, now")] = None,
    against_position: Annotated[int | None, POSITION] = None,
) -> Differing:
    """What differs between two moments by the same clock, field by field, and the acts between them."""
    if against_position is None:
        refuse_unsettled(parts_of(request).clock.now(), against, "against")
    parts, spoken = parts_of(request), language(request)
    stream, _, reader = await record_of(request, project, person, "difference")
    other = Moment(asked.by, within(against), against_position)
    earlier, later = sorted((asked, other), key=lambda moment: len(held(stream, moment)))
    old, new = _there(stream, earlier), _there(stream, later)
    changed, unchanged = between(old, new, partial(page_for, reader=reader))
    names = await _names(parts, [(c.before, c.after) for c in changed], pinned(stream, later).at)
    both = {recorded.position for recorded in old} & {recorded.position for recorded in new}
    acts = in_order([recorded for recorded in (*old, *new) if recorded.position not in both], asked.by)
    return Differing(
        id=str(project),
        before=moment_shown(pinned(stream, earlier)),
        after=moment_shown(pinned(stream, later)),
        changed=[
            ChangedShown(
                place=c.place,
                label=label(c.place, spoken),
                before=c.before,
                before_text=text(c.place, c.before, names, spoken),
                after=c.after,
                after_text=text(c.place, c.after, names, spoken),
                positions=c.positions,
            )
            for c in changed
        ],
        unchanged=unchanged,
        acts=await acts_shown(parts, acts, reader, spoken),
    )


@router.get("/{project}/replay/decisions/{version}")
async def replay_decision(
    request: Request,
    project: UUID,
    version: int,
    person: SignedIn,
    under: Annotated[
        str | None, Query(max_length=40, pattern=NO_NUL, description="Another version of the programme")
    ] = None,
) -> DecidedAgain:
    """A past decision taken again by the rules of its time, or by another version; nothing changes by it."""
    parts, spoken = parts_of(request), language(request)
    stream, _, reader = await record_of(request, project, person, "decision")
    taken = decision(stream, version)
    other = parts.organisation.version(under) if under else None
    if under and other is None:
        raise NotKnown()
    zone = parts.settings.time_zone
    rules = partial(by_other_rules, parts.organisation, other=other, zone=zone) if other else None
    again = decide_again(taken, rules)
    first = taken.events[0]
    said = partial(_said, by=first.envelope.by, reader=reader, spoken=spoken)
    old, new = [said(r.event) for r in taken.events], [said(event) for event in again.events]
    return DecidedAgain(
        id=str(project),
        version=first.version,
        command=type(taken.command).__name__,
        programme=first.envelope.programme,
        under=under,
        same=again.same,
        recorded=old,
        again=new,
        refused=again.refusal and _refused(again.refusal, spoken),
        differences=[] if again.same or again.refusal else differences(_bare(old), _bare(new)),
    )


def _day(parts: Parts, moment: Moment) -> date:
    """The local date of a pinned moment."""
    assert moment.at is not None
    return moment.at.astimezone(parts.settings.time_zone).date()


def fields_shown(
    shown: dict[str, Any], names: Mapping[str, str], spoken: Language, of: str = "page"
) -> list[FieldShown]:
    """Fields in words as well; `of`: the catalogue's group that has the words of their places."""
    return [
        FieldShown(
            place=place,
            label=label(place, spoken, of=of),
            value=value,
            text=text(place, value, names, spoken),
        )
        for place, value in shown.items()
    ]


async def acts_shown(
    parts: Parts, events: Sequence[Recorded], reader: Reader, spoken: Language
) -> list[Entry]:
    """Events as the history tells them."""
    return await history(parts.ledgers, events, reader, parts.names, spoken, partial(held_office, parts))


def _there(stream: Sequence[Recorded], moment: Moment) -> list[Recorded]:
    there = held(stream, moment)
    if not there:
        raise NotKnown()
    return there


async def _names(parts: Parts, shown: Any, at: datetime | None) -> dict[str, str]:
    people, units = await names_in(parts, shown, at)
    return units | people


def _said(event: Event, by: By | None, reader: Reader, spoken: Language) -> Said:
    name = type(event).__name__
    data = data_for(plain(event), event, by, reader)
    return Said(event=name, label=labels(spoken).get(name, name), data=data)


def _bare(said: Sequence[Said]) -> dict[str, Any]:
    """Events for comparing, each under its place and name."""
    return {f"{place}.{one.event}": one.data for place, one in enumerate(said, 1)}


def _refused(refusal: Refusal, spoken: Language) -> RefusedAgain:
    sentence, advice = sentences(refusal, spoken)
    return RefusedAgain(code=refusal.code(), sentence=sentence, advice=advice)
