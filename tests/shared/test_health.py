"""A service is well only while its databases answer, and says which one does not."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from shared import health as module
from shared.engines import create_engine
from shared.health import health
from tests.support.engines import Database

HANGING, REFUSING = "hanging", "refusing"


@pytest.fixture
async def url_of() -> AsyncIterator[dict[str, str]]:
    """Addresses at which no database answers."""
    hangs = await asyncio.start_server(lambda _reader, _writer: None, "127.0.0.1", 0)
    port = hangs.sockets[0].getsockname()[1]
    yield {
        HANGING: f"postgresql+asyncpg://user@127.0.0.1:{port}/db",
        REFUSING: "postgresql+asyncpg://user@127.0.0.1:1/db",
    }
    hangs.close()


@pytest.mark.parametrize("how", [HANGING, REFUSING])
async def test_a_database_that_does_not_answer_is_named(
    url_of: dict[str, str], how: str, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ANSWER_SECONDS", 0.3)
    views, truth = create_engine(database.url(), durable=False), create_engine(url_of[how], durable=True)
    began = time.monotonic()
    said = await health({"truth": truth, "views": views}, {}, nats="connected")
    assert said == {"ok": False, "nats": "connected", "databases": {"truth": "away", "views": "answers"}}
    assert time.monotonic() - began < 10
    for engine in (views, truth):
        await engine.dispose()


@pytest.mark.parametrize("otherwise", [True, False])
async def test_with_all_databases_it_is_as_well_as_it_is_otherwise(
    database: Database, otherwise: bool
) -> None:
    engine = create_engine(database.url(), durable=True)
    said = await health({"truth": engine}, {}, ok=otherwise)
    assert said == {"ok": otherwise, "databases": {"truth": "answers"}, "views": {}}
    await engine.dispose()
