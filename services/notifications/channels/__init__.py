"""Channels out of the system: what a message is and what a channel answers, not who is told what and why.

A channel is told where its company's account is when it is made, and keeps no state that has to outlive the
process. Whoever calls it sees to rates, to trying again and to remembering.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from shared.sentences import Language

Kind = Literal["mail", "wecom", "dingtalk", "feishu", "webhook", "robot"]


@dataclass(frozen=True, slots=True)
class Message:
    """What one receiver is told, as it may be said outside the system (R75, R79).

    `id` is the idempotency key: the same however often it is sent. `thread` groups what is about one
    project; "" where nothing may be said of it. `may_be_muted`: not a duty, so that a way to unsubscribe is
    named. `summary`: about several things, of which the latest happened at `happened_at`. `lines` are the
    body in plain text; channels mark them up and escape them.
    """

    id: str
    to: str  # address in the channel: a mail address, a user id of the tenant, a robot's or receiver's URL
    title: str
    lines: tuple[str, ...]
    link: str  # absolute; names the object, carries no token
    language: Language
    thread: str = ""
    urgent: bool = False
    may_be_muted: bool = False
    summary: bool = False
    happened_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one attempt: `later` may be tried again, `never` has a cause that trying does not mend.

    `of_channel`: it is not this message that failed but the channel as a whole (away, refused our account,
    limited us), so that others need not be tried either.
    """

    outcome: Literal["sent", "later", "never"]
    code: str  # the receiver's own: "250", "errcode 45009", "HTTP 503", or a word such as "timeout"
    text: str = ""  # its own words, without addresses and secrets; at most 500 characters
    of_channel: bool = False
    retry_after_seconds: float | None = None


class Channel(Protocol):
    """One company's account with one kind of channel."""

    async def send(self, message: Message) -> Answer:
        """Send once, within 5 seconds. Every failure of receiver or network is an answer, never an error."""
        ...

    async def check(self) -> Answer:
        """Whether account and receiver are what the settings say, without telling anybody anything."""
        ...

    async def close(self) -> None:
        """End what is open."""
        ...
