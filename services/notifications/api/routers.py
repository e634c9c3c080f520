"""All of what notifications answer."""

from __future__ import annotations

from services.notifications.api import burden, inbox, notices

ROUTERS = (inbox.router, notices.router, burden.router)
