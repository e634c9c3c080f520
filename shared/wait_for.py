"""Reading one's own act: `?wait_for=<position>`, as a command's answer gives it."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import Depends, Query

from shared.decision import Unavailable
from shared.problems import Malformed
from shared.reading import Runner

FORM = re.compile(r"([a-z]+)/([0-9a-z-]{1,40}):([0-9]{1,15})")
TIMEOUT_SECONDS = 5.0

Place = tuple[str, str, int]  # service, ledger, position


async def _parsed(
    wait_for: Annotated[
        str | None, Query(description="Answer once this is visible; `position` of a command's answer")
    ] = None,
) -> Place | None:
    if wait_for is None:
        return None
    found = FORM.fullmatch(wait_for)
    if not found:
        raise Malformed(reason="wait_for is not of the form <service>/<ledger>:<position>")
    return found[1], found[2], int(found[3])


WaitFor = Annotated[Place | None, Depends(_parsed)]


async def reached(runner: Runner, place: Place | None) -> None:
    """Wait until a view has come to a place; Unavailable when that takes longer than five seconds."""
    if place is not None and not await runner.wait_for(*place, timeout_seconds=TIMEOUT_SECONDS):
        raise Unavailable(f"the view has not reached {place} yet")
