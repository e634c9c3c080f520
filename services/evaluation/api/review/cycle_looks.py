"""What is read before an act on a review cycle is decided: candidates, panels, vetoes, minutes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from services.evaluation.domain.review.cycle import CYCLE
from services.evaluation.domain.review.cycle.judging import SealedPanel
from services.evaluation.parts import Parts
from services.evaluation.review import matters
from services.evaluation.review.entering import candidates as candidates_of
from services.evaluation.review.entering import vetoed_among
from services.evaluation.review.hands import hands_in, voters_in
from services.evaluation.review.view import REVIEWS
from services.evaluation.review.view.panels import sealed_panel
from shared.clock import today
from shared.domain import NotKnown, PersonId


async def candidates(parts: Parts, cycle: UUID, body: Any) -> Any:
    """What may be collected, with what is named."""
    standing = await parts.streams.now(CYCLE, cycle)
    day = today(parts.clock, parts.settings.time_zone)
    named = [str(chosen.project) for chosen in body.projects]
    async with parts.views.connect() as connection:
        return await candidates_of(connection, parts.group.organisation, standing.state, day, named)


async def sealed(parts: Parts, cycle: UUID, _body: Any) -> tuple[SealedPanel, ...]:
    """What the sealed panels of the round say."""
    standing = await parts.streams.now(CYCLE, cycle)
    found = [await sealed_panel(parts.ledgers, named.panel) for named in standing.state.panels]
    return tuple(panel for panel in found if panel is not None)


async def vetoed(parts: Parts, cycle: UUID, _body: Any) -> tuple[str, ...]:
    """Projects of the review that are vetoed by now."""
    standing = await parts.streams.now(CYCLE, cycle)
    async with parts.views.connect() as connection:
        return tuple(sorted(await vetoed_among(connection, standing.state.scores)))


async def vetoed_and_voters(parts: Parts, cycle: UUID, body: Any) -> Any:
    """And who votes on a tie."""
    return await vetoed(parts, cycle, body), await voters_in(parts, cycle)


async def hands(parts: Parts, cycle: UUID, _body: Any) -> frozenset[PersonId]:
    """Who had a hand in the review."""
    return await hands_in(parts, cycle)


@dataclass(frozen=True, slots=True)
class Decided:
    """What a meeting decided on this review, and which of its projects are vetoed by now."""

    by_meeting: Any
    vetoed: tuple[str, ...]
    run: int  # where it was about one


async def on_run(parts: Parts, cycle: UUID, body: Any) -> Decided:
    """What a meeting decided on the run that holds; NotKnown."""
    standing = await parts.streams.now(CYCLE, cycle)
    run = standing.state.run
    return await _decided(parts, cycle, body, matters.of_run(cycle, run), run)


async def on_revocation(parts: Parts, cycle: UUID, body: Any) -> Decided:
    """What a meeting decided on a project's award; NotKnown."""
    return await _decided(parts, cycle, body, matters.of_revocation(cycle, body.project))


async def on_moving_up(parts: Parts, cycle: UUID, body: Any) -> Decided:
    """What a meeting decided on a vacated place; NotKnown."""
    return await _decided(parts, cycle, body, matters.of_moving_up(cycle, body.after))


async def _decided(parts: Parts, cycle: UUID, body: Any, matter: str, run: int = 0) -> Decided:
    """What a meeting decided on this matter; NotKnown where no confirmed minutes say anything of it."""
    table = REVIEWS.table("decisions")
    query = select(table).where(table.c.meeting == body.meeting, table.c.matter == matter)
    async with parts.views.connect() as connection:
        found = (await connection.execute(query)).one_or_none()
    if found is None or found.kind != "party_committee":
        raise NotKnown()
    return Decided(found, await vetoed(parts, cycle, body), run)


async def key(parts: Parts, cycle: UUID, _body: Any) -> bytes:
    """The review's key; SealedOtherwise."""
    return await parts.keys.of(str(cycle))
