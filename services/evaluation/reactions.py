"""What evaluation does by itself: it fixes scores, at closing and when a review is confirmed (R54)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import select
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
from shared.decision import Read, Submission
from shared.domain import UnitId
from shared.envelope import moment
from shared.ids import derived
from shared.logs import about
from shared.passing import is_passing
from shared.projections import View
from shared.working_days import working_day_after
from shared.writer import Writer

log = structlog.get_logger()

COMMANDS = UUID("3c3f7a52-52e4-5d0c-8f5b-2d7a9d3f8b60")
APPEAL_WORKING_DAYS = 5  # R55
OF_CYCLE = ("year", "programme", "decision", "confirmed_by", "confirmed_at")
EVERY = timedelta(seconds=1)
AT_ONCE = 100


async def again_and_again(work: Callable[[], Awaitable[object]]) -> None:
    """Do what a list holds every second, until cancelled."""
    while True:
        await asyncio.sleep(EVERY.total_seconds())
        try:
            await work()
        except Exception:  # database or ledger away: the list is still there next time
            log.warning("reaction.not_done_yet", exc_info=True)


class FixingScores:
    """Writes the score of what the view shows as closed and not yet fixed.

    That list is its memory: it needs no checkpoint, cannot run ahead of the view, and whoever else
    works through the same list sends the same command under the same id.
    """

    def __init__(self, views: AsyncEngine, view: View, writer: Writer, zone: ZoneInfo) -> None:
        self.views = views
        self.view = view
        self.writer = writer
        self.zone = zone
        self.stuck: set[UUID] = set()  # projects whose failure the log has

    async def fix_closed(self) -> int:
        """Fix what is on the list now; returns how many it sent.

        A project whose score cannot be fixed stays on the list and holds up nobody else's.
        """
        sent, after = 0, None
        while closed := await self._closed(after):
            after = closed[-1][0]
            for project, at in closed:
                with about(at.correlation, at.event):
                    sent += await self._fixed(project, at)
        return sent

    async def _fixed(self, project: UUID, at: AtClosing) -> bool:
        try:
            await self._fix(project, at)
        except Exception as error:
            if is_passing(error):
                raise
            if project not in self.stuck:  # once, not every second
                log.error("score.cannot_be_fixed", project=str(project), exc_info=True)
            self.stuck.add(project)
            return False
        self.stuck.discard(project)
        return True

    async def _closed(self, after: UUID | None) -> list[tuple[UUID, AtClosing]]:
        async with self.views.connect() as connection:
            return await closed_unfixed(connection, self.view, AT_ONCE, after)

    async def _fix(self, project: UUID, at: AtClosing) -> None:
        async with self.views.connect() as connection:
            submission = await self._submission(connection, project, at)
        with suppress(ScoreIsFixed):  # fixed long ago, and the view is being built anew
            await self.writer.submit(submission)  # with no connection in hand: SQLite moves the view

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

    As with scores the view's list is its memory. An award waits until it is decided on itself: what is
    held, or was, until the committee confirms or revokes it.
    """

    def __init__(self, views: AsyncEngine, writer: Writer, zone: ZoneInfo) -> None:
        self.views = views
        self.writer = writer
        self.zone = zone
        self.stuck: set[tuple[str, UUID]] = set()  # reviews and projects whose failure the log has

    async def fix_confirmed(self) -> int:
        """Fix what is on the list now; returns how many it sent.

        A mark that cannot be fixed stays on the list and holds up no other.
        """
        return await self._each(self._confirmed, self._submission)

    async def follow_awards(self) -> int:
        """Adjust what awards say that were revoked or given since; returns how many it sent."""
        return await self._each(self._unlike, self._following)

    async def _each(
        self,
        page: Callable[[tuple[str, UUID]], Awaitable[Sequence[Any]]],
        submission: Callable[[Any], Submission],
    ) -> int:
        sent, after = 0, ("", UUID(int=0))
        while rows := await page(after):
            after = (rows[-1].cycle, rows[-1].project)
            for row in rows:
                sent += await self._sent(row, submission)
        return sent

    async def _sent(self, row: Any, submission: Callable[[Any], Submission]) -> bool:
        which = (row.cycle, row.project)
        try:
            with suppress(ReviewScoreIsFixed):  # long ago, and the view is being built anew
                await self.writer.submit(submission(row))
        except Exception as error:
            if is_passing(error):
                raise
            if which not in self.stuck:  # once, not every second
                log.error("mark.cannot_be_fixed", review=row.cycle, project=str(row.project), exc_info=True)
            self.stuck.add(which)
            return False
        self.stuck.discard(which)
        return True

    async def _confirmed(self, after: tuple[str, UUID]) -> Sequence[Any]:
        entrants = REVIEWS.table("entrants")
        listed = (
            REVIEWS.table("cycles").c.stage == "confirmed",
            entrants.c.appeal_until.is_(None),
            (entrants.c.run > 0) | entrants.c.out.in_(("withdrawn", "not_among_the_best")),
            entrants.c.award.is_(None) | entrants.c.standing.in_(("confirmed", "revoked")),
        )
        return await self._page(listed, after)

    async def _unlike(self, after: tuple[str, UUID]) -> Sequence[Any]:
        """Whose mark says another award than the committee decided since (R63)."""
        entrants = REVIEWS.table("entrants")
        revoked = (entrants.c.standing == "revoked") & entrants.c.marked_award.is_not(None)
        other = entrants.c.marked_award.is_distinct_from(entrants.c.award)
        moved_up = (entrants.c.standing == "confirmed") & other
        return await self._page((entrants.c.appeal_until.is_not(None), revoked | moved_up), after)

    async def _page(self, listed: Iterable[Any], after: tuple[str, UUID]) -> Sequence[Any]:
        cycles, entrants = REVIEWS.table("cycles"), REVIEWS.table("entrants")
        query = select(entrants, *(cycles.c[name] for name in OF_CYCLE)).join(
            cycles, cycles.c.cycle == entrants.c.cycle
        )
        key = (entrants.c.cycle, entrants.c.project)
        beyond = (key[0] > after[0]) | ((key[0] == after[0]) & (key[1] > after[1]))
        async with self.views.connect() as connection:
            page = query.where(*listed, beyond).order_by(*key).limit(AT_ONCE)
            return (await connection.execute(page)).all()

    def _following(self, row: Any) -> Submission:
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

    def _submission(self, row: Any) -> Submission:
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
