"""Clients that repeat a request under its key until it is answered, and remember what was acknowledged."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import httpx

from tests.support.front_door import PASSWORD, Someone

AGAIN_SECONDS = 0.1
AWAY = (429, 502, 503, 504)  # wait a little: too much was asked, or a service or a part of it is away


class GaveUp(Exception):
    """The installation is gone for good, as far as this client knows."""


@dataclass(frozen=True)
class Acknowledged:
    """An act, and what was said of it: it must be there for ever, once."""

    command_id: UUID
    stream: UUID
    ledger: str
    position: int
    version: int


@dataclass
class Insisting:
    """All clients of one test; `key` makes the keys, so that a run is the same for the same seed."""

    url: str
    seed: int
    acknowledged: list[Acknowledged] = field(default_factory=list)
    gives_up: bool = False  # whether a front that is gone is the end
    transport: httpx.AsyncBaseTransport | None = None  # where there is no front
    patience: Callable[[], float] = lambda: 30.0  # seconds until the client hangs up, to ask again
    tokens: dict[str, str] = field(default_factory=dict)  # by sign-in name
    put_off: int = 0  # answers that said: later
    hung_up: int = 0
    _sent: int = 0
    _signing_in: asyncio.Lock = field(default_factory=asyncio.Lock)

    def __post_init__(self) -> None:
        self.http = httpx.AsyncClient(
            base_url=self.url, timeout=30, trust_env=False, transport=self.transport
        )

    async def does(self, person: Someone, path: str, /, **body: Any) -> dict[str, Any]:
        """An act that is acknowledged sooner or later; AssertionError for a refusal."""
        self._sent += 1
        key = f"{self.seed}-{self._sent}"
        answer = await self._insist(person, "POST", f"/api/projects{path}", key=key, json=body)
        ledger, _, position = answer["position"].rpartition(":")
        self.acknowledged.append(
            Acknowledged(
                command_id=uuid5(NAMESPACE_URL, f"urn:denggao:command:{person.id}:{key}"),
                stream=UUID(answer["id"]),
                ledger=ledger.removeprefix("projects/"),
                position=int(position),
                version=answer["version"],
            )
        )
        return answer

    async def sets(self, person: Someone, path: str, /, **body: Any) -> dict[str, Any]:
        """What is posted below `/api` to a service without ledgers, and its answer."""
        self._sent += 1
        return await self._insist(person, "POST", f"/api{path}", key=f"{self.seed}-{self._sent}", json=body)

    async def reads(self, person: Someone, path: str) -> dict[str, Any]:
        """What is answered sooner or later."""
        return await self._insist(person, "GET", f"/api{path}")

    async def page(self, person: Someone, project: str, state: str) -> dict[str, Any]:
        """The project's page once it is in a state."""
        while True:
            page: dict[str, Any] = (await self.reads(person, f"/projects/projects/{project}"))["project"]
            if page["state"] == state:
                return page
            await asyncio.sleep(AGAIN_SECONDS)

    async def _insist(
        self, person: Someone, method: str, path: str, key: str | None = None, **sent: Any
    ) -> dict[str, Any]:
        while True:
            headers = {"Idempotency-Key": key} if key else {}
            try:
                headers["Authorization"] = f"Bearer {await self._token(person)}"
                async with asyncio.timeout(self.patience()):
                    answer = await self.http.request(method, path, headers=headers, **sent)
            except TimeoutError:
                self.hung_up += 1
            except httpx.TransportError as error:
                if self.gives_up:
                    raise GaveUp from error
            else:
                if answer.is_success:
                    found: dict[str, Any] = answer.json()
                    return found
                if answer.status_code == 401:
                    self.tokens.pop(person.login, None)
                elif answer.status_code in AWAY:
                    self.put_off += 1
                elif not (method == "GET" and answer.status_code == 404):
                    raise AssertionError(f"{person.login} {path}: {answer.status_code} {answer.text}")
            await asyncio.sleep(AGAIN_SECONDS)

    async def _token(self, person: Someone) -> str:
        async with self._signing_in:
            while person.login not in self.tokens:
                body = {"login": person.login, "password": PASSWORD}
                signed_in = await self.http.post("/api/projects/session", json=body)
                if signed_in.is_success:
                    self.tokens[person.login] = signed_in.json()["access_token"]
                else:
                    assert signed_in.status_code in AWAY, signed_in.text
                    self.put_off += 1
                    await asyncio.sleep(AGAIN_SECONDS)
        return self.tokens[person.login]
