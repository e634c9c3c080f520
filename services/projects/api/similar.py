"""What a proposal says that others of its company have said: for who writes it, and who checks it."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from services.projects.api.reading import CompleteTo
from services.projects.likeness import alike
from services.projects.parts import parts_of
from services.projects.projections.likely import of_the_company
from services.projects.projections.projects import one
from services.projects.sight import circle_of, marks_seen, may_see
from shared.clock import today
from shared.domain import NotKnown, UnitId
from shared.signed_in import SignedIn

LAID_BESIDE, SHOWN = 200, 20

router = APIRouter(prefix="/projects", tags=["projects"])


class AlikeField(BaseModel):
    """A field of the proposal that says much the same in another project."""

    field: str
    share: float = Field(description="Of all pairs of neighbouring signs, 0.6 to 1")


class AlikeProject(BaseModel):
    """Another project that says much the same; of the same unit it may be last year's problem again."""

    project: str
    reference: str
    title: str
    unit: str
    unit_name: str | None
    own: bool = Field(description="Of the same unit: is it a new problem still?")
    drafted_on: date
    fields: list[AlikeField]


class AlikeProjects(BaseModel):
    """The most alike first; a hint, and no rule follows from it."""

    projects: list[AlikeProject]
    compared: int = Field(description="How many of the company's newest projects were laid beside it")
    complete_to: datetime | None


@router.get("/{project}/similar")
async def read_similar(
    request: Request, project: UUID, person: SignedIn, complete_to: CompleteTo
) -> AlikeProjects:
    """Projects of the same company that the reader may see and that say much the same."""
    parts = parts_of(request)
    known, day = parts.organisation, today(parts.clock, parts.settings.time_zone)
    row = await one(parts.views, str(project))
    if row is None or not may_see(known, person, circle_of(row["page"]), day):
        raise NotKnown()
    others = await of_the_company(
        parts.views, row["company"], str(project), marks_seen(known, person, day), LAID_BESIDE
    )
    found = []
    for other in others:
        fields = list(alike(row["page"]["content"], other["page"]["content"]))
        if fields:
            drafted = datetime.fromisoformat(other["page"]["drafted_at"])
            found.append(
                AlikeProject(
                    project=other["project"],
                    reference=other["reference"],
                    title=other["title"],
                    unit=other["unit"],
                    unit_name=known.name_for(UnitId(other["unit"]), person, day),
                    own=other["unit"] == row["unit"],
                    drafted_on=drafted.astimezone(parts.settings.time_zone).date(),
                    fields=[AlikeField(field=known.field, share=known.share) for known in fields],
                )
            )
    found.sort(key=lambda other: (-max(f.share for f in other.fields), -len(other.fields), other.reference))
    return AlikeProjects(projects=found[:SHOWN], compared=len(others), complete_to=complete_to)
