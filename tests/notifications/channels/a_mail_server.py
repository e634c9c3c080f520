"""Real mail servers on this machine: one keeps what it gets, one says what a test has written down."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, Literal

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

USER, PASSWORD = "denggao", "geheim-口令"


class MailServer:
    """What a test sees of a server, and what it has it say."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.raw: list[bytes] = []
        self.senders: list[str | None] = []
        self.recipients: list[list[str]] = []
        self.talks: list[SMTP] = []
        self.recipient_says: Mapping[str, str] = {}
        self.data_says = "250 OK, kept"
        self.sender_says = "250 OK"
        self.port = 0
        self.away = False  # nobody is let in
        self.answers = asyncio.Event()  # what it kept it says only then
        self.answers.set()

    @property
    def connections(self) -> int:
        """How many there have been."""
        return len(self.talks)

    @property
    def open(self) -> int:
        """How many are not ended, by whichever side."""
        return sum(talk.transport is not None and not talk.transport.is_closing() for talk in self.talks)

    def hang_up(self) -> None:
        """Go without a word."""
        for talk in self.talks:
            if isinstance(talk.transport, asyncio.WriteTransport):
                talk.transport.abort()

    async def handle_MAIL(  # noqa: N802 - as the library calls it
        self, _server: SMTP, _session: Session, envelope: Envelope, sender: str, options: list[str]
    ) -> str:
        envelope.mail_from = sender
        envelope.mail_options.extend(options)
        return self.sender_says

    async def handle_RCPT(  # noqa: N802 - as the library calls it
        self, _server: SMTP, _session: Session, envelope: Envelope, recipient: str, _options: list[str]
    ) -> str:
        said = self.recipient_says.get(recipient, "250 OK")
        if said.startswith("250"):
            envelope.rcpt_tos.append(recipient)
        return said

    async def handle_DATA(  # noqa: N802 - as the library calls it
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        if self.data_says.startswith("250"):
            content = envelope.content
            assert isinstance(content, bytes)
            read = message_from_bytes(content, _class=EmailMessage, policy=policy.SMTPUTF8)
            self.raw.append(content)
            self.mails.append(read)
            self.senders.append(envelope.mail_from)
            self.recipients.append(list(envelope.rcpt_tos))
        await self.answers.wait()
        return self.data_says

    def knows(self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        known = isinstance(data, LoginPassword) and data == LoginPassword(USER.encode(), PASSWORD.encode())
        return AuthResult(success=known, handled=False)


class Away(asyncio.Protocol):
    """Hangs up at once."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        transport.abort()


@asynccontextmanager
async def mail_server(
    tls: ssl.SSLContext | None, way: Literal["starttls", "implicit", "none"] = "starttls"
) -> AsyncIterator[MailServer]:
    """Listens on a free port of this machine until left."""
    server = MailServer()

    def protocol() -> asyncio.Protocol:
        if server.away:
            return Away()
        talk = SMTP(
            server,
            hostname="mail.example",
            enable_SMTPUTF8=True,
            tls_context=tls if way == "starttls" else None,
            require_starttls=way == "starttls",
            auth_require_tls=way == "starttls",
            authenticator=server.knows,
            loop=asyncio.get_running_loop(),
        )
        server.talks.append(talk)
        return talk

    implicit = tls if way == "implicit" else None
    listening = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0, ssl=implicit)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()


@asynccontextmanager
async def scripted(*answers: bytes | None, hold: bool = False) -> AsyncIterator[tuple[int, list[bytes]]]:
    """Says one answer for each line that it hears, the first unasked, None for nothing; then goes, or holds.

    Gives its port and what it heard.
    """
    heard: list[bytes] = []
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await _say(reader, writer, answers, heard)
            if hold:
                await reader.read()
        except (ConnectionError, asyncio.CancelledError):
            return  # the client went, or the test is over
        finally:
            writer.transport.abort()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield listening.sockets[0].getsockname()[1], heard
    finally:
        listening.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks)


async def _say(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    answers: Sequence[bytes | None],
    heard: list[bytes],
) -> None:
    for nth, answer in enumerate(answers):
        if nth:
            line = await reader.readline()
            heard.append(line)
            if not line:
                return
        if answer is not None:
            writer.write(answer)
            await writer.drain()
