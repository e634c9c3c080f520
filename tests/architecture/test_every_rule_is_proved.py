"""Each numbered rule has a test that names it: search for `R31` to find its proof."""

from __future__ import annotations

import re

import pytest

from tests.support.running import ROOT

DECIDED = range(1, 87)


def proofs() -> dict[int, list[str]]:
    """The test files that name each rule."""
    found: dict[int, list[str]] = {}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        if path.name == "test_every_rule_is_proved.py":
            continue
        for number in sorted({int(n) for n in re.findall(r"\bR(\d{1,2})\b", path.read_text())}):
            found.setdefault(number, []).append(path.name)
    return found


PROOFS = proofs()


@pytest.mark.parametrize("number", DECIDED)
def test_a_rule_is_named_by_a_test(number: int) -> None:
    assert number in PROOFS
