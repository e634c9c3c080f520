"""What the rules of a panel read of its past, and the refusals that its parts share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal, TypeVar

from services.evaluation.domain.review.aggregation import Method
from shared.domain import NotAllowed, PersonId, Refusal

Round = Literal["first_review", "dossier_review", "on_site"]
Signing = Literal["chair", "clerk", "supervisor"]
JUROR = "juror"  # the office in which a juror acts, by letter
Seat = tuple[int, str]  # a dossier's number, a juror's letter
K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Scale:
    """A judged criterion, as its scheme names it, and the most that it can earn on this dossier."""

    criterion: str
    name: str
    weight: Decimal


@dataclass(frozen=True, slots=True)
class Dossier:
    """A project as a panel knows it: by a number. `computed` are its points that no juror can change."""

    number: int
    project: str
    computed: Decimal
    scales: tuple[Scale, ...]


@dataclass(frozen=True, slots=True)
class Terms:
    """How a panel works, fixed when it opens (R58)."""

    round: Round
    method: Method
    trimmed_from: int  # cards
    minimum_cards: int
    lowest_minimum: int  # that the review's committee may decide (R57)
    dossiers_at_most: int  # of one juror
    due: date
    chair: str
    vice_chair: str


@dataclass(frozen=True, slots=True)
class Mark:
    """What a juror gives a criterion; a reason where they have one."""

    criterion: str
    points: Decimal
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """What a juror gave a dossier, as it stands."""

    marks: tuple[Mark, ...]
    points: Decimal
    from_paper: bool = False  # not given by the juror in person: another paper may still correct it


@dataclass(frozen=True, slots=True)
class Typed:
    """A card that was typed from paper, until another person has typed it too (R60)."""

    typed_by: PersonId
    marks: tuple[Mark, ...]
    scan: str


@dataclass(frozen=True, slots=True)
class State:
    """A panel; letters stand for jurors in all of it."""

    cycle: str = ""
    lot: str = ""  # what jurors are drawn from, canonical; "": nothing is fixed yet
    fixed: int = 0  # how often
    terms: Terms | None = None
    dossiers: Mapping[int, Dossier] = field(default_factory=dict)  # without those that were withdrawn
    letters: frozenset[str] = frozenset()  # of all who were ever jurors here
    sealed_letters: tuple[str, ...] = ()  # who they are: a command's fact is made from it (R68)
    jurors: frozenset[str] = frozenset()  # who has not withdrawn
    assigned: frozenset[Seat] = frozenset()
    declared: frozenset[Seat] = frozenset()
    recused: frozenset[Seat] = frozenset()  # and found to be in conflict
    cards: Mapping[Seat, Card] = field(default_factory=dict)  # that count
    checks: Mapping[Seat, str] = field(default_factory=dict)  # asked and not answered: the reason
    typed: Mapping[Seat, Typed | None] = field(default_factory=dict)  # None: read differently
    signed: Mapping[Signing, str] = field(default_factory=dict)
    sealed: bool = False
    seed: str = ""  # that drew the jurors, and draws the order of the meeting
    order: tuple[int, ...] = ()  # of the on-site meeting
    on_stage: int | None = None
    shown: frozenset[int] = frozenset()  # whose turn has begun

    def load(self, juror: str) -> int:
        """How many dossiers a juror has."""
        return sum(who == juror for _, who in self.assigned)


class NoSuchPanel(Refusal):
    """This panel has not been opened.

    Open it with its dossiers and jurors first."""


class PanelIsOpen(Refusal):
    """This panel has been opened already.

    Open another for other dossiers."""


class PanelIsSealed(Refusal):
    """This panel is sealed: no mark changes any more.

    What was wrong is put right by an objection during the notice, or an adjustment after it."""


class NoSuchDossier(Refusal):
    """The panel has no dossier {number}.

    Choose a number from the panel's list."""


class JurorOverloaded(Refusal):
    """Juror {juror} has more than {most} dossiers.

    Assign some to others."""


class NotOfThePanel(Refusal):
    """{juror} is no juror of this panel.

    Choose a letter from the panel's list."""


class JurorInConflict(Refusal):
    """Juror {juror} is in conflict with dossier {number}.

    Assign another; a juror in conflict never judges."""


class NotThisJurors(NotAllowed):
    """Dossier {number} is not assigned to this juror.

    Score the dossiers in your own queue."""


def opened(panel: State) -> Terms:
    """The terms of a panel whose marks can still change."""
    if panel.terms is None:
        raise NoSuchPanel()
    if panel.sealed:
        raise PanelIsSealed()
    return panel.terms


def chair_of(panel: State, number: int | None = None) -> str | None:
    """Who chairs, for a dossier: the vice-chair where the chair may not; None where neither may (R59)."""
    if panel.terms is None:
        return None
    both = (panel.terms.chair, panel.terms.vice_chair)
    free = (j for j in both if j in panel.jurors and (number is None or (number, j) not in panel.recused))
    return next(free, None)


def dossier_of(panel: State, number: int) -> Dossier:
    """A dossier that is still before the panel."""
    if number not in panel.dossiers:
        raise NoSuchDossier(number=number)
    return panel.dossiers[number]


def assigned(panel: State, seat: Seat) -> Dossier:
    """The dossier of a seat that its juror has."""
    found = dossier_of(panel, seat[0])
    if seat not in panel.assigned or seat[1] not in panel.jurors:
        raise NotThisJurors(number=seat[0])
    return found


def without(kept: Mapping[K, V], *keys: K) -> dict[K, V]:
    """The same mapping less some keys, which need not be in it."""
    out = {*keys}
    return {key: value for key, value in kept.items() if key not in out}
