"""Who looked at what as audit or discipline: for audit and discipline alone (R76)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request

from services.projects.looking import looking_from, note_look
from services.projects.parts import parts_of
from shared.looking import Looks, OnlyAuditSeesWhoLooked, Teller, looks_behind
from shared.signed_in import SignedIn
from shared.web import language

router = APIRouter(tags=["replay"])


@router.get("/looks")
async def read_looks(
    request: Request,
    person: SignedIn,
    after: Annotated[int, Query(ge=0, le=2**53, description="Behind this position")] = 0,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Looks:
    """Looks of audit at what the reader's office reaches; those of discipline only to discipline above it."""
    parts = parts_of(request)
    await parts.following.catch_up()
    terms = list(looking_from(parts, person, None))
    if not terms:
        raise OnlyAuditSeesWhoLooked()
    await note_look(request, person, "looks")
    teller = Teller(parts.organisation, parts.names, language(request))
    return await looks_behind(parts.ledgers, teller, terms, after, limit)
