"""One installation for the tests that only walk through its front door; databases for those with another."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.collector import Collector
from tests.support.company import Company, found
from tests.support.engines import PostgresDatabases, PostgresServer
from tests.support.front_door import FrontDoor
from tests.support.running import Up
from tests.system.test_one_life import Project, lives_its_whole_life


@pytest.fixture
def databases(postgresql: PostgresServer) -> Iterator[PostgresDatabases]:
    """Fresh ones of the test's own."""
    databases = PostgresDatabases(postgresql)
    yield databases
    databases.drop()


@pytest.fixture(scope="session")
def collector() -> Iterator[Collector]:
    """Where the installation sends its traces."""
    collector = Collector()
    yield collector
    collector.close()


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory, collector: Collector) -> Iterator[tuple[Up, Path]]:
    """`./denggao up --empty`, and its data directory."""
    data = tmp_path_factory.mktemp("installation") / "data"
    up = Up(data, "--empty", environment={"DENGGAO_OTLP_ENDPOINT": collector.url}).until_ready()
    yield up, data
    up.close()


@pytest.fixture(scope="session")
def company(installation: tuple[Up, Path]) -> Iterator[Company]:
    """A group founded in it."""
    up, data = installation
    door = FrontDoor(up.url)
    yield found(door, data)
    door.close()


@pytest.fixture(scope="session")
def lived(company: Company) -> Project:
    """A project of it that has lived its whole life."""
    return lives_its_whole_life(company)
