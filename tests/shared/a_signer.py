"""A signer of ledgers that a test fills, what a witness reads of it, and somebody who rewrites history."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
from sqlalchemy import text

from shared import witnessing
from shared.engines import begin, is_sqlite
from shared.ledger_tables import APPEND_ONLY
from shared.settings import Settings
from shared.signing import Signing
from shared.web import create_app
from tests.support.books import Added, Book

GROUP = "denggao.example"


def settings_in(directory: Path) -> Settings:
    return Settings(service="projects", data_dir=directory, public_url=f"https://{GROUP}")


async def signer_of(book: Book, directory: Path) -> Signing:
    """As a service has it at its start."""
    signing = Signing(book.ledgers, settings_in(directory))
    await signing.begin()
    return signing


async def append(book: Book, count: int, ledger: str = "group", amount: int = 1) -> None:
    await book.append(ledger, *[("p", Added(amount + number)) for number in range(count)])


async def change(book: Book, *statements: str) -> None:
    """What nobody may: change the ledgers by the hand of whoever owns the database."""
    async with begin(book.ledgers.engine) as connection:
        for table in APPEND_ONLY:
            if is_sqlite(book.ledgers.engine):
                for how in ("update", "delete", "replace"):
                    await connection.execute(text(f"DROP TRIGGER IF EXISTS {table}_no_{how}"))
            else:
                await connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        for statement in statements:
            await connection.execute(text(statement))


async def emptied(book: Book) -> Book:
    """The same database, in which nothing ever happened."""
    await change(book, "DELETE FROM events", "DELETE FROM tiles", "DELETE FROM ledger_heads")
    return Book(book.ledgers.engine)


@asynccontextmanager
async def asked(signing: Signing) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody who asks it over HTTP; the other service is not there."""
    app = create_app("projects", routers=[witnessing.router])
    app.state.signing = signing
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://front") as client:
        yield client
