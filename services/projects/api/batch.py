"""Routine proposals agreed to in one request: one act each, under one batch's id (R83)."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any
from uuid import UUID, uuid5

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field

from services.projects.api.on_project import take_on_project
from services.projects.api.project_acts import ACTS
from services.projects.domain.project.approval import GiveOpinion
from services.projects.parts import parts_of
from shared import problems
from shared.acts import Taken, chosen_office, taken
from shared.domain import OfficeId, Refusal
from shared.signed_in import SignedIn
from shared.web import Body, Posted, Sending, language

AT_MOST = 50
(GIVE,) = (act for act in ACTS if act.command is GiveOpinion)
OPINION = GIVE.body()


class Routine(Body):
    """A proposal that is agreed to: its open step, and the hash of what was read."""

    project: UUID
    step: int
    content_hash: str


class AgreeInBatchBody(Body):
    """Proposals, each decided for itself; somebody addressed twice names it twice (R6)."""

    items: Annotated[tuple[Routine, ...], Field(min_length=1, max_length=AT_MOST)]
    note: str = ""
    why: str = ""


class Line(BaseModel):
    """What came of one item: where its act lies, or the problem (RFC 9457) that refused it."""

    project: UUID
    taken: Taken | None
    problem: dict[str, Any] | None


class Batch(BaseModel):
    """The batch's id, as its acts name it, and what came of each item in their order."""

    batch: UUID
    lines: list[Line]


router = APIRouter(prefix="/projects", tags=["project acts"])


@router.post("/agree-in-batch")
async def agree_in_batch(
    request: Request,
    body: Posted[AgreeInBatchBody],
    sent: Sending,
    person: SignedIn,
    office: Annotated[OfficeId | None, Depends(chosen_office)],
) -> Batch:
    """Agree to several routine proposals: none with money, none disputed, each opened as it is now.

    An item that is refused hinders no other. Repeated with the same key, the same acts are answered.
    """
    batch = uuid5(sent.command_id(person), "batch")
    lines = []
    for number, item in enumerate(body.items):
        one = replace(sent, key=f"{sent.key}/{number}", expected_version=None)
        said = {"step": item.step, "opinion": "agree", "content_hash": item.content_hash}
        given = OPINION.model_validate(said | {"note": body.note, "why": body.why})
        try:
            outcome = await take_on_project(
                parts_of(request), GIVE, item.project, given, person, office, one, seen=str(batch)
            )
            lines.append(Line(project=item.project, taken=taken(outcome), problem=None))
        except Refusal as refusal:
            told = problems.problem(refusal, language(request))
            lines.append(Line(project=item.project, taken=None, problem=told))
    return Batch(batch=batch, lines=lines)
