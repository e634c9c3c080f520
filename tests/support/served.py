"""A service's application over HTTP; what FastAPI makes of its routes is made once, not for each test."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Hashable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx
from fastapi import APIRouter, FastAPI

from shared.web import create_app

_idle: defaultdict[Hashable, list[FastAPI]] = defaultdict(list)  # by what they serve


@asynccontextmanager
async def served(
    service: str, routers: Sequence[APIRouter], streamed: Mapping[str, int], public: str, **state: Any
) -> AsyncIterator[httpx.AsyncClient]:
    """A process of the service, with its own `state`; of those that are served at once none is another's.

    One under which a test failed is not used again.
    """
    key = (service, *map(id, routers), *streamed.items())
    app = _idle[key].pop() if _idle[key] else create_app(service, routers=routers, streamed=streamed)
    for name, known in state.items():
        setattr(app.state, name, known)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=public) as http:
        yield http
    _idle[key].append(app)
