"""A panel is sealed by three signatures on what its cards come to; then nothing changes (R58, R59)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from hashlib import sha256
from operator import itemgetter
from typing import assert_never

from services.evaluation.domain.review.aggregation import Method, aggregate, method_for
from services.evaluation.domain.review.panel.state import Signing, State, Terms, chair_of, opened
from shared.domain import By, NotAllowed, Refusal, Stale

SIGNERS: tuple[Signing, ...] = ("chair", "clerk", "supervisor")


@dataclass(frozen=True, slots=True)
class DossierResult:
    """What a dossier's cards come to; the normalised score is shown beside and decides nothing."""

    number: int
    project: str
    score: Decimal
    normalised: Decimal
    spread: Decimal  # standard deviation
    cards: int


# Events


@dataclass(frozen=True, slots=True)
class PanelSigned:
    signing: Signing
    signer: str  # the chair's letter, or who the other is
    seen: str  # SHA-256 of the cards that were signed


@dataclass(frozen=True, slots=True)
class PanelSealed:
    method: Method
    results: tuple[DossierResult, ...]


Event = PanelSigned | PanelSealed


# Commands


@dataclass(frozen=True, slots=True)
class SignPanel:
    """One of three; the last seals."""

    by: By
    signing: Signing
    signer: str  # fact: the letter of who acts, if they are a juror, or else the person
    seen: str  # SHA-256 of the cards as the signer read them


Command = SignPanel


# Refusals


class CardsAreMissing(Refusal):
    """Of dossiers {numbers} not all cards are there, or fewer than {minimum}.

    Remind the jurors, or have them withdraw and assign others; the committee may lower the minimum."""


class ChecksAreOpen(Refusal):
    """A check of dossiers {numbers} was asked for and is not answered.

    Wait for the juror, who corrects the marks or leaves them with a reason."""


class TypingIsOpen(Refusal):
    """Papers of dossiers {numbers} were typed by one person only.

    Have another person type them from the scan."""


class SignedAlready(Refusal):
    """This has been signed as {signing}.

    The others sign; whoever signed once does not sign again."""


class ThreePeopleSign(NotAllowed):
    """The chair signs, and two more people who judge nothing: the clerk and the supervisor.

    Let the right one sign this part."""


def decide(command: Command, panel: State) -> Sequence[Event]:
    """The events of a signature."""
    return sign_panel(command, panel)


def sign_panel(command: SignPanel, panel: State) -> Sequence[Event]:
    """By three people, each on the same cards: a card that changes takes signatures back (R59)."""
    terms = opened(panel)
    _refuse_unfinished(panel, terms)
    if command.signing in panel.signed:
        raise SignedAlready(signing=command.signing)
    chairs = command.signing == "chair"
    if chairs != (command.signer in panel.letters) or (chairs and command.signer != chair_of(panel)):
        raise ThreePeopleSign()
    if command.signer in panel.signed.values():
        raise ThreePeopleSign()
    if command.seen != digest(panel):
        raise Stale()
    signed = PanelSigned(command.signing, command.signer, command.seen)
    if len(panel.signed) + 1 < len(SIGNERS):
        return [signed]
    return [signed, sealed(panel, terms)]


def digest(panel: State) -> str:
    """SHA-256 of all cards that count, a line each: number, letter, points."""
    cards = sorted(panel.cards.items(), key=itemgetter(0))
    lines = (f"{number} {juror} {card.points}\n" for (number, juror), card in cards)
    return sha256("".join(lines).encode()).hexdigest()


def sealed(panel: State, terms: Terms) -> PanelSealed:
    """One method for all dossiers, plain where one has fewer cards than trimming needs (R58)."""
    cards = {
        dossier.project: {juror: card.points for (at, juror), card in panel.cards.items() if at == number}
        for number, dossier in sorted(panel.dossiers.items())
    }
    smallest = min((len(given) for given in cards.values()), default=0)
    method = method_for(terms.method, smallest, terms.trimmed_from)
    return PanelSealed(method, tuple(_results(panel, cards, method)))


def _results(
    panel: State, cards: Mapping[str, Mapping[str, Decimal]], method: Method
) -> Sequence[DossierResult]:
    found = aggregate(cards, method)
    return [
        DossierResult(
            number, dossier.project, of.score, of.normalised, of.spread, len(cards[dossier.project])
        )
        for number, dossier in sorted(panel.dossiers.items())
        for of in (found[dossier.project],)
    ]


def _refuse_unfinished(panel: State, terms: Terms) -> None:
    count = Counter(number for number, _ in panel.cards)
    late = {number for number, juror in panel.assigned - panel.cards.keys() if juror in panel.jurors}
    few = {number for number in panel.dossiers if count[number] < terms.minimum_cards}
    if missing := sorted(few | late):
        raise CardsAreMissing(numbers=missing, minimum=terms.minimum_cards)
    if panel.checks:
        raise ChecksAreOpen(numbers=sorted({number for number, _ in panel.checks}))
    if panel.typed:
        raise TypingIsOpen(numbers=sorted({number for number, _ in panel.typed}))


def evolve(panel: State, event: Event) -> State:
    """The panel after a signature."""
    match event:
        case PanelSigned():
            return replace(panel, signed={**panel.signed, event.signing: event.signer})
        case PanelSealed():
            return replace(panel, sealed=True)
        case _:
            assert_never(event)
