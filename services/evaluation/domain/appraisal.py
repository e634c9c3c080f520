"""Appraisal of secretaries: the hard figures of a year for each term of office, and what they follow from.

A secretary's figure is the mean of the scores of the projects of the unit that were closed in the year, each
weighted by the share of its days in that year on which the secretary held the office (R11); a score counts as
it was fixed, or adjusted since (R54). All is exact until the end, and then rounded half up to two digits.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from math import floor

from services.evaluation.domain.tally import Adoption, Stage
from shared.domain import PersonId, UnitId

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Days:
    """From a day to the first day without."""

    since: date
    end: date

    @property
    def count(self) -> int:
        """How many; none where the end does not lie behind the beginning."""
        return max(0, (self.end - self.since).days)

    def within(self, other: Days) -> Days:
        """Those that lie in both."""
        return Days(max(self.since, other.since), min(self.end, other.end))

    def holds(self, day: date) -> bool:
        """Whether a day is one of them."""
        return self.since <= day < self.end


# What it follows from


@dataclass(frozen=True, slots=True)
class Adjustment:
    """A change of a fixed score by the body that fixed it; both figures stay (R54, R63)."""

    event: str  # evaluation/<ledger>/<position>, as all events here
    on: date
    before: Decimal
    total: Decimal
    reason: str
    document: str


@dataclass(frozen=True, slots=True)
class Fixed:
    """A score as it was fixed at closing, and whatever was adjusted since."""

    total: Decimal
    event: str
    at: str  # event of projects up to which it was counted
    appeal_until: date  # R55
    adjustments: tuple[Adjustment, ...] = ()

    @property
    def in_force(self) -> Decimal:
        """The figure that counts."""
        return self.adjustments[-1].total if self.adjustments else self.total

    def may_be_appealed(self, on: date) -> bool:
        """Whether the unit may still ask for it to be looked at again (R55): until then it is not final."""
        return on <= self.appeal_until


@dataclass(frozen=True, slots=True)
class Figure:
    """An indicator at a moment: its confirmed value, if there is one, and by which event."""

    code: str
    name: str
    baseline: Decimal
    target: Decimal
    value: Decimal | None
    event: str


@dataclass(frozen=True, slots=True)
class Standing:
    """How a project stood at the beginning of a day: points by its own scheme, and its figures."""

    on: date
    earned: Decimal
    open: Decimal
    lost: Decimal
    figures: tuple[Figure, ...]
    position: int  # in the ledger of the project: the last event that counted


@dataclass(frozen=True, slots=True)
class MarkAdjustment:
    """A change of a review's mark or of its award; both stay (R54, R63)."""

    event: str
    on: date
    before: Decimal
    score: Decimal
    award_before: str | None
    award: str | None
    reason: str
    decision: str


@dataclass(frozen=True, slots=True)
class Mark:
    """What a review gave, as it was fixed; it is in no figure of an appraisal."""

    review: str
    year: int
    score: Decimal
    award: str | None
    event: str
    appeal_until: date  # R55
    adjustments: tuple[MarkAdjustment, ...] = ()

    @property
    def in_force(self) -> Decimal:
        """The mark since."""
        return self.adjustments[-1].score if self.adjustments else self.score


@dataclass(frozen=True, slots=True)
class Led:
    """A project of the unit, and the days from its approval to its end, or until now."""

    project: str
    reference: str
    title: str
    ran: Days
    over: bool
    fixed: Fixed | None = None
    stages: tuple[Stage, ...] = ()  # of whatever year (R24)
    adoptions: tuple[Adoption, ...] = ()
    marks: tuple[Mark, ...] = ()  # of reviews


@dataclass(frozen=True, slots=True)
class Term:
    """Somebody in the first office of the unit: secretary, or acting as one (R9)."""

    term: str
    person: PersonId
    office: str
    days: Days
    acting: bool = False
    document: str = ""


@dataclass(frozen=True, slots=True)
class Award:
    """An award of the year's review; one that was revoked stays, and says why (R63)."""

    project: str
    award: str
    event: str
    revoked: str = ""  # the event that revoked it
    reason: str = ""


