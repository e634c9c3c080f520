"""A project's score as it is read from the view: computed anew on a day, beside the fixed one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, literal, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from services.evaluation.domain.scheme import Scheme
from services.evaluation.domain.score import Score, score
from services.evaluation.domain.tally import Tally
from services.evaluation.projections import SCORES
from services.evaluation.scored import AtClosing, scheme_of
from shared.domain import NotKnown
from shared.scheme import SchemeUnreadable


@dataclass(frozen=True, slots=True)
class Scored:
    """A project's score on a day, beside the fixed one where there is one."""

    project: UUID
    tally: Tally
    on: date
    scheme: Scheme | SchemeUnreadable  # a programme that has none holds up no other's projects
    schemes_before: Mapping[str, Scheme | SchemeUnreadable]  # by version, the latest first (R19)
    fixed: Decimal | None
    fixed_event: str | None
    at_closing: AtClosing | None
    position: int
    reviewed_at: int | None  # its dossier, for secrecy; microseconds since 1970

    @property
    def score(self) -> Score:
        """Computed anew from what is known; SchemeUnreadable where there is nothing to score by."""
        if isinstance(self.scheme, SchemeUnreadable):
            raise self.scheme
        return score(self.tally, self.scheme, self.on)

    @property
    def before(self) -> tuple[tuple[str, Score], ...]:
        """The same by each scheme that it was scored by before; one that cannot be used is left out."""
        return tuple(
            (version, score(self.tally, scheme, self.on))
            for version, scheme in self.schemes_before.items()
            if isinstance(scheme, Scheme)
        )


async def read_score(connection: AsyncConnection, project: UUID, on: date) -> Scored:
    """The score on a local date; NotKnown for an unknown project.

    With a fixed score beside it, it is for reference only (R54).
    """
    table = SCORES.table("scores")
    found = await read_scores(connection, select(table).where(table.c.project == project), on)
    if not found:
        raise NotKnown()
    return found[0]


def of_circles(marks: frozenset[str] | None) -> ColumnElement[bool]:
    """The condition that a row of `scores` is of a circle with one of these marks; None: of any."""
    if marks is None:
        return true()
    table, circle = SCORES.table("scores"), SCORES.table("circles")
    seen = and_(circle.c.project == table.c.project, circle.c.mark.in_(sorted(marks)))
    return exists(select(literal(1)).select_from(circle).where(seen))


async def read_scores(connection: AsyncConnection, query: Select[Any], on: date) -> list[Scored]:
    """The scores of the rows of `scores` that a query gives, in its order."""
    rows = (await connection.execute(query)).all()
    schemes = await schemes_of(connection, (row.tally for row in rows))
    return [
        Scored(
            row.project,
            row.tally,
            on,
            schemes[row.tally.scored_by],
            {version: schemes[version] for version in row.tally.scored_before},
            None if row.fixed is None else Decimal(row.fixed),
            row.fixed_event,
            row.at_closing,
            row.position,
            row.reviewed_at,
        )
        for row in rows
    ]


async def schemes_of(
    connection: AsyncConnection, tallies: Iterable[Tally], at: datetime | None = None
) -> dict[str, Scheme | SchemeUnreadable]:
    """By version, the schemes by which projects are and were scored, as they read now or at a moment."""
    versions = {version for tally in tallies for version in (tally.scored_by, *tally.scored_before)}
    return {version: await _scheme(connection, version, at) for version in versions}


async def _scheme(
    connection: AsyncConnection, programme: str, at: datetime | None
) -> Scheme | SchemeUnreadable:
    try:
        return await scheme_of(connection, SCORES, programme, at)
    except SchemeUnreadable as unreadable:
        return unreadable
