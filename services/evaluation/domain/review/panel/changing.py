"""A panel may lose a dossier, lower its minimum of cards, and get other chairs (R57)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from services.evaluation.domain.review.panel.state import (
    State,
    Terms,
    dossier_of,
    opened,
    without,
)
from shared.domain import By, Refusal

# Events


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


@dataclass(frozen=True, slots=True)
class Lowered:
    """The decision of the review's committee that fewer cards are enough (R57)."""

    minimum_cards: int
    reason: str
    document: str


Event = DossierWithdrawn | MinimumLowered | ChairsNamed


# Commands


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


Command = WithdrawDossier | LowerMinimum | NameChairs


# Refusals


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
        case WithdrawDossier():
            return withdraw_dossier(command, panel)
        case LowerMinimum():
            return lower_minimum(command, panel)
        case NameChairs():
            return name_chairs(command, panel)
        case _:
            assert_never(command)


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
    lowered = lowered_to(command.to, terms)
    assigned = Counter(number for number, _ in panel.assigned)
    if all(assigned[number] >= terms.minimum_cards for number in panel.dossiers):
        raise JurorsAreEnough()
    return [lowered]


def name_chairs(command: NameChairs, panel: State) -> Sequence[Event]:
    """Two jurors of the panel."""
    opened(panel)
    refuse_one_chair(command.chair, command.vice_chair, panel.jurors)
    return [ChairsNamed(command.chair, command.vice_chair)]


def refuse_one_chair(chair: str, vice_chair: str, jurors: Collection[str]) -> None:
    if chair == vice_chair or chair not in jurors or vice_chair not in jurors:
        raise ChairsAreTwoJurors()


def lowered_to(to: Lowered, terms: Terms) -> MinimumLowered:
    if not terms.lowest_minimum <= to.minimum_cards < terms.minimum_cards:
        raise MinimumOutOfRange(lowest=terms.lowest_minimum, now=terms.minimum_cards)
    if not to.reason.strip() or not to.document.strip():
        raise NeedsReasonAndDocument()
    return MinimumLowered(to.minimum_cards, to.reason, to.document)


def evolve(panel: State, event: Event) -> State:
    """The panel after it lost something, or has others in the chair."""
    match event:
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
