"""The table in README.md says which fault is tested on which engine, and all that it says is so."""

from __future__ import annotations

import re
from pathlib import Path

from tests.system.faults import test_cases, test_told
from tests.system.faults.faults import FAULTS, FOR_MINUTES


def test_the_table_names_every_fault_on_its_engines_and_no_other() -> None:
    table = (Path(__file__).parent / "README.md").read_text("utf-8")
    table = table.partition("## Who is to be told")[0]
    rows = [line.split("|")[2:4] for line in table.splitlines() if line.startswith("| ") and "`" in line]
    of_their_own = {name for name in vars(test_cases) if name.startswith("test_")}
    for engine, cells in zip(("sqlite", "postgresql"), zip(*rows, strict=True), strict=True):
        told = [name for cell in cells for name in re.findall(r"`(\w+)`", cell)]
        there = {fault.__name__ for fault in (*FAULTS[engine], *FOR_MINUTES)} | of_their_own
        assert sorted(told) == sorted(there), engine


def test_the_table_of_who_is_told_names_every_fault_and_whether_a_message_may_come_again() -> None:
    table = (Path(__file__).parent / "README.md").read_text("utf-8").partition("## Who is to be told")[2]
    told = dict(re.findall(r"^\| .* \| `(\w+)` \| (yes|no) \|$", table, re.MULTILINE))
    assert told == {
        fault.__name__: "yes" if comes_again else "no" for fault, comes_again in test_told.MATRIX.items()
    }
