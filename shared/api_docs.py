"""The pages that describe an API, from files of our own: no internet, no inline script."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from swagger_ui_bundle import swagger_ui_path

CONTENT_SECURITY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>{title}</title>
<link rel="stylesheet" href="{at}/files/swagger-ui.css">
<link rel="icon" href="{at}/files/favicon-32x32.png">
<div id="docs"></div>
<script src="{at}/files/swagger-ui-bundle.js"></script>
<script src="{at}/start.js"></script>
"""
# This Swagger UI refuses to draw OpenAPI 3.1, although it understands what we use of it.
START = """fetch("{api}/openapi.json").then(answer => answer.json()).then(spec =>
  SwaggerUIBundle({{dom_id: "#docs", deepLinking: true, spec: {{...spec, openapi: "3.0.3"}}}}));
"""


def add_docs(app: FastAPI, service: str) -> None:
    """Docs at `/api/<service>/docs`, drawn from the service's openapi.json by the bundled Swagger UI."""
    api = f"/api/{service}"
    at = f"{api}/docs"

    @app.get(at, include_in_schema=False)
    async def docs() -> HTMLResponse:
        page = PAGE.format(title=app.title, at=at)
        return HTMLResponse(page, headers={"Content-Security-Policy": CONTENT_SECURITY})

    @app.get(f"{at}/start.js", include_in_schema=False)
    async def start() -> Response:
        return Response(START.format(api=api), media_type="text/javascript")

    app.mount(f"{at}/files", StaticFiles(directory=str(swagger_ui_path)), name="swagger-ui")
