"""Requests to unseal, as they stand; and the names, to whoever asked and to nobody else (R68, R76)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, Field

from services.evaluation.api.review.cycles import seen_cycle
from services.evaluation.api.review.unsealing_acts import asker, in_charge, sealed_of, stream_of
from services.evaluation.domain.review.unsealing import (
    UNSEALING,
    Opening,
    UnsealingAgreed,
    UnsealingAsked,
    UnsealingDeclined,
)
from services.evaluation.parts import Parts, parts_of
from services.evaluation.review.keys import OBJECTOR, opened
from shared.acting import Asking
from shared.clock import today
from shared.domain import NotAllowed, PersonId, UnitId
from shared.looking import DISCIPLINE, looking_from, take_look
from shared.offices import rights_of
from shared.signed_in import SignedIn

router = APIRouter(prefix="/reviews", tags=["review"])


class AskerAloneReads(NotAllowed):
    """Unsealed names are shown to whoever asked for them, as long as they may ask, and to nobody else.

    Ask for them yourself, with your own reason."""


class NameShown(BaseModel):
    """Who a letter is, or who objected."""

    letter: str = Field(description='"" where it is an objection')
    objection: int | None
    person: PersonId
    name: str | None = Field(description="None where names cannot be asked now")


class Names(BaseModel):
    """The names behind what was asked for, and nothing beside it."""

    number: int
    panel: str
    people: list[NameShown]


class UnsealingShown(BaseModel):
    """A request, and who has decided what; no name that is sealed."""

    number: int
    asked_at: datetime
    asked_by: PersonId
    office: str
    document: str
    panel: str
    letters: list[str]
    objections: list[int]
    reason: str
    agreed: dict[Opening, PersonId]
    declined: str = Field(description='Why; "" where nobody has')


class Unsealings(BaseModel):
    """The requests of a review that the reader may know of."""

    unsealings: list[UnsealingShown]


@router.get("/{review}/unsealings")
async def list_unsealings(request: Request, review: UUID, person: SignedIn) -> Unsealings:
    """To discipline and to those in charge, who decide; to audit what audit asks; to all their own."""
    parts = parts_of(request)
    cycle = await seen_cycle(parts, person, review)
    asking = _asking(parts, person)
    terms = list(looking_from(asking.organisation, person, UnitId(cycle.unit), asking.today))
    decides = in_charge(asking) or any(DISCIPLINE in rights_of(term.office) for term in terms)
    if terms:
        await take_look(request, parts.writer, person, terms[0], "unsealing", str(review))
    found: dict[int, UnsealingShown] = {}
    for recorded in await parts.ledgers.read_stream(stream_of(review)):
        match recorded.event:
            case UnsealingAsked() as asked:
                audits = bool(terms) and DISCIPLINE not in rights_of(asked.office)
                if decides or audits or asked.asked_by == person:
                    found[asked.number] = _shown(asked, recorded.recorded_at)
            case UnsealingAgreed(number, opening, agreed_by) if number in found:
                found[number].agreed[opening] = agreed_by
            case UnsealingDeclined(number=number, reason=reason) if number in found:
                found[number].declined = reason
    return Unsealings(unsealings=list(found.values()))


@router.get("/{review}/unsealings/{number}")
async def read_names(
    request: Request, review: UUID, number: Annotated[int, Path(ge=1, le=100_000)], person: SignedIn
) -> Names:
    """The names, to whoever asked, once both have agreed; each reading is on the record (R76)."""
    parts = parts_of(request)
    cycle = await seen_cycle(parts, person, review)
    asked = (await parts.streams.now(UNSEALING, stream_of(review))).state.asked.get(number)
    term = asker(_asking(parts, person), UnitId(cycle.unit))
    if asked is None or not asked.opened or asked.asked_by != person or term is None:
        raise AskerAloneReads()
    await take_look(request, parts.writer, person, term, "unsealing", str(review), f"number={number}")
    sealed, key = await sealed_of(parts, review, asked.scope), await parts.keys.of(str(review))
    letters = {letter: sealed.letters[letter] for letter in asked.scope.letters}
    objectors = {at: PersonId(opened(key, OBJECTOR, sealed.objectors[at])) for at in asked.scope.objections}
    names = await parts.group.names((*letters.values(), *objectors.values()))
    people = [(letter, None, who) for letter, who in letters.items()]
    return Names(
        number=number,
        panel=asked.scope.panel,
        people=[
            NameShown(letter=letter, objection=at, person=who, name=names.get(who))
            for letter, at, who in (*people, *(("", at, who) for at, who in objectors.items()))
        ],
    )


def _shown(asked: UnsealingAsked, at: datetime) -> UnsealingShown:
    return UnsealingShown(
        number=asked.number,
        asked_at=at,
        asked_by=asked.asked_by,
        office=asked.office,
        document=asked.document,
        panel=asked.scope.panel,
        letters=list(asked.scope.letters),
        objections=list(asked.scope.objections),
        reason=asked.reason,
        agreed={},
        declined="",
    )


def _asking(parts: Parts, person: PersonId) -> Asking:
    return Asking(person, parts.group.organisation, today(parts.clock, parts.settings.time_zone))
