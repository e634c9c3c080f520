"""The events of a project as they lie in a ledger, an hour apart, for tests of what reads them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec import Raw

from services.projects.domain.project import PROJECT, Event
from services.projects.projections.page import Page, page_of
from shared.codec import Schema, canonical, seal
from shared.envelope import Envelope, Recorded, written
from tests.projects.a_project import Project

STREAM = UUID(int=12)
BEGINS = datetime(2026, 1, 20, 4, tzinfo=UTC)
HOUSE = ZoneInfo("Asia/Shanghai")  # whose clock says which day it is
SCHEMA = Schema(PROJECT.events)


def recorded(events: Iterable[Event]) -> list[Recorded]:
    """A stream of these events, each read back from nothing but its bytes."""
    return [_recorded(version, event) for version, event in enumerate(events, 1)]


def _recorded(version: int, event: Event) -> Recorded:
    at = written(BEGINS + timedelta(hours=version))
    envelope = Envelope(
        aggregate="project",
        name=type(event).__name__,
        schema=1,
        data=Raw(canonical(event)),
        recorded_at=at,
        happened_at=at,
        after={},
        correlation="",
        causation="",
    )
    event_read = SCHEMA.read(envelope)
    return Recorded("projects", "company", version, STREAM, version, seal(envelope), envelope, event_read)


def page_after(project: Project) -> Page:
    """The project's page after all of its past."""
    page = page_of(recorded(project.past))
    assert page is not None
    return page
