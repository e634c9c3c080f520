"""The service's own process over HTTP, with all its addresses."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import Any

import httpx

from services.projects.api import evidence, roster
from services.projects.api.routers import ROUTERS
from services.projects.parts import Parts
from shared.auth import Verifier
from tests.support.served import served

PUBLIC = "http://localhost:8080"
STREAMED = {evidence.UPLOADS: 1, **roster.STREAMED}  # megabytes at most


def a_process(parts: Parts, **beside: Any) -> AbstractAsyncContextManager[httpx.AsyncClient]:
    """Asked by whom `parts` has signed in; `beside` these runs in it, for instance `signing`."""
    verifier = Verifier(parts.signer.jwks(), PUBLIC)
    return served(
        "projects",
        ROUTERS,
        STREAMED,
        PUBLIC,
        parts=parts,
        organisation=parts.organisation,
        verifier=verifier,
        **beside,
    )
