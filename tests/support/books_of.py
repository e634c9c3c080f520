"""The ledgers and views of an installation, read from its databases beside the running services."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from shared.codec import Schema
from shared.engines import create_engine
from shared.ledger import Ledgers

DECIDING = ("projects", "evaluation")  # services with ledgers of their own
Where = Callable[[str, str], str]  # service, `ledger` for its truth or `views` → the database's URL


def files_in(data: Path) -> Where:
    """The databases of an installation on SQLite."""
    return lambda service, name: f"sqlite+aiosqlite:///{data}/{service}/{name}.db"


@asynccontextmanager
async def engine_of(where: Where, service: str, name: str = "ledger") -> AsyncIterator[AsyncEngine]:
    """A service's database: `ledger` for its truth, `views` for what is made of it."""
    engine = create_engine(where(service, name), durable=False)
    try:
        yield engine
    finally:
        await engine.dispose()


async def heads_of(where: Where) -> dict[str, int]:
    """How long every ledger of the installation is, by its full name."""
    found: dict[str, int] = {}
    for service in DECIDING:
        async with engine_of(where, service) as engine:
            heads = await Ledgers(engine, service, Schema(())).heads()
            found |= {f"{service}/{ledger}": head.position for ledger, head in heads.items()}
    return found
