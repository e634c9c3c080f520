"""What follows inside projects: confirmed meetings decide, adoptions are credited."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import date
from functools import partial
from uuid import UUID, uuid5

from sqlalchemy.ext.asyncio import AsyncConnection

from services.projects.acting import Asking, tied_to_any
from services.projects.arriving import submit
from services.projects.domain import meeting
from services.projects.domain.meeting.acts import MeetingConfirmed, NoteItemNotApplied
from services.projects.domain.meeting.votes import ItemResult
from services.projects.domain.project import PROJECT, Command, approval, change, change_meeting, practice
from services.projects.domain.project.content import Seat, altered
from services.projects.domain.project.standing import Standing
from services.projects.domain.project.state import State
from services.projects.facts import body_above, change_onward, content_hash, onward, parts_to_move
from services.projects.minutes import numbers_of, voters_on
from services.projects.parts import Parts
from services.projects.routing import due_of, taken_under
from services.projects.withdrawing import withdrawn_from
from shared.codec import Schema
from shared.decision import LedgerIsClosed, Submission
from shared.domain import By, PersonId, Refusal
from shared.envelope import Recorded
from shared.folding import folded
from shared.ids import DENGGAO
from shared.projections import Reaction, View
from shared.withdrawn import without


class NobodyAbove(Refusal):
    """No body above this one can take the matter up.

    It waits until this body can pass it; have its vacant seats filled."""


Follows = Mapping[type, Callable[[Parts, Recorded], Awaitable[None]]]


def reactions(parts: Parts, follows: Follows, view: View) -> Reaction:
    """The service's reactions, one after another for each ledger; `follows`: those that read the view."""

    async def react(_connection: AsyncConnection, recorded: Recorded) -> None:
        match recorded.event:
            case MeetingConfirmed():
                await on_meeting_confirmed(parts, recorded, recorded.event)
            case practice.AdoptionVerified():
                await on_adoption_verified(parts, recorded, recorded.event)
            case event:
                await follows[type(event)](parts, recorded)

    schema = Schema((MeetingConfirmed, practice.AdoptionVerified, *follows))
    others = parts.ledgers.schema.names - schema.names
    return Reaction(
        name="reactions",
        version=1,
        schema=schema,
        services=("projects",),
        react=react,
        ignores=others,
        behind=view,
    )


async def on_adoption_verified(parts: Parts, recorded: Recorded, event: practice.AdoptionVerified) -> None:
    """The origin gets the credit, in its own stream and ledger; once, however often this is read."""
    origin = UUID(event.origin)
    ledger = await parts.ledgers.ledger_of(origin)
    assert ledger is not None, "what was adopted was looked up"
    adopter = await folded(parts.ledgers, PROJECT, recorded.stream)
    credit = practice.CreditAdoption(
        None, str(recorded.stream), adopter.unit, adopter.company, event.indicator, event.on
    )
    await submit(
        parts,
        Submission(
            ledger=ledger,
            stream=origin,
            decider=PROJECT,
            prepare=lambda _origin: credit,
            command_id=uuid5(DENGGAO, f"{recorded.id}/credit"),
            request=recorded.id,
            correlation=recorded.envelope.correlation,
            causation=recorded.id,
            programme=partial(taken_under, parts.organisation),
        ),
    )


async def on_meeting_confirmed(parts: Parts, recorded: Recorded, event: MeetingConfirmed) -> None:
    """Each item about a project in a meeting step decides that step (R26), or refers it up (R27).

    An item that is refused is noted in the meeting, and the later ones go on.
    """
    event = without(event, await withdrawn_from(parts.ledgers, [str(recorded.stream)]))
    held = await folded(parts.ledgers, meeting.MEETING, recorded.stream)
    noted = {item.number for item in held.not_applied}
    for result in event.results:
        if result.number in noted:
            continue
        try:
            await _apply(parts, recorded, event, result, voters_on(held, result.number))
        except Refusal as refusal:
            await _note(parts, recorded, event, result, refusal)


async def _apply(
    parts: Parts,
    recorded: Recorded,
    event: MeetingConfirmed,
    result: ItemResult,
    voters: tuple[PersonId, ...],
) -> None:
    project = _uuid(result.matter)
    ledger = await parts.ledgers.ledger_of(project) if project else None
    if project is None or ledger is None:
        return
    state = await folded(parts.ledgers, PROJECT, project)
    if result.change:
        await _decide_change(parts, recorded, event, result, (project, ledger), voters)
        return
    opened = state.approval.open
    asked = state.ratifying or state.phase == "in_approval"
    if not asked or opened is None or state.approval.decides != "meeting":
        return  # an item of another kind: its act follows from people, as the marks of a closing do
    prepare = _decision(parts, event, result, _by(recorded), opened, voters)
    await _submit(parts, recorded, result, (project, ledger), prepare)


async def _decide_change(
    parts: Parts,
    recorded: Recorded,
    event: MeetingConfirmed,
    result: ItemResult,
    where: tuple[UUID, str],
    voters: tuple[PersonId, ...],
) -> None:
    prepare = _decision_on_change(parts, event, result, _by(recorded), voters)
    await _submit(parts, recorded, result, where, prepare)


