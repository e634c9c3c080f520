"""A panel opens with dossiers, jurors and method; it may lose a dossier or lower its minimum (R57, R58)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from services.evaluation.domain.review.aggregation import Method, method_for
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
    dossier_of,
    opened,
    without,
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


@dataclass(frozen=True, slots=True)
class DossierWithdrawn:
    """It is no more before the panel, such as after an accident; its place stays empty."""

    number: int
    reason: str
    document: str = ""  # of the decision


@dataclass(frozen=True, slots=True)
class MinimumLowered:
    minimum_cards: int
    reason: str
    document: str  # of the committee's decision


@dataclass(frozen=True, slots=True)
class ChairsNamed:
    chair: str
    vice_chair: str


Event = PanelOpened | DossierPlaced | DossierWithdrawn | MinimumLowered | ChairsNamed


# Commands


@dataclass(frozen=True, slots=True)
class Lowered:
    """The decision of the review's committee that fewer cards are enough (R57)."""

    minimum_cards: int
    reason: str
    document: str


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


@dataclass(frozen=True, slots=True)
class WithdrawDossier:
    by: By
    number: int
    reason: str
    document: str


@dataclass(frozen=True, slots=True)
class LowerMinimum:
    """By the review's committee, where conflicts leave too few jurors (R57)."""

    by: By
    to: Lowered


@dataclass(frozen=True, slots=True)
class NameChairs:
    """Others, where chair or vice-chair left or is in conflict."""

    by: By
    chair: str
    vice_chair: str


Command = OpenPanel | WithdrawDossier | LowerMinimum | NameChairs


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


class ChairsAreTwoJurors(Refusal):
    """Chair and vice-chair are two different jurors of the panel.

    Name two of its letters."""


class MinimumOutOfRange(Refusal):
    """The minimum may be lowered to {lowest} cards at the lowest, and is now {now}.

    Give a number between the two."""


class JurorsAreEnough(Refusal):
    """Each dossier has as many jurors as it needs; their cards are waited for.

    Remind those who are late, or have them withdraw."""


class NeedsReasonAndDocument(Refusal):
    """What is decided is named by its document, with its reason.

    Give both."""


def decide(command: Command, panel: State) -> Sequence[Event]:
    """The events of a command about the panel as a whole."""
    match command:
        case OpenPanel():
            return open_panel(command, panel)
        case WithdrawDossier():
            return withdraw_dossier(command, panel)
        case LowerMinimum():
            return lower_minimum(command, panel)
        case NameChairs():
            return name_chairs(command, panel)
        case _:
            assert_never(command)


def open_panel(command: OpenPanel, panel: State) -> Sequence[Event]:
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
    _chairs(terms.chair, terms.vice_chair, command.jurors)
    if not 1 <= terms.lowest_minimum <= terms.minimum_cards:
        raise MinimumOutOfRange(lowest=1, now=terms.minimum_cards)
    for number, juror in command.assigned:
        if number not in numbers:
            raise NoSuchDossier(number=number)
        if juror not in command.jurors:
            raise NotOfThePanel(juror=juror)
        if (number, juror) in command.in_conflict:
            raise JurorInConflict(juror=juror, number=number)
    lowered = [_lowered(command.lowered, terms)] if command.lowered else []
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


def withdraw_dossier(command: WithdrawDossier, panel: State) -> Sequence[Event]:
    """By a decision with its reason; nobody moves up into its place."""
    opened(panel)
    dossier_of(panel, command.number)
    if not command.reason.strip() or not command.document.strip():
        raise NeedsReasonAndDocument()
    return [DossierWithdrawn(command.number, command.reason, command.document)]


def lower_minimum(command: LowerMinimum, panel: State) -> Sequence[Event]:
    """The last resort where jurors are too few, and not below what the programme says (R57)."""
    terms = opened(panel)
    lowered = _lowered(command.to, terms)
    assigned = Counter(number for number, _ in panel.assigned)
    if all(assigned[number] >= terms.minimum_cards for number in panel.dossiers):
        raise JurorsAreEnough()
    return [lowered]


def name_chairs(command: NameChairs, panel: State) -> Sequence[Event]:
    """Two jurors of the panel."""
    opened(panel)
    _chairs(command.chair, command.vice_chair, panel.jurors)
    return [ChairsNamed(command.chair, command.vice_chair)]


def _chairs(chair: str, vice_chair: str, jurors: Collection[str]) -> None:
    if chair == vice_chair or chair not in jurors or vice_chair not in jurors:
        raise ChairsAreTwoJurors()


def _lowered(to: Lowered, terms: Terms) -> MinimumLowered:
    if not terms.lowest_minimum <= to.minimum_cards < terms.minimum_cards:
        raise MinimumOutOfRange(lowest=terms.lowest_minimum, now=terms.minimum_cards)
    if not to.reason.strip() or not to.document.strip():
        raise NeedsReasonAndDocument()
    return MinimumLowered(to.minimum_cards, to.reason, to.document)


def _of(number: int, seats: Sequence[Seat]) -> tuple[str, ...]:
    return tuple(sorted({juror for at, juror in seats if at == number}))


def evolve(panel: State, event: Event) -> State:
    """The panel after it opened or lost something."""
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
        case DossierWithdrawn():
            seats = [seat for seat in panel.assigned | panel.recused if seat[0] == event.number]
            return replace(
                panel,
                dossiers=without(panel.dossiers, event.number),
                assigned=panel.assigned - {*seats},
                cards=without(panel.cards, *seats),
                checks=without(panel.checks, *seats),
                typed=without(panel.typed, *seats),
                signed={},
                on_stage=None if panel.on_stage == event.number else panel.on_stage,
            )
        case MinimumLowered():
            terms = panel.terms and replace(panel.terms, minimum_cards=event.minimum_cards)
            return replace(panel, terms=terms)
        case ChairsNamed():
            named = panel.terms and replace(panel.terms, chair=event.chair, vice_chair=event.vice_chair)
            return replace(panel, terms=named, signed={})
        case _:
            assert_never(event)
