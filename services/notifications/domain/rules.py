"""The notification rules as data: on which event whom to tell what."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from services.notifications.domain.recipients import words_in

CHANNELS = words_in("mail wecom dingtalk feishu webhook robot")  # as channels.Kind


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
    channels: tuple[str, ...] = ()  # by these alone, where a company has them; empty: by all

    @property
    def placeholders(self) -> frozenset[str]:
        """The names of the facts that the text needs."""
        return placeholders_in(self.text)

    def among(self, offered: frozenset[str]) -> frozenset[str]:
        """By which of a company's channels it tells: by its own, but a duty by any where there are none."""
        own = offered & {*self.channels} if self.channels else offered
        return own or (offered if self.kind == "todo" else own)

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
    """All rules of one version, in their order."""

    rules: tuple[Rule, ...]
    version: int = 0  # as published; 0: as shipped

    def on(self, event: str) -> tuple[Rule, ...]:
        """The rules that hear an event."""
        return tuple(rule for rule in self.rules if event in rule.events)

    def get(self, rule_id: str) -> Rule | None:
        """The rule of this id."""
        return next((rule for rule in self.rules if rule.id == rule_id), None)


def placeholders_in(text: str) -> frozenset[str]:
    """The names of the facts that fill a text."""
    return frozenset(re.findall(r"{(\w+)}", text))
