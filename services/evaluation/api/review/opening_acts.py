"""How a panel opens: its lot is fixed, then its jurors are drawn (R57)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from fastapi import APIRouter

from services.evaluation.api.acts import Situation, ledger_of, take
from services.evaluation.api.review import signing_for
from services.evaluation.api.review.panel_acts import Sealed, under_seal
from services.evaluation.domain.review.cycle.state import State as Cycle
from services.evaluation.domain.review.lot import CalledIn, Drawn, Lot
from services.evaluation.domain.review.panel import PANEL
from services.evaluation.domain.review.panel.changing import Lowered
from services.evaluation.domain.review.panel.fixing import FixLot
from services.evaluation.domain.review.panel.opening import OpenPanel
from services.evaluation.domain.review.panel.state import Dossier, State, Terms
from services.evaluation.parts import Parts
from services.evaluation.review.drawing import Before, before, drawn, fixed
from services.evaluation.review.entering import dossier
from services.evaluation.review.keys import letters_in
from services.evaluation.review.programme import card_of, rules_of
from shared.acting import Asking
from shared.acts import Act, offer
from shared.clock import today
from shared.decision import Outcome
from shared.domain import By, OfficeId, PersonId
from shared.web import Sent

router = APIRouter(prefix="/panels", tags=["review"])


# What is given where it is not the command's own fields


@dataclass(frozen=True, slots=True)
class Fixing:
    """Draw from the pool as it is now, and from those whom the review's committee has called in."""

    called_in: tuple[CalledIn, ...] = ()
    reason: str = ""  # why anew, where something of it has changed


@dataclass(frozen=True, slots=True)
class Opening:
    """Until when cards are due, and who chairs; without names two of the drawn, seniors first."""

    due: date
    chair: PersonId | None = None
    vice_chair: PersonId | None = None
    lowered: Lowered | None = None


# What is read before a decision


@dataclass(frozen=True, slots=True)
class Draw:
    """All that opening a panel takes."""

    before: Before
    sealed: Sealed
    lot: Lot
    seed: str
    drawn: Drawn  # so by this seed, and by no other
    fixed: int  # how often the lot had been then


async def _fixing(parts: Parts, panel: UUID, body: Any) -> Any:
    return await fixed(parts, panel, body.called_in), await before(parts, panel)


async def _drawing(parts: Parts, panel: UUID, _body: Any) -> Draw:
    lot, record, times = await drawn(parts, panel)
    known, sealed = await before(parts, panel), await under_seal(parts, panel)
    return Draw(known, sealed, lot, record.seed, record.drawn, times)


def as_running_of(asking: Asking, _panel: State, _body: Any, seen: Any) -> By:
    """Whoever runs the review, or its other department where the panel is of the host's own (R61)."""
    known: Before = seen[1] if isinstance(seen, tuple) else seen.before
    return signing_for.running_panel(asking, signing_for.unit_of(known.review), known.apart)


# Facts


def _terms(it: Situation) -> Terms:
    review = it.seen.before.review
    rules = rules_of(it.asking.organisation, review.programme)
    chair, vice_chair = _chairs(it)
    return Terms(
        round=review.rounds[review.at].round,
        method=rules.method,
        trimmed_from=rules.trimmed_from,
        minimum_cards=rules.minimum_cards,
        lowest_minimum=rules.lowest_minimum,
        dossiers_at_most=rules.load.dossiers_at_most,
        due=it.body.due,
        chair=chair,
        vice_chair=vice_chair,
    )


def _chairs(it: Situation) -> tuple[str, str]:
    """The letters of those who are named; of nobody, those of the most senior that were drawn."""
    who = letters_in(it.seen.sealed.key, it.state.sealed_letters)
    of_person = {person: letter for letter, person in who.items()}
    judging = {letter for _, letter in it.seen.drawn.assigned}
    seniors = [one.letter for one in it.seen.lot.jurors if one.letter in judging and one.senior]
    usual = iter((*seniors, *sorted(judging - {*seniors})))
    named = [of_person.get(person, "") if person else None for person in (it.body.chair, it.body.vice_chair)]
    free = (letter for letter in usual if letter not in named)
    chair, vice_chair = (next(free, "") if letter is None else letter for letter in named)
    return chair, vice_chair


def _dossiers(it: Situation) -> tuple[Dossier, ...]:
    review: Cycle = it.seen.before.review
    card = card_of(it.asking.organisation, review.programme)
    converted = review.unlike is not None and bool(review.unlike.conversion)
    projects = it.seen.before.projects
    return tuple(dossier(number, projects[number], card, converted=converted) for number in sorted(projects))


def _jurors(it: Situation) -> tuple[str, ...]:
    judging = {letter for _, letter in it.seen.drawn.assigned}
    return tuple(sorted(judging | {*it.seen.drawn.substitutes}))


def _tracks(it: Situation) -> tuple[str, ...]:
    return tuple(sorted({*it.seen.lot.tracks.values()}))


ACTS = (
    Act(
        FixLot,
        as_running_of,
        {
            "cycle": lambda it: it.seen[0].cycle,
            "lot": lambda it: it.seen[0].lot,
            "sealed": lambda it: it.seen[0].sealed,
            "same": lambda it: it.seen[0].stands(it.state),
        },
        _fixing,
        asks=Fixing,
    ),
    Act(
        OpenPanel,
        as_running_of,
        {
            "cycle": lambda it: it.seen.before.cycle,
            "tracks": _tracks,
            "terms": _terms,
            "dossiers": _dossiers,
            "jurors": _jurors,
            "assigned": lambda it: it.seen.drawn.assigned,
            "in_conflict": lambda it: tuple(sorted(it.seen.lot.conflicts)),
            "seed": lambda it: it.seen.seed,
            "fixed": lambda it: it.seen.fixed,
        },
        _drawing,
        asks=Opening,
    ),
)


async def on_panel(
    parts: Parts, act: Act, stream: UUID, body: Any, person: PersonId, office: OfficeId | None, sent: Sent
) -> Outcome:
    """In the ledger of the review that named it; nothing is drawn for who does not run it."""
    known = await before(parts, stream)
    unit = signing_for.unit_of(known.review)
    day = today(parts.clock, parts.settings.time_zone)
    signing_for.running_panel(Asking(person, parts.group.organisation, day, office), unit, known.apart)
    ledger = ledger_of(parts.group.organisation, unit)
    return await take(
        parts, act, PANEL, ledger=ledger, stream=stream, body=body, person=person, office=office, sent=sent
    )


for _act in ACTS:
    offer(router, _act, "/{stream}", on_panel)
