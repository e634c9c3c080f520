"""Mail through a company's own server."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterable
from ipaddress import ip_address
from typing import Literal

import msgspec
from aiosmtplib import (
    SMTP,
    SMTPDataError,
    SMTPException,
    SMTPNotSupported,
    SMTPRecipientRefused,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPServerDisconnected,
)

from services.notifications.channels import Answer, Message
from services.notifications.channels.addresses import OutOfReach, Reach
from services.notifications.channels.letter import NoAddress, Sender, address, letter
from services.notifications.channels.said import said
from services.notifications.channels.smtp import IDLE_SECONDS, Connections, NoSignIn, NotEncrypted, Server
from shared.clock import Clock

SECONDS = 4.5  # for the whole of one mail, connecting included


class MailSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A mail server and our account there; `ca` is PEM of authorities beside those the machine trusts."""

    host: str
    sender: str
    sender_name: str = ""
    port: int = 587
    tls: Literal["starttls", "implicit", "none"] = "starttls"
    user: str = ""
    password: str = ""
    ca: str = ""
    unencrypted_elsewhere: bool = False  # with tls "none", also to other machines than this one

    def __post_init__(self) -> None:
        if not address(self.sender).addr_spec.isascii():
            raise ValueError("not every server takes such a sender")
        if not self.host or not self.host.isascii() or not self.host.isprintable() or " " in self.host:
            raise ValueError("a server has a name")
        if not 0 < self.port < 65536:
            raise ValueError("a port is a number up to 65535")
        if bool(self.user) != bool(self.password):
            raise ValueError("an account has a name and a password")
        if self.tls == "none" and not _this_machine(self.host):
            if not self.unencrypted_elsewhere:
                raise ValueError("mail goes to other machines encrypted")
            if self.password:
                raise ValueError("a password goes to other machines encrypted")
        if self.ca:
            try:
                ssl.create_default_context(cadata=self.ca)
            except ssl.SSLError:
                raise ValueError("ca holds certificates in PEM") from None


class Mail:
    """One company's server. A failure of it is `later`, since no message can help it; it is `of_channel`."""

    def __init__(
        self,
        settings: MailSettings,
        notices_url: str,
        clock: Clock,
        reach: Reach,
        *,
        seconds: float = SECONDS,
        idle_seconds: float = IDLE_SECONDS,
    ) -> None:
        """`notices_url`: where people choose which messages they get. `reach`: where servers may stand."""
        sender = address(settings.sender)
        self._sender = Sender(sender, settings.sender_name, notices_url)
        self._clock = clock
        self._seconds = seconds
        self._hidden = (settings.user, settings.password)
        server = Server(
            settings.host,
            settings.port,
            settings.tls,
            settings.user,
            settings.password,
            sender.domain,
            settings.ca or None,
        )
        self._connections = Connections(server, reach, seconds, idle_seconds)

    async def send(self, message: Message) -> Answer:
        """Send once. A mail that a server may or may not have taken is sent again under the same id."""
        try:
            to = address(message.to)
        except NoAddress:
            return Answer("never", "address")
        mail = letter(message, to, self._sender, self._clock.now())
        options = [] if to.addr_spec.isascii() else ["SMTPUTF8"]
        try:
            async with asyncio.timeout(self._seconds), self._connections.one() as smtp:
                _, text = await smtp.sendmail(
                    self._sender.address.addr_spec, to.addr_spec, mail.as_bytes(), mail_options=options
                )
        except (SMTPException, OSError, OutOfReach) as failure:
            return _failed(failure, (*self._hidden, message.to, to.addr_spec, to.username))
        return Answer("sent", "250", said(text, (*self._hidden, message.to, to.username)))

    async def check(self) -> Answer:
        """Whether the server is there, encrypts, takes our account and answers; no mail is sent."""
        try:
            async with asyncio.timeout(self._seconds), self._connections.one() as smtp:
                return await _asked(smtp)
        except (SMTPException, OSError, OutOfReach) as failure:
            return _failed(failure, self._hidden)

    async def close(self) -> None:
        """End what is open."""
        await self._connections.close()


async def _asked(smtp: SMTP) -> Answer:
    answered = await smtp.noop()
    return Answer("sent", str(answered.code))


def _failed(failure: Exception, hidden: Iterable[str]) -> Answer:
    match failure:
        case SMTPRecipientsRefused():
            return _failed(failure.recipients[0], hidden)
        case SMTPNotSupported():
            return Answer("never", "smtputf8")
        case SMTPResponseException() if 400 <= failure.code < 600:
            # of what is about this mail alone the server's "never" holds; 421 is "I am closing"
            alone = isinstance(failure, SMTPRecipientRefused | SMTPDataError) and failure.code != 421
            never = alone and failure.code >= 500
            text = said(failure.message, hidden)
            return Answer("never" if never else "later", str(failure.code), text, of_channel=not alone)
        case SMTPResponseException():
            return Answer("later", "protocol", of_channel=True)
        case OutOfReach():
            return Answer("later", "server address", of_channel=True)
        case NotEncrypted():
            return Answer("later", "tls", of_channel=True)
        case NoSignIn():
            return Answer("later", "sign-in", of_channel=True)
        case SMTPServerDisconnected():
            return Answer("later", "dropped", of_channel=True)
    return Answer("later", _word(failure), of_channel=True)


def _word(failure: BaseException) -> str:
    cause: BaseException | None = failure
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return "tls"
        if isinstance(cause, TimeoutError):
            return "timeout"
        cause = cause.__cause__ or cause.__context__
    return "connection" if isinstance(failure, OSError) else "protocol"


def _this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
