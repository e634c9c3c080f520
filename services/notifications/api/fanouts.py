"""How far what is told to very many people is, for who runs the system and for headquarters."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from services.notifications.fanouts import progress, since
from services.notifications.parts import parts_of
from shared.acting import Asking
from shared.clock import today
from shared.domain import NotAllowed
from shared.envelope import moment
from shared.signed_in import SignedIn
from shared.web import language

SEES = ("run_system", "see_group")  # rights in the group

router = APIRouter(prefix="/fanouts", tags=["fanouts"])


class FanoutShown(BaseModel):
    """One rule that tells very many people of one event."""

    event: str = Field(description="<service>/<ledger>/<position>")
    rule: str
    title: str
    since: datetime
    people: int = Field(description="Who were to be told when it happened")
    told: int = Field(description="Who were; fewer in the end, where what was to be done was done before")
    ended_at: datetime | None


class Fanouts(BaseModel):
    """The latest fifty, the newest first."""

    fanouts: list[FanoutShown]


@router.get("")
async def read_fanouts(request: Request, person: SignedIn) -> Fanouts:
    """What is told page by page, and how many people have been told."""
    parts, tongue = parts_of(request), language(request)
    organisation = parts.group.organisation
    if organisation.group is None:
        raise NotAllowed()
    asking = Asking(person, organisation, today(parts.clock, parts.settings.time_zone))
    asking.with_right_in(SEES, organisation.group)
    async with parts.truth.connect() as connection:
        found = await progress(connection)
    return Fanouts(
        fanouts=[
            FanoutShown(
                event=of.event,
                rule=of.rule,
                title=rule.titled_in(tongue) if (rule := parts.rules.get(of.rule)) else of.rule,
                since=since(of),
                people=of.people,
                told=of.told,
                ended_at=None if of.ended_at is None else moment(of.ended_at),
            )
            for of in found
        ]
    )
