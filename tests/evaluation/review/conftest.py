"""What the tests of reviews over HTTP share."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.evaluation.review.a_review import Review, a_review
from tests.support.engines import Database


@pytest.fixture
async def review(database: Database, tmp_path: Path) -> AsyncIterator[Review]:
    async with a_review(database, tmp_path) as made:
        yield made
