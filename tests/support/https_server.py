"""A real HTTPS server of a test: it answers as the test says, and remembers what it was asked."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Asked:
    """One request."""

    method: str
    path: str
    headers: Mapping[str, str]  # names in small letters
    body: bytes


@dataclass(frozen=True)
class Told:
    """One answer; `raw` goes out instead of everything else, as it stands."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    hangs: bool = False  # until the client goes


class HttpsServer:
    """What a test sees of it."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.connections = 0
        self.open: set[asyncio.StreamWriter] = set()
        self.answer: Callable[[Asked], Told] = lambda _asked: Told()
        self.port = 0

    def url(self, path: str = "/", host: str = "localhost") -> str:
        """An address of this server."""
        return f"https://{host}:{self.port}{path}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open.add(writer)
        try:
            while True:
                asked = await _read(reader)
                self.asked.append(asked)
                told = self.answer(asked)
                writer.write(_written(told))
                await writer.drain()
                if told.hangs:
                    await reader.read()
                if told.raw is not None:
                    return
        except (asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
            return  # the client went
        finally:
            self.open.discard(writer)
            writer.close()


@asynccontextmanager
async def https_server(tls: ssl.SSLContext, host: str = "127.0.0.1") -> AsyncIterator[HttpsServer]:
    """Listens on a free port of this machine until left."""
    server = HttpsServer()
    listening = await asyncio.start_server(server._serve, host, 0, ssl=tls)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()
        for writer in list(server.open):
            writer.transport.abort()
        await listening.wait_closed()


async def _read(reader: asyncio.StreamReader) -> Asked:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, path, _ = head[0].split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
    return Asked(method, path, headers, await reader.readexactly(int(headers.get("content-length", 0))))


def _written(told: Told) -> bytes:
    if told.raw is not None:
        return told.raw
    if told.hangs:
        return b""
    headers: dict[str, Any] = {"content-length": len(told.body), **told.headers}
    lines = [f"HTTP/1.1 {told.status} Said", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode() + told.body
