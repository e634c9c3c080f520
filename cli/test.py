"""`./denggao test`: every test, ending with pytest's own summary."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROCESSES = min(max(2, os.cpu_count() or 2), 4)
TOGETHER = ("-n", str(PROCESSES), "--no-loadscope-reorder")  # which takes what: tests/conftest.py


def main(arguments: list[str]) -> int:
    """Gives pytest's exit code. `--long` adds the tests marked so; everything else is handed to pytest.

    Without more words everything is run by two to four processes: one takes whole systems, others the rest.
    """
    selection = ["-m", ""] if "--long" in arguments else []
    rest = [argument for argument in arguments if argument != "--long"] or TOGETHER
    command = [sys.executable, "-m", "pytest", *selection, *rest]
    return subprocess.run(command, check=False, cwd=ROOT).returncode
