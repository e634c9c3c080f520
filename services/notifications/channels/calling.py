"""One call of a provider's HTTP interface, and what its codes mean for a message.

The providers answer an error with HTTP 200 and a code in the body, or with HTTP 400 and the same; what has
no such body is a failure of the way to them.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import quote, urlencode

import msgspec

from services.notifications.channels import Answer, guarded
from services.notifications.channels.said import said

SECONDS = 4.5  # for all of one sending, a token and a second try included; the caller gives it 5
LONGEST_WAIT_SECONDS = 3600.0  # that we let a provider ask of us
_NUMBER = re.compile(r"-?[0-9]{1,9}")  # longer ones could be somebody's telephone
WAIT_HEADERS = ("retry-after", "x-ogw-ratelimit-reset")  # the second is Feishu's


class Account(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a channel's settings have in common: they are not shown where they are printed by mistake."""

    def __repr__(self) -> str:
        return f"{type(self).__module__}.{type(self).__name__}(...)"


@dataclass(frozen=True, slots=True)
class Call:
    """A request: to ask, or to send `body` as JSON; `query` is added to the address."""

    url: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Fields:
    """The object that a provider answered, and how long it wants to be left alone."""

    status: int
    named: Mapping[str, Any]
    wait_seconds: float | None


@dataclass(frozen=True, slots=True)
class Cause:
    """What a code means, as in `Answer`."""

    outcome: Literal["later", "never"]
    of_channel: bool = False
    wait_seconds: float | None = None


UNKNOWN = Cause("later")
BUSY = Cause("later", of_channel=True)
NOBODY = Cause("never")  # this receiver cannot be told
UNFIT = Cause("never")  # this text is not taken
LIMITED = Cause("later", of_channel=True, wait_seconds=60)
# Our account is refused. No message is lost by that: whoever mends the settings lets all of them go.
REFUSED = Cause("later", of_channel=True, wait_seconds=600)


def causes(*groups: tuple[Cause, Collection[int]]) -> dict[str, Cause]:
    """A table of codes from groups of one meaning each."""
    return {str(code): cause for cause, codes in groups for code in codes}


class Unread(guarded.NoReply):
    """Something came back, but none of the provider's answers."""

    def __init__(self, code: str, text: str = "", wait_seconds: float | None = None) -> None:
        super().__init__(code)
        self._said = Answer("later", code, text, of_channel=True, retry_after_seconds=wait_seconds)

    def answer(self) -> Answer:
        """The provider is away, or it is not the provider that answers."""
        return self._said


@dataclass(frozen=True, slots=True)
class Codes:
    """Where a provider's answers have their code, and what it means."""

    name: str  # the field of the code
    words: str  # the field of what is said of it
    causes: Mapping[str, Cause]
    wrapped: Mapping[str, str] = field(default_factory=dict)  # a code, and the field with the true one
    left_out: tuple[str, ...] = ()  # fields that name receivers to whom an accepted message does not go

    def code(self, fields: Fields) -> str | None:
        """The code as text; None where there is none."""
        code = _code(fields.named.get(self.name))
        true = self.wrapped.get(code, "") if code else ""
        return _code(fields.named.get(true)) or code

    def answer(self, fields: Fields, secrets: Collection[str]) -> Answer:
        """What became of the message; `secrets` are not repeated."""
        code = self.code(fields)
        if code is None:
            return Answer("later", "no code", of_channel=True)
        if code == "0" and not 200 <= fields.status < 300:  # some gate's, not the provider's
            return Answer("later", f"HTTP {fields.status}", of_channel=True)
        if code == "0":
            missed = next((name for name in self.left_out if fields.named.get(name)), "")
            return Answer("never", f"{self.name} 0 {missed}") if missed else Answer("sent", f"{self.name} 0")
        cause = self.causes.get(code, UNKNOWN)
        # WeCom repeats a user id in small letters, others what stood in an address
        hidden = [
            form for text in secrets for form in (text, text.lower(), text.upper(), quote(text, safe=""))
        ]
        return Answer(
            cause.outcome,
            f"{self.name} {code if _NUMBER.fullmatch(code) else said(code, hidden)[:40]}",
            said(str(fields.named.get(self.words, "")), hidden),
            cause.of_channel,
            (fields.wait_seconds or cause.wait_seconds) if cause.outcome == "later" else None,
        )


def _code(value: object) -> str | None:
    return (
        str(value) if isinstance(value, int | str) and not isinstance(value, bool) and value != "" else None
    )


async def settled(answering: Awaitable[Answer]) -> Answer:
    """The answer, in time; that there is none is an answer too."""
    try:
        async with asyncio.timeout(SECONDS):
            return await answering
    except TimeoutError:
        return Answer("later", "timeout", of_channel=True)
    except guarded.NoReply as failure:
        return failure.answer()


async def call(client: guarded.Client, asked: Call) -> Fields:
    """Make one call; raises NoReply where no object of JSON came back."""
    url = asked.url
    if asked.query:
        url += ("&" if "?" in url else "?") + urlencode(asked.query)
    if asked.body is None:
        reply = await client.get(url, asked.headers)
    else:
        headers = {"Content-Type": "application/json; charset=utf-8", **asked.headers}
        reply = await client.post(url, msgspec.json.encode(asked.body), headers)
    return _fields(reply)


def _fields(reply: guarded.Reply) -> Fields:
    wait = _wait_seconds(reply.headers)
    status = f"HTTP {reply.status}"
    if reply.status >= 500:
        raise Unread(status, wait_seconds=wait)
    try:
        named = msgspec.json.decode(reply.body)
    except (ValueError, RecursionError):
        raise Unread(status, "no JSON", wait) from None
    if not isinstance(named, dict):
        raise Unread(status, "no object", wait)
    return Fields(reply.status, named, wait)


def _wait_seconds(headers: Mapping[str, str]) -> float | None:
    named = next((headers[name] for name in WAIT_HEADERS if name in headers), "")
    return min(float(named), LONGEST_WAIT_SECONDS) if named.isascii() and named.isdigit() else None
