"""Feishu 飞书: a rich text message of a company's own application.

https://open.feishu.cn/document/server-docs/im-v1/message/create (send; `uuid` is its idempotency key),
/server-docs/authentication-management/access-token/tenant_access_token_internal (token),
/server-docs/api-call-guide/generic-error-code, /server-docs/api-call-guide/frequency-control
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from services.notifications.channels import Message
from services.notifications.channels.calling import (
    BUSY,
    LIMITED,
    NOBODY,
    REFUSED,
    UNFIT,
    Account,
    Call,
    Codes,
    causes,
)
from services.notifications.channels.plain import cut, one_line
from shared.sentences import word

TITLE_BYTES = 512
# Of 30 KB that a rich text may have as JSON, in which every quote and backslash is doubled twice.
TEXT_BYTES = 4096
MOST_LINES = 50
LONGEST_KEY = 50
EXPIRED = (99991661, 99991663, 99991664, 99991668, 99991671, 99991677)
CODES = Codes(
    name="code",
    words="msg",
    causes=causes(
        (BUSY, (1500, 2200, 230049)),
        (NOBODY, (230001, 230013, 230029, 230034, 230035, 230038, 230053, 99992351, 99992352, 99992353)),
        (UNFIT, (230022, 230025, 230028, 230099)),
        (LIMITED, (99991400, 230020)),
        # application, secret, token; robot switched off, without the right; our machine's address
        (REFUSED, (*EXPIRED, 10003, 10012, 10013, 10014, 10015, 230006, 230027)),
        (REFUSED, (99991401, 99991662, 99991672, 99991673)),
    ),
)


class Settings(Account, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A company's application; `receive_id_type` says what a person's address here is."""

    app_id: Annotated[str, Meta(min_length=1)]
    app_secret: Annotated[str, Meta(min_length=1)]
    receive_id_type: Literal["user_id", "open_id", "union_id", "email"] = "user_id"
    base_url: str = "https://open.feishu.cn"


@dataclass(frozen=True, slots=True)
class Feishu:
    """Feishu's own ways for `Application`."""

    settings: Settings
    codes = CODES
    expired = frozenset(map(str, EXPIRED))

    def secrets(self) -> tuple[str, ...]:
        """What no answer may repeat."""
        return (self.settings.app_secret, self.settings.app_id)

    def ask_token(self) -> Call:
        """Ask for an access token."""
        body = {"app_id": self.settings.app_id, "app_secret": self.settings.app_secret}
        return Call(self._url("auth/v3/tenant_access_token/internal"), body=body)

    def token_in(self, fields: Mapping[str, Any]) -> tuple[object, object]:
        """The token and how many seconds it lives."""
        return fields.get("tenant_access_token"), fields.get("expire")

    def tell(self, message: Message, token: str) -> Call:
        """Tell one person."""
        return Call(
            self._url("im/v1/messages"),
            {"receive_id_type": self.settings.receive_id_type},
            _signed_in(token),
            {
                "receive_id": message.to,
                "msg_type": "post",
                "content": msgspec.json.encode(post(message)).decode(),  # a text of JSON inside of JSON
                "uuid": key(message.id),
            },
        )

    def look(self, token: str) -> Call:
        """Look at the application's robot, which nobody notices."""
        return Call(self._url("bot/v3/info"), headers=_signed_in(token))

    def _url(self, name: str) -> str:
        return f"{self.settings.base_url.rstrip('/')}/open-apis/{name}"


def post(message: Message) -> dict[str, Any]:
    """The message as rich text, of which every part is a plain text or the link."""
    lines = cut("\n".join(map(one_line, message.lines[:MOST_LINES])), TEXT_BYTES).split("\n")
    link = {"tag": "a", "text": word("chat", "open", message.language), "href": message.link}
    rich = {
        "title": cut(one_line(message.title), TITLE_BYTES),
        "content": [*([{"tag": "text", "text": line}] for line in lines if line), [link]],
    }
    return {"zh_cn" if message.language == "zh-CN" else "en_us": rich}


def key(message_id: str) -> str:
    """The id as Feishu takes it: longer ones by their hash."""
    fits = len(message_id) <= LONGEST_KEY and message_id.isascii() and message_id.isprintable()
    return message_id if fits else hashlib.sha256(message_id.encode()).hexdigest()[:LONGEST_KEY]


def _signed_in(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
