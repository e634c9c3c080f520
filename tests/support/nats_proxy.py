"""A way to nats-server on which messages are lost, repeated, overtaken, or nothing comes through at all."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass

from tests.support.waiting import eventually


@dataclass
class Weather:
    """The chance of each mishap, of every message on its way to a client."""

    lost: float = 0.0
    twice: float = 0.0
    overtaken: float = 0.0
    lost_subjects: tuple[bytes, ...] = ()  # all messages whose subject begins so
    silent: bool = False  # nothing comes through, to neither side, and no connection closes


class NatsProxy:
    """Knows as much of the protocol as it takes to find where a message begins and ends."""

    def __init__(self, port: int, chance: random.Random) -> None:
        self._server = ("127.0.0.1", port)
        self.open: set[asyncio.StreamWriter] = set()
        self.chance = chance
        self.weather = Weather()
        self.mishaps = 0

    def clear_up(self) -> None:
        """All is well again; connections that missed something while it was silent are cut."""
        was_silent, self.weather = self.weather.silent, Weather()
        if was_silent:
            self.cut_all()

    def cut_all(self) -> None:
        """Cut every connection now."""
        for writer in self.open:
            writer.transport.abort()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One client's connection."""
        try:
            server_reader, server_writer = await asyncio.open_connection(*self._server)
        except OSError:
            writer.transport.abort()
            return
        both = {writer, server_writer}
        self.open |= both
        ways = (self._to_server(reader, server_writer), self._to_client(server_reader, writer))
        tasks = [asyncio.create_task(self._until_cut(way, both)) for way in ways]
        await asyncio.gather(*tasks)
        self.open -= both

    async def _until_cut(self, way: Coroutine[None, None, None], both: set[asyncio.StreamWriter]) -> None:
        try:
            await way
        except (OSError, asyncio.IncompleteReadError):
            pass  # the client, the server or the cut ended it
        finally:
            for one in both:
                one.transport.abort()

    async def _to_server(self, client: asyncio.StreamReader, server: asyncio.StreamWriter) -> None:
        while data := await client.read(65536):
            if self.weather.silent:
                self.mishaps += 1
                continue
            server.write(data)
            await server.drain()

    async def _to_client(self, server: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        overtaken = b""
        while line := await server.readline():
            if not line.startswith((b"MSG ", b"HMSG ")):
                frames = [line]
            else:
                message = line + await server.readexactly(int(line.split()[-1]) + 2)
                frames, overtaken = self._meddled(line.split()[1], message, overtaken)
            if self.weather.silent:
                self.mishaps += 1
                continue
            client.writelines(frames)
            await client.drain()

    def _meddled(self, subject: bytes, message: bytes, overtaken: bytes) -> tuple[list[bytes], bytes]:
        """What goes on to the client instead of this message, and what waits for the next one."""
        weather, draw = self.weather, self.chance.random
        if subject.startswith(weather.lost_subjects) or draw() < weather.lost:
            frames = []
        elif draw() < weather.twice:
            frames = [message, message]
        elif not overtaken and draw() < weather.overtaken:
            self.mishaps += 1
            return [], message
        else:
            return [message, overtaken], b""
        self.mishaps += 1
        return [*frames, overtaken], b""


@asynccontextmanager
async def nats_proxy(port: int, chance: random.Random) -> AsyncIterator[tuple[NatsProxy, str]]:
    """A proxy in front of the server at that port, and the URL that goes through it."""
    proxy = NatsProxy(port, chance)
    listener = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    yield proxy, f"nats://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    listener.close()
    proxy.cut_all()
    await eventually(lambda: not proxy.open, "all connections are cut")
