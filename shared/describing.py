"""What OpenAPI says beyond FastAPI: an example of every body, and every problem of every address."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from http import HTTPStatus
from typing import Any

import yaml
from fastapi import APIRouter, FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from shared import edge, problems
from shared.domain import Refusal
from shared.refusing import refusals_of
from shared.sentences import ROOT, english

ALWAYS: set[type[Refusal]] = {problems.TooManyRequests, problems.TryLater, problems.Unexpected}
PROBLEM = {
    "type": "object",
    "title": "Problem",
    "description": "Why a request was refused (RFC 9457), in the reader's language. Rely on `code` alone.",
    "required": ["type", "title", "status", "code", "detail", "advice", "correlation"],
    "properties": {
        **{name: {"type": "string"} for name in ("type", "title", "code", "detail", "advice", "correlation")},
        "status": {"type": "integer"},
    },
}


def describe(app: FastAPI, service: str, routers: Sequence[APIRouter]) -> None:
    """Have the application describe itself so; made when it is first asked."""

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            spec = get_openapi(title=app.title, version=app.version, routes=app.routes)
            _add(spec, service, routers)
            app.openapi_schema = spec
        return app.openapi_schema

    app.openapi = described  # type: ignore[method-assign] # as FastAPI's own guide does


@cache
def examples(service: str) -> dict[str, Any]:
    """The bodies of a service's examples.yaml by the command's name."""
    path = ROOT / "services" / service / "examples.yaml"
    found: dict[str, Any] = yaml.safe_load(path.read_text("utf-8")) if path.exists() else {}
    return {name: body for name, body in found.items() if name != "ids"}


def body_name(schema: dict[str, Any]) -> str:
    """Of which command a schema is the body: the model's name, without its `Body`."""
    return str(schema.get("$ref", "")).rpartition("/")[2].removesuffix("Body")


def operations(
    spec: dict[str, Any], service: str, routers: Sequence[APIRouter]
) -> Iterator[tuple[APIRoute, str, dict[str, Any]]]:
    """Every route of a service that is described, with a method and what is said of both."""
    for route in [route for router in routers for route in router.routes]:
        if isinstance(route, APIRoute) and route.include_in_schema:
            for method in route.methods or ():
                yield route, method, spec["paths"][f"/api/{service}{route.path_format}"][method.lower()]


def _add(spec: dict[str, Any], service: str, routers: Sequence[APIRouter]) -> None:
    bodies, told = examples(service), set[type[Refusal]]()
    for route, method, operation in operations(spec, service, routers):
        content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
        if (name := body_name(content.get("schema", {}))) in bodies:
            content["example"] = bodies[name]
        refusals = refusals_on(route, method, operation)
        operation["responses"].pop("4XX", None)
        operation["responses"] |= _responses(refusals)
        told |= refusals
    parts = spec.setdefault("components", {}).setdefault("schemas", {})
    parts["Problem"] = PROBLEM
    parts |= {_name(kind): _schema(kind) for kind in sorted(told, key=_name)}


def refusals_on(route: APIRoute, method: str, operation: dict[str, Any]) -> set[type[Refusal]]:
    """All that can refuse a request to a route, from the edge to the domain."""
    changes = method in edge.CHANGING
    found = refusals_of(_asked(route.dependant), changes=changes) | ALWAYS
    if changes:
        found |= refusals_of([edge._body, edge._json], changes=False)
    if "requestBody" in operation or operation.get("parameters"):
        found.add(problems.FieldsWrong)
    if any(named["name"] == "idempotency-key" for named in operation.get("parameters", [])):
        found.add(problems.KeyMissing)
    return found


def _asked(dependant: Dependant) -> Iterator[Any]:
    """The endpoint, and what it depends on."""
    yield dependant.call
    for needed in dependant.dependencies:
        yield from _asked(needed)


def _responses(refusals: set[type[Refusal]]) -> dict[str, Any]:
    by_status: dict[int, list[type[Refusal]]] = {}
    for kind in sorted(refusals, key=_name):
        by_status.setdefault(problems.status_of(kind), []).append(kind)
    return {
        str(status): {
            "description": f"{HTTPStatus(status).phrase}\n\n"
            + "\n".join(f"- `{kind.code()}`: {english(kind)[0]}" for kind in kinds),
            "content": {
                problems.MEDIA_TYPE: {
                    "schema": {"anyOf": [{"$ref": f"#/components/schemas/{_name(kind)}"} for kind in kinds]}
                }
            },
        }
        for status, kinds in sorted(by_status.items())
    }


def _name(kind: type[Refusal]) -> str:
    return f"Problem.{kind.code()}"


def _schema(kind: type[Refusal]) -> dict[str, Any]:
    return {
        "title": kind.code(),
        "description": " ".join(english(kind)),
        "allOf": [{"$ref": "#/components/schemas/Problem"}],
        "properties": {"code": {"enum": [kind.code()]}, "status": {"enum": [problems.status_of(kind)]}},
    }
