"""Beside the reviews: who is in a unit's pool of jurors (R57), and which vetoes are recorded of a project."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from sqlalchemy import select

from services.evaluation.api.acts import ledger_of, take
from services.evaluation.api.review import signing_for
from services.evaluation.domain.review.pool import POOL, ListJuror, StrikeJuror
from services.evaluation.domain.review.veto import VETO, LiftVeto, RecordVeto
from services.evaluation.parts import Parts, parts_of
from services.evaluation.projections import SCORES
from services.evaluation.review.view import REVIEWS
from shared.acts import Act, offer, offer_new
from shared.clock import today
from shared.decision import Outcome
from shared.domain import NotAllowed, NotKnown, OfficeId, PersonId, UnitId
from shared.ids import derived
from shared.signed_in import SignedIn
from shared.wait_for import WaitFor
from shared.web import Sent

router = APIRouter(tags=["review"])


@dataclass(frozen=True, slots=True)
class Vetoed:
    """A project that a veto is about, and its unit."""

    project: UUID
    unit: UnitId


class InThePool(BaseModel):
    """Somebody who may be drawn as a juror."""

    person: PersonId
    track: str
    fields: list[str] = Field(description="Other tracks that they know as well")
    level: str
    external: bool
    pledged_on: date


class Pool(BaseModel):
    """A unit's pool of jurors."""

    jurors: list[InThePool]


@router.get("/juror-pool/{unit}")
async def read_pool(request: Request, unit: UUID, person: SignedIn, wait_for: WaitFor) -> Pool:
    """Who is in a unit's pool; to who runs its reviews."""
    parts = parts_of(request)
    await parts.group.reached(parts.reviews, wait_for)
    day = today(parts.clock, parts.settings.time_zone)
    if not signing_for.may_run(parts.group.organisation, person, UnitId(str(unit)), day):
        raise NotAllowed()
    table = REVIEWS.table("jurors")
    query = select(table.c.listed).where(table.c.unit == str(unit)).order_by(table.c.person)
    async with parts.views.connect() as connection:
        found = (await connection.execute(query)).scalars().all()
    return Pool(
        jurors=[
            InThePool(
                person=listed.person,
                track=listed.track,
                fields=list(listed.fields),
                level=listed.level,
                external=listed.external,
                pledged_on=listed.pledged_on,
            )
            for listed in found
        ]
    )


async def _unit_of(parts: Parts, project: UUID) -> UnitId:
    """Whose project it is; NotKnown."""
    table = SCORES.table("scores")
    async with parts.views.connect() as connection:
        query = select(table.c.unit).where(table.c.project == project)
        unit = (await connection.execute(query)).scalar_one_or_none()
    if unit is None:
        raise NotKnown()
    return UnitId(unit)


def pool_id(unit: UnitId) -> UUID:
    """The stream of a unit's pool, of which there is one."""
    return UUID(derived("juror pool", unit))


async def _in_pool(
    parts: Parts, act: Act, stream: UUID, body: Any, person: PersonId, office: OfficeId | None, sent: Sent
) -> Outcome:
    ledger = ledger_of(parts.group.organisation, body.unit)
    return await take(
        parts, act, POOL, ledger=ledger, stream=stream, body=body, person=person, office=office, sent=sent
    )


async def _on_veto(
    parts: Parts, act: Act, project: UUID, body: Any, person: PersonId, office: OfficeId | None, sent: Sent
) -> Outcome:
    """In the ledger of the project's company, in a stream of its own."""
    unit = await _unit_of(parts, project)
    return await take(
        parts,
        act,
        VETO,
        ledger=ledger_of(parts.group.organisation, unit),
        stream=UUID(derived("veto", str(project))),
        body=body,
        person=person,
        office=office,
        sent=sent,
        seen=Vetoed(project, unit),
    )


POOL_ACTS = (
    Act(ListJuror, signing_for.opening, {"on": lambda it: it.asking.today}),
    Act(StrikeJuror, signing_for.opening),
)
VETO_ACTS = (
    Act(RecordVeto, signing_for.vetoing, {"project": lambda it: str(it.seen.project)}),
    Act(LiftVeto, signing_for.vetoing, {"project": lambda it: str(it.seen.project)}),
)
for _act in POOL_ACTS:
    offer_new(router, _act, "/juror-pool", _in_pool, lambda body, _sent, _person: pool_id(body.unit))
for _act in VETO_ACTS:
    offer(router, _act, "/vetoes/{stream}", _on_veto)
