"""Connections to a mail server: encrypted, signed in, used again while mail goes out, and then closed."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Literal

from aiosmtplib import SMTP, SMTPException, SMTPRecipientsRefused, SMTPResponseException

from services.notifications.channels.addresses import Reach

CONNECTIONS = 4  # mails that go out side by side; more of them servers take for an attack
IDLE_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Server:
    """Where a server is and who we are there."""

    host: str
    port: int
    tls: Literal["starttls", "implicit", "none"]
    user: str
    password: str
    greeting: str  # the name that we give as ours
    authorities: str | None  # PEM, beside those that the machine trusts


class NotEncrypted(SMTPException):
    """The server offers no encryption."""


class NoSignIn(SMTPException):
    """The server offers no way to sign in."""


class Connections:
    """Those to one server."""

    def __init__(self, server: Server, reach: Reach, seconds: float, idle_seconds: float) -> None:
        self._server = server
        self._reach = reach
        self._seconds = seconds
        self._idle_seconds = idle_seconds
        self._free = asyncio.Semaphore(CONNECTIONS)
        self._idle: list[SMTP] = []
        self._closing: asyncio.TimerHandle | None = None

    @asynccontextmanager
    async def one(self) -> AsyncIterator[SMTP]:
        """A connection that is ready for a mail; any error of network or server may come out of it."""
        async with self._free:
            smtp = await self._used_before() or await self._new()
            sound = False
            try:
                yield smtp
                sound = True
            except (SMTPResponseException, SMTPRecipientsRefused):
                sound = True  # it refused something, and knows that we know
                raise
            finally:
                self._back(smtp, sound)

    async def close(self) -> None:
        """Say goodbye on all that are open."""
        if self._closing is not None:
            self._closing.cancel()
        while self._idle:
            smtp = self._idle.pop()
            with contextlib.suppress(SMTPException, OSError, TimeoutError):
                await smtp.quit(timeout=1.0)
            _end(smtp)

    async def _used_before(self) -> SMTP | None:
        while self._idle:
            smtp = self._idle.pop()
            try:
                await smtp.rset(timeout=1.0)  # the server may have gone without our seeing it
            except (SMTPException, OSError, TimeoutError):
                _end(smtp)
            except BaseException:
                _end(smtp)
                raise
            else:
                return smtp
        return None

    async def _new(self) -> SMTP:
        server = self._server
        smtp = SMTP(
            hostname=server.host,
            sock=await self._socket(),
            local_hostname=server.greeting,
            timeout=self._seconds,
            use_tls=server.tls == "implicit",
            start_tls=False,
            tls_context=None if server.tls == "none" else _trust(server.authorities),
        )
        await smtp.connect()
        try:
            await self._introduced(smtp)
        except BaseException:
            _end(smtp)
            raise
        return smtp

    async def _socket(self) -> socket.socket:
        host, port = self._server.host, self._server.port
        *others, last = await self._reach.of(host, port)
        for address in others:
            with contextlib.suppress(OSError):  # a TimeoutError is one
                async with asyncio.timeout(1.0):
                    return await _connected(address, port)
        return await _connected(last, port)

    async def _introduced(self, smtp: SMTP) -> None:
        server = self._server
        await smtp.ehlo()
        if server.tls == "starttls":
            # left out by who listens in between, it would have everything
            if not smtp.supports_extension("starttls"):
                raise NotEncrypted("it does not encrypt")
            await smtp.starttls()
            await smtp.ehlo()
        if server.user:
            # each once: what tries every way with a wrong password soon has its account locked
            if "plain" in smtp.server_auth_methods:
                await smtp.auth_plain(server.user, server.password)
            elif "login" in smtp.server_auth_methods:
                await smtp.auth_login(server.user, server.password)
            else:
                raise NoSignIn("it takes no passwords")

    def _back(self, smtp: SMTP, sound: bool) -> None:
        if not (sound and smtp.is_connected):
            _end(smtp)
            return
        self._idle.append(smtp)
        if self._closing is not None:
            self._closing.cancel()
        self._closing = asyncio.get_running_loop().call_later(self._idle_seconds, self._end_idle)

    def _end_idle(self) -> None:
        while self._idle:
            _end(self._idle.pop())


async def _connected(address: str, port: int) -> socket.socket:
    connecting = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
    connecting.setblocking(False)
    try:
        await asyncio.get_running_loop().sock_connect(connecting, (address, port))
    except BaseException:
        connecting.close()
        raise
    return connecting


def _end(smtp: SMTP) -> None:
    # at once: closing would wait for a server that no longer answers
    if isinstance(smtp.transport, asyncio.WriteTransport):
        smtp.transport.abort()
    smtp.close()


def _trust(authorities: str | None) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if authorities is not None:
        context.load_verify_locations(cadata=authorities)
    return context
