"""What could not be delivered: the operator sees why, not what it says, and has it sent again (R80)."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from services.notifications.api.operating import Operating
from services.notifications.api.shown import Deliveries, shown
from services.notifications.channels import Kind
from services.notifications.delivered import read, resend
from services.notifications.tables import deliveries
from shared.places import PLACE, After
from shared.web import Body, Posted, Sending, language

router = APIRouter(prefix="/dead-letters", tags=["deliveries"])
d = deliveries.c

Cause = Literal["no_address", "refused", "too_many_tries", "channel_away"]


class Resend(Body):
    """Which dead ones: one, or all of a cause, or all of a channel; all three together narrow it down."""

    delivery: UUID | None = None
    cause: Cause | None = None
    channel: Kind | None = None


class Resent(BaseModel):
    """How many wait again."""

    resent: int
    more: bool = Field(description="There are more: ask again, with a new key")


@router.get("/{company}")
async def dead_letters(
    request: Request,
    operator: Operating,
    channel: Kind | None = None,
    cause: Cause | None = None,
    after: Annotated[str | None, Query(pattern=PLACE)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Deliveries:
    """The company's own, newest first."""
    which = (d.company == operator.company) & _narrowed(channel, cause)
    place = After.read(after) if after else None
    return shown(await read(operator.parts.truth, which, place, limit), language(request))


@router.post("/{company}/resend")
async def resend_dead(operator: Operating, body: Posted[Resend], sent: Sending) -> Resent:
    """Let them wait again; who did is kept with each. Repeating changes nothing: they wait already."""
    which = (d.company == operator.company) & _narrowed(body.channel, body.cause)
    if body.delivery is not None:
        which &= d.id == body.delivery
    count, more = await resend(operator.parts.truth, operator.parts.planning, which, operator.person)
    return Resent(resent=count, more=more)


def _narrowed(channel: Kind | None, cause: Cause | None) -> Any:
    found = d.state == "dead"
    if channel is not None:
        found &= d.channel == channel
    if cause is not None:
        found &= d.cause == cause
    return found
