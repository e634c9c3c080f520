"""What the view `scores` keeps for the fixing of scores: each project as it closed, and the schemes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.evaluation.domain.project_score import ScoreTextWithdrawn
from services.evaluation.domain.scheme import Scheme
from services.evaluation.domain.tally import Tally
from services.evaluation.schemes import read_section
from shared.domain import NotKnown
from shared.envelope import Recorded, micros
from shared.projections import View


class NoSuchVersion(NotKnown):
    """No version {version} of the programme was published.

    Choose one of the group's programme versions."""


@dataclass(frozen=True, slots=True)
class AtClosing:
    """What a score is fixed from: the tally when the project closed, by which event, when."""

    tally: Tally
    event: str
    recorded_at: int  # microseconds since 1970 UTC
    correlation: str = ""  # the request that closed it


async def closed_unfixed(
    connection: AsyncConnection, view: View, limit: int, after: UUID | None = None
) -> list[tuple[UUID, AtClosing]]:
    """Projects, by id, that have closed and whose fixed score the view has not seen yet."""
    table = view.table("scores")
    query = select(table.c.project, table.c.at_closing).where(table.c.to_fix)
    if after is not None:
        query = query.where(table.c.project > after)
    rows = (await connection.execute(query.order_by(table.c.project).limit(limit))).all()
    return [(project, closing) for project, closing in rows]


async def published_scheme(connection: AsyncConnection, view: View, programme: str) -> Scheme:
    """The scheme of a version that was published; NoSuchVersion, SchemeUnreadable."""
    schemes = view.table("schemes")
    query = select(schemes.c.scheme).where(schemes.c.programme == programme)
    found = (await connection.execute(query)).scalar_one_or_none()
    if found is None:
        raise NoSuchVersion(version=programme)
    return read_section(found)


async def scheme_of(
    connection: AsyncConnection, view: View, programme: str, at: datetime | None = None
) -> Scheme:
    """The scheme of a programme version as it reads now, or (R21) read at a moment.

    The shipped one where the version has none of its own.
    """
    if at is None:
        schemes = view.table("schemes")
        query = select(schemes.c.scheme).where(schemes.c.programme == programme)
    else:
        texts = view.table("scheme_texts")
        known = (texts.c.programme == programme, texts.c.recorded_at <= micros(at))
        query = select(texts.c.scheme).where(*known).order_by(texts.c.position.desc()).limit(1)
    return read_section((await connection.execute(query)).scalar_one_or_none() or "")


def withdrawn_in(stream: Sequence[Recorded]) -> frozenset[str]:
    """The hashes of what was withdrawn from a score's adjustments."""
    return frozenset(one.event.sha256 for one in stream if isinstance(one.event, ScoreTextWithdrawn))
