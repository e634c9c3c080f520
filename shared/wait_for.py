"""Reading one's own act: `?wait_for=<position>`, as a command's answer gives it."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Query

from shared.bus import Unanswered
from shared.problems import FieldsWrong, TryLater
from shared.reading import Runner

FORM = r"^([a-z]+)/([0-9a-z-]{1,64}):([0-9]{1,15})$"
BY_ITSELF_SECONDS = 0.3  # a view's usual time is far shorter: only then is its source asked
TIMEOUT_SECONDS = 5.0

Place = tuple[str, str, int]  # service, ledger, position


class BeyondTheEnd(FieldsWrong):
    """Nothing is recorded at {position} yet.

    Give `wait_for` exactly as the answer to a command named it."""


async def _parsed(
    wait_for: Annotated[
        str | None,
        Query(
            pattern=FORM,
            description="Wait until the answer holds this position, as the answer to a command names it",
        ),
    ] = None,
) -> Place | None:
    found = re.match(FORM, wait_for) if wait_for else None
    return found and (found[1], found[2], int(found[3]))


WaitFor = Annotated[Place | None, Depends(_parsed)]


async def reached(runner: Runner, place: Place | None) -> datetime | None:
    """Wait until a view has come to a place; then until when it is complete.

    Asked before the view is read, so that it is never said of more than was read. TryLater while
    the view is still being built, or when it takes longer than five seconds; BeyondTheEnd for a
    place where nothing lies.
    """
    if not runner.live:
        raise TryLater()
    if place is not None and not (place[2] > 0 and await runner.comes_to(*place, BY_ITSELF_SECONDS)):
        await _refuse_beyond_the_end(runner, place)
        if not await runner.wait_for(*place, TIMEOUT_SECONDS):
            raise TryLater()
    return runner.complete_to()


async def _refuse_beyond_the_end(runner: Runner, place: Place) -> None:
    """A view that waited for an invented place would think itself behind for ever."""
    service, ledger, position = place
    source = runner.sources.get(service)
    if source is None:
        raise BeyondTheEnd(fields=["wait_for"], position=f"{service}/{ledger}:{position}")
    try:
        end = await source.head(ledger)
    except Unanswered as error:
        raise TryLater() from error
    if not 0 < position <= end:
        raise BeyondTheEnd(fields=["wait_for"], position=f"{service}/{ledger}:{position}")
