"""Sentences in the reader's language, with the facts of the case."""

from __future__ import annotations

import pytest

from shared.clock import ClockRunsForward
from shared.domain import Incomplete, NotKnown, Refusal
from shared.sentences import language_of, sentences, word


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "zh-CN"),
        ("", "zh-CN"),
        ("*", "zh-CN"),
        ("fr", "zh-CN"),
        ("en", "en"),
        ("en-GB,en;q=0.9", "en"),
        ("zh-TW", "zh-CN"),
        ("fr, en;q=0.3, zh;q=0.2", "en"),
        ("en;q=0.3, zh-CN;q=0.8", "zh-CN"),
        ("en;q=0", "zh-CN"),
        ("en;q=much", "zh-CN"),
        ("en, zh", "en"),
    ],
)
def test_the_reader_gets_the_better_of_two_languages(header: str | None, language: str) -> None:
    assert language_of(header) == language


def test_a_refusal_speaks_both_languages_with_the_facts_filled_in() -> None:
    refusal = Incomplete(missing=["plan", "targets"])

    assert sentences(refusal, "en") == (
        "Something is missing: plan, targets.",
        "Fill in what is listed and send it again.",
    )
    assert sentences(refusal, "zh-CN") == (
        "内容不完整，缺少：推进计划、预期目标。",
        "请补充所列内容后重新提交。",
    )


def test_a_fact_that_was_not_given_stays_a_placeholder() -> None:
    assert "{now}" in sentences(ClockRunsForward(asked="2026-01-01"), "en")[0]


def test_a_fact_in_braces_is_text_and_nothing_else() -> None:
    refusal = ClockRunsForward(now="{asked.__class__}", asked="{0}")
    assert sentences(refusal, "en")[0] == "The clock stands at {asked.__class__} and cannot go back to {0}."


def test_a_rule_without_chinese_speaks_its_own_english_not_its_parents_chinese() -> None:
    class OnlyOnSundays(NotKnown):
        """This is open on Sundays.

        Come on Sunday."""

    assert sentences(OnlyOnSundays(), "zh-CN") == ("This is open on Sundays.", "Come on Sunday.")


def test_a_rule_without_advice_gives_none() -> None:
    class Never(Refusal):
        """Never."""

    assert sentences(Never(), "en") == ("Never.", "")


def test_codes_have_words_or_speak_for_themselves() -> None:
    assert word("titles", "404", "en") == "Not found"
    assert word("titles", "418", "en") == "418"
    assert word("titles", "418", "en", default="Teapot") == "Teapot"
