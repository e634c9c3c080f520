"""`./denggao backup` and `./denggao restore` as processes, and what they say."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.support.running import ROOT


def run(*arguments: str | Path, environment: Mapping[str, str] | None = None) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of one of our commands."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("DENGGAO_")}
    done = subprocess.run(
        [sys.executable, "-P", "-m", "cli", *map(str, arguments)],
        env=clean | {"PYTHONPATH": str(ROOT)} | dict(environment or {}),
        capture_output=True,
        text=True,
        timeout=120,
    )
    return done.returncode, done.stdout, done.stderr


def does(*arguments: str | Path, environment: Mapping[str, str] | None = None) -> str:
    """What it says when all goes well; AssertionError with its complaint otherwise."""
    code, out, complaint = run(*arguments, environment=environment)
    assert (code, complaint) == (0, ""), complaint
    return out
