"""The desk at which most tests of the HTTP API sit, on both engines; a module may furnish it further."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.projects.schema import DECIDERS
from tests.projects.a_desk import Desk, reading_of
from tests.support.engines import Database
from tests.support.living import house


@pytest.fixture
async def desk(database: Database, tmp_path: Path) -> AsyncIterator[Desk]:
    async with house(database, "projects", DECIDERS) as home, reading_of(home, database, tmp_path) as built:
        yield built
