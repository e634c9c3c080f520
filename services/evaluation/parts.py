"""The parts of the running service, made once at its start and found from every request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncEngine

from services.evaluation.review.keys import ReviewKeys
from services.evaluation.review.streams import Streams
from shared.clock import Clock
from shared.group_member import GroupMember
from shared.ledger import Ledgers
from shared.reading import Runner
from shared.settings import Settings
from shared.sources import StreamSource
from shared.writer import Writer


@dataclass(frozen=True, slots=True)
class Parts:
    """What an endpoint works with."""

    settings: Settings
    clock: Clock
    ledgers: Ledgers
    views: AsyncEngine
    scores: Runner
    group: GroupMember
    writer: Writer
    reviews: Runner
    keys: ReviewKeys
    streams: Streams
    past: StreamSource  # of projects


def parts_of(request: Request) -> Parts:
    """The parts of the service that answers this request."""
    parts: Any = request.app.state.parts
    assert isinstance(parts, Parts)
    return parts
