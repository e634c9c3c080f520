"""Publishing rules: one version after another, each once, none ever changed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Row, func, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.notifications.rulebook import SHIPPED
from services.notifications.tables import rule_sets
from shared.decision import KeyUsedForAnother
from shared.domain import PersonId, Refusal, Stale
from shared.engines import begin, insert
from shared.envelope import micros

r = rule_sets.c


class RulesUnsound(Refusal):
    """These rules cannot be followed: {faults}

    Mend what is listed and send them again; nothing was published."""


class ReasonMissing(Refusal):
    """Why the rules are changed is not said.

    Say the reason: it stands beside the version for ever."""


@dataclass(frozen=True, slots=True)
class Publication:
    """Rules that somebody publishes; `replaces`: the version that they were written from, if it is named."""

    text: str
    reason: str
    by: PersonId
    at: datetime
    command: UUID
    request: str
    replaces: int | None = None


async def publish(engine: AsyncEngine, wanted: Publication) -> int:
    """The version that these rules are from now on; a repeated request gets the version it made.

    Stale where others published since; KeyUsedForAnother.
    """
    if not wanted.reason:
        raise ReasonMissing()
    while True:
        async with begin(engine) as connection:
            before = (await connection.execute(select(rule_sets).where(r.command == wanted.command))).first()
            if before is not None:
                if before.request != wanted.request:
                    raise KeyUsedForAnother()
                return int(before.version)
            newest = await newest_version(connection)
            if wanted.replaces not in (None, newest):
                raise Stale()
            if await _entered(connection, wanted, newest + 1):
                return newest + 1  # else somebody published at the same moment, and it is looked at again


async def newest_version(connection: AsyncConnection) -> int:
    """The version in force."""
    return int((await connection.execute(select(func.coalesce(func.max(r.version), SHIPPED)))).scalar_one())


async def published(connection: AsyncConnection, version: int) -> Row[tuple[object, ...]] | None:
    """A version as it was published; None for the shipped one, and for one that is not there."""
    return (await connection.execute(select(rule_sets).where(r.version == version))).first()


async def all_published(connection: AsyncConnection) -> list[Row[tuple[object, ...]]]:
    """All versions, the newest first."""
    return list((await connection.execute(select(rule_sets).order_by(r.version.desc()))).all())


async def _entered(connection: AsyncConnection, wanted: Publication, version: int) -> bool:
    row = {
        "version": version,
        "text": wanted.text,
        "sha256": hashlib.sha256(wanted.text.encode()).hexdigest(),
        "published_at": micros(wanted.at),
        "by": wanted.by,
        "reason": wanted.reason,
        "command": wanted.command,
        "request": wanted.request,
    }
    entered = insert(rule_sets, connection).values(row).on_conflict_do_nothing().returning(r.version)
    return (await connection.execute(entered)).first() is not None
