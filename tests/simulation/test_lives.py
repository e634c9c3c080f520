"""Whatever goes wrong, in whatever order: after it everything is as if nothing had."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.simulation.world import World, live

ROOT = Path(__file__).resolve().parents[2]
AT_ONCE = 50


@pytest.mark.parametrize(
    "first",
    [
        *range(0, 150, AT_ONCE),
        *(pytest.param(first, marks=pytest.mark.long) for first in range(150, 10_000, AT_ONCE)),
    ],
)
def test_everything_holds_after_everything_that_can_go_wrong(first: int) -> None:
    """To see one again with its trace: `python -m tests.simulation SEED`."""
    lives = map(live, range(first, first + AT_ONCE))
    broken = [f"seed {life.seed}: {life.failure}" for life in lives if life.failure]
    assert not broken, "\n".join(broken)


@pytest.mark.parametrize("seed", [7, 12, 24])
def test_a_seed_lives_the_same_life_again(seed: int) -> None:
    first, again = live(seed), live(seed)
    assert first.trace == again.trace
    assert first.trace_hash == again.trace_hash
    assert len(first.trace) > 100


def test_a_seed_lives_the_same_life_in_another_python_process() -> None:
    """Whatever a process hashes its texts with: no order may come from a set."""
    traces = [trace(12, hash_seed) for hash_seed in ("1", "2")]
    assert traces[0] == traces[1]
    assert live(12).trace_hash in traces[0]


def test_other_seeds_live_other_lives() -> None:
    assert len({live(seed).trace_hash for seed in range(5)}) == 5


def test_a_life_that_has_ended_takes_no_memory() -> None:
    """Ten thousand took sixteen gigabytes."""

    def worlds() -> int:
        return sum(isinstance(one, World) for one in gc.get_objects())

    before = worlds()
    live(3)
    assert worlds() <= before


def test_a_process_ends_after_the_requests_that_it_serves() -> None:
    """A view that was being emptied was left in the middle by the end of its process, and never ended."""
    assert live(103480).failure is None


def trace(seed: int, hash_seed: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "tests.simulation", str(seed)],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout
