"""The streams of all projects that somebody may see, as they were at a cut of all ledgers, page by page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import UUID

from services.projects.parts import Parts
from services.projects.projections.projects import Filters, list_projects
from services.projects.sight import marks_seen
from shared.clock import today
from shared.cut import Cut
from shared.domain import PersonId
from shared.envelope import Recorded, micros
from shared.places import After

AT_ONCE = 50


async def streams_at(
    parts: Parts, person: PersonId, cut: Cut, after: After | None = None, limit: int = AT_ONCE
) -> tuple[list[list[Recorded]], After | None]:
    """A page of them, the newest drafts first, and where the next begins; by what somebody sees today."""
    day = today(parts.clock, parts.settings.time_zone)
    marks = marks_seen(parts.organisation, person, day)
    found = await list_projects(parts.views, Filters(drafted_up_to=micros(cut.at)), marks, after, limit)
    wanted = [
        (UUID(row["project"]), row["ledger"], cut.positions.get(row["ledger"], 0)) for row in found.rows
    ]
    streams = await parts.ledgers.read_streams(wanted)
    return [there for stream, _, _ in wanted if (there := streams[stream])], found.after


async def all_streams_at(parts: Parts, person: PersonId, cut: Cut) -> AsyncIterator[list[Recorded]]:
    """All of them, one after the other."""
    after: After | None = None
    while True:
        streams, after = await streams_at(parts, person, cut, after)
        for stream in streams:
            yield stream
        if after is None:
            return
