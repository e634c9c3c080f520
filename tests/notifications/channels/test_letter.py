"""A mail says what its message says, to people and to programs; no text becomes a header or markup."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.headerregistry import Address
from email.message import EmailMessage
from html.parser import HTMLParser

import pytest
from aiosmtplib.email import parse_address
from hypothesis import given
from hypothesis import strategies as st

from services.notifications.channels import Message
from services.notifications.channels.letter import NoAddress, Sender, address, html, letter, plain
from services.notifications.channels.plain import one_line
from services.notifications.channels.said import said
from shared.strict_json import INVISIBLE

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
NOTICES = "https://denggao.example/me/notices"
SENDER = Sender(address("denggao@group.example"), "登高", NOTICES)
TO = address("li.qiang@group.example")
MESSAGE = Message(
    id="01978a00-0000-7000-8000-000000000001",
    to=TO.addr_spec,
    title="待办：支部审议",
    lines=("项目：主运皮带夜班巡检零漏项", "时限：2026-12-04"),
    link="https://denggao.example/projects/1?a=1&b=2",
    language="zh-CN",
    thread="01978a00-0000-7000-8000-0000000000aa",
)
HEADERS = {
    *("From", "To", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "Content-Language"),
    *("Auto-Submitted", "X-Auto-Response-Suppress", "MIME-Version", "Content-Type"),
}
# what breaks headers, and everything else
hostile = st.text(
    st.one_of(
        st.sampled_from("\r\n\x00\x0b\x85\u2028\u200b\ufeff\ud800\u202e ,;:<>@\"'()=?\\&"), st.characters()
    ),
    max_size=80,
)


def read(mail: EmailMessage) -> EmailMessage:
    """As whoever gets it reads it."""
    return message_from_bytes(mail.as_bytes(), _class=EmailMessage, policy=policy.SMTP)


def part(mail: EmailMessage, kind: str) -> str:
    found = mail.get_body((kind,))
    assert isinstance(found, EmailMessage)
    return str(found.get_content()).replace("\r\n", "\n")


class Tags(HTMLParser):
    """The markup of a page: its tags, its links and the text between them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str | None] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name in ("href", "src", "background", "action")]

    def handle_data(self, data: str) -> None:
        self.text += data


def test_a_mail_says_the_same_to_eyes_and_in_plain_text() -> None:
    mail = read(letter(MESSAGE, TO, SENDER, NOW))
    assert mail.get_content_type() == "multipart/alternative"
    assert [kind.get_content_type() for kind in mail.iter_parts()] == ["text/plain", "text/html"]
    assert part(mail, "plain") == (
        "待办：支部审议\n\n项目：主运皮带夜班巡检零漏项\n时限：2026-12-04\n\n"
        "登录查看\nhttps://denggao.example/projects/1?a=1&b=2\n\n"
        "本邮件由系统自动发送，请勿回复。详情请登录系统查看。\n"
    )
    page = Tags(part(mail, "html"))
    for said_ in (MESSAGE.title, *MESSAGE.lines, "登录查看", "请勿回复"):
        assert said_ in page.text
    assert page.links == [MESSAGE.link]


def test_a_mail_to_an_english_reader_is_english() -> None:
    english = replace(MESSAGE, title="To do", lines=(), language="en", urgent=True, may_be_muted=True)
    mail = read(letter(english, TO, SENDER, NOW))
    assert mail["Content-Language"] == "en"
    page = part(mail, "html")
    assert '<html lang="en">' in page
    for text in (page, part(mail, "plain")):
        assert not re.search("[\u4e00-\u9fff]", text)
        assert "Urgent" in text
        assert "Choose which mails you get" in text


def test_a_mail_loads_nothing_and_counts_nobody() -> None:
    page = html(replace(MESSAGE, may_be_muted=True), SENDER)
    tags = Tags(page)
    assert not {"img", "script", "link", "iframe", "form", "object", "svg"} & set(tags.tags)
    assert set(tags.links) == {MESSAGE.link, NOTICES}
    assert "url(" not in page
    assert "@import" not in page


