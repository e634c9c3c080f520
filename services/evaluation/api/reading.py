"""Reading scores for somebody: those that they may know of, one or page by page."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, func, select

from services.evaluation.parts import Parts
from services.evaluation.projections import SCORES
from services.evaluation.scores_read import Scored, of_circles, read_score, read_scores
from services.evaluation.sight import circle_of
from shared.clock import today
from shared.domain import NotKnown, PersonId
from shared.sight import marks_seen, may_see

TABLE = SCORES.table("scores")


async def seen_score(parts: Parts, person: PersonId, project: UUID) -> Scored:
    """A project's score today; NotKnown for who may not know of the project."""
    day = today(parts.clock, parts.settings.time_zone)
    async with parts.views.connect() as connection:
        found = await read_score(connection, project, day)
    if not may_see(parts.group.organisation, person, circle_of(found.tally), day):
        raise NotKnown()
    return found


async def seen_scores(
    parts: Parts,
    person: PersonId,
    wanted: Sequence[ColumnElement[bool]],
    after: UUID | None,
    limit: int,
) -> tuple[list[Scored], UUID | None]:
    """Scores of the projects that somebody may see, by project, and behind which the next page begins."""
    day = today(parts.clock, parts.settings.time_zone)
    behind = [] if after is None else [TABLE.c.project > after]
    query = select(TABLE).where(*_seen(parts, person, wanted), *behind)
    async with parts.views.connect() as connection:
        found = await read_scores(connection, query.order_by(TABLE.c.project).limit(limit + 1), day)
    return found[:limit], found[limit - 1].project if len(found) > limit else None


async def titles_seen(parts: Parts, person: PersonId, projects: Collection[UUID]) -> dict[UUID, str]:
    """By project, of those among these that somebody may see today, its title as it reads today."""
    wanted = _seen(parts, person, [TABLE.c.project.in_(projects)])
    async with parts.views.connect() as connection:
        rows = (await connection.execute(select(TABLE.c.project, TABLE.c.title).where(*wanted))).all()
    return {row.project: row.title for row in rows}


async def count_seen(parts: Parts, person: PersonId, wanted: Sequence[ColumnElement[bool]]) -> int:
    """How many there are on all pages."""
    query = select(func.count()).select_from(TABLE).where(*_seen(parts, person, wanted))
    async with parts.views.connect() as connection:
        return int((await connection.execute(query)).scalar_one())


def _seen(
    parts: Parts, person: PersonId, wanted: Sequence[ColumnElement[bool]]
) -> Sequence[ColumnElement[bool]]:
    day = today(parts.clock, parts.settings.time_zone)
    return [of_circles(marks_seen(parts.group.organisation, person, day)), *wanted]
