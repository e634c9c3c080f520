"""Leads are handed over to discipline, which alone reads of them; no other ledger tells of one (R49)."""

from __future__ import annotations

from datetime import date
from functools import reduce
from typing import Annotated, Any
from uuid import UUID, uuid5

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel

from services.projects.acting import Asking
from services.projects.api.acts import Act, take
from services.projects.api.project_facts import today
from services.projects.domain.lead import LEAD, ReceiveLead, State, TransferLead
from services.projects.looking import note_look
from services.projects.parts import Parts, parts_of
from shared import clock
from shared.acts import offer, offer_new
from shared.decision import Outcome
from shared.domain import By, NotAllowed, NotKnown, OfficeId, PersonId, UnitId
from shared.ledger import DISCIPLINE
from shared.offices import rights_of
from shared.signed_in import SignedIn
from shared.web import Sent

READS = "read_restricted"
AT_ONCE = 500


def inspects(asking: Asking, _state: State, body: Any) -> By:
    """Who inspects the unit that it concerns."""
    return asking.with_right("inspect", UnitId(body.unit))


def receives(asking: Asking, state: State, _body: Any) -> By:
    """Discipline over the unit; to all others there is no lead."""
    try:
        return asking.with_right(READS, state.unit)
    except NotAllowed as error:
        raise NotKnown() from error


TRANSFER = Act(TransferLead, inspects, {"today": today})
RECEIVE = Act(ReceiveLead, receives, {"today": today})


async def _take(
    parts: Parts, act: Act, lead: UUID, body: Any, person: PersonId, office: OfficeId | None, sent: Sent
) -> Outcome:
    return await take(
        parts,
        act,
        LEAD,
        ledger=DISCIPLINE,
        stream=lead,
        body=body,
        person=person,
        office=office,
        sent=sent,
    )


class Received(BaseModel):
    """That discipline has it."""

    on: date
    by: PersonId
    by_name: str | None
    note: str


class Lead(BaseModel):
    """What was handed over, by whom, about which unit."""

    id: UUID
    unit: UnitId
    unit_name: str | None
    text: str
    on: date
    by: PersonId
    by_name: str | None
    received: Received | None


class Leads(BaseModel):
    """Leads of the units that the reader's office reaches: what waits, the oldest first; all, the newest."""

    leads: list[Lead]


router = APIRouter(prefix="/leads", tags=["leads"])
offer_new(router, TRANSFER, "", _take, lambda _body, sent, person: uuid5(sent.command_id(person), "lead"))
offer(router, RECEIVE, "/{stream}", _take)


@router.get("")
async def read_leads(
    request: Request,
    person: SignedIn,
    waiting: Annotated[
        bool, Query(description="Only those that wait for the reader's answer, the oldest first")
    ] = False,
) -> Leads:
    """For discipline alone; who handed one over does not see it again, and is not asked to receive it."""
    parts = parts_of(request)
    known, day = parts.organisation, clock.today(parts.clock, parts.settings.time_zone)
    reach = [term.unit for term in known.offices_of(person, day) if READS in rights_of(term.office)]
    if not reach:
        raise NotAllowed()
    await note_look(request, person, "leads")
    found = [
        _shown(parts, lead, state)
        for lead, state in (await _all(parts)).items()
        if any(known.reaches(unit, state.unit) for unit in reach)
        and not (waiting and (state.received or state.person == person))
    ]
    return Leads(leads=found if waiting else found[::-1])


async def _all(parts: Parts) -> dict[UUID, State]:
    """Every lead, in the order in which they came in."""
    streams: dict[UUID, list[Any]] = {}
    after = 0
    while page := await parts.ledgers.read_ledger(DISCIPLINE, after, AT_ONCE):
        for recorded in page:
            streams.setdefault(recorded.stream, []).append(recorded.event)
        after = page[-1].position
    return {lead: reduce(LEAD.evolve, events, LEAD.initial) for lead, events in streams.items()}


def _shown(parts: Parts, lead: UUID, state: State) -> Lead:
    unit, received = parts.organisation.units.get(state.unit), state.received
    return Lead(
        id=lead,
        unit=state.unit,
        unit_name=unit.name if unit else None,
        text=state.text,
        on=state.on,
        by=state.person,
        by_name=parts.names(state.person),
        received=None
        if received is None
        else Received(
            on=received.on, by=received.person, by_name=parts.names(received.person), note=received.note
        ),
    )
