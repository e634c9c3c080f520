"""Handovers of an office over HTTP: the list and the three signatures (R11)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

import msgspec
from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from services.projects.acting import Asking
from services.projects.api.acts import Act, take
from services.projects.api.project_facts import today
from services.projects.api.reading import CompleteTo
from services.projects.domain.handover import (
    HANDOVER,
    DrawUpHandoverList,
    Handover,
    Parties,
    SignHandover,
    witness_of,
)
from services.projects.domain.project.state import SeatNotAddressed
from services.projects.handing_over import hash_of, list_of
from services.projects.looking import note_look
from services.projects.parts import Parts, parts_of
from services.projects.projections.handovers import handovers_of
from services.projects.projections.history import office_label
from services.projects.projections.projects import PROJECTS, withdrawn_from_projects
from services.projects.withdrawing import withdrawn_from
from shared import clock
from shared.acts import offer
from shared.decision import Outcome
from shared.domain import By, NotAllowed, NotKnown, OfficeId, PersonId, UnitId
from shared.envelope import Recorded
from shared.folding import fold, folded
from shared.signed_in import SignedIn
from shared.web import Sent, language
from shared.withdrawn import without

LOOKS_BEHIND = ("read_restricted", "read")


def witnesses(asking: Asking, parties: Parties) -> By:
    """Somebody of the party department, or the nearest above, who is neither of the two (R3)."""
    return asking.in_seat([witness_of(parties)], {parties.outgoing, parties.incoming})[0]


def signs(asking: Asking, state: Handover, body: Any) -> By:
    """As what the body says: a witness by office, the two in the office that passes, or as who they are."""
    parties = _parties(state)
    if body.role == "witness":
        return witnesses(asking, parties)
    for term in asking.terms():
        if (term.office, term.unit) == (parties.office, parties.unit):
            return asking.as_holder(term)
    return asking.as_member()


def draws_up(asking: Asking, state: Handover, body: Any) -> By:
    """One of the three, in person."""
    parties = _parties(state)
    if asking.person in (parties.outgoing, parties.incoming):
        return asking.as_member()
    return witnesses(asking, parties)


def _parties(state: Handover) -> Parties:
    if state.parties is None:
        raise NotKnown()
    return state.parties


def refuse_unless_concerned(asking: Asking, state: Handover) -> None:
    """A handover is known to the three, their deputies, and who looks behind everything; else not found."""
    parties = _parties(state)
    mine = {asking.person, *asking.stands_in_for()}
    if not mine.isdisjoint((parties.outgoing, parties.incoming)):
        return
    try:
        witnesses(asking, parties)
    except SeatNotAddressed:
        try:
            asking.with_any_right(LOOKS_BEHIND, parties.unit)
        except NotAllowed as error:
            raise NotKnown() from error


SIGN = Act(SignHandover, signs, {"today": today})
DRAW_UP = Act(
    DrawUpHandoverList,
    draws_up,
    {"entries": lambda it: it.seen, "list_hash": lambda it: hash_of(it.seen), "today": today},
)


async def _take(
    parts: Parts, act: Act, stream: UUID, body: Any, person: PersonId, office: OfficeId | None, sent: Sent
) -> Outcome:
    ledger = await parts.ledgers.ledger_of(stream)
    if ledger is None:
        raise NotKnown()
    seen = None
    if act is DRAW_UP:
        await parts.following.catch_up()
        state = await folded(parts.ledgers, HANDOVER, stream)
        asking = _asking(parts, person)
        refuse_unless_concerned(asking, state)
        draws_up(asking, state, body)
        seen = await list_of(parts, _parties(state).office, _parties(state).unit)
    return await take(
        parts,
        act,
        HANDOVER,
        ledger=ledger,
        stream=stream,
        body=body,
        person=person,
        office=office,
        sent=sent,
        guard=refuse_unless_concerned,
        seen=seen,
    )


class Line(BaseModel):
    """A handover in a list. `state`: open, overdue, confirmed or lapsed."""

    id: str
    office: str
    office_label: str
    unit: str
    unit_name: str | None
    outgoing: PersonId
    outgoing_name: str | None
    incoming: PersonId
    incoming_name: str | None
    opened_on: date
    due: date
    state: str
    confirmed_on: date | None


class Lines(BaseModel):
    """Handovers, the latest first."""

    handovers: list[Line]


class Signed(BaseModel):
    """One signature; without a person as long as it is not given."""

    role: str
    person: PersonId | None
    name: str | None
    on: date | None
    reservations: str


class Whole(BaseModel):
    """A handover as it is signed and printed; give `list_hash` with the signature."""

    handover: Line
    list_hash: str
    entries: list[dict[str, Any]] = Field(description="Projects, with what is open and their figures")
    signatures: list[Signed]


router = APIRouter(prefix="/handovers", tags=["handovers"])
for _act in (SIGN, DRAW_UP):
    offer(router, _act, "/{stream}", _take)


@router.get("")
async def my_handovers(request: Request, person: SignedIn, complete_to: CompleteTo) -> Lines:
    """Those in which one hands or takes over, and those that one's party department witnesses."""
    parts = parts_of(request)
    asking = _asking(parts, person)
    companies = [term.unit for term in asking.terms() if term.office == "party_department"]
    rows = await handovers_of(PROJECTS, parts.views, person, companies)
    return Lines(handovers=[_line(request, parts, row) for row in rows])


