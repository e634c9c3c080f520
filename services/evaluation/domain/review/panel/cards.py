"""Scorecards: given and corrected by the juror alone, or typed from paper by two (R59, R60)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import assert_never

from services.evaluation.domain.review.panel.stage import refuse_not_shown
from services.evaluation.domain.review.panel.state import (
    Card,
    Dossier,
    Mark,
    Seat,
    State,
    Typed,
    assigned,
    opened,
    without,
)
from shared.domain import By, NotAllowed, PersonId, Refusal

SMALLEST_STEP = Decimal("0.01")


# Events


@dataclass(frozen=True, slots=True)
class ScorecardSubmitted:
    number: int
    juror: str
    marks: tuple[Mark, ...]
    points: Decimal  # with the computed ones
    late: bool  # after the panel's last day
    from_paper: bool = False  # as two people have read it


@dataclass(frozen=True, slots=True)
class ScorecardCorrected:
    number: int
    juror: str
    marks: tuple[Mark, ...]
    points: Decimal
    before: Decimal
    late: bool
    from_paper: bool = False


@dataclass(frozen=True, slots=True)
class ScorecardTyped:
    """Marks from paper as the first person read them; they count once a second has read the same."""

    number: int
    juror: str
    typed_by: PersonId
    marks: tuple[Mark, ...]
    scan: str  # SHA-256


@dataclass(frozen=True, slots=True)
class TypingDiffered:
    """Two people read the paper differently; both type again."""

    number: int
    juror: str
    criteria: tuple[str, ...]


Event = ScorecardSubmitted | ScorecardCorrected | ScorecardTyped | TypingDiffered


# Commands


@dataclass(frozen=True, slots=True)
class SubmitScorecard:
    """The juror's own, the first or a correction of it."""

    by: By
    number: int
    juror: str  # fact: the letter of who acts
    marks: tuple[Mark, ...]
    on: date


@dataclass(frozen=True, slots=True)
class TypeScorecard:
    """A clerk's typing of a signed paper: the first, or the second person's, blind."""

    by: By
    number: int
    juror: str  # as the paper says
    marks: tuple[Mark, ...]
    scan: str
    signed: bool  # whether the juror's signature is on it
    on: date


Command = SubmitScorecard | TypeScorecard


# Refusals


class DeclareFirst(Refusal):
    """Before a dossier opens you say whether anything ties you to it.

    Declare your ties, or that there are none, and score it then."""


class EveryCriterionIsMarked(Refusal):
    """Not marked exactly once, or not of this dossier: {criteria}.

    Give each of its judged criteria one mark, and nothing else."""


class MarkOutOfRange(Refusal):
    """{criterion} takes 0 to {weight} points, with at most two decimals.

    Correct the mark."""


class PaperIsUnsigned(Refusal):
    """The paper is typed with its scan, and bears the juror's signature.

    Have it signed, scan it, and type it then."""


class JurorGaveTheCard(NotAllowed):
    """Juror {juror} has given the card for dossier {number} in person, and nobody else changes it.

    If the paper says otherwise, have the chair ask the juror to look again."""


class SecondPersonTypes(NotAllowed):
    """The same person may not type a paper twice.

    Another clerk types it from the scan, without seeing the first typing."""


def decide(command: Command, panel: State) -> Sequence[Event]:
    """The events of a command about a card."""
    match command:
        case SubmitScorecard():
            return submit_scorecard(command, panel)
        case TypeScorecard():
            return type_scorecard(command, panel)
        case _:
            assert_never(command)


def submit_scorecard(command: SubmitScorecard, panel: State) -> Sequence[Event]:
    """After the declaration; a correction is an act of its own, until the panel is sealed (R59)."""
    seat = (command.number, command.juror)
    dossier = _scored_by(panel, seat)
    _refuse_wrong(command.marks, dossier)
    return [_given(seat, dossier, command, panel)]


def type_scorecard(command: TypeScorecard, panel: State) -> Sequence[Event]:
    """Typed by one, checked by another against the scan; never over a card of the juror's own (R59, R60)."""
    seat = (command.number, command.juror)
    dossier = _scored_by(panel, seat)
    if seat in panel.cards and not panel.cards[seat].from_paper:
        raise JurorGaveTheCard(juror=command.juror, number=command.number)
    if not command.signed or not command.scan:
        raise PaperIsUnsigned()
    _refuse_wrong(command.marks, dossier)
    first = panel.typed.get(seat)
    if first is None or first.scan != command.scan:
        return [ScorecardTyped(*seat, command.by.person, command.marks, command.scan)]
    if first.typed_by == command.by.person:
        raise SecondPersonTypes()
    read, again = _by_criterion(first.marks), _by_criterion(command.marks)
    if differing := tuple(sorted(code for code in read if read[code] != again[code])):
        return [TypingDiffered(*seat, differing)]
    return [_given(seat, dossier, command, panel)]


def _scored_by(panel: State, seat: Seat) -> Dossier:
    """The dossier of a seat whose juror has said what ties them to it."""
    opened(panel)
    dossier = assigned(panel, seat)
    if seat not in panel.declared:
        raise DeclareFirst()
    refuse_not_shown(panel, seat[0])
    return dossier


def _given(seat: Seat, dossier: Dossier, command: Command, panel: State) -> Event:
    """A first card, or the correction of one."""
    marks, from_paper = command.marks, isinstance(command, TypeScorecard)
    points = dossier.computed + sum((mark.points for mark in marks), Decimal(0))
    late = command.on > opened(panel).due
    if (before := panel.cards.get(seat)) is not None:
        return ScorecardCorrected(*seat, marks, points, before.points, late, from_paper)
    return ScorecardSubmitted(*seat, marks, points, late, from_paper)


def _refuse_wrong(marks: Sequence[Mark], dossier: Dossier) -> None:
    scales = {scale.criterion: scale for scale in dossier.scales}
    given = Counter(mark.criterion for mark in marks)
    if wrong := [code for code in sorted({*scales, *given}) if code not in scales or given[code] != 1]:
        raise EveryCriterionIsMarked(
            criteria=tuple(scales[code].name if code in scales else code for code in wrong)
        )
    for mark in marks:
        scale = scales[mark.criterion]
        within = mark.points.is_finite() and 0 <= mark.points <= scale.weight
        if not within or mark.points % SMALLEST_STEP:
            raise MarkOutOfRange(criterion=scale.name, weight=scale.weight)


def _by_criterion(marks: Sequence[Mark]) -> dict[str, Decimal]:
    return {mark.criterion: mark.points for mark in marks}


def evolve(panel: State, event: Event) -> State:
    """The panel after something happened to a card; a changed card takes back what was signed."""
    seat = (event.number, event.juror)
    match event:
        case ScorecardSubmitted() | ScorecardCorrected():
            card = Card(event.marks, event.points, event.from_paper)
            return replace(
                panel,
                cards={**panel.cards, seat: card},
                checks=without(panel.checks, seat),
                typed=without(panel.typed, seat),
                signed={},
            )
        case ScorecardTyped():
            typed = Typed(event.typed_by, event.marks, event.scan)
            return replace(panel, typed={**panel.typed, seat: typed})
        case TypingDiffered():
            return replace(panel, typed={**panel.typed, seat: None})
        case _:
            assert_never(event)
