"""Every refusal can be said: two paragraphs in English, the same in Chinese, about the same facts."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
HOMES = [
    "shared",
    *(f"services/{path.name}" for path in sorted((ROOT / "services").iterdir()) if path.is_dir()),
]
HOMES = [home for home in HOMES if not home.endswith("__pycache__")]


@dataclass(frozen=True)
class Spoken:
    """A refusal's class as its source says it."""

    name: str
    paragraphs: tuple[str, ...]


@cache
def classes(home: str) -> list[ast.ClassDef]:
    """Every class in the Python files of a service or of the kernel."""
    sources = sorted((ROOT / home).rglob("*.py"))
    return [
        node
        for path in sources
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef)
    ]


def refusals(home: str) -> dict[str, Spoken]:
    """The subclasses of Refusal there, by name, also those that come from one of `shared`."""
    known = {"Refusal"}
    candidates = classes(home) if home == "shared" else classes("shared") + classes(home)
    bases = {node.name: {base.id for base in node.bases if isinstance(base, ast.Name)} for node in candidates}
    while grown := {name for name, above in bases.items() if above & known} - known:
        known |= grown
    return {
        node.name: Spoken(
            node.name, tuple(" ".join(part.split()) for part in (ast.get_docstring(node) or "").split("\n\n"))
        )
        for node in classes(home)
        if node.name in known - {"Refusal"}
    }


@cache
def catalogue(home: str) -> dict[str, dict[str, str]]:
    """All Chinese entries there; two files may share the work, but not an entry."""
    entries: dict[str, dict[str, str]] = {}
    for path in sorted((ROOT / home / "catalogue").glob("*zh-CN.yaml")):
        part = yaml.safe_load(path.read_text()) or {}
        assert not entries.keys() & part.keys(), f"{path} repeats {entries.keys() & part.keys()}"
        entries |= part
    return entries


def facts(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


def complaints(refusal: Spoken, chinese: dict[str, str] | None) -> Iterator[str]:
    """What is wrong with the words of one refusal."""
    if len(refusal.paragraphs) != 2:
        yield f"{refusal.name}: its docstring is not the rule's sentence, a blank line, and what to do"
    if chinese is None or chinese.keys() != {"sentence", "advice"}:
        yield f"{refusal.name}: no sentence and advice in the Chinese catalogue"
        return
    for english, key in zip(refusal.paragraphs, ("sentence", "advice"), strict=False):
        if facts(chinese[key]) != facts(english):
            yield f"{refusal.name}: the Chinese {key} speaks of other facts"
        if not re.search(r"[\u4e00-\u9fff]", chinese[key]):
            yield f"{refusal.name}: the Chinese {key} is not Chinese"


@pytest.mark.parametrize("home", HOMES)
def test_every_refusal_says_the_rule_and_what_to_do_in_both_languages(home: str) -> None:
    chinese = catalogue(home)
    wrong = [
        line for spoken in refusals(home).values() for line in complaints(spoken, chinese.get(spoken.name))
    ]
    assert wrong == []


@pytest.mark.parametrize("home", HOMES)
def test_a_catalogue_has_no_entry_for_a_refusal_that_is_gone(home: str) -> None:
    names = {node.name for node in classes(home)}
    assert {name for name, entry in catalogue(home).items() if "advice" in entry} <= names


def test_words_that_do_not_fit_are_found() -> None:
    spoken = Spoken("TooLate", ("It ended on {day}.", "Ask for an extension."))
    assert list(complaints(spoken, {"sentence": "已于{day}截止。", "advice": "请申请延期。"})) == []
    for broken in (
        None,
        {"sentence": "已于{day}截止。"},
        {"sentence": "已截止。", "advice": "请申请延期。"},
        {"sentence": "已于{day}截止。", "advice": "Ask for an extension."},
    ):
        assert len(list(complaints(spoken, broken))) == 1
    assert len(list(complaints(Spoken("TooLate", ("One paragraph.",)), None))) == 2
