"""People at the front door of a running installation: what they do, what they read, what is refused them."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx

PASSWORD = "denggao-example"
TOKEN_SECONDS = 200  # well below the five minutes that a token lasts
Answer = dict[str, Any]


@dataclass
class FrontDoor:
    """The one address; `latest` is where the last act lies, which the next reader waits for."""

    url: str
    latest: str | None = None
    transport: httpx.BaseTransport | None = None  # where there is no front, and the client finds the services
    http: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        self.http = httpx.Client(base_url=self.url, timeout=30, trust_env=False, transport=self.transport)

    def close(self) -> None:
        """No more requests."""
        self.http.close()


class Someone:
    """A person with a sign-in name; signs in when needed."""

    def __init__(self, door: FrontDoor, login: str, person: str = "") -> None:
        self.door = door
        self.login = login
        self.id = person
        self._token: str | None = None
        self._since = 0.0

    def signs_in(self, first: str = "") -> Answer:
        """What signing in answers; a `first` password that somebody gave is replaced at once."""
        body = {"login": self.login, "password": PASSWORD}
        if first:
            body |= {"password": first, "new_password": PASSWORD}
        response = self.door.http.post("/api/projects/session", json=body)
        assert response.status_code == 200, response.text
        answer: Answer = response.json()
        self._token, self._since = answer["access_token"], time.monotonic()
        return answer

    def headers(self) -> dict[str, str]:
        """Those that prove who it is."""
        if self._token is None or time.monotonic() - self._since > TOKEN_SECONDS:
            self.signs_in()
        return {"Authorization": f"Bearer {self._token}"}

    def posts(
        self, path: str, body: Answer, *, key: str | None = None, headers: dict[str, str] | None = None
    ) -> httpx.Response:
        """A request below `/api/projects` under a key, and its answer whatever it is."""
        sent = self.headers() | {"Idempotency-Key": key or str(uuid4())} | (headers or {})
        return self.door.http.post(f"/api/projects{path}", json=body, headers=sent)

    def does(self, path: str, /, if_match: str | None = None, **body: Any) -> Answer:
        """An act that is taken; AssertionError with the refusal otherwise."""
        response = self.posts(path, body, headers=_if(if_match))
        assert response.is_success, f"{self.login} {path}: {response.status_code} {response.text}"
        answer: Answer = response.json() if response.content else {}
        self.door.latest = answer.get("position", self.door.latest)
        return answer

    def uploads(self, text: str) -> str:
        """The hash of a file that is kept for seven days, until something names it."""
        headers = self.headers() | {"Content-Type": "text/plain"}
        response = self.door.http.post("/api/projects/files", content=text.encode(), headers=headers)
        assert response.is_success, response.text
        return str(response.json()["sha256"])

    def is_refused(
        self, rule: str, path: str, status: int = 409, /, if_match: str | None = None, **body: Any
    ) -> Answer:
        """An act that this rule refuses; returns the problem."""
        response = self.posts(path, body, headers=_if(if_match))
        problem: Answer = response.json()
        assert (problem.get("code"), response.status_code) == (rule, status), f"{path}: {response.text}"
        assert response.headers["content-type"] == "application/problem+json"
        assert problem["detail"]
        assert problem["advice"]
        return problem

    def gets(self, path: str, **params: Any) -> httpx.Response:
        """A reader's request below `/api` with the latest act visible, and its answer whatever it is."""
        if self.door.latest:
            params = {"wait_for": self.door.latest} | params
        return self.door.http.get(f"/api{path}", params=params, headers=self.headers())

    def reads(self, path: str, **params: Any) -> Answer:
        """What is answered to a reader."""
        response = self.gets(path, **params)
        assert response.status_code == 200, f"{self.login} {path}: {response.status_code} {response.text}"
        answer: Answer = response.json()
        return answer

    def todo(self) -> list[str]:
        """What waits for this person: the rules of the inbox's to-dos, oldest first."""
        entries = self.reads("/notifications/inbox/todo", limit=200)["entries"]
        return [entry["rule"] for entry in reversed(entries)]

    def told(self) -> list[str]:
        """What this person was told: the rules of the inbox's copies, oldest first."""
        entries = self.reads("/notifications/inbox/copied", limit=200)["entries"]
        return [entry["rule"] for entry in reversed(entries)]


def _if(etag: str | None) -> dict[str, str]:
    return {"If-Match": etag} if etag else {}
