"""What an appraisal is issued from: what closed in the year, fixed scores, awards, terms, open appeals."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select

from services.evaluation.appraisal.appraising import AT_ONCE, awards_of, fixed_scores, ran, terms_in
from services.evaluation.domain.appeal import APPEAL
from services.evaluation.domain.appraisal import DAY, Days, Led, Term, appraise
from services.evaluation.domain.grading import Grade
from services.evaluation.domain.issuing import Figures, figures_of
from services.evaluation.domain.tally import Tally
from services.evaluation.parts import Parts
from services.evaluation.projections import SCORES
from services.evaluation.review.view import REVIEWS
from shared.domain import UnitId
from shared.ids import derived


def appraisal_id(unit: UnitId, year: int) -> UUID:
    """The stream of a unit's issued year, of which there is one."""
    return UUID(derived("appraisal", unit, str(year)))


def appeal_id(project: UUID, about: str, review: str = "") -> UUID:
    """The stream of a result's appeal, of which there is one; each review gives a result of its own."""
    return UUID(derived("appeal", str(project), about, *([review] if review else [])))


async def appeals_of(parts: Parts, projects: Iterable[UUID]) -> dict[UUID, list[UUID]]:
    """The streams of all appeals that each of these projects may have."""
    found = {project: [appeal_id(project, "closing")] for project in projects}
    entrants, wanted = REVIEWS.table("entrants"), [*found]
    columns = select(entrants.c.project, entrants.c.cycle)
    async with parts.views.connect() as connection:
        for at in range(0, len(wanted), AT_ONCE):
            query = columns.where(entrants.c.project.in_(wanted[at : at + AT_ONCE]))
            for row in await connection.execute(query.order_by(entrants.c.cycle)):
                found[row.project].append(appeal_id(row.project, "review", row.cycle))
    return found


@dataclass(frozen=True, slots=True)
class Now:
    """Figures, and the position of projects/group up to which the organisation was read for them."""

    figures: Figures
    organisation: int


async def closed_in(parts: Parts, unit: UnitId, year: Days, day: date) -> list[Led]:
    """The unit's projects that closed in the year, whether or not their score is fixed."""
    table = SCORES.table("scores")
    query = select(table.c.project, table.c.tally).where(table.c.unit == unit).order_by(table.c.project)
    async with parts.views.connect() as connection:
        rows = (await connection.execute(query)).all()
    closed = {row.project: row.tally for row in rows if _closed_in(row.tally, year)}
    fixed = await fixed_scores(parts, closed)
    return [
        Led(str(project), tally.reference, tally.title, ran(tally, day), True, fixed.get(project))
        for project, tally in closed.items()
    ]


def _closed_in(tally: Tally, year: Days) -> bool:
    ended = tally.state in ("closed", "archived") and tally.over_on is not None
    return ended and year.holds(ran(tally, date.max - DAY).end - DAY)


async def not_final(parts: Parts, projects: Sequence[Led], on: date) -> int:
    """How many have no fixed score, may still be appealed, or wait for an answer (R55)."""
    found, appeals = 0, await appeals_of(parts, [UUID(led.project) for led in projects])
    for led in projects:
        is_open = led.fixed is None or led.fixed.may_be_appealed(on)
        for stream in appeals[UUID(led.project)]:
            asked = (await parts.streams.now(APPEAL, stream)).state
            is_open = is_open or (asked.to is not None and not asked.answered)
        found += is_open
    return found


async def figures_now(
    parts: Parts, unit: UnitId, year: Days, grades: Sequence[Grade], projects: Sequence[Led]
) -> Now:
    """A unit's figures of a year from these projects, by the terms that are known now."""
    awards = await awards_of(parts, [UUID(one.project) for one in projects])
    known = parts.group.organisation
    terms = terms_in(known, unit, year)
    computed = appraise(unit, year, terms, projects, awards=awards)
    return Now(figures_of(computed, projects, awards, grades), known.position)


async def as_issued(parts: Parts, figures: Figures) -> list[Led]:
    """The projects that were issued, each with its score as it stands on record now (R24, R70).

    A project counts where and when it was issued, wherever its unit has gone since.
    """
    fixed = await fixed_scores(parts, (UUID(one.project) for one in figures.projects))
    return [
        Led(one.project, one.reference, "", one.ran, True, fixed.get(UUID(one.project)))
        for one in figures.projects
    ]


def same_terms(figures: Figures, terms: Sequence[Term], year: Days) -> bool:
    """Whether figures are of just these terms, each with its days in the year."""
    issued = {(one.term, one.person, one.office, one.acting, one.held) for one in figures.lines}
    return issued == {(t.term, t.person, t.office, t.acting, t.days.within(year)) for t in terms}
