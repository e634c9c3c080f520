"""How others join the jurors of a panel that is open, or are given a dossier of it (R57)."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from sqlalchemy import select

from services.evaluation.api.acts import Situation
from services.evaluation.api.review import signing_for
from services.evaluation.api.review.opening_acts import as_running_of, on_panel
from services.evaluation.api.review.panel_acts import Sealed, under_seal
from services.evaluation.domain.review.panel.joining import AddJuror, AssignJuror, Source
from services.evaluation.domain.review.panel.state import State
from services.evaluation.parts import Parts
from services.evaluation.review.drawing import Before, before, conflicting
from services.evaluation.review.keys import letters_in, seal_letters
from services.evaluation.review.view import REVIEWS
from shared.acts import Act, offer
from shared.domain import PersonId, Refusal

router = APIRouter(prefix="/panels", tags=["review"])


class NobodyIsFree(Refusal):
    """No juror of the panel is free of conflict with dossier {number} and reads fewer than they may.

    Add one from the substitutes, from another track, or from outside."""


class JurorAlready(Refusal):
    """This person is a juror of the panel, or was one.

    Assign the dossier to them, or add somebody else."""


# What is given where it is not the command's own fields


@dataclass(frozen=True, slots=True)
class Adding:
    """Somebody who joins the jurors, and where they come from."""

    person: PersonId
    source: Source


@dataclass(frozen=True, slots=True)
class Assigning:
    """A dossier that wants a juror: one of the panel's, by lot."""

    number: int


# What is read before a decision


@dataclass(frozen=True, slots=True)
class Joining:
    """All that a further juror takes."""

    before: Before
    sealed: Sealed
    listed: bool = False  # whether who is to join is in the review's pool


async def _joining(parts: Parts, panel: UUID, _body: Any) -> Joining:
    return Joining(await before(parts, panel), await under_seal(parts, panel))


async def _adding(parts: Parts, panel: UUID, body: Any) -> Joining:
    known, jurors = await before(parts, panel), REVIEWS.table("jurors")
    own = jurors.c.unit == signing_for.unit_of(known.review)
    query = select(jurors.c.person).where(own, jurors.c.person == body.person)
    async with parts.views.connect() as connection:
        listed = (await connection.execute(query)).first() is not None
    return Joining(known, await under_seal(parts, panel), listed)


# Facts


def _next_letter(it: Situation) -> str:
    """One that nobody in the lot has; JurorAlready for who is or was a juror."""
    panel: State = it.state
    who = letters_in(it.seen.sealed.key, panel.sealed_letters)
    known = next((letter for letter, person in who.items() if person == it.body.person), None)
    if known is not None and known in panel.letters:
        raise JurorAlready()
    return known or f"Z{len(who) + 1}"


def _runs(it: Situation) -> bool:
    unit = signing_for.unit_of(it.seen.before.review)
    return signing_for.may_run(it.asking.organisation, it.body.person, unit, it.asking.today)


def _sealed_letter(it: Situation) -> str:
    return seal_letters(it.seen.sealed.key, {_next_letter(it): it.body.person})


def _chosen(it: Situation) -> str:
    """Who has least to read of those who may, by lot among equals; NobodyIsFree."""
    panel: State = it.state
    number, review = it.body.number, it.seen.before.review
    scored = it.seen.before.projects.get(number)
    who = letters_in(it.seen.sealed.key, panel.sealed_letters)
    free = [
        letter
        for letter in sorted(panel.jurors)
        if (number, letter) not in panel.assigned | panel.recused
        and (panel.terms is None or panel.load(letter) < panel.terms.dossiers_at_most)
        and scored is not None
        and not conflicting(
            it.asking.organisation, who[letter], scored, signing_for.unit_of(review), it.asking.today
        )
    ]
    if not free:
        raise NobodyIsFree(number=number)
    seed = _seed(it)
    return min(free, key=lambda one: (panel.load(one), sha256(f"{seed}\n{one}".encode()).digest()))


def _seed(it: Situation) -> str:
    """It follows from the lot of the panel and from how often somebody was assigned since."""
    panel: State = it.state
    told = f"{panel.lot}\n{it.body.number}\n{len(panel.assigned)}\n{len(panel.recused)}"
    return sha256(told.encode()).hexdigest()


ACTS = (
    Act(
        AddJuror,
        as_running_of,
        {
            "juror": _next_letter,
            "listed": lambda it: it.seen.listed,
            "runs": _runs,
            "sealed": _sealed_letter,
        },
        _adding,
        asks=Adding,
    ),
    Act(
        AssignJuror,
        as_running_of,
        {"juror": _chosen, "conflict": lambda _: False, "seed": _seed},
        _joining,
        asks=Assigning,
    ),
)

for _act in ACTS:
    offer(router, _act, "/{stream}", on_panel)
