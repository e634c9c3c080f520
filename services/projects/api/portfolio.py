"""Replay of the whole portfolio: every project as it was at one moment, the same for ever."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import AwareDatetime

from services.projects.api.reading import CompleteTo
from services.projects.api.replay_answers import Portfolio, ProjectThen
from services.projects.at_cut import streams_at
from services.projects.looking import note_look
from services.projects.parts import parts_of
from services.projects.projections.page import Page
from shared.cut import NAME, Cut, cut_at, cut_of
from shared.moments import refuse_unsettled
from shared.places import PLACE, After
from shared.problems import FieldsWrong
from shared.signed_in import SignedIn

router = APIRouter(prefix="/replay", tags=["replay"])


class MomentOrCut(FieldsWrong):
    """Name a moment, or a cut that was answered before.

    Give `at` the first time, and then `cut` as the answer named it."""


async def asked_cut(
    request: Request,
    at: Annotated[AwareDatetime | None, Query(description="RFC 3339, at least 5 s ago")] = None,
    cut: Annotated[str | None, Query(pattern=NAME, description="Instead of `at`: as it was answered")] = None,
) -> Cut:
    """The cut of all ledgers that is asked for; MomentOrCut, MomentTooRecent, NoSuchCut."""
    ledgers = parts_of(request).ledgers
    refuse_unsettled(parts_of(request).clock.now(), at, "at")
    if cut is not None and at is None:
        return await cut_of(ledgers, cut)
    if at is not None and cut is None:
        return await cut_at(ledgers, at)
    raise MomentOrCut(fields=["at", "cut"])


AskedCut = Annotated[Cut, Depends(asked_cut)]


@router.get("/portfolio")
async def replay_portfolio(
    request: Request,
    person: SignedIn,
    complete_to: CompleteTo,
    there: AskedCut,
    after: Annotated[str | None, Query(pattern=PLACE)] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
) -> Portfolio:
    """The projects that the reader may see, as they were entered up to a moment in all ledgers at once."""
    parts = parts_of(request)
    await note_look(request, person, "portfolio")
    found, following = await streams_at(parts, person, there, After.read(after) if after else None, limit)
    return Portfolio(
        cut=there.name,
        at=there.at,
        positions=dict(there.positions),
        projects=[_then(past.page) for past in found],
        next=str(following) if following else None,
    )


def _then(page: Page) -> ProjectThen:
    return ProjectThen.model_validate(page)
