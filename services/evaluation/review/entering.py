"""Which projects may enter a review, and with what: from their fixed scores (R20, R37, R54, R56)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from hashlib import sha256
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.evaluation.domain.formulas import INNER
from services.evaluation.domain.review.cycle.collecting import Closed
from services.evaluation.domain.review.cycle.state import Entrant, State
from services.evaluation.domain.review.panel.state import Dossier, Scale
from services.evaluation.domain.scheme import Scheme
from services.evaluation.domain.score import CriterionScore, Score, score
from services.evaluation.projections import SCORES
from services.evaluation.review.conflicts import compared
from services.evaluation.review.view import REVIEWS
from services.evaluation.scores_read import Scored, read_scores
from shared.decision import Read
from shared.domain import NotKnown, UnitId
from shared.offices import size_class
from shared.organisation import Organisation
from shared.scheme import SchemeUnreadable

RECOMMENDED = ("recommended", "recommended_pair")  # the awards of a company's review (R56)
SMALL_AND_FAR = frozenset({"小", "远", "散", "新"})
FRONT_LINE = frozenset({"production", "construction"})
FUNCTIONAL = "functional"
RESULTS, ATTAINMENT = "results", "attainment"  # group and criterion that decide between equal scores


@dataclass(frozen=True, slots=True)
class Candidate:
    """A project whose score is fixed, as a review may collect it."""

    scored: Scored
    vetoed: bool
    recommended: bool  # by a company's review of the year; of a company's own all are
    other_year: int  # whose review of the same unit has it; mostly 0


async def candidates(
    connection: AsyncConnection, organisation: Organisation, cycle: State, on: date, named: Iterable[str] = ()
) -> list[Candidate]:
    """What a review may collect: of a company all with a fixed score, of the group what is recommended.

    And what is named of the units below it. By project.
    """
    scores = SCORES.table("scores")
    wanted = {UUID(project) for project in named}
    if cycle.unit == organisation.group:
        recommended = await _recommended(connection, cycle.year)
        query = select(scores).where(scores.c.project.in_(wanted | recommended))
    else:
        query = select(scores).where((scores.c.company == cycle.unit) | scores.c.project.in_(wanted))
        recommended = None
    fixed = await read_scores(connection, query.where(scores.c.fixed.is_not(None)), on)
    found = [one for one in fixed if _below(organisation, one, cycle)]  # no other unit's, by whatever name
    vetoed = await vetoed_among(connection, (str(one.project) for one in found))
    years = await _other_years(connection, cycle, [one.project for one in found])
    return [
        Candidate(
            one,
            str(one.project) in vetoed,
            recommended is None or one.project in recommended,
            years.get(one.project, 0),
        )
        for one in sorted(found, key=lambda one: one.project)
    ]


def closings_read(found: Iterable[Candidate]) -> Read:
    """Up to the closings that fixed scores follow from: who reads on from a review knows its projects."""
    read = Read()
    for closing in (one.scored.at_closing for one in found):
        if closing is not None:
            ledger, position = closing.event.rsplit("/", 1)
            read = read.joined(Read({ledger: int(position)}, closing.recorded_at))
    return read


def _below(organisation: Organisation, one: Scored, cycle: State) -> bool:
    own = one.tally.company == cycle.unit  # wherever its branch stands by now
    return own or (cycle.unit is not None and organisation.reaches(cycle.unit, UnitId(one.tally.unit)))


async def vetoed_among(connection: AsyncConnection, projects: Iterable[str]) -> frozenset[str]:
    """Those of these projects for which a veto is in force."""
    table = REVIEWS.table("vetoes")
    wanted = frozenset(projects)
    found = (await connection.execute(select(table.c.project).distinct())).scalars()
    return wanted.intersection(found)


async def _other_years(
    connection: AsyncConnection, cycle: State, projects: Sequence[UUID]
) -> dict[UUID, int]:
    """Of those of these projects that are in the same unit's review of another year, which (R24)."""
    cycles, entrants = REVIEWS.table("cycles"), REVIEWS.table("entrants")
    query = (
        select(entrants.c.project, cycles.c.year)
        .join(cycles, cycles.c.cycle == entrants.c.cycle)
        .where(cycles.c.unit == cycle.unit, cycles.c.year != cycle.year, entrants.c.out != "left_out")
    )
    found = (await connection.execute(query.where(entrants.c.project.in_(projects)))).all()
    return {row.project: row.year for row in found}


async def _recommended(connection: AsyncConnection, year: int) -> set[UUID]:
    cycles, entrants = REVIEWS.table("cycles"), REVIEWS.table("entrants")
    query = (
        select(entrants.c.project)
        .join(cycles, cycles.c.cycle == entrants.c.cycle)
        .where(cycles.c.year == year, entrants.c.standing == "confirmed", entrants.c.award.in_(RECOMMENDED))
    )
    return {*(await connection.execute(query)).scalars()}


