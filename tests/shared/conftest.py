"""Ledgers and writers, books that a test fills, and a database for its views, on both engines."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.clock import SystemClock
from shared.engines import create_engine
from shared.ledger import Ledgers
from shared.writer import Writer
from tests.support.books import Book
from tests.support.counter import opened
from tests.support.engines import Database


@pytest.fixture
async def views(database: Database) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(database.url("views"), durable=False)
    yield engine
    await engine.dispose()


@pytest.fixture
async def book(database: Database) -> AsyncIterator[Book]:
    engine = create_engine(database.url("ledger"), durable=True)
    yield await Book(engine).create()
    await engine.dispose()


@pytest.fixture
async def ledgers(database: Database) -> AsyncIterator[Ledgers]:
    async with opened(database.url()) as ledgers:
        yield ledgers


@pytest.fixture
async def writers(ledgers: Ledgers) -> AsyncIterator[tuple[Writer, Writer]]:
    """Two that know nothing of each other, as in two processes."""
    two = Writer(ledgers, SystemClock()), Writer(ledgers, SystemClock())
    yield two
    for one in two:
        await one.close()
