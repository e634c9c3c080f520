"""All routers of the review, in the order in which addresses are tried."""

from __future__ import annotations

from services.evaluation.api.review import (
    boards,
    cycle_acts,
    cycles,
    opening_acts,
    other_acts,
    panel_acts,
    queue,
    runs,
    stages,
)

ROUTERS = (
    cycles.router,
    boards.router,
    queue.router,
    runs.router,
    stages.router,
    cycle_acts.router,
    opening_acts.router,
    panel_acts.router,
    other_acts.router,
)
