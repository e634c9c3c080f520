"""Memory under a steady load: a minute of what `python -m bench.soak` does for an hour."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.running import ROOT, Up
from tests.support.waiting import wait_until

EXAMPLE_SECONDS = 300  # on a machine that does much else
MIB_AN_HOUR_AT_MOST = 600  # a minute is short: 5 MiB in its second half, or 8 KiB for each request


@pytest.mark.long
def test_a_minute_of_load_leaves_memory_as_it_is(tmp_path: Path) -> None:
    up = Up(tmp_path / "data")
    try:
        wait_until(lambda: up.says("runs at") or not up.running, "the example is there", EXAMPLE_SECONDS)
        done = subprocess.run(
            [
                *(sys.executable, "-P", "-m", "bench.soak", up.until_ready().url, "--minutes", "1"),
                *("--rate", "20", "--mib-an-hour", str(MIB_AN_HOUR_AT_MOST)),
            ],
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        up.close()
    assert done.returncode == 0, done.stdout + done.stderr
    for name in ("projects", "evaluation", "notifications", "nats", "caddy"):
        assert f"\n{name}" in done.stdout
