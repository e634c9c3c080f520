"""Whatever breaks while people work: what was acknowledged is there once, and all else follows from it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.company import Company
from tests.system.faults.faults import FAULTS
from tests.system.faults.installation import Installation
from tests.system.faults.rounds import live_through

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize("fault", FAULTS)
async def test_nothing_is_lost(
    town: tuple[Installation, Company], tmp_path: Path, seed: int, fault: str
) -> None:
    await live_through(*town, tmp_path / "fresh", seed, FAULTS[fault])
