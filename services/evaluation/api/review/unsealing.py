"""Unsealing over HTTP: asked for, agreed to by two; then whoever asked, and nobody else, sees names (R68).

Requests lie in the ledger that no view follows: that somebody looks into a review is not told around (R76).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, Field
from sqlalchemy import select

from services.evaluation.api.acts import Situation, take
from services.evaluation.api.review import signing_for
from services.evaluation.api.review.cycles import seen_cycle
from services.evaluation.domain.review.cycle import CYCLE
from services.evaluation.domain.review.cycle.notice import AwardObjectionFiled
from services.evaluation.domain.review.cycle.state import State as Cycle
from services.evaluation.domain.review.panel import PANEL
from services.evaluation.domain.review.unsealing import (
    UNSEALING,
    AgreeToUnsealing,
    AskUnsealing,
    DeclineUnsealing,
    Opening,
    Scope,
    State,
    UnsealingAgreed,
    UnsealingAsked,
    UnsealingDeclined,
)
from services.evaluation.parts import Parts, parts_of
from services.evaluation.review_keys import OBJECTOR, letters_in
from services.evaluation.reviews import REVIEWS
from shared.acting import Asking
from shared.acts import Act, offer
from shared.clock import today
from shared.decision import Outcome
from shared.domain import By, NotAllowed, OfficeId, PersonId, UnitId
from shared.ids import derived
from shared.ledger import ACCESS
from shared.looking import AUDIT, DISCIPLINE, looking_from, take_look
from shared.offices import rights_of
from shared.organisation import Term
from shared.sealing import unseal
from shared.signed_in import SignedIn
from shared.web import Sent

router = APIRouter(prefix="/reviews", tags=["review"])
IN_CHARGE = "change_decision"  # the right of the secretary, and of the leader, in charge of headquarters


class MandateAsks(NotAllowed):
    """Sealed names are asked for under an auditor's mandate, or by discipline.

    Have a mandate opened that names the review, or turn to discipline."""


class AskerAloneReads(NotAllowed):
    """Unsealed names are shown to whoever asked for them, as long as they may ask, and to nobody else.

    Ask for them yourself, with your own reason."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """What a review has sealed: who its letters are, by panel, and its objectors by number."""

    cycle: str
    unit: UnitId
    state: Cycle
    letters: Mapping[str, PersonId]  # of the panel that is asked for
    objectors: Mapping[int, str]  # sealed


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
    decides = _in_charge(asking) or any(DISCIPLINE in rights_of(term.office) for term in terms)
    if terms:
        await take_look(request, parts.writer, person, terms[0], "unsealing", str(review))
    found: dict[int, UnsealingShown] = {}
    for recorded in await parts.ledgers.read_stream(_stream(review)):
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
    asked = (await parts.streams.now(UNSEALING, _stream(review))).state.asked.get(number)
    term = _asker(_asking(parts, person), UnitId(cycle.unit))
    if asked is None or not asked.opened or asked.asked_by != person or term is None:
        raise AskerAloneReads()
    await take_look(request, parts.writer, person, term, "unsealing", str(review), f"number={number}")
    sealed, key = await _sealed(parts, review, asked.scope), await parts.keys.give(str(review))
    letters = {letter: sealed.letters[letter] for letter in asked.scope.letters}
    objectors = {at: PersonId(unseal(key, OBJECTOR, sealed.objectors[at])) for at in asked.scope.objections}
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


def _stream(review: UUID) -> UUID:
    """Of all requests of a review one."""
    return UUID(derived("unsealing", str(review)))


def _asking(parts: Parts, person: PersonId) -> Asking:
    return Asking(person, parts.group.organisation, today(parts.clock, parts.settings.time_zone))


async def _sealed(parts: Parts, review: UUID, scope: Scope) -> Sealed:
    """What the review has sealed, as far as the scope speaks of it; NoSuchCycle."""
    cycle = (await parts.streams.now(CYCLE, review)).state
    unit, key = signing_for.unit_of(cycle), await parts.keys.give(str(review))
    letters: Mapping[str, PersonId] = {}
    if scope.panel and await _is_panel_of(parts, scope.panel, review):
        panel = (await parts.streams.now(PANEL, UUID(scope.panel))).state
        known = letters_in(key, panel.sealed_letters)
        letters = {letter: known[letter] for letter in panel.letters}
    filed = (one.event for one in await parts.ledgers.read_stream(review))
    objectors = {one.number: one.objector for one in filed if isinstance(one, AwardObjectionFiled)}
    return Sealed(str(review), unit, cycle, letters, {at: who for at, who in objectors.items() if who})


async def _is_panel_of(parts: Parts, panel: str, review: UUID) -> bool:
    table = REVIEWS.table("panels")
    query = select(table.c.cycle).where(table.c.panel == panel)
    async with parts.views.connect() as connection:
        return (await connection.execute(query)).scalar_one_or_none() == str(review)


# Whose act it is: each in their own name and none by a deputy (R8)


def _own(asking: Asking) -> Iterator[Term]:
    return (term for term in asking.terms() if term.person == asking.person)


def _asker(asking: Asking, unit: UnitId) -> Term | None:
    """In which office somebody may ask: of discipline over the unit, or of audit by a mandate (R15)."""
    for term in _own(asking):
        rights = rights_of(term.office)
        may = DISCIPLINE in rights or (AUDIT in rights and term.opened_in is not None)
        if may and asking.organisation.reaches(term.unit, unit):
            return term
    return None


def _in_charge(asking: Asking) -> bool:
    group = asking.organisation.group
    return any(term.unit == group and IN_CHARGE in rights_of(term.office) for term in _own(asking))


def _as_asker(asking: Asking, _state: State, _body: Any, seen: Sealed) -> By:
    term = _asker(asking, seen.unit)
    if term is None:
        raise MandateAsks()
    return asking.as_holder(term)


def _as_one_of_two(asking: Asking, _state: State, body: Any, seen: Sealed) -> By:
    """Discipline over the review's unit, or the secretary or leader in charge at the group itself."""
    if body.opening == "discipline":
        return asking.with_right(DISCIPLINE, seen.unit)
    group = asking.organisation.group
    if group is None:
        raise NotAllowed()
    return asking.with_right(IN_CHARGE, group)


