"""All addresses of the service, in the order in which its docs page shows them."""

from __future__ import annotations

from services.notifications.api import (
    burden,
    channels,
    dead_letters,
    deliveries,
    inbox,
    notices,
    rules,
    told,
    told_dossier,
    trials,
)

ROUTERS = (
    trials.router,
    rules.router,
    inbox.router,
    notices.router,
    burden.router,
    deliveries.router,
    told.router,
    told_dossier.router,
    dead_letters.router,
    channels.router,
)