def test_headers_are_those_of_a_mail_that_nobody_is_to_answer() -> None:
    mail = read(letter(MESSAGE, TO, SENDER, NOW))
    assert set(mail.keys()) == HEADERS
    assert mail["From"] == "登高 <denggao@group.example>"
    assert mail["To"] == "li.qiang@group.example"
    assert mail["Subject"] == MESSAGE.title
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Date"].datetime == NOW


def test_the_same_message_has_the_same_id_and_those_of_a_project_hang_together() -> None:
    first, again = (letter(MESSAGE, TO, SENDER, NOW) for _ in range(2))
    other = letter(replace(MESSAGE, id="2"), TO, SENDER, NOW)
    assert first["Message-ID"] == again["Message-ID"] == f"<{MESSAGE.id}@group.example>"
    assert other["Message-ID"] == "<2@group.example>"
    assert first["References"] == other["References"] == f"<thread.{MESSAGE.thread}@group.example>"
    assert first["In-Reply-To"] == first["References"]
    alone = letter(replace(MESSAGE, thread=""), TO, SENDER, NOW)
    assert (alone["References"], alone["In-Reply-To"]) == (None, None)


def test_only_what_is_no_duty_names_a_way_out() -> None:
    assert letter(MESSAGE, TO, SENDER, NOW)["List-Unsubscribe"] is None
    assert NOTICES not in plain(MESSAGE, SENDER)
    mutable = replace(MESSAGE, may_be_muted=True)
    assert letter(mutable, TO, SENDER, NOW)["List-Unsubscribe"] == f"<{NOTICES}>"
    assert NOTICES in plain(mutable, SENDER)


def test_urgent_mail_is_marked_for_people_and_programs() -> None:
    urgent = replace(MESSAGE, urgent=True)
    assert letter(urgent, TO, SENDER, NOW)["Importance"] == "high"
    assert plain(urgent, SENDER).startswith("[紧急] 待办")
    assert "紧急" in html(urgent, SENDER)
    assert "紧急" not in html(MESSAGE, SENDER)


@given(hostile, hostile, hostile, hostile, hostile)
def test_no_text_becomes_a_header(title: str, line: str, name: str, id_: str, thread: str) -> None:
    message = replace(MESSAGE, title=title, lines=(line,), id=id_, thread=thread)
    raw = letter(message, TO, replace(SENDER, name=name), NOW).as_bytes()
    mail = read(letter(message, TO, replace(SENDER, name=name), NOW))
    assert set(mail.keys()) <= HEADERS
    assert len(mail.keys()) == len(set(mail.keys()))
    assert len(mail["From"].addresses) == len(mail["To"].addresses) == 1
    assert mail["From"].addresses[0].addr_spec == "denggao@group.example"
    assert mail["To"].addresses[0].addr_spec == TO.addr_spec
    assert re.fullmatch(r"<[A-Za-z0-9_-]{1,64}@group\.example>", mail["Message-ID"])
    assert raw.isascii()
    assert b"\x00" not in raw
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", raw)
    assert max(map(len, raw.split(b"\r\n"))) <= 998


@given(hostile)
def test_a_subject_is_read_as_it_was_meant(title: str) -> None:
    subject = read(letter(replace(MESSAGE, title=title), TO, SENDER, NOW))["Subject"]
    assert subject == one_line(title, 120)


@given(hostile)
def test_a_name_is_read_as_it_was_meant(name: str) -> None:
    sender = read(letter(MESSAGE, TO, replace(SENDER, name=name), NOW))["From"].addresses[0]
    # Python's own reader keeps the space between two encoded words, which the standard has it drop
    assert sender.display_name.replace(" ", "") == one_line(name, 60).replace(" ", "")


