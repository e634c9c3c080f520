"""Replay of the whole portfolio: every project as it was at one moment, the same for ever."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import AwareDatetime
from sqlalchemy.engine import RowMapping

from services.projects.api.reading import CompleteTo, refuse_unsettled
from services.projects.api.replay_answers import Portfolio, ProjectThen
from services.projects.looking import note_look
from services.projects.parts import parts_of
from services.projects.projections.page import Page, page_of
from services.projects.projections.projects import Filters, list_projects
from services.projects.sight import marks_seen
from shared.clock import today
from shared.cut import NAME, cut_at, cut_of
from shared.envelope import micros
from shared.places import PLACE, After
from shared.problems import FieldsWrong
from shared.signed_in import SignedIn

router = APIRouter(prefix="/replay", tags=["replay"])


class MomentOrCut(FieldsWrong):
    """Name a moment, or a cut that was answered before.

    Give `at` the first time, and then `cut` as the answer named it."""


@router.get("/portfolio")
async def replay_portfolio(
    request: Request,
    person: SignedIn,
    complete_to: CompleteTo,
    at: Annotated[AwareDatetime | None, Query(description="RFC 3339, at least 5 s ago")] = None,
    cut: Annotated[str | None, Query(pattern=NAME, description="Instead of `at`: as it was answered")] = None,
    after: Annotated[str | None, Query(pattern=PLACE)] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
) -> Portfolio:
    """The projects that the reader may see, as they were entered up to a moment in all ledgers at once."""
    parts = parts_of(request)
    refuse_unsettled(request, at, "at")
    if cut is not None and at is None:
        there = await cut_of(parts.ledgers, cut)
    elif at is not None and cut is None:
        there = await cut_at(parts.ledgers, at)
    else:
        raise MomentOrCut(fields=["at", "cut"])
    await note_look(request, person, "portfolio")
    found = await list_projects(
        parts.views,
        Filters(drafted_up_to=micros(there.at)),
        marks_seen(parts.organisation, person, today(parts.clock, parts.settings.time_zone)),
        After.read(after) if after else None,
        limit,
    )
    wanted = [_wanted(row, there.positions) for row in found.rows]
    streams = await parts.ledgers.read_streams(wanted)
    pages = [page for stream, _, _ in wanted if (page := page_of(streams[stream])) is not None]
    return Portfolio(
        cut=there.name,
        at=there.at,
        positions=dict(there.positions),
        projects=[_then(page) for page in pages],
        next=str(found.after) if found.after else None,
    )


def _wanted(row: RowMapping, positions: Mapping[str, int]) -> tuple[UUID, str, int]:
    return UUID(row["project"]), row["ledger"], positions.get(row["ledger"], 0)


def _then(page: Page) -> ProjectThen:
    return ProjectThen.model_validate(page)
