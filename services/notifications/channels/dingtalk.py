"""DingTalk 钉钉: a work notification of a company's own application.

https://open.dingtalk.com/document/orgapp/asynchronous-sending-of-enterprise-session-messages (send),
/orgapp/obtain-orgapp-token (token), /orgapp/message-types-and-data-format, /orgapp/server-api-error-codes-1

A "0" means that DingTalk took the message, not yet that it was shown. It takes no idempotency key; the same
content of one application is shown to one person once a day, and what it leaves out it does not say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

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
from services.notifications.channels.plain import ELLIPSIS, cut, one_line
from shared.sentences import word

HEAD_CHARACTERS = 10
TITLE_CHARACTERS = 50
CONTENT_CHARACTERS = 500
HEAD_COLOUR = "FF3370A8"  # a quiet blue, alpha first; never red (R79)
EXPIRED = (33001, 40001, 40014, 42001)
CODES = Codes(
    name="errcode",
    words="errmsg",
    causes=causes(
        (BUSY, (-1, 15)),
        (NOBODY, (33012, 40003, 40031, 50002, 60121)),
        (UNFIT, (34014, 34016, 40008, 40035)),
        (LIMITED, range(90001, 90019)),
        # identifiers and secret, agent, permission, our machine's address
        (REFUSED, (*EXPIRED, 40013, 40056, 40089, 41001, 52013, 60011, 60020)),
    ),
    wrapped={"88": "sub_code"},
)


class Settings(Account, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A company's application; `base_url` is another one where DingTalk runs in its own house."""

    app_key: Annotated[str, Meta(min_length=1)]
    app_secret: Annotated[str, Meta(min_length=1)]
    agent_id: int
    base_url: str = "https://oapi.dingtalk.com"


@dataclass(frozen=True, slots=True)
class DingTalk:
    """DingTalk's own ways for `Application`."""

    settings: Settings
    codes = CODES
    expired = frozenset(map(str, EXPIRED))

    def secrets(self) -> tuple[str, ...]:
        """What no answer may repeat."""
        return (self.settings.app_secret, self.settings.app_key)

    def ask_token(self) -> Call:
        """Ask for an access token."""
        return self._call(
            "gettoken", {"appkey": self.settings.app_key, "appsecret": self.settings.app_secret}
        )

    def token_in(self, fields: Mapping[str, Any]) -> tuple[object, object]:
        """The token and how many seconds it lives."""
        return fields.get("access_token"), fields.get("expires_in")

    def tell(self, message: Message, token: str) -> Call:
        """Tell one person: an OA message, whose texts are plain."""
        content = "\n".join(map(one_line, message.lines))
        told = {
            "message_url": message.link,
            "head": {
                "bgcolor": HEAD_COLOUR,
                "text": cut(word("chat", "head", message.language), HEAD_CHARACTERS, len),
            },
            "body": {
                "title": cut(one_line(message.title), TITLE_CHARACTERS, len) or ELLIPSIS,
                "content": cut(content, CONTENT_CHARACTERS, len) or ELLIPSIS,
            },
        }
        body = {
            "agent_id": self.settings.agent_id,
            "userid_list": message.to,
            "msg": {"msgtype": "oa", "oa": told},
        }
        return self._call("topapi/message/corpconversation/asyncsend_v2", {"access_token": token}, body)

    def look(self, token: str) -> None:
        """DingTalk has no call that looks at an application; that it gave a token is what can be known."""

    def _call(self, name: str, query: Mapping[str, str], body: Mapping[str, Any] | None = None) -> Call:
        return Call(f"{self.settings.base_url.rstrip('/')}/{name}", query, body=body)
