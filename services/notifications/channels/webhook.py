"""Messages to a receiver of the company's own, signed as Standard Webhooks says (standardwebhooks.com)."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import msgspec

from services.notifications.channels import Answer, Message
from services.notifications.channels.guarded import Client, NoReply, Reply, read
from services.notifications.channels.plain import one_line
from services.notifications.channels.said import said
from shared.clock import Clock
from shared.codec import canonical

OVERLAP = timedelta(days=1)  # how long a secret is still signed with after a new one was made
_OF_CHANNEL = {401, 403, 404, 410, 429, 502, 503, 504}  # other messages would fare no better
_LATER = {408, 425, 429}


class Secret(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One of the keys that signatures are made with; until when, where another follows it."""

    value: str
    until: datetime | None = None

    def __post_init__(self) -> None:
        if not 24 <= len(self.key()) <= 64:
            raise ValueError("a secret is whsec_ and 24 to 64 bytes in base64")

    def key(self) -> bytes:
        """The bytes; none where the text is no secret."""
        prefix, _, encoded = self.value.partition("_")
        try:
            return base64.b64decode(encoded, validate=True) if prefix == "whsec" else b""
        except (binascii.Error, ValueError):
            return b""


class WebhookSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a company's messages go, and what they are signed with, the newest secret last."""

    url: str
    secrets: tuple[Secret, ...]

    def __post_init__(self) -> None:
        try:
            read(self.url, range(1, 65536))  # which ports may be used, the client knows
        except NoReply:
            raise ValueError("the address of a receiver begins with https://") from None
        if not self.secrets or self.secrets[-1].until is not None:
            raise ValueError("a receiver has a secret that does not end")

    def rotated(self, secret: str, now: datetime) -> WebhookSettings:
        """With a new secret; those before it are signed with for another day, so that nothing is lost."""
        before = (old for old in self.secrets if old.until is None or old.until > now)
        ending = (Secret(old.value, min(old.until or now + OVERLAP, now + OVERLAP)) for old in before)
        return WebhookSettings(self.url, (*ending, Secret(secret)))


class Webhook:
    """The receiver of one company; all its messages go there, whatever a message's `to` says."""

    def __init__(self, settings: WebhookSettings, client: Client, clock: Clock) -> None:
        self._settings = settings
        self._client = client
        self._clock = clock

    async def send(self, message: Message) -> Answer:
        """Send once; the message's id is the one by which the receiver knows a repetition."""
        told = {
            "id": message.id,
            "title": one_line(message.title),
            "lines": [one_line(line) for line in message.lines],
            "link": one_line(message.link),
            "urgent": message.urgent,
            "language": message.language,
            "happened_at": message.happened_at,
        }
        try:
            reply = await self._post(
                message.id, "summary.told" if message.summary else "obligation.told", told
            )
        except NoReply as failure:
            return failure.answer()
        return self._answer(reply)

    async def check(self) -> Answer:
        """Whether the receiver is there and wants to be: it answers with the challenge that it is sent."""
        challenge = secrets.token_urlsafe(32)
        try:
            reply = await self._post(
                f"verify-{secrets.token_hex(16)}", "endpoint.verify", {"challenge": challenge}
            )
        except NoReply as failure:
            return failure.answer()
        answer = self._answer(reply)
        if answer.outcome == "sent" and not _echoes(reply.body, challenge):
            return Answer("never", "challenge", answer.text, of_channel=True)
        return answer

    async def close(self) -> None:
        """End what is open."""
        await self._client.close()

    async def _post(self, id_: str, type_: str, data: Mapping[str, Any]) -> Reply:
        now = self._clock.now()
        body = canonical({"type": type_, "timestamp": now, "data": data})
        seconds = str(int(now.timestamp()))
        live = (secret for secret in self._settings.secrets if secret.until is None or secret.until > now)
        headers = {
            "Content-Type": "application/json",
            "webhook-id": id_,
            "webhook-timestamp": seconds,
            "webhook-signature": " ".join(signature(secret, id_, seconds, body) for secret in live),
        }
        return await self._client.post(self._settings.url, body, headers)

    def _answer(self, reply: Reply) -> Answer:
        hidden = [secret.value for secret in self._settings.secrets]
        code, text = f"HTTP {reply.status}", said(reply.body, hidden)
        if 200 <= reply.status < 300:
            return Answer("sent", code, text)
        of_channel = reply.status in _OF_CHANNEL
        if reply.status >= 500 or reply.status in _LATER:
            wait = _retry_after(reply.headers.get("retry-after", ""), self._clock.now())
            return Answer("later", code, text, of_channel, wait)
        return Answer("never", code, text, of_channel)


def signature(secret: Secret, id_: str, seconds: str, body: bytes) -> str:
    """Version 1: HMAC-SHA256 of id, time and body with points between them."""
    made = hmac.digest(secret.key(), f"{id_}.{seconds}.".encode() + body, "sha256")
    return f"v1,{base64.b64encode(made).decode()}"


def _echoes(body: bytes, challenge: str) -> bool:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return False
    echo = found.get("challenge") if isinstance(found, dict) else None
    return isinstance(echo, str) and hmac.compare_digest(echo.encode(errors="replace"), challenge.encode())


def _retry_after(said_: str, now: datetime) -> float | None:
    """Seconds, of a number or a date; None where it is neither."""
    if said_.isascii() and said_.isdigit() and len(said_) < 10:
        return float(said_)
    try:
        date = parsedate_to_datetime(said_)
    except (TypeError, ValueError):
        return None
    return max(0.0, (date - now).total_seconds()) if date.tzinfo else None
