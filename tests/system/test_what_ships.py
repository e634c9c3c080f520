"""What ships is listed with its licences, none of which binds its users; nobody is called sound unseen."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from cli.package_audit import Audit, asked, read
from cli.sbom import SHIPS, document, licence_of, shipped
from tests.support.running import ROOT

FREE = {
    *("0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT", "MIT-0", "PSF-2.0", "Unlicense"),
    "PSFL",  # as defusedxml calls the same
    "MPL-2.0",  # binds changes to its own files only
    "OFL-1.1",  # of a font: the same for the font
}


@pytest.mark.parametrize("name", ["runtime", "up"])
def test_nothing_that_ships_binds_its_users(name: str) -> None:
    packages = list(shipped((ROOT / "requirements" / f"{name}.txt").read_text()))
    assert len(packages) > 40
    licences = {
        package: set(re.split(r" AND | OR |[() ]+", licence_of(package))) - {""} for package, _ in packages
    }
    assert {package: licence for package, licence in licences.items() if not licence <= FREE} == {}


def test_what_ships_is_listed_and_the_list_is_always_the_same() -> None:
    told = document(SHIPS)
    command = [sys.executable, "-P", "-m", "cli", "sbom"]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "7"}
    again = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, cwd="/")
    assert again.stdout == told

    bom = json.loads(told)
    assert (bom["bomFormat"], bom["specVersion"]) == ("CycloneDX", "1.6")
    listed = {(one["name"], one["version"]) for one in bom["components"]}
    assert listed == set(shipped(SHIPS.read_text()))
    assert {"fastapi", "cryptography", "uvicorn"} <= {name for name, _ in listed}
    assert all(one["licenses"] and one["purl"].startswith("pkg:pypi/") for one in bom["components"])
    assert "timestamp" not in told
    hosts = set(re.findall(r"https?://([^/\"]+)", told))
    assert hosts <= {"cyclonedx.org", "github.com"}, hosts  # the schema; the tool that made it


LOOKED_UP = {"name": "a", "version": "1", "vulns": []}
SKIPPED = {"name": "b", "skip_reason": "Dependency not found on PyPI and could not be audited: b (1)"}
WEAK = {"name": "c", "version": "2", "vulns": [{"id": "PYSEC-2026-1"}, {"id": "CVE-2026-2"}]}


@pytest.mark.parametrize(
    ("found", "said", "usual", "strict"),
    [
        ([LOOKED_UP, LOOKED_UP], "no known weakness in 2 packages", 0, 0),
        ([LOOKED_UP, SKIPPED], "no known weakness in 1 packages; NOT AUDITED: 1", 0, 1),
        ([SKIPPED, SKIPPED], "NOT AUDITED: the advisory service does not answer.", 0, 1),
        ([], "NOT AUDITED: the advisory service does not answer.", 0, 1),
        ([SKIPPED, WEAK], "known weaknesses: c 2 (PYSEC-2026-1, CVE-2026-2)", 1, 1),
    ],
)
def test_nobody_is_called_sound_who_was_not_looked_at(
    found: list[dict[str, object]], said: str, usual: int, strict: int
) -> None:
    audit = read({"dependencies": found})
    assert audit.sentence() == said
    assert (audit.exit_code(strict=False), audit.exit_code(strict=True)) == (usual, strict)


def test_an_audit_that_breaks_down_is_no_audit(tmp_path: Path) -> None:
    nothing = tmp_path / "nothing.txt"
    audit = asked(nothing)
    assert audit.audited == 0
    assert audit.why
    assert audit.sentence().startswith("NOT AUDITED")
    assert audit.exit_code(strict=True) == 1
    assert Audit(0, 0, (), "").exit_code(strict=True) == 1
