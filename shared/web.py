"""What every web application of ours has: problem+json, strict bodies, keys, ETags, health, metrics, docs."""

from __future__ import annotations

import hashlib
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Any, TypeVar
from uuid import NAMESPACE_URL, UUID, uuid5

import msgspec
from fastapi import APIRouter, Depends, FastAPI, Header, Request
from fastapi.exceptions import RequestValidationError
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema
from starlette.exceptions import HTTPException
from starlette.responses import Response

from shared import problems
from shared.api_docs import add_docs
from shared.codec import canonical
from shared.describing import describe
from shared.domain import Refusal
from shared.edge import Edge
from shared.limits import Limits
from shared.logs import log
from shared.sentences import Language
from shared.short_way import ShortWay

Health = Callable[[], Awaitable[dict[str, Any]]]
Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]
T = TypeVar("T")
NO_NUL = r"^[^\x00]*$"  # for texts in addresses: PostgreSQL takes none
NOTHING_STREAMED: Mapping[str, int] = MappingProxyType({})


def create_app(
    service: str,
    *,
    routers: Sequence[APIRouter] = (),
    health: Health | None = None,
    lifespan: Lifespan | None = None,
    version: str = "0.1.0",
    streamed: Mapping[str, int] = NOTHING_STREAMED,
    measure: Callable[[], Awaitable[None]] | None = None,
    limits: Limits | None = None,
) -> FastAPI:
    """A service's application; the routers are mounted at `/api/<service>`.

    `health` tells what the service depends on; `{"ok": False, …}` or an exception answers 503.
    `streamed` names the paths whose POSTs bring a file instead of JSON, and how many megabytes at most.
    `measure` sets the gauges before Prometheus reads them.
    """
    app = FastAPI(
        title=f"Denggao {service}",
        version=version,
        lifespan=lifespan or _nothing_to_start,
        openapi_url=f"/api/{service}/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        telemetry={"tracing": False, "metrics": False, "logs": False},  # the edge has its own
        responses={"4XX": {"description": "A problem (RFC 9457)", "content": {problems.MEDIA_TYPE: {}}}},
    )
    app.state.service = service
    prefix = f"/api/{service}"
    app.router.routes.append(ShortWay(prefix, (route for router in routers for route in router.routes)))
    for router in routers:
        app.include_router(router, prefix=prefix)
    _add_health(app, service, health, measure)
    add_docs(app, service)
    describe(app, service, routers)
    app.add_exception_handler(Refusal, _refused)
    app.add_exception_handler(RequestValidationError, _not_valid)
    app.add_exception_handler(HTTPException, _http_error)
    for error in problems.MEANS:
        app.add_exception_handler(error, _has_an_answer)
    app.add_middleware(Edge, service=service, streamed=streamed, limits=limits or Limits())
    return app


@asynccontextmanager
async def _nothing_to_start(_: FastAPI) -> AsyncIterator[None]:
    yield


# Bodies


class Body(BaseModel):
    """What a request may hold: exactly these fields, of exactly these types; texts are trimmed.

    An endpoint takes it as `Posted[…]`, which also brings texts into NFC; parts of a body are Bodies too.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, str_strip_whitespace=True)


class _AsJson:
    """Validate what FastAPI has parsed as the JSON that it was: else strict would refuse every date."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        def validate(data: Any, inner: core_schema.ValidatorFunctionWrapHandler) -> Any:
            if not isinstance(data, dict):
                return inner(data)
            return source.model_validate_json(canonical(data))  # canonical is in NFC

        return core_schema.no_info_wrap_validator_function(validate, handler(source))


Posted = Annotated[T, _AsJson()]


# What comes with a request beside its body


@dataclass(frozen=True, slots=True)
class Sent:
    """A request that wants something done: its key, hash, correlation, and the version it means."""

    key: str
    request: str  # SHA-256 of method, path and body, to tell a repeat from another request
    correlation: str
    expected_version: int | None  # from If-Match; None: whatever the version is

    def command_id(self, actor: str) -> UUID:
        """The same for every repeat of a request by the same actor, and never for two actors."""
        return uuid5(NAMESPACE_URL, f"urn:denggao:command:{actor}:{self.key}")


IfMatch = Annotated[str | None, Header(alias="If-Match")]


