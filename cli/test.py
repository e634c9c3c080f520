"""`./denggao test`: every test, ending with pytest's own summary."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main(arguments: list[str]) -> int:
    """Gives pytest's exit code. `--long` adds the tests marked so; everything else is handed to pytest."""
    selection = ["-m", ""] if "--long" in arguments else []
    rest = [argument for argument in arguments if argument != "--long"]
    return subprocess.run(
        [sys.executable, "-m", "pytest", *selection, *rest], check=False, cwd=ROOT
    ).returncode
