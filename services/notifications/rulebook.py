"""Reading notification rules from YAML into checked types."""

from __future__ import annotations

from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import yaml

from services.notifications.domain.rules import Rule, Rules, faults

NAMED = {"if": "condition", "event": "events"}
KNOWN = {field.name for field in fields(Rule)}


class RulesUnreadable(Exception):
    """Rules that cannot be followed; says which and why."""


@cache
def default_rules() -> Rules:
    """The rules shipped with the system."""
    path = Path(__file__).parent / "default" / "notifications.yaml"
    return read_rules(path.read_text(encoding="utf-8"))


def read_rules(text: str) -> Rules:
    """Rules from YAML; RulesUnreadable for a double id, an unknown field, word, placeholder or condition."""
    try:
        rules = tuple(_rule(entry) for entry in yaml.load(text, Loader=yaml.BaseLoader)["rules"])
    except (msgspec.ValidationError, yaml.YAMLError, LookupError, TypeError) as error:
        raise RulesUnreadable(str(error)) from error
    if found := faults(rules):
        raise RulesUnreadable("; ".join(found))
    return Rules(rules)


def _rule(entry: dict[str, Any]) -> Rule:
    entry = {NAMED.get(key, key): value for key, value in entry.items()}
    if isinstance(entry.get("events"), str):
        entry["events"] = [entry["events"]]
    if unknown := entry.keys() - KNOWN:
        raise RulesUnreadable(f"{entry.get('id')} has unknown fields: {', '.join(sorted(unknown))}")
    return msgspec.convert(entry, Rule, strict=False)
