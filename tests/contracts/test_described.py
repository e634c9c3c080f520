"""What OpenAPI tells of every address: an example that is taken, and every problem with its meaning."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute

from services.evaluation import api as evaluation
from services.notifications import api as notifications
from services.projects.api import routers as projects
from services.projects.api.roster_answers import Roster
from shared.codec import canonical
from shared.describing import body_name, examples, operations
from shared.problems import MEDIA_TYPE

SERVICES = ("projects", "evaluation", "notifications")


@pytest.fixture(params=SERVICES)
def app(request: pytest.FixtureRequest) -> FastAPI:
    found: FastAPI = import_module(f"services.{request.param}.app").app
    return found


ROUTERS = {
    "projects": projects.ROUTERS,
    "evaluation": (evaluation.router,),
    "notifications": (notifications.router,),
}


def described(app: FastAPI) -> Iterator[tuple[APIRoute, dict[str, Any]]]:
    service = app.state.service
    for route, _, operation in operations(app.openapi(), service, ROUTERS[service]):
        yield route, operation


def test_every_body_has_an_example_that_its_own_model_takes(app: FastAPI) -> None:
    for route, operation in described(app):
        content = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if content is None:
            continue
        assert "example" in content, f"examples.yaml says nothing of {body_name(content['schema'])}"
        if route.dependant.body_params:
            (field,) = route.dependant.body_params
            _, wrong = field.validate(content["example"], {}, loc=("body",))
            assert wrong == [], route.path
        else:
            Roster.model_validate_json(canonical(content["example"]))


def test_no_example_is_of_a_command_that_is_not_there(app: FastAPI) -> None:
    shown = {
        body_name(operation["requestBody"]["content"]["application/json"]["schema"])
        for _, operation in described(app)
        if "application/json" in operation.get("requestBody", {}).get("content", {})
    }
    assert set(examples(app.state.service)) <= shown


def test_every_problem_of_every_address_has_its_meaning(app: FastAPI) -> None:
    seen = set[str]()
    meanings = app.openapi()["components"]["schemas"]
    for route, operation in described(app):
        assert {"429", "500", "503"} <= operation["responses"].keys(), route.path
        for status, told in operation["responses"].items():
            if not status.startswith(("4", "5")):
                continue
            kinds = [
                meanings[kind["$ref"].rpartition("/")[2]]
                for kind in told["content"][MEDIA_TYPE]["schema"]["anyOf"]
            ]
            for kind in kinds:
                assert kind["properties"]["status"]["enum"] == [int(status)]
                assert kind["title"] in told["description"]
                assert len(kind["description"]) > len(kind["title"])
                seen.add(kind["title"])
    assert len(seen) > 5
