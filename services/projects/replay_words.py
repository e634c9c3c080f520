"""Places and values of a page in words that a stranger reads, with names where ids stand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.sentences import Language, word

STOPS: Mapping[Language, str] = {"zh-CN": "、", "en": ", "}
CODES = frozenset(
    {
        "state",
        "status",
        "leader",
        "rhythm",
        "office",
        "subject",
        "kind",
        "problem_kind",
        "found_where",
        "serves",
    }
)
GROUPS = {"status": "state", "problem_kind": "problem_kinds"}


def said(code: str, language: Language, **facts: Any) -> str:
    """A sentence of the replay, with its facts."""
    return word("replay", code, language).format(**facts)


def label(place: str, language: Language) -> str:
    """A place in words: `tasks.T1.due` → `任务 T1 期限`."""
    return " ".join(_part(part, language) for part in place.split("."))


def _part(part: str, language: Language) -> str:
    if part.startswith("#"):
        return said("nth", language, n=part[1:])
    return word("page", part, language)


def text(place: str, value: Any, names: Mapping[str, str], language: Language) -> str:
    """What stands in a place, in words; `names` are those of the people and units by their ids."""
    if value is None or value in ("", [], {}):
        return said("nothing", language)
    if isinstance(value, bool):
        return said(str(value).lower(), language)
    if isinstance(value, list):
        return STOPS[language].join(text(place, part, names, language) for part in value)
    if not isinstance(value, str):
        return str(value)
    field = place.rpartition(".")[2]
    if field in CODES:
        return word(GROUPS.get(field, field), value, language)
    return names.get(value, value)
