"""Who looked at evaluation's records as audit or discipline: for audit and discipline alone (R76)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request

from services.evaluation.parts import parts_of
from shared.clock import today
from shared.looking import Looks, OnlyAuditSeesWhoLooked, Teller, looking_from, looks_behind, take_look
from shared.signed_in import SignedIn
from shared.wait_for import WaitFor
from shared.web import language

router = APIRouter(tags=["scores"])


@router.get("/looks")
async def read_looks(
    request: Request,
    person: SignedIn,
    wait_for: WaitFor,
    after: Annotated[int, Query(ge=0, le=2**53, description="Behind this position")] = 0,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Looks:
    """Looks of audit at what the reader's office reaches; those of discipline only to discipline above it.

    Names of people are known to projects alone."""
    parts = parts_of(request)
    await parts.group.reached(parts.scores, wait_for)
    known, day = parts.group.organisation, today(parts.clock, parts.settings.time_zone)
    terms = list(looking_from(known, person, None, day))
    if not terms:
        raise OnlyAuditSeesWhoLooked()
    await take_look(request, parts.writer, person, terms[0], "looks", "")
    teller = Teller(known, lambda _: None, language(request))
    return await looks_behind(parts.ledgers, teller, terms, after, limit)
