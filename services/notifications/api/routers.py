"""All addresses of the service, in the order in which its docs page shows them."""

from __future__ import annotations

from services.notifications.api import channels, dead_letters, deliveries, inbox

ROUTERS = (inbox.router, deliveries.router, dead_letters.router, channels.router)