def to_collect(
    found: Iterable[Candidate],
    organisation: Organisation,
    cycle: State,
    on: date,
    exceptions: Mapping[str, str],
) -> tuple[Closed, ...]:
    """All that is eligible and not in the review, or only the named ones, with the reasons of exceptions.

    NotKnown for a named one whose score is not fixed; SchemeUnreadable.
    """
    known = {str(one.scored.project): one for one in found}
    if unknown := exceptions.keys() - known.keys():
        raise NotKnown(project=min(unknown))
    chosen = [
        one
        for project, one in known.items()
        if (project in exceptions if exceptions else _eligible(one, cycle))
    ]
    return tuple(
        Closed(
            _entrant(one.scored, organisation, cycle, on),
            one.scored.tally.over_on or on,
            one.vetoed,
            exceptions.get(str(one.scored.project), ""),
            one.recommended,
            one.other_year,
        )
        for one in chosen
    )


def _eligible(one: Candidate, cycle: State) -> bool:
    closed_on = one.scored.tally.over_on
    in_days = closed_on is not None and cycle.closed_from <= closed_on <= cycle.closed_until
    free = not one.vetoed and not one.other_year and str(one.scored.project) not in cycle.entrants
    return in_days and free


def _entrant(scored: Scored, organisation: Organisation, cycle: State, on: date) -> Entrant:
    tally, closing = scored.tally, _at_closing(scored)
    branch = UnitId(tally.unit)
    unit = organisation.units.get(branch)
    marks = frozenset(unit.marks_on(on)) if unit else frozenset[str]()
    kind = unit.kind if unit else ""
    assert scored.fixed is not None  # the query's condition
    assert cycle.unit is not None  # whoever collects has opened
    return Entrant(
        project=str(scored.project),
        branch=branch,
        unit=compared(organisation, branch, cycle.unit),
        track=tally.track,
        score=scored.fixed,
        results=next((group.earned for group in closing.groups if group.code == RESULTS), Decimal(0)),
        attainment=next((one.earned for one in closing.criteria if one.code == ATTAINMENT), Decimal(0)),
        preferred=bool(marks & SMALL_AND_FAR) or kind in FRONT_LINE,
        frontline=kind in FRONT_LINE,
        functional=kind == FUNCTIONAL,
        pair=bool(tally.around.partners),
        scheme=signature(closing),
        group=comparable_group(organisation, branch, on),
    )


def comparable_group(organisation: Organisation, branch: UnitId, on: date) -> str:
    """Units of one kind and size; those that are small, far, scattered or new are a group (R66)."""
    unit = organisation.units.get(branch)
    if unit is None:
        return ""
    if SMALL_AND_FAR.intersection(unit.marks_on(on)):
        return "small_and_far"
    members = len(organisation.members_of(branch)) or unit.full_members
    return f"{unit.kind}/{size_class(members)}"


def signature(closing: Score) -> str:
    """By which criteria and weights a score was computed: unlike ones are not ranked together (R20)."""
    told = "\n".join(f"{one.code} {one.stated.normalize():f}" for one in sorted(closing.criteria, key=_code))
    return sha256(told.encode()).hexdigest()[:12]


def _code(one: CriterionScore) -> str:
    return one.code


def dossier(number: int, scored: Scored, card: Scheme, *, converted: bool) -> Dossier:
    """A project as a panel is given it: its computed points by its own scheme, the card's criteria (R20).

    `converted`: brought in proportion to what the card's own computed criteria weigh. The share of the
    score at closing is left as it is: that score is fixed and counts under its own scheme (R20, R54), a
    whole of all its criteria; here only a part of one scheme is set beside the marks of another.
    """
    computed = [one for one in _at_closing(scored).criteria if not one.judged]
    points = sum((one.earned for one in computed), Decimal(0))
    if converted:
        own = sum((one.stated for one in computed), Decimal(0))
        weighs = sum((c.weight for g in card.groups for c in g.criteria if c.formula), Decimal(0))
        points = (points * weighs / own).quantize(INNER, ROUND_HALF_UP) if own else points
    scales = (
        Scale(criterion.code, criterion.zh, criterion.weight)
        for group in card.groups
        for criterion in group.criteria
        if criterion.formula is None
    )
    return Dossier(number, str(scored.project), points, tuple(scales))


def _at_closing(scored: Scored) -> Score:
    """The score as it was fixed, with its parts; SchemeUnreadable."""
    if isinstance(scored.scheme, SchemeUnreadable):
        raise scored.scheme
    tally = scored.at_closing.tally if scored.at_closing else scored.tally
    return score(tally, scored.scheme, scored.on)
