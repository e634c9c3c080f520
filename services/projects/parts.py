"""The parts of the running service, made once at its start and found from every request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncEngine

from services.projects.accounts import Accounts
from services.projects.files import Files
from services.projects.keys import SealingKeys
from shared.auth import Signer
from shared.bus import Bus
from shared.clock import Clock
from shared.domain import PersonId
from shared.following import Following
from shared.ledger import Ledgers
from shared.organisation import Organisation
from shared.reading import Runner
from shared.settings import Settings
from shared.writer import Writer


@dataclass(frozen=True, slots=True)
class Parts:
    """What an endpoint works with."""

    settings: Settings
    clock: Clock
    ledgers: Ledgers
    writer: Writer
    organisation: Organisation
    accounts: Accounts
    keys: SealingKeys
    files: Files
    bus: Bus
    views: AsyncEngine
    runner_projects: Runner
    runner_suspicions: Runner
    following: Following
    signer: Signer
    names: Callable[[PersonId], str | None]


def parts_of(request: Request) -> Parts:
    """The parts of the service that answers this request."""
    parts: Any = request.app.state.parts
    assert isinstance(parts, Parts)
    return parts
