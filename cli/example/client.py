"""Sends the posts over HTTP: signed in as whoever acts, repeated with the same key until answered."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx

from cli.example.founding import FIRST_PASSWORD, PASSWORD
from cli.example.group import Person
from cli.example.posts import Post, plain
from cli.example.progress import Progress

AT_ONCE = 32
SIGN_INS_AT_ONCE = 4  # the service hashes two passwords at a time
PATIENCE_SECONDS = 90.0  # for a service that restarts
POLL_SECONDS = 0.06
TOKEN_SECONDS = 240.0  # of the five minutes that it lives
NOT_NOW = frozenset({429, 502, 503, 504})
DONE_BEFORE = frozenset({"LoginTaken"})  # what has no stream of its own says so when it is asked again


class Stopped(Exception):
    """Why the example cannot go on; the text is the one sentence."""


@dataclass
class _SignedIn:
    token: str
    refresh: str
    since: float


@dataclass
class Client:
    """The example's side of the API at `url`, for instance http://localhost:8080."""

    url: str
    seed: str
    progress: Progress
    heads: dict[str, int] = field(default_factory=dict)  # by ledger: the highest position told so far
    _idle: list[httpx.AsyncClient] = field(default_factory=list)
    _versions: dict[str, int] = field(default_factory=dict)
    _new: set[str] = field(default_factory=set)  # sign-in names whose first password is to be replaced
    _signed_in: dict[str, _SignedIn] = field(default_factory=dict)
    _signing_in: dict[str, asyncio.Lock] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """No connection yet."""
        self._tls = ssl.create_default_context()
        self._hands = asyncio.Semaphore(AT_ONCE)
        self._doors = asyncio.Semaphore(SIGN_INS_AT_ONCE)

    async def close(self) -> None:
        """No more requests."""
        for http in self._idle:
            await http.aclose()

    async def found(self, founder: Person, body: Mapping[str, Any], at: datetime, key: str) -> None:
        """Found the group; one that an earlier run of the same example has founded is gone on with."""
        headers = {"Idempotency-Key": key, "Denggao-At": at.isoformat()}
        answer = await self._patiently("POST", "/founding", headers, body)
        if _code(answer) == "FoundedAlready":
            try:
                await self._token(founder)
            except Stopped:
                raise Stopped(
                    f"Another group is founded at {self.url}; the example needs an empty installation."
                ) from None
        elif answer.is_error and _code(answer) not in DONE_BEFORE:
            raise Stopped(f"The group could not be founded: {_sentence(answer)}")

    async def send_all(self, posts: Sequence[Post], reader: Person) -> None:
        """What goes side by side; returns when all that follows by itself has happened too."""
        try:
            async with asyncio.TaskGroup() as group:
                for post in posts:
                    group.create_task(self._send(post, reader))
        except* Stopped as stopped:
            first = stopped.exceptions[0]
        else:
            return
        raise first

    async def read(self, who: Person, path: str, **query: str | int) -> Any:
        """An answer of the API as somebody sees it."""
        answer = await self._as(who, "GET", path, {}, query=query)
        if answer.is_error:
            raise Stopped(f"GET {path} was refused: {_sentence(answer)}")
        return answer.json()

    async def count(self, who: Person, state: str) -> int:
        """How many projects are in a state, page by page, once the lists hold all that was done."""
        for ledger, position in self.heads.items():
            await self.read(who, "/projects", limit=1, wait_for=f"{ledger}:{position}")
        found, after = 0, ""
        while True:
            place = {"after": after} if after else {}
            page = await self.read(who, "/projects", state=state, limit=200, **place)
            found += len(page["projects"])
            if not (after := page["next"] or ""):
                return found

    async def meet(self, who: Person) -> None:
        """Sign somebody in once: so that no visitor is asked for a new password."""
        await self._token(who)

    async def _send(self, post: Post, reader: Person) -> None:
        async with self._hands:
            headers = {"Idempotency-Key": post.key(self.seed), "Denggao-At": post.at.isoformat()}
            if post.file:
                await self._upload(post)
            answer = await self._as(post.who, "POST", post.path, headers, plain(dict(post.body)))
        if answer.is_error and _code(answer) not in DONE_BEFORE:
            raise Stopped(
                f"{post.label}: {post.who.login} was refused {post.path} on {post.day}: {_sentence(answer)}"
            )
        self.progress.count(post.day)
        taken = {} if answer.is_error else answer.json()
        if taken.get("password"):  # an account whose holder has not been here yet
            self._new.add(taken["login"])
        if "position" in taken:
            self._learn(post, taken)
        for project in post.decides:
            await self._moved_on(project, reader, repeated=taken.get("repeated", False))

    async def _upload(self, post: Post) -> None:
        headers = {"Content-Type": "text/plain", "Denggao-At": post.at.isoformat()}
        answer = await self._as(post.who, "POST", "/files", headers, post.file.encode())
        if answer.is_error:
            raise Stopped(f"{post.label}: the file was refused: {_sentence(answer)}")

    def _learn(self, post: Post, taken: Mapping[str, Any]) -> None:
        ledger, _, position = taken["position"].rpartition(":")
        self.heads[ledger] = max(self.heads.get(ledger, 0), int(position))
        self._versions[post.stream] = taken["version"]
        recorded = datetime.fromisoformat(taken["recorded_at"])
        if not taken["repeated"] and abs(recorded - post.at) > timedelta(days=1):
            raise Stopped(
                "The services do not follow the example's clock. "
                "Start them with ./denggao up and an empty data directory, which fills it by itself."
            )

    async def _moved_on(self, project: str, reader: Person, *, repeated: bool) -> None:
        """Until a meeting's decision stands in the project.

        Of a repeated meeting's decision only this is known: it is one event at least. What the project
        shows may be the end of the run that was cut short.
        """
        known = self._versions.get(project, 0)
        give_up = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < give_up:
            answer = await self._as(reader, "GET", f"/projects/{project}", {})
            version = int(answer.headers.get("etag", "0").strip('"'))
            if not answer.is_error and version > known:
                self._versions[project] = known + 1 if repeated else version
                return
            await asyncio.sleep(POLL_SECONDS)
        raise Stopped(f"A meeting's decision on project {project} did not arrive.")

    @contextmanager
    def _connection(self) -> Iterator[httpx.AsyncClient]:
        """One for this request alone: a pool looks at all its connections for every request."""
        http = self._idle.pop() if self._idle else self._opened()
        try:
            yield http
        finally:
            self._idle.append(http)

    def _opened(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            base_url=f"{self.url.rstrip('/')}/api/projects",
            verify=self._tls,  # one for all: to make one takes longer than many requests
            timeout=30,
            trust_env=False,
            headers={"Accept-Encoding": "identity", "Accept-Language": "en"},
        )

    # -- signed in ------------------------------------------------------------------------------

    async def _as(
        self,
        who: Person,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: Any = None,
        query: Mapping[str, str | int] | None = None,
    ) -> httpx.Response:
        signed = {**headers, "Authorization": f"Bearer {await self._token(who)}"}
        answer = await self._patiently(method, path, signed, body, query)
        if answer.status_code == 401:
            self._signed_in.pop(who.login, None)
            signed["Authorization"] = f"Bearer {await self._token(who)}"
            answer = await self._patiently(method, path, signed, body, query)
        return answer

    async def _token(self, who: Person) -> str:
        async with self._signing_in.setdefault(who.login, asyncio.Lock()):
            known = self._signed_in.get(who.login)
            if known is None or time.monotonic() - known.since > TOKEN_SECONDS:
                async with self._doors:
                    known = await self._sign_in(who, known.refresh if known else "")
                self._signed_in[who.login] = known
            return known.token

    async def _sign_in(self, who: Person, refresh: str) -> _SignedIn:
        """By the refresh token while it is good, which costs no hashing; else by password."""
        if refresh:
            cookie = {"Cookie": f"denggao_refresh={refresh}"}
            answer = await self._patiently("POST", "/session/refresh", cookie)
            if not answer.is_error:
                return _session(answer, refresh)
        body = {"login": who.login, "password": PASSWORD}
        if who.login in self._new:
            body |= {"password": FIRST_PASSWORD, "new_password": PASSWORD}
        answer = await self._patiently("POST", "/session", {}, body)
        if _code(answer) == "WrongLoginOrPassword" and who.login in self._new:  # only the answer was lost
            answer = await self._patiently("POST", "/session", {}, {"login": who.login, "password": PASSWORD})
        self._new.discard(who.login)
        if answer.is_error:
            raise Stopped(f"{who.login} could not sign in: {_sentence(answer)}")
        return _session(answer, "")

    async def _patiently(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: Any = None,
        query: Mapping[str, str | int] | None = None,
    ) -> httpx.Response:
        """Ask again, with the same key, while the service is away."""
        give_up, pause = time.monotonic() + PATIENCE_SECONDS, 0.1
        while True:
            try:
                sent: dict[str, Any] = {"content": body} if isinstance(body, bytes) else {"json": body}
                with self._connection() as http:
                    answer = await http.request(
                        method, path, headers=dict(headers), params=dict(query or {}), **sent
                    )
                    http.cookies.clear()  # each person's is kept apart
                if answer.status_code not in NOT_NOW:
                    return answer
                reason = f"it answers {answer.status_code}"
            except httpx.TransportError as error:
                reason = type(error).__name__
            if time.monotonic() > give_up:
                raise Stopped(f"{self.url} cannot be reached ({reason}). Is ./denggao up running?")
            await asyncio.sleep(pause)
            pause = min(pause * 2, 3.0)


def _session(answer: httpx.Response, refresh: str) -> _SignedIn:
    renewed = answer.cookies.get("denggao_refresh") or refresh
    return _SignedIn(answer.json()["access_token"], renewed, time.monotonic())


def _code(answer: httpx.Response) -> str:
    try:
        return str(answer.json().get("code", ""))
    except ValueError:
        return ""


def _sentence(answer: httpx.Response) -> str:
    try:
        told = answer.json()
    except ValueError:
        return f"HTTP {answer.status_code}"
    missing = told.get("missing") or told.get("errors") or ""
    return f"{told.get('code')}: {told.get('detail')} {missing}".strip()
