"""Marks of reviews as they are read: what was fixed, and beside it what it is since (R54)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from uuid import UUID

from sqlalchemy import select

from services.evaluation.domain.appraisal import Mark, MarkAdjustment
from services.evaluation.domain.review.mark import ReviewScoreAdjusted, ReviewScoreFixed
from services.evaluation.parts import Parts
from services.evaluation.reactions import mark_id
from services.evaluation.review.view import REVIEWS
from services.evaluation.scored import withdrawn_in
from services.evaluation.scores_read import Scored
from shared.envelope import Recorded
from shared.withdrawn import without

AT_ONCE = 500  # projects asked for in one query


async def marks_of(parts: Parts, scored: Sequence[Scored]) -> dict[UUID, tuple[Mark, ...]]:
    """By project, by year; there is none before the awards of its review are confirmed (R67)."""
    gone, table = {one.project: one.tally.withdrawn for one in scored}, REVIEWS.table("entrants")
    wanted, zone = [*gone], parts.settings.time_zone
    found: dict[UUID, tuple[Mark, ...]] = {}
    for begin in range(0, len(wanted), AT_ONCE):
        some = table.c.project.in_(wanted[begin : begin + AT_ONCE]) & table.c.appeal_until.is_not(None)
        async with parts.views.connect() as connection:
            rows = (await connection.execute(select(table.c.project, table.c.cycle).where(some))).all()
        streams = {mark_id(row.cycle, row.project): row.project for row in rows}
        whole = {*streams, *streams.values()}
        read = await parts.ledgers.read_streams((stream, "", 0) for stream in whole)
        for stream, project in streams.items():
            withdrawn = gone[project] | withdrawn_in(read[project])
            if mark := mark_in(without(tuple(read[stream]), withdrawn), zone):
                found[project] = tuple(sorted((*found.get(project, ()), mark), key=lambda one: one.year))
    return found


def mark_in(stream: Sequence[Recorded], zone: tzinfo) -> Mark | None:
    """What a stream says; days are those of the zone."""
    if not stream or not isinstance(stream[0].event, ReviewScoreFixed):
        return None
    fixed = stream[0].event
    return Mark(
        fixed.review,
        fixed.year,
        fixed.score,
        fixed.award,
        stream[0].id,
        fixed.appeal_until,
        tuple(
            MarkAdjustment(
                one.id,
                one.recorded_at.astimezone(zone).date(),
                one.event.before,
                one.event.score,
                one.event.award_before,
                one.event.award,
                one.event.reason,
                one.event.decision,
            )
            for one in stream
            if isinstance(one.event, ReviewScoreAdjusted)
        ),
    )
