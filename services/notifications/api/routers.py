"""All addresses of the service, in the order in which its docs page shows them."""

from __future__ import annotations

from services.notifications.api import (
    burden,
    channels,
    dead_letters,
    deliveries,
    fanouts,
    inbox,
    live,
    notices,
    rules,
    told,
    told_dossier,
    trials,
)

ROUTERS = (
    live.router,
    trials.router,
    rules.router,
    inbox.router,
    notices.router,
    burden.router,
    deliveries.router,
    told.router,
    told_dossier.router,
    fanouts.router,
    dead_letters.router,
    channels.router,
)
