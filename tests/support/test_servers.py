"""The servers that tests run against are real, fresh for every test, and do what a test asks of them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import nats as nats_client
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from tests.support.engines import Database, from_wheel, run_apart
from tests.support.nats_server import NatsServer

ROOT = Path(__file__).resolve().parents[2]


async def answer(url: str, *statements: str) -> list[object]:
    """Runs all in one transaction; gives the last one's first column."""
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        *before, last = statements
        for statement in before:
            await connection.execute(text(statement))
        result = await connection.execute(text(last))
        column = list(result.scalars()) if result.returns_rows else []
    await engine.dispose()
    return column


@pytest.mark.parametrize("time", ["first", "second"])
async def test_every_test_gets_empty_databases_of_its_own(database: Database, time: str) -> None:
    await answer(database.url("ledger"), "CREATE TABLE t (x INTEGER)", "INSERT INTO t VALUES (1)")
    await answer(database.url("views"), "CREATE TABLE t (x INTEGER)")
    assert await answer(database.url("ledger"), "SELECT count(*) FROM t") == [1]
    assert await answer(database.url("views"), "SELECT count(*) FROM t") == [0]


async def test_text_sorts_by_code_point_on_both_engines(database: Database) -> None:
    words = ["党", "a", "B", "é"]
    select = " UNION ALL ".join(f"SELECT '{word}' AS w" for word in words)
    found = await answer(database.url(), f"SELECT w FROM ({select}) AS words ORDER BY w")
    assert found == sorted(words)


def test_postgresql_of_the_wheel_runs_without_docker() -> None:
    with from_wheel(["--fsync=off"]) as server:
        (version,) = run_apart(answer(server.url("postgres"), "SHOW server_version"))
        assert str(version).startswith("17.")
    assert not server.answers()


async def test_nats_server_comes_back_on_its_port_with_its_messages(nats: NatsServer) -> None:
    client = await nats_client.connect(nats.url)
    stream = client.jetstream()
    await stream.add_stream(name="EVENTS", subjects=["ev.>"])
    await stream.publish("ev.projects.group", b"1")
    url = nats.url
    await client.close()
    nats.restart()
    assert nats.url == url
    client = await nats_client.connect(nats.url)
    assert (await client.jetstream().stream_info("EVENTS")).state.messages == 1
    await client.close()


def test_a_killed_or_paused_nats_server_does_not_answer(nats: NatsServer) -> None:
    nats.pause()
    assert not nats.healthy()
    nats.resume()
    assert nats.healthy()
    nats.kill()
    assert not nats.healthy()
    nats.delete_storage()
    nats.start()
    assert nats.healthy()


def test_a_skipped_engine_counts_as_failed(tmp_path: Path) -> None:
    (tmp_path / "test_lazy.py").write_text(
        "import pytest\n"
        "def test_of_the_engines(database): pytest.skip('no engine today')\n"
        "def test_of_something_else(): pytest.skip('allowed')\n"
    )
    command = [sys.executable, "-m", "pytest", "-p", "tests.conftest", "-k", "sqlite or else", str(tmp_path)]
    said = subprocess.run(command, capture_output=True, text=True, cwd=ROOT).stdout
    assert "1 failed, 1 skipped, 1 deselected" in said
    assert "every engine must be tested" in said
