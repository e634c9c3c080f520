"""`./denggao test`: every test, ending with pytest's own summary."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SYSTEM = "tests/system"  # these mostly wait for other processes: the rest is computed meanwhile
FAULTS = "tests/system/faults"  # all but these, so that both sessions take about as long


def main(arguments: list[str]) -> int:
    """Gives pytest's exit code. `--long` adds the tests marked so; everything else is handed to pytest.

    Without more words everything is run, as two sessions side by side that are told one after the other.
    """
    selection = ["-m", ""] if "--long" in arguments else []
    rest = [argument for argument in arguments if argument != "--long"]
    pytest = [sys.executable, "-m", "pytest", *selection]
    if rest:
        return subprocess.run([*pytest, *rest], check=False, cwd=ROOT).returncode
    others = sorted(str(found) for found in ROOT.glob("tests/[a-z]*/") if found != ROOT / SYSTEM)
    with tempfile.TemporaryFile() as told:
        command = [*pytest, SYSTEM, "--ignore", FAULTS]
        beside = subprocess.Popen(command, cwd=ROOT, stdout=told, stderr=told)
        try:
            code = subprocess.run([*pytest, *others, FAULTS], check=False, cwd=ROOT).returncode
        finally:
            code_beside = beside.wait()
        told.seek(0)
        print(told.read().decode(errors="replace"), flush=True)
    return code or code_beside
