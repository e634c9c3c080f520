"""Every walk lives in a group of its own, on SQLite: what the engines differ in is proved elsewhere."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.projects.walks.a_year import Year, a_year
from tests.support.engines import SqliteFiles


@pytest.fixture
async def year(tmp_path: Path) -> AsyncIterator[Year]:
    async with a_year(SqliteFiles(tmp_path), tmp_path) as built:
        yield built
