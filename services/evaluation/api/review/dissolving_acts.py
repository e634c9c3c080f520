"""A panel is dissolved: never one whose last signature comes while that is decided (R57, R59)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter

from services.evaluation.api.acts import take
from services.evaluation.api.review import signing_for
from services.evaluation.domain.review.cycle import CYCLE
from services.evaluation.domain.review.cycle.judging import DissolvePanel
from services.evaluation.parts import Parts
from services.evaluation.review.view.panels import sealed_panel
from shared.acts import Act, offer
from shared.decision import Outcome
from shared.domain import NotKnown, OfficeId, PersonId, Stale
from shared.web import Sent

router = APIRouter(prefix="/reviews", tags=["review"])

LOOKS_AT_MOST = 8  # at a panel whose ledger grows meanwhile; who still comes too late is told so

DISSOLVE = Act(DissolvePanel, signing_for.running, {"sealed": lambda it: it.seen})


async def _dissolving(
    parts: Parts, act: Act, stream: UUID, body: Any, person: PersonId, office: OfficeId | None, sent: Sent
) -> Outcome:
    """On the panel as it stands: it lies in the review's ledger, which has not grown since it was read."""
    ledger = await parts.ledgers.ledger_of(stream)
    if ledger is None:
        raise NotKnown()
    for _ in range(LOOKS_AT_MOST):
        head = (await parts.ledgers.head(ledger)).position
        seen = await _is_sealed(parts, stream, body)
        try:
            return await take(
                parts,
                act,
                CYCLE,
                ledger=ledger,
                stream=stream,
                body=body,
                person=person,
                office=office,
                sent=sent,
                seen=seen,
                expected_head=head,
            )
        except Stale:
            continue
    raise Stale()


async def _is_sealed(parts: Parts, cycle: UUID, body: Any) -> bool:
    """Whether a panel is sealed and speaks of exactly what it was named for."""
    standing = await parts.streams.now(CYCLE, cycle)
    named = {one.panel: sorted(one.projects) for one in standing.state.panels}
    if body.panel not in named:
        return False
    said = await sealed_panel(parts.ledgers, body.panel)
    return said is not None and named[body.panel] == sorted(
        (*(project for project, _ in said.scores), *said.withdrawn)
    )


offer(router, DISSOLVE, "/{stream}", _dissolving)