# What comes of it


@dataclass(frozen=True, slots=True)
class Part:
    """One project in one term: days in office of its days in the year, and how it stood from–to (R11).

    None before: it began in the term. What it stood at is frozen at the end of the term.
    """

    led: Led
    days: int
    of: int
    before: Standing | None
    after: Standing | None
    counts: Decimal | None  # the score that counts for the year; None: not closed in it, or not fixed yet
    awards: tuple[Award, ...] = ()
    stages: tuple[Stage, ...] = ()  # reviewed by the end of this year, where the term lasted until then

    @property
    def weight(self) -> Fraction:
        """The share of its days."""
        return Fraction(self.days, self.of)


@dataclass(frozen=True, slots=True)
class Appraised:
    """A secretary's year in this unit; `days` are those of the term that lie in it."""

    term: Term
    days: Days
    parts: tuple[Part, ...]
    score: Decimal | None  # None: no project that was closed in the year ran in the term
    adopted: tuple[tuple[Led, Adoption], ...] = ()  # verified elsewhere in the term; it is in no score


@dataclass(frozen=True, slots=True)
class UnitYear:
    """A unit's year: the mean of its scores whoever held the office, and the days on which nobody did."""

    unit: UnitId
    year: Days
    score: Decimal | None
    secretaries: tuple[Appraised, ...]
    without: int


Standings = Mapping[tuple[str, str], tuple[Standing | None, Standing | None]]  # by term and project
NONE_TAKEN: Standings = {}


def appraise(
    unit: UnitId,
    year: Days,
    terms: Iterable[Term],
    projects: Iterable[Led],
    standings: Standings = NONE_TAKEN,
    awards: Sequence[Award] = (),
) -> UnitYear:
    """The year of a unit, its terms by their beginning, projects by reference; the order given is nothing."""
    known = sorted(projects, key=lambda one: one.reference)
    led = [one for one in known if one.ran.within(year).count]
    adopted = tuple((one, adoption) for one in known for adoption in one.adoptions)
    held = sorted(
        (term for term in terms if term.days.within(year).count), key=lambda t: (t.days.since, t.term)
    )
    return UnitYear(
        unit,
        year,
        _mean([(counted, Fraction(1)) for one in led if (counted := _counts(one, year)) is not None]),
        tuple(_appraised(term, year, led, standings, awards, adopted) for term in held),
        year.count - len({day for term in held for day in _each(term.days.within(year))}),
    )


def _appraised(
    term: Term,
    year: Days,
    projects: Sequence[Led],
    standings: Standings,
    awards: Sequence[Award],
    adopted: Sequence[tuple[Led, Adoption]],
) -> Appraised:
    days = term.days.within(year)
    parts = tuple(
        Part(
            led,
            shared,
            led.ran.within(year).count,
            *standings.get((term.term, led.project), (None, None)),
            _counts(led, year),
            tuple(award for award in awards if award.project == led.project),
            tuple(one for one in led.stages if days.holds(one.cut_off)),
        )
        for led in projects
        if (shared := led.ran.within(days).count)
    )
    counted = [(part.counts, part.weight) for part in parts if part.counts is not None]
    in_term = tuple((led, adoption) for led, adoption in adopted if days.holds(adoption.on))
    return Appraised(term, days, parts, _mean(counted), in_term)


def _counts(led: Led, year: Days) -> Decimal | None:
    """A score counts in the year in which its project was closed, and once only (R24)."""
    closed = led.over and year.holds(led.ran.end - DAY)
    return led.fixed.in_force if led.fixed and closed else None


def _mean(weighted: Sequence[tuple[Decimal, Fraction]]) -> Decimal | None:
    if not weighted:
        return None
    return rounded(
        sum((Fraction(score) * weight for score, weight in weighted), Fraction())
        / sum((weight for _, weight in weighted), Fraction())
    )


def rounded(exact: Fraction) -> Decimal:
    """Two digits, half up."""
    return Decimal(floor(exact * 100 + Fraction(1, 2))).scaleb(-2)


def _each(days: Days) -> Iterator[date]:
    return (days.since + DAY * number for number in range(days.count))
