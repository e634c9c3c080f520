"""The streams of all projects that somebody may see, as they were at a cut of all ledgers, page by page."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from services.projects.domain.project.secrecy import TextWithdrawn
from services.projects.parts import Parts
from services.projects.projections.page import Page, page
from services.projects.projections.projects import Filters, list_projects
from services.projects.sight import marks_seen
from shared.clock import today
from shared.cut import Cut
from shared.domain import PersonId
from shared.envelope import Recorded, micros
from shared.places import After
from shared.withdrawn import without

AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Past:
    """A project up to a cut, and the texts that were withdrawn from it, were it since then."""

    stream: Sequence[Recorded]
    withdrawn: frozenset[str]

    @property
    def page(self) -> Page:
        """At the end of it, as it may be shown."""
        *_, (_, last) = self.steps()
        return last

    def steps(self) -> Iterator[tuple[Recorded, Page]]:
        """Each act on it, with the page after it as it may be shown."""
        document: Page | None = None
        for recorded in self.stream:
            document = page(document, recorded)
            yield recorded, without(document, self.withdrawn)


async def streams_at(
    parts: Parts, person: PersonId, cut: Cut, after: After | None = None, limit: int = AT_ONCE
) -> tuple[list[Past], After | None]:
    """A page of them, the newest drafts first, and where the next begins; by what somebody sees today."""
    day = today(parts.clock, parts.settings.time_zone)
    marks = marks_seen(parts.organisation, person, day)
    found = await list_projects(parts.views, Filters(drafted_up_to=micros(cut.at)), marks, after, limit)
    whole = await parts.ledgers.read_streams((UUID(row["project"]), "", 0) for row in found.rows)
    past = (_past(stream, cut) for stream in whole.values())
    return [one for one in past if one.stream], found.after


def _past(stream: Sequence[Recorded], cut: Cut) -> Past:
    there = [one for one in stream if one.position <= cut.positions.get(one.ledger, 0)]
    withdrawn = (one.event.sha256 for one in stream if isinstance(one.event, TextWithdrawn))
    return Past(there, frozenset(withdrawn))


async def all_streams_at(parts: Parts, person: PersonId, cut: Cut) -> AsyncIterator[Past]:
    """All of them, one after the other."""
    after: After | None = None
    while True:
        streams, after = await streams_at(parts, person, cut, after)
        for stream in streams:
            yield stream
        if after is None:
            return
