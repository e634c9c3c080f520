"""A panel opens with its dossiers, the jurors that were drawn, and one method (R57, R58)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from services.evaluation.domain.review.aggregation import Method, method_for
from services.evaluation.domain.review.panel.changing import (
    Lowered,
    MinimumLowered,
    MinimumOutOfRange,
    lowered_to,
    refuse_one_chair,
)
from services.evaluation.domain.review.panel.state import (
    Dossier,
    JurorInConflict,
    JurorOverloaded,
    NoSuchDossier,
    NotOfThePanel,
    PanelIsOpen,
    Seat,
    State,
    Terms,
)
from shared.domain import By, Refusal, Stale

# Events


@dataclass(frozen=True, slots=True)
class PanelOpened:
    cycle: str
    tracks: tuple[str, ...]
    terms: Terms
    wanted: Method  # by the programme; that of the terms is what the number of jurors allows, for good
    jurors: tuple[str, ...]  # letters, with the substitutes
    seed: str  # of the lot that assigned them


@dataclass(frozen=True, slots=True)
class DossierPlaced:
    """A dossier before the panel, and who judges it."""

    dossier: Dossier
    jurors: tuple[str, ...]
    in_conflict: tuple[str, ...]  # as units, offices, pairs and past decisions show


Event = PanelOpened | DossierPlaced


# Command


@dataclass(frozen=True, slots=True)
class OpenPanel:
    """Draw the jurors from what was fixed, and open the panel with them."""

    by: By
    cycle: str
    tracks: tuple[str, ...]
    terms: Terms  # its method is the one that is wanted
    dossiers: tuple[Dossier, ...]
    jurors: tuple[str, ...]
    assigned: tuple[Seat, ...]  # fact: by lot
    in_conflict: tuple[Seat, ...]  # fact
    seed: str
    fixed: int  # fact: how often the lot had been fixed when this was drawn from it
    lowered: Lowered | None = None


# Refusals


class LotIsNotFixed(Refusal):
    """What the jurors are drawn from is not fixed yet, or was fixed for another review.

    Fix the lot first; its seed follows from what is recorded then."""


class DossiersAreNumbered(Refusal):
    """A panel has at least one dossier, numbered 1, 2, 3 and so on, each of another project.

    Correct the list."""


class TooFewJurors(Refusal):
    """Without those in conflict, dossiers {numbers} have fewer than {minimum} jurors.

    Add jurors, or have the review's committee lower the minimum with a reason."""


def open_panel(command: OpenPanel, panel: State) -> Sequence[Event | MinimumLowered]:
    """With as many jurors on each dossier as it needs, and one method for all of them (R57, R58)."""
    if panel.terms is not None:
        raise PanelIsOpen()
    if not panel.lot or panel.cycle != command.cycle:
        raise LotIsNotFixed()
    if panel.fixed != command.fixed:
        raise Stale()
    numbers = [dossier.number for dossier in command.dossiers]
    projects = {dossier.project for dossier in command.dossiers}
    if not numbers or numbers != [*range(1, len(projects) + 1)]:
        raise DossiersAreNumbered()
    terms = command.terms
    refuse_one_chair(terms.chair, terms.vice_chair, command.jurors)
    if not 1 <= terms.lowest_minimum <= terms.minimum_cards:
        raise MinimumOutOfRange(lowest=1, now=terms.minimum_cards)
    for number, juror in command.assigned:
        if number not in numbers:
            raise NoSuchDossier(number=number)
        if juror not in command.jurors:
            raise NotOfThePanel(juror=juror)
        if (number, juror) in command.in_conflict:
            raise JurorInConflict(juror=juror, number=number)
    lowered = [lowered_to(command.lowered, terms)] if command.lowered else []
    minimum = lowered[0].minimum_cards if lowered else terms.minimum_cards
    cards = Counter(number for number, _ in {*command.assigned})
    if short := [number for number in numbers if cards[number] < minimum]:
        raise TooFewJurors(numbers=short, minimum=minimum)
    for juror, load in sorted(Counter(juror for _, juror in {*command.assigned}).items()):
        if load > terms.dossiers_at_most:
            raise JurorOverloaded(juror=juror, most=terms.dossiers_at_most)
    method = method_for(terms.method, min(cards[number] for number in numbers), terms.trimmed_from)
    first = PanelOpened(
        command.cycle,
        command.tracks,
        replace(terms, method=method),
        terms.method,
        command.jurors,
        command.seed,
    )
    placed = (
        DossierPlaced(
            dossier, _of(dossier.number, command.assigned), _of(dossier.number, command.in_conflict)
        )
        for dossier in command.dossiers
    )
    return [first, *lowered, *placed]


def _of(number: int, seats: Sequence[Seat]) -> tuple[str, ...]:
    return tuple(sorted({juror for at, juror in seats if at == number}))


def evolve(panel: State, event: Event) -> State:
    """The panel after it opened."""
    match event:
        case PanelOpened():
            jurors = frozenset(event.jurors)
            return replace(panel, terms=event.terms, letters=jurors, jurors=jurors, seed=event.seed)
        case DossierPlaced():
            number = event.dossier.number
            return replace(
                panel,
                dossiers={**panel.dossiers, number: event.dossier},
                assigned=panel.assigned | {(number, juror) for juror in event.jurors},
                recused=panel.recused | {(number, juror) for juror in event.in_conflict},
            )
        case _:
            assert_never(event)
