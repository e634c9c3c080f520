"""The short way to an endpoint that takes a command: what FastAPI works out anew is worked out once.

FastAPI tries one address after the other and solves an endpoint's parameters anew each time; at the
rate of commands that is most of what a request costs. The routes stay FastAPI's own, which documents
them; what is sent to them is read by the same fields and gives the same answers.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable
from typing import Any

from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic_core import PydanticUndefined
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

ADDRESS = re.compile(r"(?P<before>[^{}]+)/\{(?P<name>[a-z_]+)\}/(?P<after>[^/{}]+)")
ELSEWHERE = (  # what an endpoint may ask of FastAPI that has no short way
    "query_params",
    "cookie_params",
    "websocket_param_name",
    "response_param_name",
    "background_tasks_param_name",
    "security_scopes_param_name",
    "concurrency",
)


class ShortWay(BaseRoute):
    """Leads to those routes that have a short way; every other request goes on to FastAPI's routing."""

    def __init__(self, prefix: str, routes: Iterable[BaseRoute]) -> None:
        self._ways: dict[tuple[str, str], _Way] = {}
        for route in routes:
            if isinstance(route, APIRoute) and _is_short(route):
                self._ways[_key(prefix + route.path)] = _Way(route)

    @property
    def routes(self) -> list[APIRoute]:
        """Those that it leads to."""
        return [way.route for way in self._ways.values()]

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """By the address as a whole, or by what stands before and after its one variable part."""
        if scope["type"] != "http" or scope["method"] != "POST":
            return Match.NONE, {}
        path = scope["path"]
        if way := self._ways.get((path, "")):
            return Match.FULL, {"route": way.route, "way": way, "path_params": {}}
        before, _, after = path.rpartition("/")
        before, _, variable = before.rpartition("/")
        way = self._ways.get((before, after))
        if way is None or not variable:
            return Match.NONE, {}
        return Match.FULL, {"route": way.route, "way": way, "path_params": {way.variable: variable}}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer what matched."""
        way: _Way = scope["way"]
        response = await way.answer(Request(scope, receive, send))
        await response(scope, receive, send)


class _Way:
    """A route, and what its endpoint needs."""

    def __init__(self, route: APIRoute) -> None:
        assert route.response_field is not None
        self.route = route
        self.variable = next((field.name for field in route.dependant.path_params), "")
        self._endpoint = _Call(route.dependant)
        self._told = route.response_field.serialize_json
        self._status = route.status_code or 200

    async def answer(self, request: Request) -> Response:
        """What the endpoint answers; RequestValidationError as FastAPI raises it."""
        errors: list[Any] = []
        values = await self._endpoint.values(request, errors)
        if errors:
            raise RequestValidationError(errors)
        told = self._told(await self._endpoint.call(**values))
        return Response(told, self._status, media_type="application/json")


class _Call:
    """An endpoint or one of its dependencies, with the fields that its parameters are read by."""

    def __init__(self, dependant: Dependant) -> None:
        assert dependant.call is not None
        self.call = dependant.call
        self._name = dependant.name
        self._request = dependant.request_param_name or dependant.http_connection_param_name
        self._needs = [_Call(needed) for needed in dependant.dependencies]
        self._path = [(field, field.name, ("path", field.alias)) for field in dependant.path_params]
        self._headers = [(field, field.alias, ("header", field.alias)) for field in dependant.header_params]
        self._body = next(iter(dependant.body_params), None)

    async def values(self, request: Request, errors: list[Any]) -> dict[str, Any]:
        """The arguments; what is wrong with the request is added to `errors`, refusals are raised."""
        values: dict[str, Any] = {}
        for needed in self._needs:
            before = len(errors)
            given = await needed.values(request, errors)
            if len(errors) == before:
                found = await needed.call(**given)
                if needed._name is not None:
                    values[needed._name] = found
        for field, name, place in self._path:
            self._read(field, request.path_params[name], place, values, errors)
        for field, name, place in self._headers:
            self._read(field, request.headers.get(name, PydanticUndefined), place, values, errors)
        if self._body is not None:
            self._read(self._body, request.state.json, ("body",), values, errors)
        if self._request is not None:
            values[self._request] = request
        return values

    @staticmethod
    def _read(
        field: Any, value: Any, place: tuple[str, ...], values: dict[str, Any], errors: list[Any]
    ) -> None:
        if value is PydanticUndefined:
            if field.field_info.is_required():
                errors.append({"type": "missing", "loc": place, "msg": "Field required", "input": None})
            else:
                values[field.name] = field.default
            return
        values[field.name], wrong = field.validate(value, values, loc=place)
        errors += wrong


def _is_short(route: APIRoute) -> bool:
    return (
        route.methods == {"POST"}
        and _key(route.path) != ("", "")
        and route.response_field is not None
        and _is_plain(route.dependant)
        and len(route.dependant.path_params) == route.path.count("{")
        and not route._embed_body_fields
    )


def _is_plain(dependant: Dependant) -> bool:
    call = dependant.call
    return (
        not any(getattr(dependant, name) for name in ELSEWHERE)
        and (inspect.iscoroutinefunction(call) or inspect.iscoroutinefunction(type(call).__call__))
        and all(map(_is_plain, dependant.dependencies))
    )


def _key(path: str) -> tuple[str, str]:
    """What stands before the variable part and after it; the whole where there is none."""
    if "{" not in path:
        return path, ""
    found = ADDRESS.fullmatch(path)
    return (found["before"], found["after"]) if found else ("", "")
