"""A project's score as of a moment: folded from the record of projects when it is asked for (0069, 0087)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import get_args
from zoneinfo import ZoneInfo

from msgspec import structs

from services.evaluation.domain import heard
from services.evaluation.domain.project_score import ScoreAdjusted, ScoreFixed
from services.evaluation.domain.tally import Tally
from services.evaluation.parts import Parts
from services.evaluation.projections import after
from services.evaluation.scores_read import Scored, schemes_of
from shared.codec import Schema
from shared.domain import NotKnown
from shared.envelope import Recorded
from shared.moments import Moment, held, pinned
from shared.passing import Unavailable
from shared.problems import TryLater
from shared.withdrawn import without

OF_PROJECT = Schema(get_args(heard.OfProject))


class PastOutOfReach(TryLater):
    """The past is folded from the record that the service projects keeps, and it does not answer now.

    Today's score is shown as ever. Ask for the past again in a minute; if it stays so, tell the operator."""


async def stream_of(parts: Parts, live: Scored) -> list[Recorded]:
    """All events of a project; PastOutOfReach when they cannot be had, or end before what is known here."""
    try:
        stream = await parts.past.stream(live.project)
    except Unavailable as error:
        raise PastOutOfReach() from error
    if all(one.position != live.position for one in stream):
        raise PastOutOfReach()
    return stream


async def score_then(
    parts: Parts, live: Scored, stream: Iterable[Recorded], asked: Moment
) -> tuple[Scored, Moment]:
    """The score as it was, and the moment as it means the same for ever; NotKnown before the project began.

    Its scheme is as that version read at the moment (R21), its fixed score as it stood. What was withdrawn
    since is shown of no moment before.
    """
    stream, zone = list(stream), parts.settings.time_zone
    asked = replace(asked, at=asked.at or parts.clock.now())
    assert asked.at is not None
    there = list(read(held(stream, asked)))
    tally = tally_of(there, zone)
    if not tally.unit:
        raise NotKnown()
    fixed, fixed_event = await _fixed(parts, live, asked.at)
    async with parts.views.connect() as connection:
        schemes = await schemes_of(connection, [tally], asked.at)
    then = replace(
        live,
        tally=without(tally, live.tally.withdrawn),
        on=asked.at.astimezone(zone).date(),
        scheme=schemes[tally.scored_by],
        schemes_before={version: schemes[version] for version in tally.scored_before},
        fixed=fixed,
        fixed_event=fixed_event,
        position=there[-1].position,
    )
    return then, pinned(stream, asked)


def read(events: Iterable[Recorded]) -> Iterator[Recorded]:
    """Events of a project as evaluation reads them; those of no use to a score are left out."""
    for recorded in events:
        event = OF_PROJECT.read(recorded.envelope)
        if event is not None:
            yield structs.replace(recorded, event=event)


def tally_of(events: Iterable[Recorded], zone: ZoneInfo) -> Tally:
    """What a score follows from after these events of one project."""
    tally = Tally()
    for recorded in events:
        tally = after(tally, recorded, zone)
    return tally


async def _fixed(parts: Parts, live: Scored, at: datetime) -> tuple[Decimal | None, str | None]:
    """The fixed score that stood at a moment, and the event that fixed it first."""
    total, event = None, None
    for recorded in await parts.ledgers.read_stream(live.project, as_of=at):
        if isinstance(recorded.event, ScoreFixed):
            event = recorded.id
        if isinstance(recorded.event, ScoreFixed | ScoreAdjusted):
            total = recorded.event.total
    return total, event
