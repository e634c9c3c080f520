"""The threat model names a test for every answer, or says that there is none; each test exists."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MODEL = ROOT / "docs" / "threat-model.md"
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
OPEN = ("*not yet*", "*not defended*")


def threats() -> list[str]:
    """The lines of its tables."""
    lines = [line for line in MODEL.read_text().splitlines() if line.startswith("| ")]
    return [line for line in lines if not line.startswith("| threat |")]


def defined_in(file: str) -> set[str]:
    nodes = ast.walk(ast.parse((ROOT / file).read_text()))
    return {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_every_test_that_it_names_exists() -> None:
    named = set(NAMED.findall(MODEL.read_text()))
    assert len(named) > 40
    assert [f"{file}::{test}" for file, test in named if test not in defined_in(file)] == []
    assert all(test.startswith("test_") for _, test in named)


def test_every_threat_has_a_test_or_is_said_to_be_open() -> None:
    assert len(threats()) > 30
    silent = [line for line in threats() if not NAMED.search(line) and not any(word in line for word in OPEN)]
    assert silent == []
