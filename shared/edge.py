"""What happens to every request before and after FastAPI: correlation, strict bodies, headers, metrics."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import cache
from typing import Any
from uuid import uuid4

from prometheus_client import Counter, Histogram
from pydantic_core import PydanticUndefined
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared import logs, problems, traces
from shared.domain import Refusal
from shared.limits import Limits
from shared.passing import is_passing
from shared.sentences import Language, language_of
from shared.strict_json import read_object

BODY_BYTES_AT_MOST = 1024 * 1024
BODY_SECONDS = 30  # for the whole of it; for a file, between two pieces of it
SECURITY = (  # on every answer that does not say otherwise
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)
EVENTS = "text/event-stream"
CHANGING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
CORRELATION = re.compile(r"[A-Za-z0-9._-]{8,64}")

log = logs.log("edge")
seconds = Histogram(
    "denggao_http_seconds",
    "Time to answer",
    ("service", "method", "route"),
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
answers = Counter("denggao_http_answers", "Answers by status", ("service", "method", "route", "status"))


@cache
def _of(metric: Any, *labels: str | int) -> Any:
    """A metric's child; there are as many as there are routes, methods and statuses."""
    return metric.labels(*labels)


class ClientGone(Exception):
    """The client hung up before its request was there; nobody waits for an answer."""


class Edge:
    """The ASGI application around a service's own."""

    def __init__(self, app: ASGIApp, service: str, streamed: Mapping[str, int], limits: Limits) -> None:
        self.app = app
        self.service = service
        self.streamed = streamed  # paths whose POSTs bring a file, with the most megabytes of each
        self.limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; no exception leaves, every failure is a problem+json."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        given = headers.get("x-request-id", "")
        correlation = given if CORRELATION.fullmatch(given) else uuid4().hex
        logs.bind(correlation)
        state = scope.setdefault("state", {})
        state["language"] = language_of(headers.get("accept-language"))
        state["correlation"] = correlation
        started = time.perf_counter()
        with (
            traces.span(f"{scope['method']} {self.service}", parent=headers, path=scope["path"]),
            ExitStack() as counted,
        ):
            counted.enter_context(self.limits)
            answer = _Answer(send, correlation, counted.close)
            await self._serve(scope, receive, answer, headers)
        labels = (self.service, scope["method"] if answer.status != 405 else "", _route(scope))
        _of(seconds, *labels).observe((answer.streams_since or time.perf_counter()) - started)
        _of(answers, *labels, answer.status).inc()

    async def _serve(self, scope: Scope, receive: Receive, answer: _Answer, headers: Headers) -> None:
        try:
            self.limits.check(scope)
            if scope["method"] == "POST" and (megabytes := self.streamed.get(scope["path"])):
                await self.app(scope, _counted(receive, headers, megabytes), answer)
                return
            body = await _body(receive, headers) if scope["method"] in CHANGING else b""
            scope["state"]["body"] = body
            scope["state"]["json"] = _json(body, headers)
            await self.app(scope, _replay(body, receive), answer)
        except ClientGone:
            answer.status = 499
        except Refusal as refusal:
            await answer.refuse(refusal, scope, receive)
        except Exception as error:  # the last place that can still answer
            if is_passing(error):
                log.warning("not_now", path=_route(scope), exc_info=error)
                await answer.refuse(problems.TryLater(), scope, receive)
                return
            log.error("unexpected", path=_route(scope), exc_info=error)
            await answer.refuse(problems.Unexpected(correlation=answer.correlation), scope, receive)


class _Answer:
    """Sends on, with the headers that every answer has; knows what was sent.

    A stream of events stays open without being worked at: it is answered when it begins.
    """

    def __init__(self, send: Send, correlation: str, streams: Callable[[], None]) -> None:
        self.send = send
        self.correlation = correlation
        self.status = 0
        self.streams_since: float | None = None
        self._streams = streams

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = message["headers"]
            named = {name for name, _ in headers}
            headers += [line for line in SECURITY if line[0] not in named]
            headers.append((b"x-request-id", self.correlation.encode("ascii")))
            if any(name == b"content-type" and kind.startswith(EVENTS.encode()) for name, kind in headers):
                self.streams_since = time.perf_counter()
                self._streams()
        await self.send(message)

    async def refuse(self, refusal: Refusal, scope: Scope, receive: Receive) -> None:
        if (
            self.status
        ):  # half an answer is out: the server cuts the connection, so that nobody takes it for whole
            raise ConnectionAbortedError
        language: Language = scope["state"]["language"]
        await problems.response(refusal, language)(scope, receive, self)


def _route(scope: Mapping[str, Any]) -> str:
    """The route's template: paths themselves hold ids and would make endless metrics."""
    return str(getattr(scope.get("route"), "path", "")) or "(none)"


async def _body(receive: Receive, headers: Headers) -> bytes:
    """The checked body of a request that changes something; counted while it arrives."""
    too_large = problems.BodyTooLarge(limit=BODY_BYTES_AT_MOST)
    if _is_longer(headers, BODY_BYTES_AT_MOST):
        raise too_large
    parts: list[bytes] = []
    size = 0
    more = True
    try:
        async with asyncio.timeout(BODY_SECONDS):
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise ClientGone
                parts.append(message.get("body", b""))
                size += len(parts[-1])
                if size > BODY_BYTES_AT_MOST:
                    raise too_large
                more = message.get("more_body", False)
    except TimeoutError:
        raise problems.TooSlow(limit=BODY_SECONDS) from None
    return b"".join(parts)


def _is_longer(headers: Headers, limit: int) -> bool:
    length = headers.get("content-length", "")
    return length.isdigit() and (len(length) > 12 or int(length) > limit)


def _counted(receive: Receive, headers: Headers, megabytes: int) -> Receive:
    """Hands a file's bytes on as they arrive; FileTooLarge beyond the limit, ClientGone if cut off."""
    limit = megabytes << 20
    if _is_longer(headers, limit):
        raise problems.FileTooLarge(megabytes=megabytes)
    size, more = 0, True

    async def counted() -> Message:
        nonlocal size, more
        if not more:
            return await receive()  # the client hanging up, however late
        try:
            async with asyncio.timeout(BODY_SECONDS):
                message = await receive()
        except TimeoutError:
            raise problems.TooSlow(limit=BODY_SECONDS) from None
        if message["type"] == "http.disconnect":
            raise ClientGone
        size += len(message.get("body", b""))
        more = message.get("more_body", False)
        if size > limit:
            raise problems.FileTooLarge(megabytes=megabytes)
        return message

    return counted


def _json(body: bytes, headers: Headers) -> Any:
    """What a body says, strictly read; pydantic's word for nothing where there is none."""
    if not body:
        return PydanticUndefined
    _json_only(headers)
    return read_object(body)


def _json_only(headers: Headers) -> None:
    encoding = headers.get("content-encoding", "identity").lower()
    media, _, parameters = headers.get("content-type", "").lower().partition(";")
    charset = parameters.replace(" ", "").replace('"', "")
    if encoding != "identity":
        raise problems.BodyNotJson(got=ascii(encoding[:80]))
    if media.strip() != "application/json" or charset not in ("", "charset=utf-8"):
        raise problems.BodyNotJson(got=ascii(headers.get("content-type", "")[:80]))


def _replay(body: bytes, receive: Receive) -> Receive:
    """Gives the body once more, then whatever else arrives (the client hanging up)."""
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return waiting.pop() if waiting else await receive()

    return again
