"""The table in README.md says which fault is tested on which engine, and all that it says is so."""

from __future__ import annotations

import re
from pathlib import Path

from tests.system.faults import test_cases
from tests.system.faults.faults import FAULTS, FOR_MINUTES


def test_the_table_names_every_fault_on_its_engines_and_no_other() -> None:
    table = (Path(__file__).parent / "README.md").read_text("utf-8")
    rows = [line.split("|")[2:4] for line in table.splitlines() if line.startswith("| ") and "`" in line]
    of_their_own = {name for name in vars(test_cases) if name.startswith("test_")}
    for engine, cells in zip(("sqlite", "postgresql"), zip(*rows, strict=True), strict=True):
        told = [name for cell in cells for name in re.findall(r"`(\w+)`", cell)]
        there = {fault.__name__ for fault in (*FAULTS[engine], *FOR_MINUTES)} | of_their_own
        assert sorted(told) == sorted(there), engine
