"""All addresses of the service, in the order in which its docs page shows them."""

from __future__ import annotations

from services.projects.api import (
    accounts,
    ahead,
    batch,
    deadlines,
    drafting,
    evidence,
    founding,
    helping,
    inspecting,
    meetings,
    on_paper,
    organisation_acts,
    organisation_reading,
    partnering,
    practices,
    project_acts,
    reading,
    roster,
    session,
)

ROUTERS = (
    session.router,
    founding.router,
    organisation_acts.router,
    organisation_reading.router,
    roster.router,
    accounts.router,
    drafting.router,
    project_acts.router,
    batch.router,
    inspecting.router,
    helping.router,
    on_paper.router,
    partnering.router,
    practices.acts,
    practices.router,
    evidence.acts,
    evidence.router,
    meetings.router,
    deadlines.router,
    reading.router,
    ahead.router,
)