@router.get("/{handover}")
async def one_handover(request: Request, handover: UUID, person: SignedIn) -> Whole:
    """The list, who has signed it, and with which reservations."""
    parts = parts_of(request)
    _, state, parties = await handover_of(request, handover, person)
    row = {
        "handover": str(handover),
        "office": parties.office,
        "unit": parties.unit,
        "outgoing": parties.outgoing,
        "incoming": parties.incoming,
        "opened_on": state.on,
        "due": state.due,
        "state": state_of(state),
        "confirmed_on": state.confirmed_on,
    }
    return Whole(
        handover=_line(request, parts, row),
        list_hash=state.list_hash,
        entries=msgspec.to_builtins(state.entries),
        signatures=[_signed(parts, state, role) for role in ("outgoing", "incoming", "witness")],
    )


async def handover_of(
    request: Request, handover: UUID, person: PersonId
) -> tuple[list[Recorded], Handover, Parties]:
    """A handover's stream and state, for who may know of it, whose look is noted (R76); NotKnown."""
    parts = parts_of(request)
    await parts.following.catch_up()
    stream = await parts.ledgers.read_stream(handover)
    state = fold(HANDOVER, stream)
    refuse_unless_concerned(_asking(parts, person), state)
    parties = _parties(state)
    await note_look(request, person, "handover", str(handover), parties.unit)
    gone = await withdrawn_from(parts.ledgers, [str(handover)])
    gone |= await withdrawn_from_projects(parts.views, [entry.project for entry in state.entries])
    return stream, without(state, gone), parties


def state_of(state: Handover) -> str:
    """How far it is, as the list says it."""
    if state.confirmed_on or state.lapsed:
        return "confirmed" if state.confirmed_on else "lapsed"
    return "overdue" if state.overdue else "open"


def _signed(parts: Parts, state: Handover, role: Any) -> Signed:
    given = state.signed.get(role)
    if given is None:
        return Signed(role=role, person=None, name=None, on=None, reservations="")
    name = parts.names(given.person)
    return Signed(role=role, person=given.person, name=name, on=given.on, reservations=given.reservations)


def _line(request: Request, parts: Parts, row: Mapping[str, Any]) -> Line:
    unit = parts.organisation.units.get(UnitId(row["unit"]))
    return Line(
        id=row["handover"],
        office=row["office"],
        office_label=office_label(row["office"], language(request)),
        unit=row["unit"],
        unit_name=unit.name if unit else None,
        outgoing=row["outgoing"],
        outgoing_name=parts.names(row["outgoing"]),
        incoming=row["incoming"],
        incoming_name=parts.names(row["incoming"]),
        opened_on=row["opened_on"],
        due=row["due"],
        state=row["state"],
        confirmed_on=row["confirmed_on"],
    )


def _asking(parts: Parts, person: PersonId) -> Asking:
    return Asking(person, parts.organisation, clock.today(parts.clock, parts.settings.time_zone))
