"""The notification rules as data: on which event whom to tell what."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from services.notifications.domain.above import ABOVE
from services.notifications.domain.recipients import WORDS, words_in

CONDITIONS = {""} | words_in(
    "meeting with_changes granted declined ordered leader filing on_plan needs_help needs_change"
    " lacking complete awarded unnamed"
)
PLACEHOLDERS = words_in(
    "award body date document due finding from in_force indicator item kinds matter meeting n name number"
    " office parts period programme reason round score standard step task title to track unit unit_of_measure"
    " value year"
)


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. Days are working days; `then_after` and `escalate_after` say who is told after how many."""

    id: str
    events: tuple[str, ...]  # `event`, one or several that say the same
    to: tuple[str, ...]
    kind: Literal["todo", "read"]  # a todo closes by itself when the act is done
    text: str  # the in-system sentence; its placeholders are filled when it is read
    en: str = ""  # the same in English, where the rule has it
    title: str = ""  # the matter in a few words, without names: what may be said outside the system (R79)
    title_en: str = ""
    condition: str = ""  # `if`
    when: Literal["now", "digest", "weekly"] = "now"
    remind_before: int | None = None
    escalate_after: tuple[int, str] | None = None
    then_after: tuple[int, str] | None = None
    limit_per_step: int | None = None
    urgent: bool = False
    private: bool = False
    sealed: bool = False
    copy_to_nobody: bool = False

    @property
    def placeholders(self) -> frozenset[str]:
        """The names of the facts that the text needs."""
        return _placeholders(self.text)

    def said_in(self, language: Literal["zh-CN", "en"]) -> str:
        """The sentence in a language; in Chinese where it has no other."""
        return self.en if language == "en" and self.en else self.text

    def titled_in(self, language: Literal["zh-CN", "en"]) -> str:
        """The matter in a few words; in Chinese where it has no other."""
        return self.title_en if language == "en" and self.title_en else self.title

    @property
    def told_above(self) -> frozenset[str]:
        """Whom the rule has told that it waits too long, in its own words."""
        return frozenset(step[1] for step in (self.escalate_after, self.then_after) if step)


@dataclass(frozen=True, slots=True)
class Rules:
    """All rules, in their order."""

    rules: tuple[Rule, ...]

    def on(self, event: str) -> tuple[Rule, ...]:
        """The rules that hear an event."""
        return tuple(rule for rule in self.rules if event in rule.events)

    def get(self, rule_id: str) -> Rule | None:
        """The rule of this id."""
        return next((rule for rule in self.rules if rule.id == rule_id), None)


def _placeholders(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"{(\w+)}", text))


def faults(rules: Iterable[Rule]) -> list[str]:
    """What keeps rules from being followed; empty for sound ones."""
    rules = tuple(rules)
    found = [
        f"{id_} is there twice" for id_, count in Counter(rule.id for rule in rules).items() if count > 1
    ]
    for rule in rules:
        wrong = {
            "has unknown placeholders": rule.placeholders - PLACEHOLDERS,
            "names unknown recipients": ({*rule.to} - WORDS) | (rule.told_above - ABOVE),
            "has an unknown condition": {rule.condition} - CONDITIONS,
            "says otherwise in English": rule.placeholders ^ _placeholders(rule.en or rule.text),
            "has in its title what stays inside": _placeholders(rule.title + rule.title_en),
        }
        found += [f"{rule.id} {fault}: {', '.join(sorted(names))}" for fault, names in wrong.items() if names]
    return found
