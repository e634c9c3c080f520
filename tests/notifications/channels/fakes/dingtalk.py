"""DingTalk as its pages say.

https://open.dingtalk.com/document/orgapp/obtain-orgapp-token (gettoken: the same token until it ends),
/orgapp/asynchronous-sending-of-enterprise-session-messages (asyncsend_v2: the same content of an application
is shown to a person once a day, and it is not said that it was left out),
/orgapp/message-types-and-data-format (oa), /orgapp/server-api-error-codes-1 (88, the true code in sub_code).
"""

from __future__ import annotations

import json
from typing import Any

from tests.notifications.channels.fakes.provider import Fake, Shown, object_of, parts, told
from tests.support.clocks import SetClock
from tests.support.https_server import Asked, Told

KEY, SECRET, AGENT = "dingkey-88", "dingtalk-secret-value", 246_810
PEOPLE = {"zhangsan", "lisi"}


class FakeDingTalk(Fake):
    """A company's organisation with one application."""

    secret = SECRET

    def __init__(self, clock: SetClock) -> None:
        super().__init__(clock)
        self._seen: set[tuple[str, str, str]] = set()

    def __call__(self, asked: Asked) -> Told:
        path, query = parts(asked)
        match asked.method, path:
            case "GET", "/gettoken":
                return self._get_token(query)
            case "POST", "/topapi/message/corpconversation/asyncsend_v2":
                return self.next.popleft() if self.next else self._send(asked, query)
        return Told(404)

    def wrapped(self, sub_code: str, words: str) -> Told:
        """A refusal of the gate in front of the interfaces."""
        said = f"ding talk error[subcode={sub_code},submsg={words}]"
        return told({"errcode": 88, "sub_code": sub_code, "sub_msg": words, "errmsg": said})

    def _get_token(self, query: dict[str, str]) -> Told:
        if (query.get("appkey"), query.get("appsecret")) != (KEY, self.secret):
            return self.refusal(40089, "不合法的corpid或corpsecret")
        token, seconds = self.token()
        return told({"errcode": 0, "errmsg": "ok", "access_token": token, "expires_in": seconds})

    def _send(self, asked: Asked, query: dict[str, str]) -> Told:
        if not self.knows(query.get("access_token", "")):
            return self.wrapped("40014", "不合法的access_token")
        if self.says_too_much():
            return self.wrapped("90018", "请求被流控")
        if (body := object_of(asked)) is None or body["msg"].get("msgtype") != "oa":
            return self.refusal(34014, "会话消息的json结构无效或不完整")
        if body["agent_id"] != AGENT:
            return self.refusal(40056, "不合法的agentid")
        people = body["userid_list"].split(",")
        if not set(people) <= PEOPLE:
            return self.refusal(33012, "无效的USERID")
        for person in people:
            self._show(person, body["msg"]["oa"])
        return told({"errcode": 0, "errmsg": "ok", "task_id": 256_271_667_526, "request_id": "4jzllmte0wau"})

    def _show(self, person: str, oa: dict[str, Any]) -> None:
        assert len(oa["head"]["bgcolor"]) == 8
        assert 0 < len(oa["head"]["text"]) <= 10
        once = (person, self.clock.now().date().isoformat(), json.dumps(oa))
        if once not in self._seen:
            self._seen.add(once)
            title, content = oa["body"]["title"][:50], oa["body"]["content"][:500]
            self.shown.append(Shown(person, title, content, oa["message_url"]))
