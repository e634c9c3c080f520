"""The page about the rules shows one that is taken, and names every field of a rule."""

from __future__ import annotations

import re
from dataclasses import fields

from services.notifications.domain.rules import Rule
from services.notifications.reading_rules import NAMED, read_rules
from services.notifications.rulebook import default_rules
from tests.support.running import ROOT

PAGE = (ROOT / "docs" / "notifications.md").read_text(encoding="utf-8")
NOT_FOLLOWED = {"limit_per_step", "copy_to_nobody"}  # read from old versions; nothing follows from them


def test_the_rule_of_the_page_can_be_published() -> None:
    (shown,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    (rule,) = read_rules(shown, shipped=default_rules().rules).rules
    assert (rule.id, rule.kind) == ("n02", "todo")


def test_every_field_of_a_rule_is_explained() -> None:
    words = {*re.findall(r"`(\w+)`", PAGE)}
    written = {code: name for name, code in NAMED.items()}
    assert {written.get(one.name, one.name) for one in fields(Rule)} - NOT_FOLLOWED - {"id"} <= words
