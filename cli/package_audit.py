"""Asks whether anything that we use has a known weakness: `./denggao check` runs it."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCKED = ROOT / "requirements" / "dev.txt"  # holds what ships too
ASKING = (
    "--require-hashes",
    "--disable-pip",
    "--progress-spinner",
    "off",
    "--timeout",
    "10",
    "--format",
    "json",
)


@dataclass(frozen=True, slots=True)
class Audit:
    """What the advisory service said: `weak` names packages with what is known of them."""

    audited: int
    not_audited: int
    weak: tuple[str, ...]
    why: str = ""

    def sentence(self) -> str:
        """For a person; says plainly when nobody has looked."""
        if self.weak:
            return "known weaknesses: " + "; ".join(self.weak)
        if self.why or not self.audited:
            return f"NOT AUDITED: the advisory service does not answer. {self.why}".strip()
        if self.not_audited:
            return f"no known weakness in {self.audited} packages; NOT AUDITED: {self.not_audited}"
        return f"no known weakness in {self.audited} packages"

    def exit_code(self, strict: bool) -> int:
        """1 for a known weakness; strict: also where somebody was not audited."""
        return int(bool(self.weak) or (strict and bool(self.why or self.not_audited or not self.audited)))


def main(arguments: list[str]) -> int:
    """`--strict` fails where the advisory service does not answer; else that is said and passes."""
    audit = asked(LOCKED)
    print(f"   {audit.sentence()}", flush=True)
    return audit.exit_code("--strict" in arguments)


def asked(requirements: Path) -> Audit:
    """pip-audit's findings; it ends with 0 when it could look up nothing at all, so its report is read."""
    command = [sys.executable, "-P", "-m", "pip_audit", "-r", str(requirements), *ASKING]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    try:
        return read(json.loads(done.stdout))
    except (ValueError, KeyError, TypeError):
        said = done.stderr.strip().splitlines() or ["pip-audit said nothing"]
        return Audit(0, 0, (), said[-1][:200])


def read(report: dict[str, list[dict[str, object]]]) -> Audit:
    """From pip-audit's JSON: a package that it skipped has a reason, one that it looked up has `vulns`."""
    weak: list[str] = []
    audited = 0
    found = report["dependencies"]
    for package in found:
        if "skip_reason" in package:
            continue
        audited += 1
        vulns = package["vulns"]
        assert isinstance(vulns, list)
        if vulns:
            known = ", ".join(str(vuln["id"]) for vuln in vulns)
            weak.append(f"{package['name']} {package['version']} ({known})")
    return Audit(audited, len(found) - audited, tuple(weak))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
