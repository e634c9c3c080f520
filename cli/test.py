"""`./denggao test`: every test, ending with pytest's own summary."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TWO_AT_ONCE = ("-n", "2", "--no-loadscope-reorder")  # which takes what: tests/conftest.py


def main(arguments: list[str]) -> int:
    """Gives pytest's exit code. `--long` adds the tests marked so; everything else is handed to pytest.

    Without more words everything is run, by two processes: one begins with whole systems, one with the rest.
    """
    selection = ["-m", ""] if "--long" in arguments else []
    rest = [argument for argument in arguments if argument != "--long"] or TWO_AT_ONCE
    command = [sys.executable, "-m", "pytest", *selection, *rest]
    return subprocess.run(command, check=False, cwd=ROOT).returncode
