"""What OpenAPI tells of every address: an example that is taken, and every problem with its meaning."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute

from services.evaluation.api import dossiers, looks, scores
from services.notifications.api import routers as notifications
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
    "evaluation": (scores.router, dossiers.router, looks.router),
    "notifications": notifications.ROUTERS,
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


def test_every_address_leads_to_all_problems_and_their_meanings(app: FastAPI) -> None:
    answers = app.openapi()["components"]["responses"]
    told = {f"#/components/responses/{name}" for name in answers}
    for route, operation in described(app):
        assert told <= {answer.get("$ref") for answer in operation["responses"].values()}, route.path
    codes = set[str]()
    for answer in answers.values():
        for code in answer["content"][MEDIA_TYPE]["schema"]["properties"]["code"]["enum"]:
            assert f"- `{code}`: " in answer["description"]
            codes.add(code)
    assert {"Stale", "NotAllowed", "NotKnown", "FieldsWrong", "TryLater", "KeyMissing"} <= codes


def test_the_rules_of_another_service_are_not_told() -> None:
    answers = import_module("services.notifications.app").app.openapi()["components"]["responses"]
    assert "DayNotOver" not in str(answers)
