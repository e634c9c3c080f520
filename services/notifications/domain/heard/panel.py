"""What is read of a panel: its dossiers, who judges them by letter, and how far they are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Terms:
    round: str
    minimum_cards: int
    due: date
    chair: str
    vice_chair: str


@dataclass(frozen=True, slots=True)
class Dossier:
    number: int


@dataclass(frozen=True, slots=True)
class PanelOpened:
    cycle: str
    tracks: tuple[str, ...]
    terms: Terms
    jurors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DossierPlaced:
    dossier: Dossier
    jurors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DossierWithdrawn:
    number: int


@dataclass(frozen=True, slots=True)
class MinimumLowered:
    minimum_cards: int


@dataclass(frozen=True, slots=True)
class ChairsNamed:
    chair: str
    vice_chair: str


@dataclass(frozen=True, slots=True)
class JurorDeclared:
    juror: str
    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class JurorRecused:
    number: int
    juror: str


@dataclass(frozen=True, slots=True)
class JurorWithdrew:
    juror: str
    freed: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class JurorAdded:
    juror: str


@dataclass(frozen=True, slots=True)
class JurorAssigned:
    number: int
    juror: str


@dataclass(frozen=True, slots=True)
class ScorecardSubmitted:
    number: int
    juror: str


@dataclass(frozen=True, slots=True)
class ScorecardCorrected:
    number: int
    juror: str


@dataclass(frozen=True, slots=True)
class ScorecardTyped:
    number: int
    juror: str


@dataclass(frozen=True, slots=True)
class TypingDiffered:
    number: int
    juror: str


@dataclass(frozen=True, slots=True)
class CheckAsked:
    number: int
    juror: str


@dataclass(frozen=True, slots=True)
class ScorecardUpheld:
    number: int
    juror: str


@dataclass(frozen=True, slots=True)
class PanelSigned:
    signing: str


@dataclass(frozen=True, slots=True)
class PanelSealed:
    pass


@dataclass(frozen=True, slots=True)
class PanelDissolved:
    """Said by the review, of one of its panels."""

    panel: str


OfPanel = (
    PanelOpened
    | DossierPlaced
    | DossierWithdrawn
    | MinimumLowered
    | ChairsNamed
    | JurorDeclared
    | JurorRecused
    | JurorWithdrew
    | JurorAdded
    | JurorAssigned
    | ScorecardSubmitted
    | ScorecardCorrected
    | ScorecardTyped
    | TypingDiffered
    | CheckAsked
    | ScorecardUpheld
    | PanelSigned
    | PanelSealed
    | PanelDissolved
)
