"""What evaluation does by itself: it fixes scores, at closing and when a review is confirmed (R54)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import timedelta
from decimal import Decimal
from operator import attrgetter, itemgetter
from typing import Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import select, true, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.evaluation.domain.project_score import PROJECT_SCORE, FixScore, OtherScore, ScoreIsFixed
from services.evaluation.domain.review.mark import (
    REVIEW_SCORE,
    FixReviewScore,
    FollowAward,
    ReviewScoreFixed,
    ReviewScoreIsFixed,
)
from services.evaluation.domain.score import score
from services.evaluation.review.view import REVIEWS
from services.evaluation.review.view.tables import NO_PLACE
from services.evaluation.scored import AtClosing, closed_unfixed, scheme_of
from services.evaluation.sending import Sending
from shared.decision import Read, Submission
from shared.domain import UnitId
from shared.envelope import moment
from shared.ids import derived
from shared.projections import View
from shared.working_days import working_day_after
from shared.writer import Writer

log = structlog.get_logger()

COMMANDS = UUID("3c3f7a52-52e4-5d0c-8f5b-2d7a9d3f8b60")
APPEAL_WORKING_DAYS = 5  # R55
OF_CYCLE = ("year", "programme", "decision", "confirmed_by", "confirmed_at")
EVERY = timedelta(seconds=1)
AT_ONCE = 100
Entrant = tuple[str, UUID]  # of which review, which project


async def again_and_again(work: Callable[[], Awaitable[object]]) -> None:
    """Do what a list holds every second, until cancelled."""
    while True:
        await asyncio.sleep(EVERY.total_seconds())
        try:
            await work()
        except Exception:  # database or ledger away: the list is still there next time
            log.warning("reaction.not_done_yet", exc_info=True)


class FixingScores:
    """Writes the score of what the view shows as closed and not yet fixed."""

    def __init__(self, views: AsyncEngine, view: View, writer: Writer, zone: ZoneInfo) -> None:
        self.views = views
        self.view = view
        self.zone = zone
        self.sending = Sending[UUID](writer, "score.cannot_be_fixed", itemgetter(0), (ScoreIsFixed,))

    async def fix_closed(self) -> int:
        """Fix what is on the list now; returns how many it sent."""
        return await self.sending.each(self._closed, self._fixing)

    async def _closed(self, after: UUID | None) -> list[tuple[UUID, AtClosing]]:
        async with self.views.connect() as connection:
            return await closed_unfixed(connection, self.view, AT_ONCE, after)

    async def _fixing(self, row: tuple[UUID, AtClosing]) -> Submission:
        async with self.views.connect() as connection:
            return await self._submission(connection, *row)

    async def _submission(self, connection: AsyncConnection, project: UUID, at: AtClosing) -> Submission:
        tally, closed_at = at.tally, moment(at.recorded_at)
        scheme = await scheme_of(connection, self.view, tally.scored_by)
        before = [
            (version, await scheme_of(connection, self.view, version)) for version in tally.scored_before
        ]
        on = closed_at.astimezone(self.zone).date()
        command = FixScore(
            by=None,
            project=str(project),
            body=UnitId(tally.assessed_by or tally.company),
            score=score(tally, scheme, on),
            programme=tally.programme,
            at=at.event,
            appeal_until=working_day_after(on, APPEAL_WORKING_DAYS),
            scheme_of=tally.scored_by if tally.schemes else "",
            before=tuple(OtherScore(version, score(tally, other, on)) for version, other in before),
        )
        ledger, position = at.event.rsplit("/", 1)

        def prepare(_state: Any) -> FixScore:
            return command

        return Submission(
            ledger=ledger.removeprefix("projects/"),
            stream=project,
            decider=PROJECT_SCORE,
            prepare=prepare,
            command_id=uuid5(COMMANDS, at.event),
            correlation=at.correlation,
            causation=at.event,
            programme=lambda _state: tally.programme or None,
            read=Read({ledger: int(position)}, at.recorded_at),
        )


def mark_id(review: str, project: UUID) -> UUID:
    """The stream in which what a project has from a review is fixed."""
    return UUID(derived("review score", review, str(project)))


class FixingMarks:
    """Writes what every project has from a review whose awards are confirmed, and is not written yet.

    An award waits until it is decided on itself: what is
    held, or was, until the committee confirms or revokes it.
    """

    def __init__(self, views: AsyncEngine, writer: Writer, zone: ZoneInfo) -> None:
        self.views = views
        self.zone = zone
        self.sending = Sending[Entrant](
            writer, "mark.cannot_be_fixed", attrgetter("cycle", "project"), (ReviewScoreIsFixed,)
        )

    async def fix_confirmed(self) -> int:
        """Fix what is on the list now; returns how many it sent."""
        return await self.sending.each(self._confirmed, self._submission)

    async def follow_awards(self) -> int:
        """Adjust what awards say that were revoked or given since; returns how many it sent."""
        return await self.sending.each(self._unlike, self._following)

    async def _confirmed(self, after: Entrant | None) -> Sequence[Any]:
        entrants = REVIEWS.table("entrants")
        listed = (
            REVIEWS.table("cycles").c.stage == "confirmed",
            entrants.c.appeal_until.is_(None),
            (entrants.c.run > 0) | entrants.c.out.in_(("withdrawn", "not_among_the_best")),
            entrants.c.award.is_(None) | entrants.c.standing.in_(("confirmed", "revoked")),
        )
        return await self._page(listed, after)

    async def _unlike(self, after: Entrant | None) -> Sequence[Any]:
        """Whose mark says another award than the committee decided since (R63)."""
        entrants = REVIEWS.table("entrants")
        revoked = (entrants.c.standing == "revoked") & entrants.c.marked_award.is_not(None)
        other = entrants.c.marked_award.is_distinct_from(entrants.c.award)
        moved_up = (entrants.c.standing == "confirmed") & other
        return await self._page((entrants.c.appeal_until.is_not(None), revoked | moved_up), after)

    async def _page(self, listed: Iterable[Any], after: Entrant | None) -> Sequence[Any]:
        cycles, entrants = REVIEWS.table("cycles"), REVIEWS.table("entrants")
        query = select(entrants, *(cycles.c[name] for name in OF_CYCLE)).join(
            cycles, cycles.c.cycle == entrants.c.cycle
        )
        key = (entrants.c.cycle, entrants.c.project)
        beyond = tuple_(*key) > after if after else true()
        async with self.views.connect() as connection:
            page = query.where(*listed, beyond).order_by(*key).limit(AT_ONCE)
            return (await connection.execute(page)).all()

    async def _following(self, row: Any) -> Submission:
        revoked = row.standing == "revoked"
        at = row.revoked_by if revoked else row.awarded_by
        command = FollowAward(
            None, None if revoked else row.award, row.revoked_for if revoked else "", row.decided, at
        )
        ledger, position = at.rsplit("/", 1)
        return Submission(
            ledger=ledger.removeprefix("evaluation/"),
            stream=mark_id(row.cycle, row.project),
            decider=REVIEW_SCORE,
            prepare=lambda _: command,
            command_id=uuid5(COMMANDS, f"{row.cycle}/{row.project}/{at}"),
            causation=at,
            programme=lambda _: row.programme or None,
            read=Read({ledger: int(position)}, row.confirmed_at),
        )

    async def _submission(self, row: Any) -> Submission:
        confirmed = moment(row.confirmed_at).astimezone(self.zone).date()
        ledger, position = row.confirmed_by.rsplit("/", 1)
        fixed = ReviewScoreFixed(
            project=str(row.project),
            review=row.cycle,
            year=row.year,
            programme=row.programme,
            closing=Decimal(row.closing),
            rounds=row.rounds,
            score=Decimal(row.score),
            place=row.place if row.place < NO_PLACE else None,
            award=row.award if row.standing == "confirmed" else None,
            decision=row.decided or row.decision,
            at=row.confirmed_by,
            appeal_until=working_day_after(confirmed, APPEAL_WORKING_DAYS),
        )
        return Submission(
            ledger=ledger.removeprefix("evaluation/"),
            stream=mark_id(row.cycle, row.project),
            decider=REVIEW_SCORE,
            prepare=lambda _: FixReviewScore(None, fixed),
            command_id=uuid5(COMMANDS, f"{row.cycle}/{row.project}"),
            causation=row.confirmed_by,
            programme=lambda _: row.programme or None,
            read=Read({ledger: int(position)}, row.confirmed_at),
        )
