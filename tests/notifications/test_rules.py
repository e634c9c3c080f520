"""The shipped rules can be followed; rules that cannot are refused."""

import re
from typing import get_args

import pytest

from services.notifications.domain import heard
from services.notifications.domain.obligation import CLOSED_BY, OF_PANELS
from services.notifications.rulebook import RulesUnreadable, default_rules, read_rules
from tests.support.running import ROOT

RULES = default_rules()
DEFAULT = ROOT / "services" / "notifications" / "default" / "notifications.yaml"
ONE = '- {id: n1, event: StepOpened, to: [team], kind: todo, text: "《{title}》", remind_before: 1}'


def test_all_shipped_rules_are_loaded_each_with_a_number_of_its_own() -> None:
    shipped = DEFAULT.read_text().count("{id: n")
    assert len({rule.id for rule in RULES.rules}) == len(RULES.rules) == shipped
    assert all(re.fullmatch(r"n[0-9]{2,3}", rule.id) for rule in RULES.rules)
    assert shipped >= 52


def test_a_rule_is_typed() -> None:
    rule = RULES.get("n22")
    assert rule is not None
    assert (rule.escalate_after, rule.then_after, rule.private) == (
        (5, "party_department"),
        (10, "leader_in_charge"),
        True,
    )


def test_every_todo_whose_event_is_heard_is_closed_by_an_act() -> None:
    names = {event.__name__ for event in get_args(heard.Heard)}
    assert {
        rule.id for rule in RULES.rules if rule.kind == "todo" and not names.isdisjoint(rule.events)
    } == CLOSED_BY.keys() | {*OF_PANELS.values()}


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (f"{ONE}\n{ONE}", "n1 is there twice"),
        (ONE.replace("title", "titel"), "n1 has unknown placeholders: titel"),
        (ONE.replace("team", "teem"), "n1 names unknown recipients: teem"),
        (ONE.replace("kind: todo", "kind: todo, if: rain"), "n1 has an unknown condition: rain"),
        (ONE.replace("remind_before", "remind"), "n1 has unknown fields: remind"),
        (ONE.replace("kind", 'en: "{name}", kind'), "n1 says otherwise in English: name, title"),
        (
            ONE.replace("kind: todo", 'kind: todo, title: "{name}"'),
            "n1 has in its title what stays inside: name",
        ),
        (ONE.replace("kind: todo", "kind: duty"), "duty"),
        (ONE.replace("remind_before: 1", "escalate_after: [1, boss]"), "unknown recipients: boss"),
        ("- {", "expected"),
        ("- {id: n1}", "missing required field"),
    ],
)
def test_a_faulty_rule_is_refused_with_its_fault(text: str, fault: str) -> None:
    with pytest.raises(RulesUnreadable, match=fault):
        read_rules(f"rules:\n{text}")


def test_every_shipped_rule_is_said_in_both_languages_and_has_a_short_title_in_both() -> None:
    for rule in RULES.rules:
        assert rule.said_in("en") == rule.en != rule.said_in("zh-CN"), rule.id
        assert rule.titled_in("en") == rule.title_en != rule.titled_in("zh-CN") == rule.title, rule.id
        assert 2 <= len(rule.title) <= 12, rule.id
        assert 2 <= len(rule.title_en) <= 32, rule.id


def test_a_rule_without_english_is_said_in_chinese() -> None:
    (rule,) = read_rules(f"rules:\n{ONE}").rules
    assert rule.said_in("en") == rule.text
    assert rule.titled_in("en") == rule.title
