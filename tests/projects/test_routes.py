"""Every act is found by the short way, and is the one that FastAPI's own routing would have found."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

import structlog
from fastapi import FastAPI
from fastapi.routing import APIRoute

from services.projects.api import export_jobs, session
from services.projects.api.routers import ROUTERS
from shared.short_way import ShortWay
from shared.web import create_app

COMMANDS = [
    route
    for router in ROUTERS
    if router is not session.router  # its answers set cookies
    if router is not export_jobs.router  # what is exported is asked for in the address, and by few
    for route in router.routes
    if isinstance(route, APIRoute) and route.methods == {"POST"}
    if route.path not in ("/roster/give-back", "/roster/import")  # their answers are files
]


def short_way(app: FastAPI) -> ShortWay:
    return next(route for route in app.router.routes if isinstance(route, ShortWay))


async def found_by(app: FastAPI, path: str) -> Any:
    """The route that answers there: with an error, since the service has not begun."""
    scope: dict[str, Any] = {
        "type": "http",
        "method": "POST",
        "path": path,
        "query_string": b"",
        "headers": [],
    }

    async def receive() -> Any:
        return {"type": "http.request", "body": b""}

    async def send(_message: Any) -> None:
        pass

    with structlog.testing.capture_logs():  # much faster than the traceback that structlog would draw
        await app(scope, receive, send)
    return scope["route"]


async def test_both_ways_lead_to_the_same_act() -> None:
    short, long = create_app("projects", routers=ROUTERS), create_app("projects", routers=ROUTERS)
    long.router.routes.remove(short_way(long))
    assert len(COMMANDS) > 60
    for route in COMMANDS:
        path = "/api/projects" + re.sub(r"\{.*?\}", str(uuid4()), route.path)
        assert route in short_way(short).routes, path
        assert [await found_by(app, path) for app in (short, long)] == [route, route], path
