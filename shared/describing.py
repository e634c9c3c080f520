"""What OpenAPI says beyond FastAPI: an example of every body, and every problem that may be answered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from http import HTTPStatus
from typing import Any

import yaml
from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from shared import problems
from shared.domain import Refusal
from shared.sentences import ROOT, english

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
    bodies, refused = examples(service), _refused(service)
    for _, _, operation in operations(spec, service, routers):
        content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
        if (name := body_name(content.get("schema", {}))) in bodies:
            content["example"] = bodies[name]
        operation["responses"].pop("4XX", None)
        operation["responses"] |= {
            status: {"$ref": f"#/components/responses/{_name(status)}"} for status in refused
        }
    parts = spec.setdefault("components", {})
    parts.setdefault("schemas", {})["Problem"] = PROBLEM
    parts["responses"] = {_name(status): answer for status, answer in refused.items()}


def _name(status: str) -> str:
    return f"Refused{status}"


def _refused(service: str) -> dict[str, Any]:
    """The answer of each status that a refusal has: every problem code that it may carry, and its meaning."""
    by_status: dict[int, list[type[Refusal]]] = {}
    for kind in sorted(_refusals(service, Refusal), key=lambda kind: kind.code()):
        by_status.setdefault(problems.status_of(kind), []).append(kind)
    return {
        str(status): {
            "description": f"{HTTPStatus(status).phrase}\n\n"
            + "\n".join(f"- `{kind.code()}`: {' '.join(english(kind))}" for kind in kinds),
            "content": {
                problems.MEDIA_TYPE: {
                    "schema": {
                        "allOf": [{"$ref": "#/components/schemas/Problem"}],
                        "properties": {
                            "code": {"enum": [kind.code() for kind in kinds]},
                            "status": {"enum": [status]},
                        },
                    }
                }
            },
        }
        for status, kinds in sorted(by_status.items())
    }


def _refusals(service: str, of: type[Refusal]) -> Iterator[type[Refusal]]:
    """The kernel's rules and the service's own, as far as its code is loaded."""
    for kind in of.__subclasses__():
        if kind.__module__.startswith(("shared.", f"services.{service}.")):
            yield kind
        yield from _refusals(service, kind)
