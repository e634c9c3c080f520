"""A company's channels as they are set up: their settings, whether they are on, and who changed what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Row, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.notifications.channels import Kind
from services.notifications.channels.accounts import Accounts, SettingsSealedOtherwise
from services.notifications.channels.settings import KEPT, ChannelSettings
from services.notifications.tables import channel_changes, channels, deliveries
from shared import engines
from shared.domain import NotAsItStands, NotKnown, PersonId, UnitId
from shared.envelope import micros
from shared.problems import FieldsWrong

c, h = channels.c, channel_changes.c
LET_GO = {"failures": 0, "open_until": None}  # what is set up anew is tried at once


class ChannelNotSetUp(NotKnown):
    """This channel is not set up for this company.

    Enter its settings first."""


class ReceiverDoesNotConfirm(NotAsItStands):
    """The receiver did not answer with the challenge that it was sent.

    Check its address, and that it sends the challenge back; then turn the channel on."""


@dataclass(frozen=True, slots=True)
class Change:
    """Who changes which channel of which company, and when."""

    company: UnitId
    channel: Kind
    by: PersonId
    at: datetime


async def set_up(
    engine: AsyncEngine, accounts: Accounts, change: Change, settings: ChannelSettings
) -> Row[Any]:
    """Keep these settings; a secret that is left empty stays as it is. The same again changes nothing.

    A new channel is off until it is turned on.
    """
    before = await find(engine, change.company, change.channel)
    known = None if before is None else await _known(accounts, before, settings)
    if known is not None:
        settings = settings.completed(known)
    if lacking := [f"settings.{name}" for name in sorted(settings.needed) if not getattr(settings, name)]:
        raise FieldsWrong(fields=lacking)
    await accounts.refuse_unusable(change.channel, settings)
    settings = settings.kept(known, change.at)
    if before is not None and known == settings:
        return before
    moved = known is not None and _receiver(known) != _receiver(settings)
    off = {"enabled": False} if moved else {}  # until the new one says that it wants to be told
    sealed = await accounts.sealed(change.company, change.channel, settings)
    async with engines.begin(engine) as connection:
        row = {"company": change.company, "channel": change.channel, "settings": sealed}
        fresh = row | {"enabled": False, "next_free_at": 0, "failures": 0}
        await connection.execute(engines.insert(channels, connection).on_conflict_do_nothing(), fresh)
        await connection.execute(update(channels).where(_of(change)).values(settings=sealed, **LET_GO, **off))
        return await _note(connection, change, settings.shown() | off)


async def turn(engine: AsyncEngine, accounts: Accounts, change: Change, *, on: bool) -> Row[Any]:
    """Let a channel send, or keep what waits; ChannelNotSetUp, ReceiverDoesNotConfirm."""
    confirmed = await _confirmed(engine, accounts, change) if on else None
    async with engines.begin(engine) as connection:
        row = (await connection.execute(select(channels).where(_of(change)).with_for_update())).one_or_none()
        if row is None:
            raise ChannelNotSetUp()
        if row.enabled == on:
            return row
        if on and row.settings != confirmed:  # changed since its receiver was asked
            raise ReceiverDoesNotConfirm()
        await connection.execute(update(channels).where(_of(change)).values(enabled=on, **LET_GO))
        return await _note(connection, change, {"enabled": on})


async def find(engine: AsyncEngine, company: UnitId, channel: Kind) -> Row[Any] | None:
    """A company's channel, if it is set up."""
    async with engine.connect() as connection:
        query = select(channels).where(c.company == company, c.channel == channel)
        return (await connection.execute(query)).one_or_none()


async def changes(engine: AsyncEngine, company: UnitId, channel: Kind) -> list[Row[Any]]:
    """Who changed what, the last change first."""
    query = select(channel_changes).where(h.company == company, h.channel == channel)
    async with engine.connect() as connection:
        return list((await connection.execute(query.order_by(h.number.desc()))).all())


async def counted(connection: AsyncConnection, company: UnitId | None = None) -> list[Row[Any]]:
    """How many deliveries are open or dead and since when, by company, channel and state."""
    d = deliveries.c
    query = select(
        d.company, d.channel, d.state, func.count().label("many"), func.min(d.made_at).label("since")
    ).where(d.state.in_(("waiting", "bundled", "dead")))
    if company is not None:
        query = query.where(d.company == company)
    return list((await connection.execute(query.group_by(d.company, d.channel, d.state))).all())


async def _confirmed(engine: AsyncEngine, accounts: Accounts, change: Change) -> str:
    """The settings, once their receiver has said that it wants to be told, where there is one to say so."""
    row = await find(engine, change.company, change.channel)
    if row is None:
        raise ChannelNotSetUp()
    if not row.enabled and KEPT[change.channel].receiver:
        account = await accounts.of(row)
        if (await account.channel.check()).outcome != "sent":
            raise ReceiverDoesNotConfirm()
    return str(row.settings)


async def _known(accounts: Accounts, before: Row[Any], settings: ChannelSettings) -> ChannelSettings | None:
    """What was there; None where it cannot be opened any more and nothing of it is to stay."""
    try:
        return await accounts.opened(before)
    except SettingsSealedOtherwise:
        if all(getattr(settings, name) for name in settings.secrets):
            return None
        raise


def _receiver(settings: ChannelSettings) -> object:
    return getattr(settings, settings.receiver, None) if settings.receiver else None


async def _note(connection: AsyncConnection, change: Change, said: dict[str, Any]) -> Row[Any]:
    """The row as it is now, with its change on record; its lock puts changes in order."""
    row = (await connection.execute(select(channels).where(_of(change)).with_for_update())).one()
    last = select(func.coalesce(func.max(h.number), 0))
    last = last.where(h.company == change.company, h.channel == change.channel)
    noted = {
        "company": change.company,
        "channel": change.channel,
        "number": (await connection.execute(last)).scalar_one() + 1,
        "at": micros(change.at),
        "by": change.by,
        "settings": msgspec.json.encode(said, order="sorted").decode(),
    }
    await connection.execute(insert(channel_changes).values(noted))
    return row


def _of(change: Change) -> Any:
    return (c.company == change.company) & (c.channel == change.channel)
