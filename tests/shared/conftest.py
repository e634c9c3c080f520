"""Books that a test fills, and a database for its views, on both engines."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.engines import create_engine
from tests.support.books import Book
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
