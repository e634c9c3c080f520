"""Feishu as its pages under https://open.feishu.cn/document/server-docs/ say.

authentication-management/access-token/tenant_access_token_internal: a token lives two hours.
im-v1/message/create: `content` is a text of JSON; 30 KB; errors come with HTTP 400; one message for a `uuid`
of at most 50 characters within an hour.
api-call-guide/frequency-control: HTTP 429, 99991400, x-ogw-ratelimit-reset.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from tests.notifications.channels.fakes.provider import Fake, Shown, object_of, parts, told
from tests.support.clocks import SetClock
from tests.support.https_server import Asked, Told

APP, SECRET = "cli_app-99", "feishu-secret-value"
PEOPLE = {"zhangsan", "lisi"}
HOUR = timedelta(hours=1)


class FakeFeishu(Fake):
    """A company's tenant with one application."""

    code = "code"
    words = "msg"
    refused_status = 400

    secret = SECRET

    def __init__(self, clock: SetClock) -> None:
        super().__init__(clock)
        self._keys: dict[tuple[str, str], datetime] = {}

    def __call__(self, asked: Asked) -> Told:
        path, query = parts(asked)
        match asked.method, path:
            case "POST", "/open-apis/auth/v3/tenant_access_token/internal":
                return self._get_token(asked)
            case "POST", "/open-apis/im/v1/messages":
                return self.next.popleft() if self.next else self._send(asked, query)
            case "GET", "/open-apis/bot/v3/info":
                return self._token(asked) or told({"code": 0, "msg": "ok", "bot": {"activate_status": 2}})
        return Told(404)

    def _get_token(self, asked: Asked) -> Told:
        body = object_of(asked) or {}
        if body.get("app_id") != APP:
            return self.refusal(10003, "invalid param")
        if body.get("app_secret") != self.secret:
            return self.refusal(10014, "app secret invalid")
        token, seconds = self.token()
        return told({"code": 0, "msg": "ok", "tenant_access_token": token, "expire": seconds})

    def _token(self, asked: Asked) -> Told | None:
        kind, _, token = asked.headers.get("authorization", "").partition(" ")
        known = kind == "Bearer" and self.knows(token)
        return None if known else self.refusal(99991663, "Invalid access token for authorization.")

    def _send(self, asked: Asked, query: dict[str, str]) -> Told:
        if refused := self._token(asked):
            return refused
        if self.says_too_much():
            limited = {"code": 99991400, "msg": "request trigger frequency limit"}
            return told(
                limited, 429, {"x-ogw-ratelimit-limit": "100", "x-ogw-ratelimit-reset": self.free_in()}
            )
        if len(asked.body) > 30 * 1024:
            return self.refusal(230025, "The length of the message content reaches its limit.")
        body = object_of(asked)
        if body is None or query.get("receive_id_type") != "user_id" or len(body.get("uuid", "")) > 50:
            return self.refusal(230001, "Your request contains an invalid request parameter.")
        if body["receive_id"] not in PEOPLE:
            return self.refusal(230013, "Bot has NO availability to this user.")
        once = (body["receive_id"], body["uuid"])
        if once not in self._keys or self.clock.now() - self._keys[once] >= HOUR:
            self._keys[once] = self.clock.now()
            self.shown.append(read(body["receive_id"], json.loads(body["content"])))
        return told(
            {"code": 0, "msg": "success", "data": {"message_id": "om_dc13264520392913993dd051dba21dcf"}}
        )


def read(to: str, post: dict[str, Any]) -> Shown:
    """What is seen of a rich text."""
    [(language, rich)] = post.items()
    assert language in ("zh_cn", "en_us")
    *lines, [link] = rich["content"]
    assert all(part.keys() == {"tag", "text"} and part["tag"] == "text" for line in lines for part in line)
    assert (link["tag"], bool(link["text"])) == ("a", True)
    text = "\n".join("".join(part["text"] for part in line) for line in lines)
    return Shown(to, rich["title"], text, link["href"])
