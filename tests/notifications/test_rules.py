"""The shipped rules can be followed; rules that cannot are refused."""

import re
from dataclasses import replace
from typing import get_args

import pytest

from services.notifications.domain import heard
from services.notifications.domain.faults import faults
from services.notifications.domain.obligation import CLOSED_BY, OF_PANELS
from services.notifications.domain.rules import Rule
from services.notifications.reading_rules import RulesUnreadable, read_rules
from services.notifications.rulebook import default_rules, shipped_text
from tests.support.running import ROOT

RULES = default_rules()
DEFAULT = ROOT / "services" / "notifications" / "default" / "notifications.yaml"
TWO = """rules:
  - {id: n33, event: ScoreFixed, to: [team], kind: read, text: "《{title}》得分，{due}前可申请复核。",
     title: 得分, title_en: Score, en: "Of {title}, {due}"}
  - {id: n02, event: ProposalSubmitted, to: [party_department], kind: todo, text: "{unit}《{title}》待初审。",
     title: 立项待初审, title_en: Proposal to pre-check, en: "{unit}: {title}"}
"""


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
    ("change", "fault"),
    [
        (("《{title}》得分", "《{titel}》得分"), "n33 not_given titel (ScoreFixed)"),
        (("《{title}》得分", "《{title"), "n33 braces 《{title"),
        (("[team]", "[teem]"), "n33 unknown_recipients teem"),
        (("[team]", "[juror]"), "n33 cannot_address juror (ScoreFixed)"),
        (("[team]", "[]"), "n33 lacks to"),
        (("kind: read", "kind: read, if: rain"), "n33 never_so ScoreFixed (rain)"),
        (("ScoreFixed", "ScoreFxed"), "n33 unknown_events ScoreFxed"),
        (("kind: read", "kind: read, channels: [fax]"), "n33 unknown_channels fax"),
        (("kind: read", "kind: read, remind: 1"), "n33 unknown_fields remind"),
        (("kind: read", "kind: read, remind_before: 1"), "n33 told_later_of_reading remind_before"),
        (("kind: read", "kind: todo"), "n33 closed_by_nothing n33"),
        (("kind: read", "kind: duty"), "n33 misfit "),
        (("Of {title},", "Of {name},"), "n33 says_otherwise_in_english name, title"),
        (("title: 得分", "title: '{title}得分'"), "n33 names_in_title title"),
        (("title: 得分", "title: 一二三四五六七八九十一二三"), "n33 too_long title > 12"),
        (("title_en: Score", "title_en: ''"), "n33 lacks title_en"),
        (('en: "Of {title}, {due}"', "en: ''"), "n33 lacks en"),
        (("{due}前", "{due}前" + "长" * 500), "n33 too_long text > 500"),
        (("id: n33", "id: n02"), "n02 twice"),
        (
            ("n02, event: ProposalSubmitted", "n02, event: PracticeRecommended"),
            "n02 duty_of_other_events Pra",
        ),
        (("kind: todo", "kind: todo, escalate_after: [1, boss]"), "n02 unknown_recipients boss"),
        (("kind: todo", "kind: todo, escalate_after: [999, office_above]"), "n02 days_out_of_bounds 999"),
        (("kind: todo", "kind: todo, when: digest"), "n02 digest_of_duty digest"),
        (("ScoreFixed", "UnsealingAsked"), "n33 opens_what_is_sealed UnsealingAsked"),
        (("- {id: n33", "- {id: [n33"), "no_yaml "),
        (("- {id: n33", "- *all"), "no_yaml "),
        (("- {id: n33", "- n33\n  - {id: n33"), "misfit Expected a mapping"),
    ],
)
def test_a_faulty_rule_is_refused_with_its_fault(change: tuple[str, str], fault: str) -> None:
    assert change[0] in TWO
    with pytest.raises(RulesUnreadable, match=re.escape(fault)):
        read_rules(TWO.replace(*change, 1), shipped=RULES.rules)


@pytest.mark.parametrize(
    ("id_", "fault"),
    [
        ("n05", "n05 reminder_without_day MeetingRecorded"),
        ("n19", "n19 reminder_without_day TaskCompleted"),
    ],
)
def test_nobody_can_be_reminded_before_a_day_that_the_event_does_not_name(id_: str, fault: str) -> None:
    """Two of the shipped rules once said so, and nobody was ever reminded."""
    rule = RULES.get(id_)
    assert rule is not None
    assert fault in map(str, faults([replace(rule, remind_before=1)]))


def test_all_that_is_wrong_is_said_at_once() -> None:
    wrong = TWO.replace("[team]", "[teem]").replace("ProposalSubmitted", "Nothing").replace("ScoreFixed", "x")
    with pytest.raises(RulesUnreadable) as told:
        read_rules(wrong)
    assert {fault.rule for fault in told.value.found} == {"n02", "n33"}


def test_there_has_to_be_a_rule() -> None:
    for text, fault in (("rules: []", "no_rules"), ("rules: {}", "no_list"), ("", "no_yaml")):
        with pytest.raises(RulesUnreadable, match=fault):
            read_rules(text)


def test_what_is_shipped_can_be_published_as_it_is() -> None:
    assert read_rules(shipped_text(), shipped=RULES.rules) == RULES


def test_every_shipped_rule_is_said_in_both_languages_and_has_a_short_title_in_both() -> None:
    for rule in RULES.rules:
        assert rule.said_in("en") == rule.en != rule.said_in("zh-CN"), rule.id
        assert rule.titled_in("en") == rule.title_en != rule.titled_in("zh-CN") == rule.title, rule.id
        assert 2 <= len(rule.title) <= 12, rule.id
        assert 2 <= len(rule.title_en) <= 32, rule.id


def test_a_rule_without_english_is_said_in_chinese() -> None:
    """As of a version that was published before every rule had to have it."""
    rule = Rule("n1", ("StepOpened",), ("team",), "read", "《{title}》")
    assert rule.said_in("en") == rule.text
    assert rule.titled_in("en") == rule.title
