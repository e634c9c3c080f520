"""A way to PostgreSQL that is cut exactly where it hurts: before, while or after a commit goes through."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal

from sqlalchemy.engine import make_url

from tests.support.waiting import eventually

When = Literal["before", "while", "after", "hold"]
# PostgreSQL's answers once an autocommitted INSERT, or a transaction, is on disk
DONE = (b"INSERT 0 ", b"C\x00\x00\x00\x0bCOMMIT\x00")


class CuttingProxy:
    """Forwards bytes until it sees the marker on the way to the server, then cuts that connection.

    `before`: the server never hears of it. `after`: the server has committed, the client never hears.
    `while`: forwarded and cut at once, so that nobody knows. `hold`: kept back until `let_go` is set.
    """

    def __init__(self, host: str, port: int) -> None:
        self._server = (host, port)
        self._plan: list[tuple[bytes, When]] = []
        self.open: set[asyncio.StreamWriter] = set()
        self.away = False
        self.turned_away = asyncio.Event()
        self.cuts = 0
        self.held_port = 0  # of the client whose bytes are kept back
        self.holds = asyncio.Event()
        self.let_go = asyncio.Event()

    def cut(self, marker: bytes, *when: When) -> None:
        """Cut the next connections on which the marker comes by, each in its way."""
        self._plan = [(marker, one) for one in when]

    def cut_all(self) -> None:
        """Cut every connection now."""
        for writer in self.open:
            writer.transport.abort()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One client's connection."""
        if self.away:
            self.turned_away.set()
            writer.transport.abort()
            return
        try:
            up_reader, up_writer = await asyncio.open_connection(*self._server)
        except OSError:
            writer.transport.abort()
            return
        both = {writer, up_writer}
        self.open |= both
        committing = asyncio.Event()  # from now on the client hears nothing, and the commit's answer cuts
        back = asyncio.create_task(self._back(up_reader, writer, committing))
        try:
            await self._forth(reader, up_writer, committing, writer.get_extra_info("peername")[1])
        except OSError:
            pass  # the client, the server or the cut ended it
        finally:
            for one in both:
                one.transport.abort()
            await back
            self.open -= both

    async def _forth(
        self,
        client: asyncio.StreamReader,
        server: asyncio.StreamWriter,
        committing: asyncio.Event,
        port: int,
    ) -> None:
        before = b""
        while data := await client.read(65536):
            marker = self._plan[0][0] if self._plan else b""
            found = marker and marker in before + data
            before = data[-len(marker) :] if marker else b""
            when: When | None = None
            if found:
                _, when = self._plan.pop(0)
                self.cuts += 1
                if when == "before":
                    return
                if when == "after":
                    committing.set()
                if when == "hold":
                    self.held_port = port
                    self.holds.set()
                    await self.let_go.wait()
            server.write(data)
            await server.drain()
            if when == "while":
                return

    async def _back(
        self, server: asyncio.StreamReader, client: asyncio.StreamWriter, committing: asyncio.Event
    ) -> None:
        try:
            while data := await server.read(65536):
                if not committing.is_set():
                    client.write(data)
                    await client.drain()
                elif any(done in data for done in DONE):
                    break
        except OSError:
            pass  # as above
        client.transport.abort()


@asynccontextmanager
async def cutting_proxy(url: str) -> AsyncIterator[tuple[CuttingProxy, str]]:
    """A proxy in front of the server of that URL, and the URL that goes through it."""
    target = make_url(url)
    assert target.host
    assert target.port
    proxy = CuttingProxy(target.host, target.port)
    listener = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    through = target.set(host="127.0.0.1", port=port).render_as_string(hide_password=False)
    yield proxy, through
    listener.close()
    proxy.let_go.set()
    proxy.cut_all()
    await eventually(lambda: not proxy.open, "all connections are cut")
