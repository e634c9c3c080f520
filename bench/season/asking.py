"""HTTP as the season's people speak it: many connections that stay open, to each of the processes in turn."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from time import monotonic, perf_counter
from typing import Any
from uuid import uuid4

from shared.auth import Signer, load_or_make_key
from shared.domain import PersonId

TOKEN_SECONDS = 200.0  # well below the five minutes that a token lasts
PATIENCE_SECONDS = 120.0  # of somebody who is put off, or whose process has gone
PAUSE_SECONDS = 0.1
CARD = "submit-scorecard"
SESSION = "00000000-0000-4000-8000-000000000001"
HEAD = "{method} {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n"
BODY = "Content-Type: application/json\r\nIdempotency-Key: {key}\r\nContent-Length: {length}\r\n"

Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Refused(Exception):
    """An answer that is no success and would be none if asked again."""

    def __init__(self, asked: str, status: int, body: bytes) -> None:
        super().__init__(f"{asked}: {status} {body.decode(errors='replace')[:500]}")
        told = json.loads(body) if body.startswith(b"{") else {}
        self.code = told.get("code", "")


class People:
    """Anybody of the group, signed in; a command is sent again with its key until it is answered."""

    def __init__(self, key: Path, issuer: str, ports: Sequence[int]) -> None:
        self.ports = list(ports)
        self.acknowledged: dict[str, int] = defaultdict(int)  # commands, by the last word of their path
        self.card_seconds: list[float] = []  # from each card to its answer, however often it was sent
        self.again = 0  # requests that were sent again
        self._signer = Signer(load_or_make_key(key), issuer)
        self._tokens: dict[PersonId, tuple[float, str]] = {}
        self._idle: dict[int, list[Stream]] = defaultdict(list)
        self._turn = count()

    async def does(self, path: str, who: PersonId, **body: Any) -> dict[str, Any]:
        """A command's answer; Refused."""
        began, act = perf_counter(), path.rpartition("/")[2]
        told = await self._asked("POST", path, who, json.dumps(body).encode())
        self.acknowledged[act] += 1
        if act == CARD:
            self.card_seconds.append(perf_counter() - began)
        return told

    async def reads(self, path: str, who: PersonId) -> dict[str, Any]:
        """What somebody may read; Refused."""
        return await self._asked("GET", path, who)

    def close(self) -> None:
        """Hang up."""
        for streams in self._idle.values():
            for _, writer in streams:
                writer.close()

    async def _asked(self, method: str, path: str, who: PersonId, body: bytes = b"") -> dict[str, Any]:
        key, give_up_at = str(uuid4()), monotonic() + PATIENCE_SECONDS
        while True:
            head = HEAD.format(method=method, path=f"/api/evaluation{path}", token=self._token(who))
            if method == "POST":
                head += BODY.format(key=key, length=len(body))
            try:
                status, answer = await self._exchanged(f"{head}\r\n".encode() + body)
            except (OSError, asyncio.IncompleteReadError) as error:
                status, answer = 0, repr(error).encode()
            if status in (200, 201):
                told: dict[str, Any] = json.loads(answer)
                return told
            if status not in (0, 503) or monotonic() > give_up_at:
                raise Refused(f"{method} {path}", status, answer)
            self.again += 1
            await asyncio.sleep(PAUSE_SECONDS)

    async def _exchanged(self, request: bytes) -> tuple[int, bytes]:
        port = self.ports[next(self._turn) % len(self.ports)]
        idle = self._idle[port]
        reader, writer = idle.pop() if idle else await asyncio.open_connection("127.0.0.1", port)
        try:
            writer.write(request)
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            length = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0])
            body = await reader.readexactly(length)
        except BaseException:
            writer.close()
            raise
        if b"connection: close" in head:
            writer.close()
        else:
            idle.append((reader, writer))
        return int(head.split(b" ", 2)[1]), body

    def _token(self, who: PersonId) -> str:
        since, token = self._tokens.get(who, (float("-inf"), ""))
        if monotonic() - since > TOKEN_SECONDS:
            token = self._signer.sign(who, SESSION, datetime.now(UTC))
            self._tokens[who] = (monotonic(), token)
        return token
