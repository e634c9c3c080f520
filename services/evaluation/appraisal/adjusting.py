"""What evaluation does by itself of issued appraisals: it says what has changed of them (R63)."""

from __future__ import annotations

from uuid import UUID, uuid5

import structlog
from sqlalchemy import select

from services.evaluation.appraisal.appraising import terms_in
from services.evaluation.appraisal.issuing import as_issued, figures_now, same_terms
from services.evaluation.domain.issuing import APPRAISAL, AdjustAppraisal, AppraisalIssued
from services.evaluation.parts import Parts
from services.evaluation.review.view import REVIEWS
from shared.decision import Submission
from shared.passing import is_passing

log = structlog.get_logger()

COMMANDS = UUID("5f0b8f0e-5d3c-5c54-9a53-0c5f4b1f6f0d")
AT_ONCE = 200


class AdjustingAppraisals:
    """Compares issued appraisals with what is on record now.

    Which of them an event of a score or an award may have changed is a list of the view, and so needs no
    checkpoint. Terms are compared whenever the organisation has moved, and once after a start.
    """

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.organisation = 0  # position up to which all terms were compared
        self.stuck: set[UUID] = set()  # those whose failure the log has

    async def adjust_changed(self) -> int:
        """Compare what may have changed; returns how many it compared.

        Not while the view is being built: it would not know of awards yet.
        """
        reviews, known = self.parts.reviews, self.parts.group.organisation
        if not reviews.live or reviews.complete_to() is None:
            return 0
        reached = known.position
        found = {*await self._listed(), *(await self._other_terms() if reached > self.organisation else ())}
        for appraisal in sorted(found):
            await self._compared(appraisal)
        if not self.stuck:
            self.organisation = reached
        return len(found)

    async def _compared(self, appraisal: UUID) -> None:
        """One that cannot be compared holds up no other, and is tried again."""
        try:
            await self._compare(appraisal)
        except Exception as error:
            if is_passing(error):
                raise
            if appraisal not in self.stuck:  # once, not every second
                log.error("appraisal.cannot_be_adjusted", appraisal=str(appraisal), exc_info=True)
            self.stuck.add(appraisal)
        else:
            self.stuck.discard(appraisal)

    async def _listed(self) -> list[UUID]:
        table = REVIEWS.table("appraised")
        query = select(table.c.appraisal).where(table.c.to_compare).distinct().limit(AT_ONCE)
        async with self.parts.views.connect() as connection:
            return [UUID(appraisal) for appraisal in (await connection.execute(query)).scalars()]

    async def _other_terms(self) -> list[UUID]:
        """Issued appraisals of other terms than are known now."""
        table = REVIEWS.table("appraisals")
        found: list[UUID] = []
        after = ""
        while True:
            query = select(table).where(table.c.appraisal > after).order_by(table.c.appraisal).limit(AT_ONCE)
            async with self.parts.views.connect() as connection:
                rows = (await connection.execute(query)).all()
            for row in rows:
                terms = terms_in(self.parts.group.organisation, row.issued.unit, row.issued.within)
                if not same_terms(row.figures, terms, row.issued.within):
                    found.append(UUID(row.appraisal))
            if len(rows) < AT_ONCE:
                return found
            after = rows[-1].appraisal

    async def _compare(self, appraisal: UUID) -> None:
        """Derived from the version that was compared: whoever compares the same says it once."""
        stream = await self.parts.ledgers.read_stream(appraisal)
        issued = stream[0].event
        assert isinstance(issued, AppraisalIssued)
        standing = await self.parts.streams.now(APPRAISAL, appraisal)
        projects = await as_issued(self.parts, standing.state.figures)
        now = await figures_now(self.parts, issued.unit, issued.within, issued.grades, projects)
        command = AdjustAppraisal(None, now.figures, now.organisation)
        await self.parts.writer.submit(
            Submission(
                ledger=standing.ledger,
                stream=appraisal,
                decider=APPRAISAL,
                prepare=lambda _: command,
                command_id=uuid5(COMMANDS, f"{appraisal}/{standing.version}"),
                causation=stream[-1].id,
                programme=lambda _: issued.programme or None,
            )
        )
