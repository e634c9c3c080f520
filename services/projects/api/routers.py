"""All addresses of the service, in the order in which its docs page shows them."""

from __future__ import annotations

from services.projects.api import (
    accounts,
    ahead,
    batch,
    drafting,
    evidence,
    founding,
    inspecting,
    meetings,
    organisation_acts,
    organisation_reading,
    project_acts,
    reading,
    session,
)

ROUTERS = (
    session.router,
    founding.router,
    organisation_acts.router,
    organisation_reading.router,
    accounts.router,
    drafting.router,
    project_acts.router,
    batch.router,
    inspecting.router,
    evidence.acts,
    evidence.router,
    meetings.router,
    reading.router,
    ahead.router,
)
