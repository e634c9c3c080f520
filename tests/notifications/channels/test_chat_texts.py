"""Whatever a text holds, people see it unharmed or cut, and it never becomes more than a text."""

from __future__ import annotations

import html
from collections.abc import Callable
from dataclasses import replace
from typing import Literal
from urllib.parse import urlencode, urlsplit

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.notifications.channels import Message, feishu, robot, wecom
from services.notifications.channels.calling import Call
from services.notifications.channels.plain import ELLIPSIS, cut, in_bytes, one_line
from tests.notifications.channels.fakes.provider import Fake, Shown
from tests.notifications.channels.worlds import (
    APPLICATIONS,
    DUTY,
    FAKES,
    NOTICE,
    NOW,
    ROBOTS,
    provider,
    robot_settings,
)
from tests.support.clocks import SetClock
from tests.support.https_server import Asked

BASE = "https://api.example"
HOSTILE = st.text(
    alphabet=st.characters() | st.sampled_from('<>&"\\[]()*`#@\n\r\0\u202e\ud800{}'), max_size=900
)
Taker = Callable[[Fake, Message], Shown]


def asked(call: Call) -> Asked:
    """The request as it arrives."""
    split = urlsplit(call.url)
    query = "&".join(filter(None, (split.query, urlencode(call.query))))
    headers = {name.lower(): value for name, value in call.headers.items()}
    return Asked("POST", f"{split.path}?{query}", headers, msgspec.json.encode(call.body))


def shown(name: str, message: Message) -> Shown:
    """What is seen of a message in a provider's client."""
    fake = FAKES[name](SetClock(NOW))
    if name in ROBOTS:
        settings = robot_settings(name, BASE)
        call = robot.DIALECTS[settings.provider].tell(settings, message, NOW)
    else:
        call = provider(name, BASE).tell(message, fake.token()[0])
    told = fake(asked(call))
    assert fake.shown, told.body.decode()
    return fake.shown[0]


def is_it_or_its_beginning(seen: str, meant: str) -> bool:
    """Whether a text is what was meant, or a beginning of it with an ellipsis."""
    return seen == meant or (seen.endswith(ELLIPSIS) and meant.startswith(seen.removesuffix(ELLIPSIS)))


@pytest.mark.parametrize("name", [*APPLICATIONS, *ROBOTS])
@given(HOSTILE, st.lists(HOSTILE, max_size=60), st.sampled_from(["zh-CN", "en"]))
@example("<a href=x>", ['<div class="highlight">', "&lt;b&gt;", "![](https://x/y.png)", "\\u0041"], "zh-CN")
@example("\\" * 600, ['"' * 5000] * 3, "en")
@example("", [], "zh-CN")
@example("", ["a"] * 3000, "zh-CN")
@example("党" * 300, ["建" * 300] * 60, "zh-CN")
def test_any_text_is_seen_unharmed_or_cut(
    name: str, title: str, lines: list[str], language: Literal["zh-CN", "en"]
) -> None:
    message = replace(NOTICE if name in ROBOTS else DUTY, title=title, lines=tuple(lines), language=language)
    seen = shown(name, message)
    assert (seen.to, seen.link) == (message.to, message.link)
    if name == "robot of wecom":  # one text, whose end may be that of the title
        whole = "\n".join(map(one_line, (title, *lines)))
        assert is_it_or_its_beginning(f"{seen.title}\n{seen.text}".rstrip("\n"), whole.rstrip("\n"))
        return
    assert is_it_or_its_beginning(seen.title, one_line(title))
    meant = "\n".join(map(one_line, lines))
    if name in ("feishu", "robot of feishu"):  # which leave out empty lines and those after the fiftieth
        meant = "\n".join(filter(None, map(one_line, lines)))
        assert is_it_or_its_beginning(seen.text, meant) or meant.startswith(seen.text)
        return
    assert is_it_or_its_beginning(seen.text, meant)


@given(HOSTILE, st.integers(3, 200))
def test_a_cut_text_fits_and_ends_between_characters(text: str, most: int) -> None:
    text = one_line(text)
    short = cut(text, most)
    assert in_bytes(short) <= most
    assert is_it_or_its_beginning(short, text)
    assert short == text or in_bytes(text) > most


@given(st.lists(HOSTILE, max_size=8))
def test_a_text_card_holds_its_bytes_and_no_half_of_an_entity(lines: list[str]) -> None:
    description = wecom.description(tuple(lines))
    assert in_bytes(description) <= wecom.DESCRIPTION_BYTES
    text = html.unescape(description.replace("<br>", "\n"))
    assert html.escape(text, quote=False).replace("\n", "<br>") == description


@given(HOSTILE)
def test_a_message_has_no_control_characters(text: str) -> None:
    assert not any(ord(character) < 32 or 127 <= ord(character) < 160 for character in one_line(text))
    one_line(text).encode()


@given(
    st.text(st.characters(codec="utf-8"), max_size=100), st.text(st.characters(codec="utf-8"), max_size=100)
)
def test_an_idempotency_key_fits_and_is_one_message(one: str, other: str) -> None:
    assert len(feishu.key(one)) <= 50
    assert (feishu.key(one) == feishu.key(other)) == (one == other)
    assert feishu.key(DUTY.id) == DUTY.id


def test_settings_that_are_printed_show_no_secret() -> None:
    for settings in (provider(name, BASE).settings for name in APPLICATIONS):  # type: ignore[attr-defined]
        assert "secret" not in f"{settings!r} {settings}"
    assert "SEC" not in repr(robot_settings(ROBOTS[1], BASE))
