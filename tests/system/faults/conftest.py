"""One installation on each engine lives through all rounds; the seed decides everything else."""

from __future__ import annotations

import os
import random
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from tests.conftest import ENGINES, used
from tests.support.company import Company
from tests.support.engines import PostgresServer, postgres_that_comes_back
from tests.system.faults.installation import DISK_MEGABYTES, Installation, installed

SEED = int(os.environ.get("DENGGAO_FAULT_SEED") or random.randrange(2**32))


def pytest_report_header() -> str:
    """So that a run can be lived again."""
    return f"faults: DENGGAO_FAULT_SEED={SEED}"


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    """The test's own, of the run's seed and the test's name."""
    print(f"DENGGAO_FAULT_SEED={SEED}")  # noqa: T201 - pytest shows it with a failure
    return random.Random(f"{SEED} {request.node.name}").randrange(2**32)


@pytest.fixture(scope="session")
def mortal_postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL for these tests alone."""
    with postgres_that_comes_back(DISK_MEGABYTES) as server:
        used["postgresql that is killed"] = server.origin
        yield server


@pytest_asyncio.fixture(params=ENGINES, scope="package", loop_scope="package")
async def town(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[Installation, Company]]:
    """The installation and who works with it: the only one on its engine, or one of several."""
    engine, *which = [request.param] if isinstance(request.param, str) else request.param
    postgres = request.getfixturevalue("mortal_postgres") if engine == "postgresql" else None
    directory = tmp_path_factory.mktemp(engine)
    async with installed(directory, engine, postgres, random.Random(f"{SEED} {which}")) as town:
        yield town
