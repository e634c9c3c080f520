"""A panel opens with dossiers, jurors and method; it may lose a dossier or lower its minimum (R57, R58)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from services.evaluation.domain.review.aggregation import method_for
from services.evaluation.domain.review.panel.state import (
    Dossier,
    Seat,
    State,
    Terms,
    dossier_of,
    opened,
    without,
)
from shared.domain import By, Refusal

# Events


@dataclass(frozen=True, slots=True)
class PanelOpened:
    cycle: str
    tracks: tuple[str, ...]
    terms: Terms
    jurors: tuple[str, ...]  # letters, with the substitutes
    seed: str  # of the lot that assigned them


@dataclass(frozen=True, slots=True)
class DossierPlaced:
    """A dossier before the panel, and who judges it."""

    dossier: Dossier
    jurors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DossierWithdrawn:
    """It is no more before the panel, such as after an accident; its place stays empty."""

    number: int
    reason: str


@dataclass(frozen=True, slots=True)
class MinimumLowered:
    minimum_cards: int
    reason: str
    document: str  # of the committee's decision


Event = PanelOpened | DossierPlaced | DossierWithdrawn | MinimumLowered


# Commands


@dataclass(frozen=True, slots=True)
class OpenPanel:
    by: By
    cycle: str
    tracks: tuple[str, ...]
    terms: Terms  # its method is the one that is wanted
    dossiers: tuple[Dossier, ...]
    jurors: tuple[str, ...]
    assigned: tuple[Seat, ...]  # fact: by lot
    seed: str


@dataclass(frozen=True, slots=True)
class WithdrawDossier:
    by: By
    number: int
    reason: str


@dataclass(frozen=True, slots=True)
class LowerMinimum:
    """By the review's committee, where conflicts leave too few jurors (R57)."""

    by: By
    minimum_cards: int
    reason: str
    document: str


Command = OpenPanel | WithdrawDossier | LowerMinimum


# Refusals


class PanelIsOpen(Refusal):
    """This panel has been opened already.

    Open another for other dossiers."""


class DossiersAreNumbered(Refusal):
    """A panel has at least one dossier, numbered 1, 2, 3 and so on, each of another project.

    Correct the list."""


class TooFewJurors(Refusal):
    """Without those in conflict, dossiers {numbers} have fewer than {minimum} jurors.

    Add jurors, or have the review's committee lower the minimum with a reason."""


class JurorOverloaded(Refusal):
    """Juror {juror} has more than {most} dossiers.

    Assign some to others."""


class NotOfThePanel(Refusal):
    """{juror} is no juror of this panel.

    Choose a letter from the panel's list."""


class ChairsAreTwoJurors(Refusal):
    """Chair and vice-chair are two different jurors of the panel.

    Name two of its letters."""


class MinimumOutOfRange(Refusal):
    """The minimum may be lowered to {lowest} cards at the lowest, and is now {now}.

    Give a number between the two."""


class NeedsReasonAndDocument(Refusal):
    """The committee's decision is named, with its reason.

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
        case _:
            assert_never(command)


def open_panel(command: OpenPanel, panel: State) -> Sequence[Event]:
    """With as many jurors on each dossier as it needs, and one method for all of them (R57, R58)."""
    if panel.terms is not None:
        raise PanelIsOpen()
    numbers = [dossier.number for dossier in command.dossiers]
    projects = {dossier.project for dossier in command.dossiers}
    if not numbers or numbers != [*range(1, len(projects) + 1)]:
        raise DossiersAreNumbered()
    terms = command.terms
    if len({terms.chair, terms.vice_chair} & {*command.jurors}) < 2:
        raise ChairsAreTwoJurors()
    for _, juror in command.assigned:
        if juror not in command.jurors:
            raise NotOfThePanel(juror=juror)
    cards = Counter(number for number, _ in {*command.assigned})
    if short := [number for number in numbers if cards[number] < terms.minimum_cards]:
        raise TooFewJurors(numbers=short, minimum=terms.minimum_cards)
    for juror, load in sorted(Counter(juror for _, juror in {*command.assigned}).items()):
        if load > terms.dossiers_at_most:
            raise JurorOverloaded(juror=juror, most=terms.dossiers_at_most)
    method = method_for(terms.method, min(cards[number] for number in numbers), terms.trimmed_from)
    first = PanelOpened(
        command.cycle, command.tracks, replace(terms, method=method), command.jurors, command.seed
    )
    return [
        first,
        *(DossierPlaced(dossier, _jurors(dossier.number, command)) for dossier in command.dossiers),
    ]


def withdraw_dossier(command: WithdrawDossier, panel: State) -> Sequence[Event]:
    """With the reason; nobody moves up into its place."""
    opened(panel)
    dossier_of(panel, command.number)
    if not command.reason.strip():
        raise NeedsReasonAndDocument()
    return [DossierWithdrawn(command.number, command.reason)]


def lower_minimum(command: LowerMinimum, panel: State) -> Sequence[Event]:
    """The last resort where jurors are too few, and not below what the programme says (R57)."""
    terms = opened(panel)
    if not terms.lowest_minimum <= command.minimum_cards < terms.minimum_cards:
        raise MinimumOutOfRange(lowest=terms.lowest_minimum, now=terms.minimum_cards)
    if not command.reason.strip() or not command.document.strip():
        raise NeedsReasonAndDocument()
    return [MinimumLowered(command.minimum_cards, command.reason, command.document)]


def _jurors(number: int, command: OpenPanel) -> tuple[str, ...]:
    return tuple(sorted({juror for at, juror in command.assigned if at == number}))


def evolve(panel: State, event: Event) -> State:
    """The panel after it opened or lost something."""
    match event:
        case PanelOpened():
            jurors = frozenset(event.jurors)
            return replace(panel, terms=event.terms, letters=jurors, jurors=jurors)
        case DossierPlaced():
            number = event.dossier.number
            return replace(
                panel,
                dossiers={**panel.dossiers, number: event.dossier},
                assigned=panel.assigned | {(number, juror) for juror in event.jurors},
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
            )
        case MinimumLowered():
            terms = panel.terms and replace(panel.terms, minimum_cards=event.minimum_cards)
            return replace(panel, terms=terms)
        case _:
            assert_never(event)