@given(hostile, st.lists(hostile, max_size=3), hostile)
def test_no_text_becomes_markup(title: str, lines: list[str], link: str) -> None:
    message = replace(MESSAGE, title=title, lines=tuple(lines), link=link)
    found, known = (
        Tags(html(message, SENDER)),
        Tags(html(replace(MESSAGE, lines=("x",) * len(lines)), SENDER)),
    )
    with_button = [tag for tag in known.tags if found.links or tag != "a"]
    assert found.tags.count("p") == with_button.count("p")
    assert set(found.tags) <= set(known.tags)
    assert all(one_line(line) in found.text for line in lines)


@pytest.mark.parametrize(
    "link",
    ["javascript:alert(1)", "data:text/html,x", "", "https://a.example/\r\n", 'https://a.example/"x', "//a"],
)
def test_what_is_no_link_is_no_button(link: str) -> None:
    message = replace(MESSAGE, link=link)
    assert Tags(html(message, SENDER)).links == []
    assert "登录查看" not in plain(message, SENDER)


def test_a_text_of_any_length_is_cut_and_not_refused() -> None:
    mail = read(letter(replace(MESSAGE, title="长" * 100_000, lines=("x" * 100_000,)), TO, SENDER, NOW))
    assert mail["Subject"] == "长" * 119 + "…"
    assert len(mail.as_bytes()) < 50_000


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("li@group.example", "li@group.example"),
        ("LI.qiang+a@Group.Example", "LI.qiang+a@group.example"),
        ("li@集团.中国", "li@xn--3bst00m.xn--fiqs8s"),
        ("李强@group.example", "李强@group.example"),
        ("o'neil=x@group.example", "o'neil=x@group.example"),
    ],
)
def test_an_address_is_written_as_the_network_does(text: str, written: str) -> None:
    assert address(text).addr_spec == written


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "a",
            "@",
            "a@",
            "@b.example",
            "a@b@c.example",
            "a b@c.example",
            "a@b c.example",
            "a@-b.example",
        ),
        *(
            "a@b..example",
            ".a@b.example",
            "a.@b.example",
            "a..b@c.example",
            '"a b"@c.example',
            "a@[127.0.0.1]",
        ),
        *("<a@b.example>", "x <a@b.example>", "a@b.example,c@d.example", "a@b.example;", "a(x)@b.example"),
        *("a\r\n@b.example", "a@b.example\r\n", "a@b.example\x00", "a\u200b@b.example", "a@b\u200b.example"),
        *("\ud800@b.example", "a@\ud800.example", "a" * 65 + "@b.example", "a@" + "b" * 64 + ".example"),
        "a@" + ".".join(["b" * 60] * 5),
    ],
)
def test_what_is_no_address_is_none(text: str) -> None:
    with pytest.raises(NoAddress):
        address(text)


@given(hostile, hostile)
def test_an_address_is_one_or_none(local: str, domain: str) -> None:
    for text in (f"{local}@{domain}", f"{local}@group.example", f"a@{domain}", local):
        try:
            found = address(text)
        except NoAddress:
            continue
        assert isinstance(found, Address)
        assert found.domain.isascii()
        assert not re.search(r"[\s<>,;\x00]", found.addr_spec)
        assert parse_address(found.addr_spec) == found.addr_spec  # else the library would not send to it
        raw = letter(MESSAGE, found, SENDER, NOW).as_bytes()
        assert f"\r\nTo: {found.addr_spec}\r\nSubject: " in raw.decode()


@given(hostile, st.integers(1, 40))
def test_one_line_is_one_that_can_be_seen(text: str, characters: int) -> None:
    line = one_line(text, characters)
    assert len(line) <= characters
    assert not INVISIBLE.search(line)
    assert len(line.splitlines()) <= 1
    assert one_line(line, characters) == line


@given(hostile, hostile)
def test_what_was_said_is_kept_without_secrets_and_for_one_line(before: str, after: str) -> None:
    kept = said(f"{before} s3cret-of-ours {after}", ["s3cret-of-ours"])
    assert "s3cret-of-ours" not in kept
    assert kept.isprintable()
    assert len(kept) <= 500
