"""The kernel's limits, set so low by the seed that few events reach them; its log, kept in the trace."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from random import Random
from typing import Any
from unittest.mock import patch

from shared import (
    announcer,
    following,
    healing,
    held,
    kept,
    ledger,
    projections,
    reading,
    shelf,
    sources,
    versions,
    writer,
)
from tests.simulation.loop import Loop
from tests.support import counter

SAYING = (announcer, following, healing, held, projections, reading, sources, versions, writer)
LIMITS: list[tuple[list[Any], str, list[int]]] = [
    ([ledger, kept, counter], "TILE", [2, 4, 16]),
    ([kept], "STATES_AT_MOST", [1, 3]),
    ([kept], "TAIL_AT_MOST", [1, 4]),
    ([writer], "GROUP_AT_MOST", [1, 3]),
    ([writer], "RACES_LOST_AT_MOST", [1]),
    ([following], "WAITING_AT_MOST", [1, 3]),
    ([shelf], "AT_HAND", [1, 5]),
    ([reading], "PLACES_IN_ONE_GO", [1, 2]),
    ([announcer], "PAGE_EVENTS", [1, 4]),
    ([announcer], "PAGE_BYTES", [1, 3000]),
    ([sources], "LOCAL_PAGE_EVENTS", [1, 5]),
]


class Said:
    """A logger whose lines become part of the trace."""

    def __init__(self, loop: Loop) -> None:
        self.loop = loop
        self.events: list[str] = []

    def info(self, event: str, **facts: Any) -> None:
        """One line."""
        self.events.append(event)
        self.loop.note(f"says {event} {facts}")

    warning = error = exception = info


@contextmanager
def turned(random: Random, said: Said) -> Iterator[None]:
    """Each limit is low in one run of three."""
    with ExitStack() as stack:
        for module in SAYING:
            stack.enter_context(patch.object(module, "log", said))
        for modules, name, values in LIMITS:
            chosen = random.choice(values)
            if random.random() < 0.33:
                said.loop.note(f"{name} is {chosen}")
                for module in modules:
                    stack.enter_context(patch.object(module, name, chosen))
        yield
