"""`./denggao check`: everything about the code that can be said without running it."""

from __future__ import annotations

import argparse
import os
import shlex
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CHECKS = {
    "format": "ruff format --check .",
    "lint": "ruff check .",
    "types": "mypy",
    "import contracts": "lint-imports --no-logo",
    "known weaknesses": "python -P -m cli.package_audit",
}


def main(arguments: list[str]) -> int:
    """Runs all checks, also after one has failed; 1 if any has."""
    parser = argparse.ArgumentParser(
        prog="./denggao check", description="Format, lint, types, import contracts, known weaknesses."
    )
    parser.add_argument(
        "--strict", action="store_true", help="fail too where the advisory service does not answer"
    )
    parser.add_argument("--fix", action="store_true", help="first format, and mend what ruff can mend itself")
    asked = parser.parse_args(arguments)
    if asked.fix:
        run("ruff check --fix-only --quiet .")
        run("ruff format --quiet .")
    checks = CHECKS | ({"known weaknesses": f"{CHECKS['known weaknesses']} --strict"} if asked.strict else {})
    failed = [name for name, command in checks.items() if not passes(name, command)]
    print("check failed: " + ", ".join(failed) if failed else "check passed", flush=True)
    return 1 if failed else 0


def passes(name: str, command: str) -> bool:
    """Runs one check, and says which, how it went and how long it took."""
    print(f"── {name}: {command}", flush=True)
    began = time.monotonic()
    passed = run(command) == 0
    print(f"   {'passed' if passed else 'FAILED'} in {time.monotonic() - began:.1f} s", flush=True)
    return passed


def run(command: str) -> int:
    """Runs a program of this environment in the repository's root; gives its exit code."""
    program, *rest = shlex.split(command)
    beside_python = str(Path(sys.executable).with_name(program))
    return subprocess.run(
        [beside_python, *rest], check=False, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}
    ).returncode
