"""WeCom 企业微信: a text card of a company's own application.

https://developer.work.weixin.qq.com/document/path/90236 (send), /91039 (token), /90455 (codes), /90227 (look)
"""

from __future__ import annotations

import html
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
from services.notifications.channels.plain import ELLIPSIS, cut, in_bytes, one_line
from shared.sentences import word

TITLE_BYTES = 128
DESCRIPTION_BYTES = 512
# The same request within it is shown once. Four hours are the most that WeCom takes.
DUPLICATES_SECONDS = 14_400
CODES = Codes(
    name="errcode",
    words="errmsg",
    causes=causes(
        (BUSY, (-1, 6000)),
        (NOBODY, (40003, 40031, 43004, 60111, 60112, 81013, 82001)),
        (UNFIT, (40008, 40033, 40058, 44004, 45002, 47001)),
        (LIMITED, (45009, 45011, 45033)),
        # secret, corporation, token, agent; application off, without the right; our machine's address
        (REFUSED, (40001, 40013, 40014, 40056, 40091, 41001, 42001, 48002, 50003, 60020, 301002)),
    ),
    left_out=("invaliduser", "unlicenseduser"),
)


class Settings(Account, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A company's application; `base_url` is another one where WeCom runs in its own house."""

    corp_id: Annotated[str, Meta(min_length=1)]
    agent_id: int
    secret: Annotated[str, Meta(min_length=1)]
    base_url: str = "https://qyapi.weixin.qq.com"


@dataclass(frozen=True, slots=True)
class WeCom:
    """WeCom's own ways for `Application`."""

    settings: Settings
    codes = CODES
    expired = frozenset({"40014", "42001"})

    def secrets(self) -> tuple[str, ...]:
        """What no answer may repeat."""
        return (self.settings.secret, self.settings.corp_id)

    def ask_token(self) -> Call:
        """Ask for an access token; WeCom takes the secret in the address alone."""
        return self._call("gettoken", {"corpid": self.settings.corp_id, "corpsecret": self.settings.secret})

    def token_in(self, fields: Mapping[str, Any]) -> tuple[object, object]:
        """The token and how many seconds it lives."""
        return fields.get("access_token"), fields.get("expires_in")

    def tell(self, message: Message, token: str) -> Call:
        """Tell one person."""
        body = {
            "touser": message.to,
            "msgtype": "textcard",
            "agentid": self.settings.agent_id,
            "textcard": {
                "title": cut(one_line(message.title), TITLE_BYTES) or ELLIPSIS,
                "description": description(message.lines),
                "url": message.link,
                "btntxt": word("chat", "open", message.language),
            },
            "enable_duplicate_check": 1,
            "duplicate_check_interval": DUPLICATES_SECONDS,
        }
        return self._call("message/send", {"access_token": token}, body)

    def look(self, token: str) -> Call:
        """Look at the application, which nobody notices."""
        return self._call("agent/get", {"access_token": token, "agentid": str(self.settings.agent_id)})

    def _call(self, name: str, query: Mapping[str, str], body: Mapping[str, Any] | None = None) -> Call:
        return Call(f"{self.settings.base_url.rstrip('/')}/cgi-bin/{name}", query, body=body)


def description(lines: tuple[str, ...]) -> str:
    """The lines in the HTML that a text card takes, in at most 512 bytes and no entity cut in two."""
    text = cut("\n".join(map(one_line, lines)), DESCRIPTION_BYTES, lambda part: in_bytes(_marked_up(part)))
    return _marked_up(text) or ELLIPSIS


def _marked_up(text: str) -> str:
    return html.escape(text, quote=False).replace("\n", "<br>")
