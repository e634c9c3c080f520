"""By which rules a project goes, and what changed in them since it began or was pinned (R16, R18)."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import msgspec
from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from services.projects.acting import Asking
from services.projects.api.ahead import seen_project
from services.projects.api.programmes import ProgrammeShown, head
from services.projects.differences import Difference, differences
from services.projects.domain.project.proposal import ProgrammeAdopted, ProposalDrafted, ProposalSubmitted
from services.projects.domain.project.state import State
from services.projects.facts import parts_to_move, supplement_in_force, to_adopt
from services.projects.routing import programme_in_force
from shared.organisation import Organisation
from shared.signed_in import SignedIn

router = APIRouter(prefix="/projects", tags=["projects"])


class MayMove(BaseModel):
    """A later version that applies to this running project, and what it would change for it (R19)."""

    programme: ProgrammeShown
    on_request: tuple[str, ...] = Field(description="Parts: by an approved change request of its own")
    by_order: tuple[str, ...] = Field(description="Parts: by order of headquarters")
    demanded_by: str = Field(description="Number of the superior document that demands the order")
    changes: list[Difference] = Field(description="In these parts, against what it goes by")


class GoesBy(BaseModel):
    """The version of the programme, and beside it the company's, that a project goes by.

    Until it is submitted a draft goes by what is in force; then it keeps what it is pinned to (R18).
    """

    programme: ProgrammeShown
    supplement: str
    pinned: bool
    since: date = Field(description="The day it began, was pinned, or adopted another")
    changes: list[Difference] = Field(
        description="Against that day: of a draft in what is in force, else what corrigenda have mended"
    )
    supplement_changes: list[Difference]
    may_adopt: ProgrammeShown | None = Field(
        description="What a returned proposal may adopt by an act of its own, seeing the changes (R18)"
    )
    must_adopt: bool = Field(description="Before it is submitted: a part applies on resubmission (R19)")
    may_adopt_supplement: str = Field(description="And the company's version that goes with it")
    moved: dict[str, str] = Field(description="Parts in which it goes by another version since (R19)")
    may_move: list[MayMove] = Field(description="Of a running project: later versions for it (R19)")
    not_yet: list[ProgrammeShown] = Field(
        description="Published and not yet in force: until then the one above applies (R16)"
    )


@router.get("/{project}/programme")
async def read_programme_of_project(request: Request, project: UUID, person: SignedIn) -> GoesBy:
    """By which rules it goes, what changed in them meanwhile, and what it may adopt (R16, R18)."""
    parts, state, asking, stream = await seen_project(request, project, person)
    known, day = asking.organisation, asking.today
    turns = (ProposalDrafted, ProposalSubmitted, ProgrammeAdopted)
    turn = next(recorded for recorded in reversed(stream) if isinstance(recorded.event, turns))
    since = turn.recorded_at.astimezone(parts.settings.time_zone).date()
    pinned = bool(state.approval.route)
    in_force = programme_in_force(known, day)
    pair = in_force.version, supplement_in_force(asking, state)
    own = (state.programme, state.supplement) if pinned else pair
    after = pair if state.phase == "draft" else own
    goes_by = known.version(own[0])
    assert goes_by is not None, f"{own[0]} was published"
    before = _pair_of(known, state, pinned, since)
    then = _text(known, before[0], since)
    adopts = pinned and state.phase == "draft" and pair != own
    return GoesBy(
        programme=head(goes_by),
        supplement=own[1],
        pinned=pinned,
        since=since,
        changes=differences(then, _text(known, after[0], day)) if then else [],
        supplement_changes=differences(_added(known, state, before), _added(known, state, after)),
        may_adopt=head(in_force) if adopts else None,
        must_adopt=adopts and bool(to_adopt(asking, state)),
        may_adopt_supplement=pair[1] if adopts else "",
        moved=dict(state.moved),
        may_move=_may_move(asking, state),
        not_yet=[head(p) for p in known.programmes if p.in_force > day],
    )


def _may_move(asking: Asking, state: State) -> list[MayMove]:
    if state.phase not in ("in_implementation", "suspended"):
        return []
    known, day, found = asking.organisation, asking.today, []
    for version in known.begun_since(state.programme, day):
        parts = parts_to_move(asking, state, version.version, by_order=False)
        if parts:
            found.append(
                MayMove(
                    programme=head(version),
                    on_request=tuple(part for part in parts if part in version.on_request),
                    by_order=tuple(part for part in parts if part in version.by_order),
                    demanded_by=version.demanded_by,
                    changes=differences(
                        {part: _text(known, state.goes_by(part), day)[part] for part in parts},
                        {part: _text(known, version.version, day)[part] for part in parts},
                    ),
                )
            )
    return found


def _pair_of(known: Organisation, state: State, pinned: bool, since: date) -> tuple[str, str]:
    """What it was pinned to, or what was in force when its draft began."""
    if pinned:
        return state.programme, state.supplement
    programme = known.programme(since)
    added = known.supplement(state.unit, programme.version, since) if programme else None
    return (programme.version if programme else ""), (added.version if added else "")


def _text(known: Organisation, version: str, on: date) -> Any:
    found = known.version(version, on)
    return msgspec.json.decode(found.content) if found else None


def _added(known: Organisation, state: State, pair: tuple[str, str]) -> Any:
    company = known.company(state.unit)
    found = (s for s in known.supplements if (s.company, s.programme, s.version) == (company, *pair))
    return next((msgspec.json.decode(s.content) for s in found), {})
