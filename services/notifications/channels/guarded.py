"""HTTP to addresses that users enter: only public machines, only https, never longer or more than we want."""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import certifi
import httpcore
import idna

from services.notifications.channels import Answer
from services.notifications.channels.addresses import OutOfReach, Reach, Resolve, resolved

PORTS = frozenset({443, 8443})
_FAILURES: tuple[tuple[type[Exception], str], ...] = (
    (httpcore.TimeoutException, "timeout"),
    (httpcore.ProtocolError, "protocol"),
    (httpcore.NetworkError, "connection"),
)


class NoReply(Exception):
    """No answer came: `code` is a word for why, `later` whether trying again can mend it."""

    def __init__(self, code: str, *, later: bool = True) -> None:
        super().__init__(code)
        self.code = code
        self.later = later

    def answer(self) -> Answer:
        """What a channel says of it: whoever cannot be reached cannot be for other messages either."""
        return Answer("later" if self.later else "never", self.code, of_channel=True)


@dataclass(frozen=True, slots=True)
class Reply:
    """What a receiver answered, whole; a redirect is an answer like others, and nobody follows it."""

    status: int
    headers: Mapping[str, str]  # names in small letters
    body: bytes


@dataclass(frozen=True, slots=True)
class Target:
    """An address in parts, so that it is read once, and what is checked is what is connected to."""

    host: str
    port: int
    path: str


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of our time and memory one receiver gets."""

    seconds: float = 5.0
    answer_bytes: int = 65_536
    connections: int = 10
    idle_seconds: float = 30.0


class Client:
    """Keeps connections open between requests; one for each channel."""

    def __init__(self, network: _Network, tls: ssl.SSLContext, ports: frozenset[int], limits: Limits) -> None:
        self._ports = ports
        self._limits = limits
        self._pool = httpcore.AsyncConnectionPool(
            tls,
            network_backend=network,
            max_connections=limits.connections,
            keepalive_expiry=limits.idle_seconds,
        )

    async def get(self, url: str, headers: Mapping[str, str] | None = None) -> Reply:
        """Ask; NoReply where nothing whole comes back in time."""
        return await self._request("GET", url, headers or {}, None)

    async def post(self, url: str, body: bytes, headers: Mapping[str, str] | None = None) -> Reply:
        """Send these bytes; NoReply where nothing whole comes back in time."""
        return await self._request("POST", url, headers or {}, body)

    async def close(self) -> None:
        """End what is open."""
        await self._pool.aclose()

    async def _request(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Reply:
        target = read(url, self._ports)
        # identity: what is packed could be small for the limit and large for us
        sent = {"User-Agent": "denggao", "Accept-Encoding": "identity", **headers}
        address = httpcore.URL(scheme="https", host=target.host, port=target.port, target=target.path)
        try:
            async with (
                asyncio.timeout(self._limits.seconds),
                self._pool.stream(method, address, headers=list(sent.items()), content=body) as response,
            ):
                return await self._whole(response)
        except TimeoutError:
            raise NoReply("timeout") from None
        except (httpcore.TimeoutException, httpcore.ProtocolError, httpcore.NetworkError) as failure:
            raise NoReply(_word(failure)) from None

    async def _whole(self, response: httpcore.Response) -> Reply:
        body = b""
        async for part in response.aiter_stream():
            body += part
            if len(body) > self._limits.answer_bytes:
                raise NoReply("too large")
        headers = {
            name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers
        }
        return Reply(response.status, headers, body)


def client(
    *,
    allowed: Iterable[str] = (),
    ports: Iterable[int] = PORTS,
    authorities: Path | str | None = None,
    limits: Limits | None = None,
    resolve: Resolve = resolved,
) -> Client:
    """A client of its own.

    `allowed` are networks ("10.8.0.0/16") that may be reached although they are not public, as the
    installation, never a user, says. `authorities` is a PEM file of further certificate authorities.
    `resolve` gives the numeric addresses of a name.
    """
    tls = ssl.create_default_context(cafile=certifi.where())
    tls.load_default_certs()
    if authorities is not None:
        tls.load_verify_locations(authorities)
    network = _Network(Reach(allowed), resolve)
    return Client(network, tls, frozenset(ports), limits or Limits())


def read(url: str, ports: Iterable[int] = PORTS) -> Target:
    """The parts of an https address that may be used; NoReply("address") for every other."""
    # strict before urlsplit, which would take away what it does not like and read on
    if len(url) > 2048 or re.search(r"[\x00-\x20\x7f\\]", url):
        raise NoReply("address", later=False)
    try:
        parts = urlsplit(url)
        port = parts.port or 443
        host = _host(parts.hostname or "")
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        path.encode("ascii")
    except ValueError:  # UnicodeError and IDNAError are some
        raise NoReply("address", later=False) from None
    if parts.scheme != "https" or "@" in parts.netloc or port not in ports:
        raise NoReply("address", later=False)
    return Target(host, port, path)


def _host(name: str) -> str:
    if ":" in name:  # IPv6, which urlsplit took out of its brackets
        return name
    return name if re.fullmatch(r"[0-9.]+", name) else idna.encode(name, uts46=True).decode()


def _word(failure: Exception) -> str:
    cause: BaseException | None = failure
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return "tls"
        cause = cause.__cause__ or cause.__context__
    return next(word for kind, word in _FAILURES if isinstance(failure, kind))


class _Network(httpcore.AnyIOBackend):
    """Resolves a name once, checks every address it has, and connects to one that it has checked.

    TLS still goes by the name, so that a certificate is the host's. Nobody else resolves, so that a name
    cannot lead elsewhere a moment later (DNS rebinding).
    """

    def __init__(self, reach: Reach, resolve: Resolve) -> None:
        super().__init__()
        self._reach = reach
        self._resolve = resolve

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - as httpcore calls it
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """A connection to the host; NoReply where any of its addresses is not to be reached."""
        try:
            addresses = await self._reach.of(host, port, self._resolve)
        except OSError:
            raise NoReply("name unknown") from None
        except OutOfReach:
            raise NoReply("address", later=False) from None
        *others, last = addresses
        for address in others:
            try:
                return await super().connect_tcp(address, port, 1.0, local_address, socket_options)
            except (httpcore.NetworkError, httpcore.TimeoutException):
                continue
        return await super().connect_tcp(last, port, timeout, local_address, socket_options)

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109 - as httpcore calls it
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Never: a socket of this machine is no receiver."""
        raise NoReply("address", later=False)
