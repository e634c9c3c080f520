"""Setting up a company's channels: what is secret goes in and never comes out."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any, get_args

import msgspec
from fastapi import APIRouter
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field, ValidationError
from sqlalchemy import Row

from services.notifications.api.operating import Operating, Operator
from services.notifications.channels import Kind
from services.notifications.channels.settings import SETTINGS, ChannelSettings
from services.notifications.setting_up import (
    Change,
    ChannelNotSetUp,
    changes,
    counted,
    find,
    set_up,
    turn,
)
from shared.clock import SystemClock
from shared.codec import canonical
from shared.domain import PersonId
from shared.envelope import moment
from shared.web import Body, Posted, Sending

router = APIRouter(prefix="/channels", tags=["channels"])
_real = SystemClock()


class ChannelShown(BaseModel):
    """One channel of a company."""

    channel: Kind
    set_up: bool
    enabled: bool
    settings: dict[str, Any] | None = Field(description="Of what is secret only whether it is there")
    open_until: datetime | None = Field(description="It failed as a whole; nothing is tried before")
    waiting: int
    oldest: datetime | None = Field(description="Since when the oldest of those has waited")
    dead: int


class SetUp(Body):
    """The settings of a channel; a secret that is left empty stays as it is."""

    settings: dict[str, Any]


class TurnOn(Body):
    """Whether a channel sends."""

    enabled: bool


class Checked(BaseModel):
    """What the channel's other side says of the account."""

    ok: bool
    code: str
    text: str


class ChangeShown(BaseModel):
    """One change: of the settings, without what is secret, or of whether the channel sends."""

    number: int
    at: datetime
    by: PersonId
    changed: dict[str, Any]


@router.get("/{company}")
async def all_channels(operator: Operating) -> list[ChannelShown]:
    """Every kind of channel, set up or not, and how its deliveries stand."""
    parts, kinds = operator.parts, get_args(Kind)
    async with parts.truth.connect() as connection:
        counts = await counted(connection, operator.company)
    by_channel: defaultdict[str, list[Row[Any]]] = defaultdict(list)
    for row in counts:
        by_channel[row.channel].append(row)
    found = {kind: await find(parts.truth, operator.company, kind) for kind in kinds}
    return [await _shown(operator, kind, found[kind], by_channel[kind]) for kind in kinds]


@router.post("/{company}/{channel}")
async def set_up_channel(
    operator: Operating, channel: Kind, body: Posted[SetUp], sent: Sending
) -> ChannelShown:
    """Enter or change the settings; a new channel is off until it is turned on. Repeating changes nothing."""
    settings = _read(SETTINGS[channel], body.settings)
    row = await set_up(operator.parts.truth, operator.parts.accounts, _change(operator, channel), settings)
    return await _shown(operator, channel, row, [])


@router.post("/{company}/{channel}/enabled")
async def turn_channel(
    operator: Operating, channel: Kind, body: Posted[TurnOn], sent: Sending
) -> ChannelShown:
    """Let the channel send, or keep what waits; a webhook's receiver first has to answer a challenge."""
    row = await turn(
        operator.parts.truth, operator.parts.accounts, _change(operator, channel), on=body.enabled
    )
    return await _shown(operator, channel, row, [])


@router.post("/{company}/{channel}/check")
async def check_channel(operator: Operating, channel: Kind, sent: Sending) -> Checked:
    """Whether account and receiver are what the settings say; nobody is told anything."""
    row = await find(operator.parts.truth, operator.company, channel)
    if row is None:
        raise ChannelNotSetUp()
    account = await operator.parts.accounts.of(row)
    answer = await account.channel.check()
    return Checked(ok=answer.outcome == "sent", code=answer.code, text=answer.text)


@router.get("/{company}/{channel}/changes")
async def channel_history(operator: Operating, channel: Kind) -> list[ChangeShown]:
    """Who changed what, the last change first."""
    return [
        ChangeShown(
            number=row.number, at=moment(row.at), by=row.by, changed=msgspec.json.decode(row.settings)
        )
        for row in await changes(operator.parts.truth, operator.company, channel)
    ]


def _change(operator: Operator, channel: Kind) -> Change:
    return Change(operator.company, channel, operator.person, _real.now())


def _read(kind: type[ChannelSettings], said: dict[str, Any]) -> ChannelSettings:
    """Checked as every body is, with what is wrong under the name of its field."""
    try:
        return kind.model_validate_json(canonical(said))
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_input=False)
        raise RequestValidationError([e | {"loc": ("body", "settings", *e["loc"])} for e in wrong]) from error


async def _shown(
    operator: Operator, channel: Kind, row: Row[Any] | None, counts: list[Row[Any]]
) -> ChannelShown:
    open_still = [count for count in counts if count.state != "dead"]
    settings = await operator.parts.accounts.opened(row) if row else None
    return ChannelShown(
        channel=channel,
        set_up=row is not None,
        enabled=bool(row and row.enabled),
        settings=settings.shown() if settings else None,
        open_until=moment(row.open_until) if row and row.open_until is not None else None,
        waiting=sum(count.many for count in open_still),
        oldest=min((moment(count.since) for count in open_still), default=None),
        dead=sum(count.many for count in counts if count.state == "dead"),
    )
