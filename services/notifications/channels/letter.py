"""A message as a mail: headers that nobody can break out of, the text as it is, and the text to look at."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from functools import cache
from html import escape
from pathlib import Path
from string import Template

import idna

from services.notifications.channels import Message
from services.notifications.channels.plain import one_line
from shared.sentences import Language, word

_SUBJECT_CHARACTERS = 120
_POLICY = policy.SMTP.clone(cte_type="7bit")  # not every server passes on eight bits
_LOCAL = re.compile(r"[^\s()<>\[\]:;@\\,\"\x00-\x1f\x7f]{1,64}")
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_LINE = '<p class="text" style="margin:0 0 12px;font-size:16px;line-height:1.6;color:#1f2328;">{}</p>\n'
_URGENT = '<p class="urgent" style="margin:0 0 4px;font-size:14px;font-weight:600;color:#8a5300;">{}</p>\n'
_BUTTON = (
    '<table role="presentation" cellpadding="0" cellspacing="0" border="0" style="margin:24px 0 0;"><tr>'
    '<td align="center" bgcolor="#1d5fbf" style="border-radius:6px;background:#1d5fbf;">'
    '<a href="{}" style="display:inline-block;padding:12px 24px;font-size:16px;line-height:1.25;'
    'color:#ffffff;text-decoration:none;">{}</a></td></tr></table>\n'
)
_MUTE = '<br><a href="{}" style="color:#59636e;text-decoration:underline;">{}</a>'


class NoAddress(ValueError):
    """This is no address that mail can be sent to."""


@dataclass(frozen=True, slots=True)
class Sender:
    """From whom mails come, and where their receivers choose which ones they get."""

    address: Address
    name: str
    notices_url: str


def address(text: str) -> Address:
    """A mail address with its domain as the network writes it; NoAddress for what is none."""
    local, at, domain = text.rpartition("@")
    try:
        # what cannot be seen would not be what somebody typed
        if not (at and _LOCAL.fullmatch(local) and one_line(text) == text and not local.startswith(".")):
            raise NoAddress
        found = Address(username=local, domain=idna.encode(domain, uts46=True).decode())
    except ValueError:  # UnicodeError, IDNAError and what email makes of a wrong part are some
        raise NoAddress from None
    if local.endswith(".") or ".." in local or len(found.addr_spec.encode()) > 254:
        raise NoAddress
    return found


def letter(message: Message, to: Address, sender: Sender, now: datetime) -> EmailMessage:
    """The whole mail; its id is the message's, so that mail that comes twice is known to be one."""
    domain = sender.address.domain
    mail = EmailMessage(policy=_POLICY.clone(utf8=not to.addr_spec.isascii()))
    mail["From"] = Address(one_line(sender.name, 60), addr_spec=sender.address.addr_spec)
    mail["To"] = to
    mail["Subject"] = one_line(message.title, _SUBJECT_CHARACTERS)
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = f"<{_id(message.id)}@{domain}>"
    if message.thread:
        # a mail that was never sent, so that all about one project hang below the same
        mail["In-Reply-To"] = mail["References"] = f"<thread.{_id(message.thread)}@{domain}>"
    # nobody's absence note is to answer
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    if message.urgent:
        mail["Importance"] = "high"
    if message.may_be_muted:
        # no List-Unsubscribe-Post: one click could not say who clicks, since links carry no token
        mail["List-Unsubscribe"] = f"<{sender.notices_url}>"
    mail.set_content(plain(message, sender))
    mail.add_alternative(html(message, sender), subtype="html")
    mail["Content-Language"] = message.language  # last: what begins with Content moves into the first part
    return mail


def plain(message: Message, sender: Sender) -> str:
    """The text for whoever reads mail as text."""
    language = message.language
    urgent = f"[{_word('urgent', language)}] " if message.urgent else ""
    parts = [urgent + one_line(message.title), "\n".join(one_line(line) for line in message.lines)]
    if link := _link(message.link):
        parts.append(f"{_word('open', language)}\n{link}")
    parts.append(_word("footer", language))
    if message.may_be_muted:
        parts.append(f"{_word('mute', language)}\n{sender.notices_url}")
    return "\n\n".join(part for part in parts if part) + "\n"


def html(message: Message, sender: Sender) -> str:
    """The text to look at: nothing is loaded from anywhere, nothing counts who reads it."""
    language, link = message.language, _link(message.link)
    mute = _MUTE.format(escape(sender.notices_url), escape(_word("mute", language)))
    return _template().substitute(
        language=language,
        title=escape(one_line(message.title)),
        urgent=_URGENT.format(escape(_word("urgent", language))) if message.urgent else "",
        lines="".join(_LINE.format(escape(one_line(line))) for line in message.lines),
        button=_BUTTON.format(escape(link), escape(_word("open", language))) if link else "",
        footer=escape(_word("footer", language)),
        mute=mute if message.may_be_muted else "",
    )


def _link(link: str) -> str:
    return link if re.fullmatch(r"https?://[^\s<>\"]+", link) and one_line(link) == link else ""


def _id(text: str) -> str:
    return text if _ID.fullmatch(text) else hashlib.sha256(text.encode(errors="replace")).hexdigest()[:32]


def _word(code: str, language: Language) -> str:
    return word("mail", code, language)


@cache
def _template() -> Template:
    return Template(Path(__file__).with_name("letter.html").read_text("utf-8"))
