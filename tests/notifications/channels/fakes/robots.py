"""The robots of groups as the providers' pages say.

https://developer.work.weixin.qq.com/document/path/91770 (WeCom: 2048 bytes; 20 a minute),
https://open.dingtalk.com/document/orgapp/customize-robot-security-settings (DingTalk: a signature of within
an hour, in the address) and /orgapp/custom-robot-access (20 a minute, else 10 minutes of silence),
https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot (Feishu: the same in the body; 20 KB).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from abc import abstractmethod
from datetime import datetime, timedelta

from tests.notifications.channels.fakes import feishu
from tests.notifications.channels.fakes.provider import Fake, Shown, object_of, parts, told
from tests.support.clocks import SetClock
from tests.support.https_server import Asked, Told

KEY, SECRET = "73febdcb-1b38-key", "SECrobot-secret-value"
HOUR = timedelta(hours=1)
SILENCE = timedelta(minutes=10)


class FakeRobot(Fake):
    """A robot, silent for 10 minutes when it said more than 20 messages in one."""

    path = ""
    too_much = (0, "")

    def __init__(self, clock: SetClock) -> None:
        super().__init__(clock)
        self.per_minute = 20
        self._silent_until: datetime | None = None

    def __call__(self, asked: Asked) -> Told:
        path, query = parts(asked)
        if (asked.method, path) != ("POST", self.path):
            return Told(404)
        if self.next:
            return self.next.popleft()
        if refused := self.refused(asked, query):
            return refused
        silent = self._silent_until is not None and self.clock.now() < self._silent_until
        if silent or self.says_too_much():
            self._silent_until = self._silent_until if silent else self.clock.now() + SILENCE
            return self.refusal(*self.too_much)
        return self.say(asked)

    @abstractmethod
    def refused(self, asked: Asked, query: dict[str, str]) -> Told | None:
        """Why whoever asks is not let in."""

    @abstractmethod
    def say(self, asked: Asked) -> Told:
        """Show it, if it is a message."""

    def near(self, seconds: float) -> bool:
        """Whether a moment is within an hour of now."""
        return abs(self.clock.now().timestamp() - seconds) <= HOUR.total_seconds()


class WeComRobot(FakeRobot):
    """WeCom's: no signature, the key is in the address."""

    path = "/cgi-bin/webhook/send"
    too_much = (45009, "api freq out of limit")

    def refused(self, _asked: Asked, query: dict[str, str]) -> Told | None:
        return None if query.get("key") == KEY else self.refusal(93000, "invalid webhook url")

    def say(self, asked: Asked) -> Told:
        body = object_of(asked) or {}
        text = body.get("text", {}).get("content", "")
        if body.get("msgtype") != "text" or len(text.encode()) > 2048:
            return self.refusal(40058, "text.content exceed max length 2048")
        title, *lines, link = text.split("\n")
        self.shown.append(Shown("", title, "\n".join(lines), link))
        return told({"errcode": 0, "errmsg": "ok"})


class DingTalkRobot(FakeRobot):
    """DingTalk's: what is signed is in the address, in milliseconds."""

    path = "/robot/send"
    too_much = (130101, "send too fast, exceed 20 times per minute")

    def refused(self, _asked: Asked, query: dict[str, str]) -> Told | None:
        if query.get("access_token") != KEY:
            return self.refusal(300001, "token is not exist")
        timestamp = query.get("timestamp", "0")
        if not self.near(int(timestamp) / 1000):
            return self.refusal(310000, "invalid timestamp")
        digest = hmac.new(SECRET.encode(), f"{timestamp}\n{SECRET}".encode(), hashlib.sha256).digest()
        signed = query.get("sign") == base64.b64encode(digest).decode()
        return None if signed else self.refusal(310000, "sign not match")

    def say(self, asked: Asked) -> Told:
        body = object_of(asked) or {}
        if body.get("msgtype") != "link":
            return self.refusal(400105, "不支持的消息类型")
        link = body["link"]
        self.shown.append(Shown("", link["title"][:64], link["text"][:500], link["messageUrl"]))
        return told({"errcode": 0, "errmsg": "ok"})


class FeishuRobot(FakeRobot):
    """Feishu's: what is signed is in the body, in seconds; the text to sign is the key of the signature."""

    code = "code"
    words = "msg"
    path = f"/open-apis/bot/v2/hook/{KEY}"
    too_much = (11232, "frequency limited psm")

    def refused(self, asked: Asked, _query: dict[str, str]) -> Told | None:
        body = object_of(asked) or {}
        timestamp = body.get("timestamp", "0")
        digest = hmac.new(f"{timestamp}\n{SECRET}".encode(), digestmod=hashlib.sha256).digest()
        signed = body.get("sign") == base64.b64encode(digest).decode()
        if signed and self.near(int(timestamp)):
            return None
        return self.refusal(19021, "sign match fail or timestamp is not within one hour from current time")

    def say(self, asked: Asked) -> Told:
        body = object_of(asked) or {}
        if body.get("msg_type") != "post" or len(asked.body) > 20 * 1024:
            return self.refusal(9499, "Bad Request")
        self.shown.append(feishu.read("", body["content"]["post"]))
        return told({"code": 0, "msg": "success", "data": {}})