async def expected_version(if_match: IfMatch = None) -> int | None:
    """The version in If-Match, where the ETag is `"<version>"`; `*` and no header ask for none.

    A front that compresses answers marks their ETags, as `"3-gzip"`, and clients send those back.
    """
    if if_match is None or if_match.strip() == "*":
        return None
    found = re.fullmatch(r'"([0-9]{1,15})(?:-[a-z]{1,8})?"', if_match.strip())
    if not found:
        raise problems.NoETag()
    return int(found[1])


async def _sent(
    request: Request,
    idempotency_key: Annotated[
        str,
        Header(min_length=1, max_length=128, pattern="^[!-~]+$", description="Fresh for every new request"),
    ],
    if_match: IfMatch = None,
) -> Sent:
    told = f"{request.method} {request.scope['path']}\n".encode() + request.state.body
    hashed, version = hashlib.sha256(told).hexdigest(), await expected_version(if_match)
    return Sent(idempotency_key, hashed, request.state.correlation, version)


Sending = Annotated[Sent, Depends(_sent)]  # an endpoint that takes commands has a parameter `sent: Sending`


def etag(version: int) -> str:
    """The ETag of a stream's version."""
    return f'"{version}"'


def language(request: Request) -> Language:
    """The language that the client reads best."""
    found: Language = request.state.language
    return found


# Answers


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    return problems.response(error, language(request))


async def _has_an_answer(request: Request, error: Exception) -> Response:
    log("web").warning("not_now", cause=repr(error))
    return problems.response(problems.MEANS[type(error)](), language(request))


async def _not_valid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    errors = error.errors()
    if any(found["loc"] == ("header", "idempotency-key") for found in errors):
        return problems.response(problems.KeyMissing(), language(request))
    refusal, listed = problems.wrong_fields(errors, language(request))
    return problems.response(refusal, language(request), errors=listed)


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    refusal: Refusal
    match error.status_code:
        case 404:
            refusal = problems.NoSuchAddress(service=request.app.state.service)
        case 405:
            refusal = problems.NoSuchMethod(method=request.method[:20])
        case 401:
            refusal = problems.NotSignedIn()
        case _:
            log("web").warning("malformed", cause=error.detail)
            refusal = problems.Malformed()
    return problems.response(refusal, language(request), headers=dict(error.headers or {}))


def _add_health(
    app: FastAPI, service: str, health: Health | None, measure: Callable[[], Awaitable[None]] | None
) -> None:
    async def found(shown: Callable[[dict[str, Any]], dict[str, Any]]) -> Response:
        try:
            said = {"service": service, "release": app.version, "ok": True} | (
                await health() if health else {}
            )
            told = msgspec.json.encode(shown(said))
        except Exception as error:  # noqa: BLE001 - whatever it is, the service is not well
            log("health").warning("not_well", exc_info=error)
            said = {"service": service, "ok": False, "cause": type(error).__name__}
            told = msgspec.json.encode(shown(said))
        return Response(told, 200 if said["ok"] else 503, media_type="application/json")

    @app.get(f"/api/{service}/health", tags=["health"], responses={503: {"description": "Not well"}})
    async def how_it_is() -> Response:
        """What the service depends on and how far it is, in numbers; 503 while it cannot do its work."""
        return await found(in_numbers)

    @app.get("/health", include_in_schema=False)
    async def how_it_is_in_detail() -> Response:
        """With ids and causes, for the operator, on the service's own port: the front does not lead here."""
        return await found(dict)

    @app.get("/metrics", include_in_schema=False)
    async def metrics() -> Response:
        """For Prometheus, on the service's own port: the front does not lead here."""
        if measure:
            await measure()
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


COUNTED = frozenset({"parked", "forked", "unknown", "ledgers", "refused"})
UNSAID = frozenset({"cause", "parked_in_all", "release"})


def in_numbers(found: Mapping[str, Any]) -> dict[str, Any]:
    """What everybody may read of a service's health: how many are held or not known, never which or why."""
    told: dict[str, Any] = {}
    for name, value in found.items():
        if name in COUNTED or isinstance(value, (list, tuple, set, frozenset)):
            told[name] = found.get(f"{name}_in_all", len(value))
        elif isinstance(value, Mapping):
            told[name] = in_numbers(value)
        elif name not in UNSAID:
            told[name] = value
    return told
