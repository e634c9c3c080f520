"""Reading notification rules from YAML into checked types."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from typing import Any

import msgspec
import yaml

from services.notifications.domain.faults import Fault, faults
from services.notifications.domain.rules import Rule, Rules

NAMED = {"if": "condition", "event": "events"}
KNOWN = {field.name for field in fields(Rule)}


class RulesUnreadable(Exception):
    """Rules that cannot be followed: all that is wrong with them."""

    def __init__(self, found: list[Fault]) -> None:
        self.found = found
        super().__init__("; ".join(map(str, found)))


def read_rules(text: str, version: int = 0, *, check: bool = True, shipped: Iterable[Rule] = ()) -> Rules:
    """Rules from YAML; RulesUnreadable where they cannot be read or, unless they were checked, followed.

    `shipped`: those that come with the system, as `faults` asks for them.
    """
    try:
        entries = yaml.load(text, Loader=_Plain)["rules"]
    except (yaml.YAMLError, LookupError, TypeError, RecursionError) as error:
        raise RulesUnreadable([Fault("", "no_yaml", (_place(error),))]) from error
    if not isinstance(entries, list):
        raise RulesUnreadable([Fault("", "no_list", ())])
    found, rules = list[Fault](), list[Rule]()
    for entry in entries:
        try:
            rules.append(_rule(entry))
        except msgspec.ValidationError as error:
            found.append(Fault(_id(entry), "misfit", (str(error),)))
        except _UnknownFields as error:
            found.append(Fault(_id(entry), "unknown_fields", error.args))
    if check:
        found += faults(rules, shipped)
    if found:
        raise RulesUnreadable(found)
    return Rules(tuple(rules), version)


class _UnknownFields(Exception):
    """Their names."""


class _Plain(yaml.BaseLoader):
    """YAML of texts, lists and mappings alone: an alias could make a short text a very long one."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("an alias")
        return super().compose_node(parent, index)


def _rule(entry: Any) -> Rule:
    if not isinstance(entry, dict):
        raise msgspec.ValidationError("Expected a mapping")
    entry = {NAMED.get(key, key): value for key, value in entry.items()}
    if isinstance(entry.get("events"), str):
        entry["events"] = [entry["events"]]
    if unknown := entry.keys() - KNOWN:
        raise _UnknownFields(*sorted(map(str, unknown)))
    return msgspec.convert(entry, Rule, strict=False)


def _id(entry: Any) -> str:
    return str(entry.get("id", "")) if isinstance(entry, dict) else ""


def _place(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    return f"{mark.line + 1}:{mark.column + 1}" if mark else "1:1"