def _by(recorded: Recorded) -> By:
    by = recorded.envelope.by
    assert by is not None, "a meeting is confirmed by somebody"
    return by


async def _submit(
    parts: Parts,
    recorded: Recorded,
    result: ItemResult,
    where: tuple[UUID, str],
    prepare: Callable[[State], Command],
) -> None:
    project, ledger = where
    await submit(
        parts,
        Submission(
            ledger=ledger,
            stream=project,
            decider=PROJECT,
            prepare=prepare,
            command_id=uuid5(DENGGAO, f"{recorded.id}/{result.number}"),
            request=recorded.id,
            correlation=recorded.envelope.correlation,
            causation=recorded.id,
            programme=partial(taken_under, parts.organisation),
        ),
    )


async def _note(
    parts: Parts,
    recorded: Recorded,
    event: MeetingConfirmed,
    result: ItemResult,
    refusal: Refusal,
) -> None:
    command = NoteItemNotApplied(None, event.meeting, result.number, result.matter, refusal.code())
    noted = Submission(
        ledger=recorded.ledger,
        stream=recorded.stream,
        decider=meeting.MEETING,
        prepare=lambda _held: command,
        command_id=uuid5(DENGGAO, f"{recorded.id}/{result.number}/not-applied"),
        request=recorded.id,
        correlation=recorded.envelope.correlation,
        causation=recorded.id,
    )
    with suppress(LedgerIsClosed):  # the company has ended since: nobody looks for its minutes' items here
        await parts.writer.submit(noted)


def _decision(
    parts: Parts,
    event: MeetingConfirmed,
    result: ItemResult,
    by: By,
    step: int,
    voters: tuple[PersonId, ...],
) -> Callable[[State], approval.RecordMeetingDecision | approval.ReferStepUp]:
    def prepare(state: State) -> approval.RecordMeetingDecision | approval.ReferStepUp:
        asking = Asking(by.person, parts.organisation, event.held_on)
        if result.result == "referred_up":
            approval.refuse_other_meeting(state.approval, event.kind, event.body, event.held_on)
            seats, due = _above(parts, event, state.approval)
            return approval.ReferStepUp(by, step, "R27", seats, due, counted_from=event.held_on)
        return approval.RecordMeetingDecision(
            by=by,
            step=step,
            meeting=event.meeting,
            item=result.number,
            minutes=event.minutes_number,
            content_hash=result.content_hash,
            numbers=numbers_of(result),
            confirmer=Seat("party_department", state.company),
            kind=event.kind,
            body=event.body,
            held_on=event.held_on,
            voters=voters,
            tied_to=tied_to_any(asking, voters),
            deferred=result.result == "deferred",
            changes=result.changes,
            onward=onward(asking, state),
        )

    return prepare


def _above(parts: Parts, event: MeetingConfirmed, standing: Standing) -> tuple[tuple[Seat, ...], date]:
    """The same seats at the nearest unit above that has such a body, and their last day (R27)."""
    above = body_above(parts.organisation, event.kind, event.body, event.held_on)
    if above is None:
        raise NobodyAbove()
    assert standing.open is not None, "a step is before the body"
    seats = tuple(Seat(seat.office, above) for seat in standing.seats)
    asked = replace(standing.route[standing.open], seats=seats)
    return seats, due_of(parts.organisation, asked, event.held_on)


def _decision_on_change(
    parts: Parts,
    event: MeetingConfirmed,
    result: ItemResult,
    by: By,
    voters: tuple[PersonId, ...],
) -> Callable[[State], Command]:
    def prepare(state: State) -> Command:
        alteration = change.waiting(result.change, state)
        standing = state.deciding[result.change]
        if standing.open is None or standing.decides != "meeting":
            raise approval.OnlyAMeetingStepMeets()
        asking = Asking(by.person, parts.organisation, event.held_on)
        if result.result == "referred_up":
            approval.refuse_other_meeting(standing, event.kind, event.body, event.held_on)
            seats, due = _above(parts, event, standing)
            return change_meeting.ReferChangeUp(
                by, result.change, standing.open, "R27", seats, due, counted_from=event.held_on
            )
        version = alteration.programme
        return change_meeting.RecordChangeDecision(
            by=by,
            change=result.change,
            step=standing.open,
            meeting=event.meeting,
            item=result.number,
            minutes=event.minutes_number,
            content_hash=result.content_hash,
            hash_now=content_hash(altered(state.proposal, alteration)),
            numbers=numbers_of(result),
            kind=event.kind,
            body=event.body,
            held_on=event.held_on,
            voters=voters,
            tied_to=tied_to_any(asking, voters),
            deferred=result.result == "deferred",
            on_condition=bool(result.changes),
            onward=change_onward(asking, standing.route, standing.open + 1),
            parts=parts_to_move(asking, state, version, by_order=False) if version else (),
        )

    return prepare


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
