"""Robots of groups: what is public is told to a group, and to nobody by name (R79).

WeCom https://developer.work.weixin.qq.com/document/path/91770, DingTalk
https://open.dingtalk.com/document/orgapp/custom-robot-access and /orgapp/customize-robot-security-settings,
Feishu https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot. A robot of WeCom or DingTalk may say
20 messages a minute, and is silent for 10 minutes if it says more. None of them takes an idempotency key.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal
from urllib.parse import parse_qsl, urlsplit

from msgspec import Meta

from services.notifications.channels import Answer, Message, guarded
from services.notifications.channels.calling import (
    BUSY,
    REFUSED,
    UNFIT,
    Account,
    Call,
    Cause,
    Codes,
    call,
    causes,
    settled,
)
from services.notifications.channels.feishu import post
from services.notifications.channels.plain import cut, one_line
from shared.clock import Clock

SILENT = Cause("later", of_channel=True, wait_seconds=600)  # a robot that said too much
WECOM_BYTES = 2048
DINGTALK_TITLE_CHARACTERS = 64
DINGTALK_TEXT_CHARACTERS = 500


class Settings(Account, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A robot as its group gave it: the address holds its key, `secret` is what it signs by ("": WeCom)."""

    provider: Literal["wecom", "dingtalk", "feishu"]
    url: Annotated[str, Meta(min_length=1)]
    secret: str = ""


@dataclass(frozen=True, slots=True)
class Dialect:
    """What is particular to one provider's robots: its codes, and how a message becomes a call."""

    codes: Codes
    tell: Callable[[Settings, Message, datetime], Call]


class Robot:
    """A channel to one group."""

    def __init__(self, settings: Settings, client: guarded.Client, clock: Clock) -> None:
        self._settings = settings
        self._client = client
        self._clock = clock

    async def send(self, message: Message) -> Answer:
        """Tell the group; what is addressed to somebody is not for it (R79)."""
        if message.to:
            return Answer("never", "addressed")
        dialect = DIALECTS[self._settings.provider]
        return await settled(self._answer(dialect, message))

    async def check(self) -> Answer:
        """Only whether the address can be one: whatever a robot is asked, the group hears."""
        try:
            guarded.read(self._settings.url, range(1, 65_536))
        except guarded.NoReply as failure:
            return failure.answer()
        return Answer("sent", "unasked")

    async def close(self) -> None:
        """End what is open."""
        await self._client.close()

    async def _answer(self, dialect: Dialect, message: Message) -> Answer:
        asked = dialect.tell(self._settings, message, self._clock.now())
        return dialect.codes.answer(await call(self._client, asked), self._secrets())

    def _secrets(self) -> tuple[str, ...]:
        parts = urlsplit(self._settings.url)
        keys = (value for _, value in parse_qsl(parts.query))
        return (self._settings.secret, self._settings.url, parts.path.rpartition("/")[2], *keys)


def _wecom(settings: Settings, message: Message, _now: datetime) -> Call:
    end = "\n" + message.link
    text = cut(_text(message), WECOM_BYTES - len(end.encode())) + end
    return Call(settings.url, body={"msgtype": "text", "text": {"content": text}})


def _dingtalk(settings: Settings, message: Message, now: datetime) -> Call:
    link = {
        "title": cut(one_line(message.title), DINGTALK_TITLE_CHARACTERS, len),
        "text": cut("\n".join(map(one_line, message.lines)), DINGTALK_TEXT_CHARACTERS, len),
        "messageUrl": message.link,
    }
    query = {}
    if settings.secret:
        timestamp = str(int(now.timestamp() * 1000))
        query = {
            "timestamp": timestamp,
            "sign": _mac(settings.secret, f"{timestamp}\n{settings.secret}"),
        }
    return Call(settings.url, query, body={"msgtype": "link", "link": link})


def _feishu(settings: Settings, message: Message, now: datetime) -> Call:
    body: dict[str, Any] = {"msg_type": "post", "content": {"post": post(message)}}
    if settings.secret:
        timestamp = str(int(now.timestamp()))
        # unlike DingTalk: the text to sign is the key, and nothing is signed by it
        body |= {"timestamp": timestamp, "sign": _mac(f"{timestamp}\n{settings.secret}", "")}
    return Call(settings.url, body=body)


def _text(message: Message) -> str:
    return "\n".join(map(one_line, (message.title, *message.lines)))


def _mac(key: str, text: str) -> str:
    return base64.b64encode(hmac.digest(key.encode(), text.encode(), hashlib.sha256)).decode()


DIALECTS = {
    "wecom": Dialect(
        Codes(
            name="errcode",
            words="errmsg",
            causes=causes(
                (BUSY, (-1,)),
                (SILENT, (45009, 45033)),
                (UNFIT, (40008, 40033, 40058, 44004, 45002, 47001)),
                (REFUSED, (93000, 93004, 93008)),  # robot unknown, switched off, not of the group
            ),
        ),
        _wecom,
    ),
    "dingtalk": Dialect(
        Codes(
            name="errcode",
            words="errmsg",
            causes=causes(
                (BUSY, (-1,)),
                (SILENT, (130101, 410100)),
                (UNFIT, (40035, 400105, 430101, 430102, 430103, 430104, 460101)),
                # group gone, robot unknown or switched off, and what 310000 is for: signature, word, address
                (REFUSED, (300001, 300005, 310000, 400013, 400101, 400102)),
            ),
        ),
        _dingtalk,
    ),
    "feishu": Dialect(
        Codes(
            name="code",
            words="msg",
            causes=causes(
                (SILENT, (9499, 11232, 99991400)),
                (UNFIT, (19002,)),
                # robot unknown or switched off, signature, our machine's address, a word that is missing
                (REFUSED, (19001, 19007, 19021, 19022, 19024)),
            ),
        ),
        _feishu,
    ),
}
