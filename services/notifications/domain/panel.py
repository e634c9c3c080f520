"""What is remembered of a panel, and what that leaves to be done: by jurors, by who runs it, by who signs."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from services.notifications.domain import heard

Seat = tuple[int, str]  # a dossier's number, a juror's letter
Duty = Literal["declare", "score", "check", "replace", "sign"]
SIGNING = ("chair", "clerk", "supervisor")
NONE: frozenset[Seat] = frozenset()


@dataclass(frozen=True, slots=True)
class Panel:
    """A panel that was opened; jurors are letters in all of it (R68)."""

    round: str
    tracks: tuple[str, ...]
    due: date
    minimum: int  # of cards on each dossier
    chairs: tuple[str, str]  # and who chairs in their stead
    jurors: frozenset[str]  # who has not withdrawn
    dossiers: frozenset[int] = frozenset()
    assigned: frozenset[Seat] = NONE
    declared: frozenset[Seat] = NONE
    recused: frozenset[Seat] = NONE
    cards: frozenset[Seat] = NONE
    checks: frozenset[Seat] = NONE  # asked and not answered
    typed: frozenset[Seat] = NONE  # by one person only
    signed: frozenset[str] = frozenset()
    over: bool = False  # sealed, or dissolved


@dataclass(frozen=True, slots=True)
class Owed:
    """Something that is to be done: by a juror's letter, a part of the signing, or "" for who runs it."""

    duty: Duty
    by: str
    numbers: tuple[int, ...] = ()  # dossiers that it is about, where it is about some

    @property
    def subject(self) -> str:
        """As obligations are told apart by."""
        return "/".join((self.duty, *map(str, self.numbers)))


def owed(panel: Panel | None) -> frozenset[Owed]:
    """All that waits for somebody; nothing before a panel opens and once it is sealed or dissolved."""
    if panel is None or panel.over:
        return frozenset()
    judging = {seat for seat in panel.assigned if seat[1] in panel.jurors}
    declare = {Owed("declare", juror) for _, juror in judging - panel.declared}
    score = {Owed("score", juror) for _, juror in (judging & panel.declared) - panel.cards}
    check = {Owed("check", juror, (number,)) for number, juror in panel.checks}
    short = _short(panel)
    lacking = {Owed("replace", "", short)} if short else set()
    return frozenset(declare | score | check | lacking | _signatures(panel))


def _short(panel: Panel) -> tuple[int, ...]:
    """Dossiers with fewer jurors than they need cards (R57)."""
    seats = Counter(number for number, _ in panel.assigned)
    return tuple(sorted(number for number in panel.dossiers if seats[number] < panel.minimum))


def _signatures(panel: Panel) -> set[Owed]:
    """Once all cards are there and nothing of them is open (R59)."""
    late = any(juror in panel.jurors for _, juror in panel.assigned - panel.cards)
    cards = Counter(number for number, _ in panel.cards)
    few = any(cards[number] < panel.minimum for number in panel.dossiers)
    if late or few or panel.checks or panel.typed:
        return set()
    chair = next((letter for letter in panel.chairs if letter in panel.jurors), "")
    left = [signing for signing in SIGNING if signing not in panel.signed]
    named = (chair if signing == "chair" else signing for signing in left)
    return {Owed("sign", name) for name in named if name}


def evolve(panel: Panel | None, event: heard.OfPanel) -> Panel | None:
    """The panel after an event; None before it opens. Once it is over nothing changes any more."""
    if panel is not None:
        return panel if panel.over else _moved(panel, event)
    if not isinstance(event, heard.PanelOpened):
        return None
    terms = event.terms
    chairs, jurors = (terms.chair, terms.vice_chair), frozenset(event.jurors)
    return Panel(terms.round, event.tracks, terms.due, terms.minimum_cards, chairs, jurors)


def _moved(panel: Panel, event: heard.OfPanel) -> Panel:
    match event:
        case heard.DossierPlaced():
            seats = {(event.dossier.number, juror) for juror in event.jurors}
            dossiers = panel.dossiers | {event.dossier.number}
            return replace(panel, dossiers=dossiers, assigned=panel.assigned | (seats - panel.recused))
        case heard.DossierWithdrawn():
            seats = {seat for seat in panel.assigned if seat[0] == event.number}
            return replace(_without(panel, seats), dossiers=panel.dossiers - {event.number})
        case heard.MinimumLowered():
            return replace(panel, minimum=event.minimum_cards)
        case heard.ChairsNamed():
            return replace(panel, chairs=(event.chair, event.vice_chair), signed=frozenset())
        case heard.JurorDeclared():
            return replace(panel, declared=panel.declared | {(at, event.juror) for at in event.numbers})
        case heard.JurorRecused():
            seat = (event.number, event.juror)
            return replace(_without(panel, {seat}), recused=panel.recused | {seat})
        case heard.JurorWithdrew():
            left = _without(panel, {(number, event.juror) for number in event.freed})
            own = {seat for seat in panel.assigned if seat[1] == event.juror}
            jurors = panel.jurors - {event.juror}
            return replace(left, jurors=jurors, checks=left.checks - own, typed=left.typed - own)
        case heard.JurorAdded():
            return replace(panel, jurors=panel.jurors | {event.juror})
        case heard.JurorAssigned():
            assigned = panel.assigned | {(event.number, event.juror)}
            return replace(panel, assigned=assigned, signed=frozenset())
        case heard.PanelSigned():
            return replace(panel, signed=panel.signed | {event.signing})
        case heard.PanelSealed() | heard.PanelDissolved():
            return replace(panel, over=True)
        case _:
            return _card(panel, event)


def _card(panel: Panel, event: heard.OfPanel) -> Panel:
    match event:
        case heard.ScorecardSubmitted() | heard.ScorecardCorrected():
            seat = {(event.number, event.juror)}
            given = replace(panel, cards=panel.cards | seat, signed=frozenset())
            return replace(given, checks=panel.checks - seat, typed=panel.typed - seat)
        case heard.ScorecardTyped() | heard.TypingDiffered():
            return replace(panel, typed=panel.typed | {(event.number, event.juror)})
        case heard.CheckAsked():
            return replace(panel, checks=panel.checks | {(event.number, event.juror)})
        case heard.ScorecardUpheld():
            return replace(panel, checks=panel.checks - {(event.number, event.juror)})
        case _:
            return panel


def _without(panel: Panel, seats: set[Seat]) -> Panel:
    """Less these seats and what hung on them; signatures are taken back."""
    return replace(
        panel,
        assigned=panel.assigned - seats,
        cards=panel.cards - seats,
        checks=panel.checks - seats,
        typed=panel.typed - seats,
        signed=frozenset(),
    )
