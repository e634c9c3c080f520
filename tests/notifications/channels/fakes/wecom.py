"""WeCom as its pages say.

https://developer.work.weixin.qq.com/document/path/91039 (gettoken: the same token until it ends), /90236
(message/send: a text card's title of 128 bytes and description of 512 are cut by it; the same request within
`duplicate_check_interval` is shown once; 81013 where no receiver may be told), /90227 (agent/get), /90455
(codes; 40033: no character may be written as \\uxxxx).
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from html.parser import HTMLParser

from tests.notifications.channels.fakes.provider import Fake, Shown, object_of, parts, told
from tests.support.clocks import SetClock
from tests.support.https_server import Asked, Told

CORP, SECRET, AGENT = "wwcorp-77", "wecom-secret-value", 1_000_002
PEOPLE = {"zhangsan", "lisi"}


class FakeWeCom(Fake):
    """A company's tenant with one application."""

    secret = SECRET

    def __init__(self, clock: SetClock) -> None:
        super().__init__(clock)
        self._seen: dict[bytes, datetime] = {}

    def __call__(self, asked: Asked) -> Told:
        path, query = parts(asked)
        match asked.method, path:
            case "GET", "/cgi-bin/gettoken":
                return self._get_token(query)
            case "POST", "/cgi-bin/message/send":
                return self.next.popleft() if self.next else self._send(asked, query)
            case "GET", "/cgi-bin/agent/get":
                known = query.get("agentid") == str(AGENT)
                return self._token(query) or (self._ok() if known else self.refusal(301002, "not allow"))
        return Told(404)

    def _get_token(self, query: dict[str, str]) -> Told:
        if query.get("corpid") != CORP:
            return self.refusal(40013, "invalid corpid")
        if query.get("corpsecret") != self.secret:
            return self.refusal(40001, "invalid credential, hint: [1700000000], from ip: 10.1.2.3")
        token, seconds = self.token()
        return told({"errcode": 0, "errmsg": "ok", "access_token": token, "expires_in": seconds})

    def _token(self, query: dict[str, str]) -> Told | None:
        token = query.get("access_token", "")
        if self.knows(token):
            return None
        return (
            self.refusal(42001, "expired") if token in self.tokens else self.refusal(40014, "invalid token")
        )

    def _send(self, asked: Asked, query: dict[str, str]) -> Told:
        if refused := self._token(query):
            return refused
        if re.search(rb"(?<!\\)(?:\\\\)*\\u", asked.body):
            return self.refusal(40033, "invalid charset")
        if (body := object_of(asked)) is None or body.get("msgtype") != "textcard":
            return self.refusal(40008, "Warning: wrong json format.")
        if body["agentid"] != AGENT:
            return self.refusal(40056, "invalid agentid")
        if self.says_too_much():
            return self.refusal(45009, "api freq out of limit")
        missed = [person for person in body["touser"].split("|") if person not in PEOPLE]
        if len(missed) == len(body["touser"].split("|")):
            return self.refusal(81013, "user & party & tag all invalid")
        card = body["textcard"]
        if not all(card.get(name) for name in ("title", "description", "url")):
            return self.refusal(44004, "empty content")
        if self._shown_already(asked.body, body):
            return self._ok()
        shown = Shown(
            body["touser"], _cut(card["title"], 128), _read(_cut(card["description"], 512)), card["url"]
        )
        self.shown.append(shown)
        return self._ok(invaliduser="|".join(missed))

    def _shown_already(self, request: bytes, body: dict[str, object]) -> bool:
        interval = timedelta(seconds=int(str(body.get("duplicate_check_interval", 1800))))
        assert interval <= timedelta(hours=4), "WeCom checks four hours at most"
        before = self._seen.get(request)
        self._seen[request] = self.clock.now()
        return bool(body.get("enable_duplicate_check") and before and self.clock.now() - before < interval)

    def _ok(self, **more: str) -> Told:
        return told({"errcode": 0, "errmsg": "ok", **more})


def _cut(text: str, most: int) -> str:
    return text.encode()[:most].decode("utf-8", "replace")


class _Reader(HTMLParser):
    """What is read of a description: texts, and a new line for <br>."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: object) -> None:
        assert tag == "br", f"a text card has no <{tag}>"
        self.text += "\n"

    def handle_data(self, data: str) -> None:
        self.text += data


def _read(description: str) -> str:
    reader = _Reader()
    reader.feed(description)
    reader.close()
    return reader.text
