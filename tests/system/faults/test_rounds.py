"""Whatever breaks while people work: what was acknowledged is there once, and all else follows from it."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.support.company import Company
from tests.system.faults.conftest import SEED
from tests.system.faults.faults import FAULTS, FOR_MINUTES
from tests.system.faults.installation import Installation
from tests.system.faults.rounds import Fault, live_through

pytestmark = pytest.mark.asyncio(loop_scope="package")
Town = tuple[Installation, Company]
PARTS = 3
ROUNDS = 10  # that one installation lives through: it grows, and so does the replay after each


@pytest.mark.parametrize(
    "part", [0, *(pytest.param(part, marks=pytest.mark.long) for part in range(1, PARTS))]
)
async def test_nothing_is_lost(town: Town, tmp_path: Path, seed: int, part: int) -> None:
    """Every fault of the engine once, in an order of the run's own; a check lives through some of them."""
    faults = FAULTS[town[0].engine]
    chosen = random.Random(SEED).sample(faults, len(faults))[part::PARTS]
    told(chosen)
    await live_through(*town, tmp_path / "fresh", seed, *chosen)


def told(faults: Sequence[Fault]) -> None:
    print([fault.__name__ for fault in faults])  # noqa: T201 - pytest shows it with a failure


@pytest.mark.long
@pytest.mark.parametrize("number", range(ROUNDS))
@pytest.mark.parametrize(
    "town", [(engine, ten) for ten in range(10) for engine in FAULTS], indirect=True, scope="package", ids=str
)
async def test_whatever_comes_together_nothing_is_lost(
    town: Town, tmp_path: Path, seed: int, number: int
) -> None:
    """One to three faults in a round, SIGKILL among them; a hundred rounds on each engine."""
    others = FAULTS[town[0].engine]
    chosen = random.Random(seed).sample(others[1:], number % 3)
    told([others[0], *chosen])
    await live_through(*town, tmp_path / "fresh", seed, others[0], *chosen)


@pytest.mark.long
@pytest.mark.parametrize("fault", FOR_MINUTES)
async def test_nor_in_minutes(town: Town, tmp_path: Path, seed: int, fault: Fault) -> None:
    await live_through(*town, tmp_path / "fresh", seed, fault)
