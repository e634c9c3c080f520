"""What a service says of itself: whether its databases answer, and how far its views are."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.ledger import Ledgers
from shared.reading import Runner

log = structlog.get_logger()

ANSWER_SECONDS = 2.0


async def health(
    databases: Mapping[str, AsyncEngine],
    views: Mapping[str, Runner],
    ledgers: Ledgers | None = None,
    **more: Any,
) -> dict[str, Any]:
    """Not ok while a database does not answer, and nothing else is then asked of any; `more` is said too."""
    answers = await asyncio.gather(*(_answers(name, engine) for name, engine in databases.items()))
    told = {name: "answers" if well else "away" for name, well in zip(databases, answers, strict=True)}
    said = more | {"ok": all(answers) and more.get("ok", True), "databases": told}
    if all(answers):
        if ledgers:
            said["ledgers"] = {name: head.position for name, head in (await ledgers.heads()).items()}
        said["views"] = {name: await runner.health() for name, runner in views.items()}
    return said


async def _answers(name: str, engine: AsyncEngine) -> bool:
    try:
        async with asyncio.timeout(ANSWER_SECONDS), engine.connect() as connection:
            await connection.execute(select(1))
    except Exception as error:  # noqa: BLE001 - whatever it is, it is no answer
        log.warning("database.away", database=name, error=repr(error))
        return False
    return True
