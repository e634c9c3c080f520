"""What is different between two versions of the rules."""

from __future__ import annotations

from dataclasses import dataclass, fields

from services.notifications.domain.rules import Rule, Rules


@dataclass(frozen=True, slots=True)
class ChangedField:
    """One field of a rule, as it was and as it is."""

    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Difference:
    """Rules that are new, are gone, or say otherwise, by their ids."""

    new: tuple[str, ...]
    gone: tuple[str, ...]
    changed: dict[str, tuple[ChangedField, ...]]


def difference(before: Rules, after: Rules) -> Difference:
    """From one version to another, in the order of the rules."""
    changed = {}
    for rule in after.rules:
        if (was := before.get(rule.id)) and was != rule:
            changed[rule.id] = tuple(_changed(was, rule))
    return Difference(
        tuple(rule.id for rule in after.rules if before.get(rule.id) is None),
        tuple(rule.id for rule in before.rules if after.get(rule.id) is None),
        changed,
    )


def _changed(before: Rule, after: Rule) -> list[ChangedField]:
    values = ((one.name, getattr(before, one.name), getattr(after, one.name)) for one in fields(Rule))
    return [ChangedField(name, _said(was), _said(now)) for name, was, now in values if was != now]


def _said(value: object) -> str:
    if value is None:
        return ""
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