# Facts


def _document(it: Situation) -> str:
    term = _asker(it.asking, it.seen.unit)
    return term.document if term else ""


def _all_sealed(it: Situation) -> bool:
    sealed: Sealed = it.seen
    scope = it.body.scope
    return {*scope.letters} <= sealed.letters.keys() and {*scope.objections} <= sealed.objectors.keys()


def _open_to_them(it: Situation) -> bool:
    return it.seen.state.stage == "confirmed" or DISCIPLINE in rights_of(it.by.office)


RAN = {"ran": lambda it: it.asking.person in it.seen.state.ran}
ACTS = (
    Act(
        AskUnsealing,
        _as_asker,
        {
            "cycle": lambda it: it.seen.cycle,
            "document": _document,
            "sealed": _all_sealed,
            "open_to_them": _open_to_them,
        },
    ),
    Act(AgreeToUnsealing, _as_one_of_two, RAN),
    Act(DeclineUnsealing, _as_one_of_two, RAN),
)


async def _on_review(
    parts: Parts, act: Act, stream: UUID, body: Any, person: PersonId, office: OfficeId | None, sent: Sent
) -> Outcome:
    await seen_cycle(parts, person, stream)
    named = getattr(body, "scope", None)
    return await take(
        parts,
        act,
        UNSEALING,
        ledger=ACCESS,
        stream=_stream(stream),
        body=body,
        person=person,
        office=office,
        sent=sent,
        seen=await _sealed(parts, stream, Scope(named.panel) if named else Scope()),
    )


for _act in ACTS:
    offer(router, _act, "/{stream}", _on_review)
