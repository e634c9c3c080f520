"""Whether what was answered is what OpenAPI tells of the address."""

from __future__ import annotations

import re
from functools import cache

import httpx

from services.projects.api.routers import ROUTERS
from shared.problems import MEDIA_TYPE
from shared.web import create_app


async def refuse_untold(answer: httpx.Response) -> None:
    """Fails on a problem that the description of its address does not list."""
    if answer.headers.get("content-type") != MEDIA_TYPE:
        return
    await answer.aread()
    code, told = answer.json()["code"], _told(answer.request.method, answer.request.url.path)
    assert not told or code in told, f"{code} is not told of {answer.request.url.path}"


def _told(method: str, path: str) -> frozenset[str]:
    """The codes that may be answered there; none where the address is not described."""
    for pattern, codes in _operations()[method]:
        if pattern.fullmatch(path):
            return codes
    return frozenset()


@cache
def _operations() -> dict[str, list[tuple[re.Pattern[str], frozenset[str]]]]:
    found: dict[str, list[tuple[re.Pattern[str], frozenset[str]]]] = {"GET": [], "POST": []}
    for path, by_method in create_app("projects", routers=ROUTERS).openapi()["paths"].items():
        pattern = re.compile(re.sub(r"\{.*?\}", "[^/]+", path))
        for method, operation in by_method.items():
            kinds = [
                kind["$ref"].rpartition(".")[2]
                for told in operation["responses"].values()
                for kind in told.get("content", {}).get(MEDIA_TYPE, {}).get("schema", {}).get("anyOf", ())
            ]
            found[method.upper()].append((pattern, frozenset(kinds)))
    return found
