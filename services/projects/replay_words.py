"""Places and values of a page in words that a stranger reads, with names where ids stand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from shared.sentences import Language, word
from shared.withdrawn import MARK

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
        "opinion",
        "decides",
        "role",
        "severity",
        "form",
        "result",
        "missing",
        "lacks",
    }
)
NO_NAMES: Mapping[str, str] = {}
GROUPS = {"status": "state", "problem_kind": "problem_kinds"}


def said(code: str, language: Language, **facts: Any) -> str:
    """A sentence of the replay, with its facts."""
    return word("replay", code, language).format(**facts)


def label(place: str, language: Language, names: Mapping[str, str] = NO_NAMES, of: str = "page") -> str:
    """A place in words: `tasks.T1.due` → `任务 T1 期限`; `names` are those of codes that people gave.

    `of`: the words of what else than a project has such places; they go before those of a project's page.
    """
    return " ".join(_part(part, language, names, of) for part in place.split("."))


def _part(part: str, language: Language, names: Mapping[str, str], of: str) -> str:
    if part.startswith("#"):
        return said("nth", language, n=part[1:])
    return word(of, part, language, word("page", part, language, names.get(part)))


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
    if value.startswith(MARK):
        return said("withdrawn", language)
    field = place.rpartition(".")[2]
    if field in CODES:
        group = GROUPS.get(field, field)
        return word(group, value, language, word("unit_kind", value, language) if field == "kind" else None)
    return names.get(value, value)


def subject(code: str, language: Language) -> str:
    """What has a date, in words."""
    return word("subject", code, language, word("page", code, language))


def facts_of(act: Mapping[str, Any], local: Callable[[str], str], language: Language) -> list[str]:
    """Who did an entry of the history, for whom, why; `local` writes a moment as the reader reads it."""
    facts = [*_who(act["who"], language)] if act["who"] else [said("system", language)]
    if act["late"]:
        times = {"happened": local(act["happened_at"]), "recorded": local(act["recorded_at"])}
        facts.append(said("late", language, **times))
    if act["before_entry"]:
        facts.append(said("before_entry", language))
    if act["programme"]:
        facts.append(said("programme", language, version=act["programme"]))
    if act["correlation"]:
        facts.append(said("request", language, correlation=_shown(act["correlation"], language)))
    return facts


def _who(who: Mapping[str, Any], language: Language) -> Iterable[str]:
    unit = who["unit_name"] or who["unit"]
    person = _shown(who["person"], language)
    yield said("who", language, person=person, office=who["office_label"], unit=unit)
    if who["on_behalf_of"]:
        yield said("for", language, person=_shown(who["on_behalf_of"], language))
    if who["why"]:
        yield said("why", language, why=_shown(who["why"], language))


def _shown(value: Any, language: Language) -> str:
    """A person, a text, or that it is not told."""
    if isinstance(value, str):
        return said("withdrawn", language) if value.startswith(MARK) else value
    if "withheld" in value:
        return said("withheld", language, rule=value["withheld"])
    return str(value["name"] or value["id"])
