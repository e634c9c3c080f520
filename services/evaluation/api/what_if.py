"""What-if: scores as another published version would have them, for one project or for all (R19)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, Field

from services.evaluation.api.reading import TABLE, count_seen, seen_score, seen_scores
from services.evaluation.api.scores import GroupShown, groups_shown
from services.evaluation.domain.scheme import Scheme
from services.evaluation.domain.score import Score, shown
from services.evaluation.domain.what_if import score_under
from services.evaluation.parts import Parts, parts_of
from services.evaluation.projections import SCORES
from services.evaluation.scored import published_scheme
from services.evaluation.scores_read import Scored
from shared.scheme import SchemeUnreadable
from shared.sentences import Language, sentences
from shared.signed_in import SignedIn
from shared.wait_for import WaitFor
from shared.web import NO_NUL, language

router = APIRouter(prefix="/what-if", tags=["what if"])

Version = Annotated[
    str, Path(max_length=40, pattern=NO_NUL, description="Of the programme, as it was published")
]


class Points(BaseModel):
    """earned + open + lost is the total of the scheme."""

    scheme: str = Field(description="SHA-256 of the scheme")
    earned: Decimal
    open: Decimal
    lost: Decimal


class Derived(Points):
    """With its derivation."""

    groups: list[GroupShown]


class WhatIf(BaseModel):
    """One project by its own scheme and by another version's, today, or as it was over."""

    project: UUID
    programme: str = Field(description="The version by whose scheme it is scored")
    now: Derived
    under: Derived


class WhatIfLine(BaseModel):
    """The same in a list, without derivations; where it has no score by its own scheme, why."""

    project: UUID
    reference: str
    title: str
    company: str
    unit: str
    track: str
    state: str
    now: Points | None
    under: Points | None
    more: Decimal | None = Field(description="Points earned more under the other version")
    problem: str | None


class WhatIfs(BaseModel):
    """A page; give `next` as `after` for the next one. `count` is of all pages together."""

    projects: list[WhatIfLine]
    count: int
    next: UUID | None
    complete_to: datetime | None


async def published(parts: Parts, version: str) -> Scheme:
    """The scheme of another version; NoSuchVersion, SchemeUnreadable."""
    async with parts.views.connect() as connection:
        return await published_scheme(connection, SCORES, version)


@router.get("/{version}")
async def what_if_list(
    request: Request,
    version: Version,
    person: SignedIn,
    wait_for: WaitFor,
    track: Annotated[str | None, Query(pattern="^[a-z_]{1,64}$")] = None,
    after: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> WhatIfs:
    """All projects that one may see: what they score, and what they would score under this version."""
    parts = parts_of(request)
    complete_to = await parts.group.reached(parts.scores, wait_for)
    other = await published(parts, version)
    wanted = [TABLE.c.track == track] if track else []
    found, following = await seen_scores(parts, person, wanted, after, limit)
    return WhatIfs(
        projects=[line_of(scored, other, language(request)) for scored in found],
        count=await count_seen(parts, person, wanted),
        next=following,
        complete_to=complete_to,
    )


@router.get("/{version}/{project}")
async def what_if_of_one(
    request: Request, version: Version, project: UUID, person: SignedIn, wait_for: WaitFor
) -> WhatIf:
    """One project with both derivations beside each other."""
    parts = parts_of(request)
    await parts.group.reached(parts.scores, wait_for)
    found = await seen_score(parts, person, project)
    other, tongue = await published(parts, version), language(request)
    return WhatIf(
        project=project,
        programme=found.tally.scored_by,
        now=derived(found.score, tongue),
        under=derived(scored_under(found, other), tongue),
    )


def scored_under(scored: Scored, other: Scheme) -> Score:
    """What another scheme would say; SchemeUnreadable where there is no own one to begin with."""
    if isinstance(scored.scheme, SchemeUnreadable):
        raise scored.scheme
    return score_under(scored.tally, scored.scheme, other, scored.on)


def line_of(scored: Scored, other: Scheme, tongue: Language) -> WhatIfLine:
    """One project of a list."""
    tally = scored.tally
    line = WhatIfLine(
        project=scored.project,
        reference=tally.reference,
        title=tally.title,
        company=tally.company,
        unit=tally.unit,
        track=tally.track,
        state=tally.state,
        now=None,
        under=None,
        more=None,
        problem=None,
    )
    try:
        now, under = scored.score, scored_under(scored, other)
    except SchemeUnreadable as unreadable:
        return line.model_copy(update={"problem": sentences(unreadable, tongue)[0]})
    more = shown(under.earned) - shown(now.earned)
    return line.model_copy(update={"now": _points(now), "under": _points(under), "more": more})


def _points(score: Score) -> Points:
    return Points(
        scheme=score.scheme, earned=shown(score.earned), open=shown(score.open), lost=shown(score.lost)
    )


def derived(score: Score, tongue: Language) -> Derived:
    """A score as it is shown beside another one."""
    return Derived(**_points(score).model_dump(), groups=groups_shown(score, tongue))
