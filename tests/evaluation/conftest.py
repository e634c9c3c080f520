"""What the tests of evaluation share."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.evaluation.a_desk import Desk, a_desk
from tests.support.engines import Database


@pytest.fixture
async def desk(database: Database, tmp_path: Path) -> AsyncIterator[Desk]:
    async with a_desk(database, tmp_path) as made:
        yield made
