"""The parts of the running service, made once at its start and found from every request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncEngine

from services.notifications.channels.accounts import Accounts
from services.notifications.domain.rules import Rules
from services.notifications.jurors import Jurors
from services.notifications.live import Live
from services.notifications.planning import Planning
from shared.clock import Clock
from shared.group_member import GroupMember
from shared.reading import Runner
from shared.settings import Settings


@dataclass(frozen=True, slots=True)
class Parts:
    """What an endpoint works with."""

    settings: Settings
    clock: Clock
    truth: AsyncEngine
    obliging: Runner
    group: GroupMember
    jurors: Jurors
    accounts: Accounts
    planning: Planning
    live: Live

    @property
    def rules(self) -> Rules:
        """The newest version of the rules that was read."""
        return self.planning.book.now


def parts_of(request: Request) -> Parts:
    """The parts of the service that answers this request."""
    parts: Any = request.app.state.parts
    assert isinstance(parts, Parts)
    return parts
