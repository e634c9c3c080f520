"""Evaluation says by itself, once for each figure, which activities moved nothing (0102)."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import select, true, tuple_
from sqlalchemy.ext.asyncio import AsyncEngine

from services.evaluation.domain.detached import DETACHED, SayDetached
from services.evaluation.projections import SCORES
from services.evaluation.reactions import AT_ONCE, COMMANDS
from services.evaluation.sending import Sending
from shared.decision import Read, Submission
from shared.ids import derived
from shared.writer import Writer

Figure = tuple[UUID, str, str]  # of which project, indicator and period


class SayingDetached:
    """Writes down what the view has found and is not written yet, in the ledger of the reading."""

    def __init__(self, views: AsyncEngine, writer: Writer) -> None:
        self.views = views
        self.sending = Sending[Figure](
            writer, "detached.cannot_be_said", attrgetter("project", "indicator", "period")
        )

    async def say_detached(self) -> int:
        """Say what is on the list now; returns how many it sent."""
        return await self.sending.each(self._unsaid, self._submission)

    async def _unsaid(self, after: Figure | None) -> Sequence[Any]:
        found, scores = SCORES.table("detached"), SCORES.table("scores")
        key = (found.c.project, found.c.indicator, found.c.period)
        query = (
            select(found, scores.c.programme)
            .join(scores, scores.c.project == found.c.project)
            .where(~found.c.said, tuple_(*key) > after if after else true())
        )
        async with self.views.connect() as connection:
            return (await connection.execute(query.order_by(*key).limit(AT_ONCE))).all()

    async def _submission(self, row: Any) -> Submission:
        ledger, position = row.found.reading.rsplit("/", 1)
        figure = (str(row.project), row.indicator, row.period)
        stream = UUID(derived("detached activity", *figure))
        return Submission(
            ledger=ledger.removeprefix("projects/"),
            stream=stream,
            decider=DETACHED,
            prepare=lambda _: SayDetached(None, row.found),
            command_id=uuid5(COMMANDS, str(stream)),
            correlation=row.correlation,
            causation=row.found.reading,
            programme=lambda _: row.programme or None,
            read=Read({ledger: int(position)}, row.recorded_at),
        )
