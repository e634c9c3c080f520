"""All routers of the review, in the order in which addresses are tried."""

from __future__ import annotations

from services.evaluation.api.review import cycle_acts, panel_acts

ROUTERS = (cycle_acts.router, panel_acts.router)
