"""All addresses of the service, in the order in which its docs page shows them."""

from __future__ import annotations

from services.notifications.api import (
    burden,
    channels,
    dead_letters,
    deliveries,
    inbox,
    notices,
<<<<<<< HEAD
    told,
    told_dossier,
=======
    rules,
    trials,
>>>>>>> 2a8216d (Rules are published as versions and tried against history before)
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
