"""Whatever breaks while people work: what was acknowledged is there once, and all else follows from it."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.support.company import Company
from tests.system.faults.faults import FAULTS, FOR_MINUTES
from tests.system.faults.installation import Installation
from tests.system.faults.rounds import Fault, live_through

pytestmark = pytest.mark.asyncio(loop_scope="package")
Town = tuple[Installation, Company]
ROUNDS = 100


@pytest.mark.parametrize(
    ("town", "fault"),
    [(engine, fault) for engine, faults in FAULTS.items() for fault in faults],
    indirect=["town"],
    scope="package",
    ids=lambda one: one if isinstance(one, str) else one.__name__,
)
async def test_nothing_is_lost(town: Town, tmp_path: Path, seed: int, fault: Fault) -> None:
    await live_through(*town, tmp_path / "fresh", seed, fault)


@pytest.mark.long
@pytest.mark.parametrize("number", range(ROUNDS))
async def test_whatever_comes_together_nothing_is_lost(
    town: Town, tmp_path: Path, seed: int, number: int
) -> None:
    """One to three faults in a round, SIGKILL among them: the same installation lives through all."""
    others = FAULTS[town[0].engine]
    chosen = random.Random(seed).sample(others[1:], number % 3)
    print([fault.__name__ for fault in chosen])  # noqa: T201 - pytest shows it with a failure
    await live_through(*town, tmp_path / "fresh", seed, others[0], *chosen)


@pytest.mark.long
@pytest.mark.parametrize("fault", FOR_MINUTES)
async def test_nor_in_minutes(town: Town, tmp_path: Path, seed: int, fault: Fault) -> None:
    await live_through(*town, tmp_path / "fresh", seed, fault)
