"""What is said outside the system: kind, short title, project, time limit, link, no more (R75, R79)."""

from __future__ import annotations

import re
from datetime import date
from functools import partial
from typing import Literal, get_args
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifications.domain.outside import (
    LINES_AT_MOST,
    PROJECT_CHARACTERS_AT_MOST,
    Said,
    Told,
    message,
    plain,
    summary,
)
from shared.offices import offices
from shared.sentences import Language, word

LANGUAGES: tuple[Language, ...] = get_args(Language)
CHINESE = partial(word, "outside", language="zh-CN")
ID = str(UUID(int=9))
TITLE = "立项申请待初审"
FULL = Told("todo", TITLE, "涂装返修率减半", ID, date(2026, 3, 9))
PARTY = ("党", "支部", "书记", "党委", "纪委", "红", "party", "branch", "secretary", "red")


def everything(said: Said) -> str:
    return "\n".join((said.title, *said.lines, said.path, said.thread))


def test_a_message_says_its_kind_what_it_is_about_and_by_when() -> None:
    said = message(FULL, CHINESE)
    assert said.title == "【待办】立项申请待初审"
    assert said.lines == ("项目：涂装返修率减半", "请于2026-03-09前办理")
    assert (said.path, said.thread) == (f"/projects/{ID}", ID)


def test_without_a_title_of_the_rule_its_kind_is_said() -> None:
    assert message(Told("todo"), CHINESE).title == "您有一项待办"
    assert message(Told("read"), CHINESE) == Said("您有一项待阅", (), "/inbox/copied")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", ["todo", "read"])
def test_of_an_overseas_unit_nothing_is_said_but_that_there_is_something(
    language: Language, kind: Literal["todo", "read"]
) -> None:
    """R75."""
    told = Told(kind, TITLE, "党支部书记项目", ID, date(2026, 3, 9), neutral=True)
    say = partial(word, "outside", language=language)
    for said in (message(told, say), summary([told, told], say)):
        text = everything(said)
        shipped = {name for office in offices().values() for name in (office.zh, office.en)}
        assert not [name for name in shipped if name in text]
        assert not [
            name
            for name in PARTY
            if re.search(rf"\b{name}\b" if name.isascii() else name, text, re.IGNORECASE)
        ]
        assert TITLE not in text
        assert ID not in text
        assert "2026" not in text


def test_a_summary_counts_and_has_a_line_for_each_of_the_first() -> None:
    said = summary([FULL] * (LINES_AT_MOST + 3), CHINESE)
    assert said.title == "您有23项待办和待阅"
    assert len(said.lines) == LINES_AT_MOST + 1
    assert said.lines[0] == "【待办】立项申请待初审；项目：涂装返修率减半；请于2026-03-09前办理"
    assert said.lines[-1] == "另有3项"
    assert said.path == "/inbox/todo"
    assert len(summary([FULL] * LINES_AT_MOST, CHINESE).lines) == LINES_AT_MOST


def test_a_long_title_is_shortened() -> None:
    said = message(Told("todo", TITLE, "长" * 200, ID), CHINESE)
    assert said.lines == (f"项目：{'长' * (PROJECT_CHARACTERS_AT_MOST - 1)}…",)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("a\r\nBcc: x@y.example", "a Bcc: x@y.example"),
        ("涂\u200b装\u2060", "涂装"),
        ("x\u202etxt.exe", "xtxt.exe"),
        ("a\x00\x07b\u2028c", "ab c"),
        ("\ufeff  双  面 ", "双 面"),
    ],
)
def test_nothing_invisible_and_no_line_break_goes_out(typed: str, said: str) -> None:
    assert plain(typed) == said


@given(st.text(), st.text(), st.booleans())
def test_whatever_is_typed_titles_and_lines_are_single_lines_that_can_be_seen(
    title: str, project: str, bundled: bool
) -> None:
    told = Told("todo", title, project, ID)
    said = summary([told], CHINESE) if bundled else message(told, CHINESE)
    for text in (said.title, *said.lines):
        assert text.isprintable()
        assert len(text.splitlines()) == 1
