"""What every test may ask for: databases on both engines, a nats-server; no engine may be skipped."""

from __future__ import annotations

import random
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

from tests.support.engines import Database, PostgresDatabases, PostgresServer, SqliteFiles, postgres_server
from tests.support.nats_server import NatsServer

settings.register_profile("house", deadline=None)  # a busy machine breaks no law
settings.load_profile("house")
WHOLE_SYSTEMS = "tests/system/test_"
ENGINES = ("sqlite", "postgresql")
used: dict[str, str] = {}  # engine → where it came from, for the summary


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgresServer]:
    """One PostgreSQL 17 for the whole session. Where none can be had the test fails; it is never skipped."""
    with postgres_server() as server:
        used["postgresql"] = server.origin
        yield server


@pytest.fixture(params=ENGINES)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """Fresh databases, the test once on each engine: `create_async_engine(database.url("views"))`."""
    if request.param == "sqlite":
        used["sqlite"] = "files"
        yield SqliteFiles(tmp_path)
        return
    databases = PostgresDatabases(request.getfixturevalue("postgresql"))
    yield databases
    databases.drop()


@pytest.fixture
def nats(tmp_path: Path) -> Iterator[NatsServer]:
    """A running nats-server of the test's own."""
    server = NatsServer(tmp_path / "nats")
    server.start()
    yield server
    server.kill()


@pytest.fixture
def seed() -> int:
    """Printed when a test fails; to live it again, return that number here."""
    seed = random.randrange(2**32)
    print(f"seed {seed}")  # noqa: T201 - pytest shows it with a failure
    return seed


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test of the databases that was skipped has proved nothing, so it counts as failed."""
    report = yield
    if report.skipped and "database" in getattr(item, "fixturenames", ()):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped: every engine must be tested"
    return report


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whole systems come first."""
    items.sort(key=lambda item: not item.nodeid.startswith(WHOLE_SYSTEMS))


class SystemsOneAtATime(LoadScopeScheduling):  # type: ignore[misc] # xdist has no types
    """One process runs whole systems, which mostly wait; another the rest meanwhile, file by file."""

    def _split_scope(self, nodeid: str) -> str:
        return WHOLE_SYSTEMS if nodeid.startswith(WHOLE_SYSTEMS) else nodeid.partition("::")[0]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    return SystemsOneAtATime(config, log)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Where several processes share the tests, each says on which engines it ran ..."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["engines"] = used


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """... and the one that tells hears it."""
    used.update(getattr(node, "workeroutput", {}).get("engines", {}))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says on which engines the session ran."""
    if used:
        terminalreporter.write_line(
            "engines: " + ", ".join(f"{engine} ({used[engine]})" for engine in sorted(used))
        )
