"""Unsealing is asked for, and two agree to it or decline: in which office, and of what (R68).

Requests lie in the ledger that no view follows: that somebody looks into a review is not told around (R76).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from fastapi import APIRouter
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
    Scope,
    State,
)
from services.evaluation.parts import Parts
from services.evaluation.review.keys import letters_in
from services.evaluation.review.view import REVIEWS
from shared.acting import Asking
from shared.acts import Act, offer
from shared.decision import Outcome
from shared.domain import By, NotAllowed, OfficeId, PersonId, UnitId
from shared.ids import derived
from shared.ledger import ACCESS
from shared.looking import AUDIT, DISCIPLINE
from shared.offices import rights_of
from shared.organisation import Term
from shared.web import Sent

router = APIRouter(prefix="/reviews", tags=["review"])
IN_CHARGE = "change_decision"  # the right of the secretary, and of the leader, in charge of headquarters


class MandateAsks(NotAllowed):
    """Sealed names are asked for under an auditor's mandate, or by discipline.

    Have a mandate opened that names the review, or turn to discipline."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """What a review has sealed: who its letters are, by panel, and its objectors by number."""

    cycle: str
    unit: UnitId
    state: Cycle
    letters: Mapping[str, PersonId]  # of the panel that is asked for
    objectors: Mapping[int, str]  # sealed


def stream_of(review: UUID) -> UUID:
    """Of all requests of a review one."""
    return UUID(derived("unsealing", str(review)))


async def sealed_of(parts: Parts, review: UUID, scope: Scope) -> Sealed:
    """What the review has sealed, as far as the scope speaks of it; NoSuchCycle."""
    cycle = (await parts.streams.now(CYCLE, review)).state
    unit, key = signing_for.unit_of(cycle), await parts.keys.of(str(review))
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


def asker(asking: Asking, unit: UnitId) -> Term | None:
    """In which office somebody may ask: of discipline over the unit, or of audit by a mandate (R15)."""
    for term in _own(asking):
        rights = rights_of(term.office)
        may = DISCIPLINE in rights or (AUDIT in rights and term.opened_in is not None)
        if may and asking.organisation.reaches(term.unit, unit):
            return term
    return None


def in_charge(asking: Asking) -> bool:
    """Whether somebody is secretary or leader in charge at the group itself."""
    group = asking.organisation.group
    return any(term.unit == group and IN_CHARGE in rights_of(term.office) for term in _own(asking))


def _as_asker(asking: Asking, _state: State, _body: Any, seen: Sealed) -> By:
    term = asker(asking, seen.unit)
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
    term = asker(it.asking, it.seen.unit)
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
        stream=stream_of(stream),
        body=body,
        person=person,
        office=office,
        sent=sent,
        seen=await sealed_of(parts, stream, Scope(named.panel) if named else Scope()),
    )


for _act in ACTS:
    offer(router, _act, "/{stream}", _on_review)
