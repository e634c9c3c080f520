"""How many rows a list has that may be long, for a job to say how far it is; asked as the list is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.projects.api.deadlines import wanted_of
from services.projects.api.reading import filters_of
from services.projects.api.suspicions import asked_of
from services.projects.parts import Parts
from services.projects.projections import deadlines, suspicions, transfers
from services.projects.projections.projects import PROJECTS, Filters, count_up_to
from services.projects.sight import marks_seen
from shared.clock import today
from shared.domain import PersonId, UnitId
from shared.engines import count_of
from shared.envelope import micros

Asked = Mapping[str, Any]  # by the names of the address


async def projects(parts: Parts, person: PersonId, asked: Asked) -> int:
    """Projects that the reader may see."""
    names = ("state", "track", "unit", "company", "programme", "q", "mine")
    filters = filters_of(person, *(asked[name] for name in names))
    return await count_up_to(parts.views, filters, _marks(parts, person), None)


async def portfolio(parts: Parts, person: PersonId, asked: Asked) -> int:
    """Those of them that had been drafted at a moment."""
    filters = Filters(drafted_up_to=micros(asked["there"].at))
    return await count_up_to(parts.views, filters, _marks(parts, person), None)


async def dates(parts: Parts, person: PersonId, asked: Asked) -> int:
    """What is due."""
    day = today(parts.clock, parts.settings.time_zone)
    names = ("subject", "in_colour", "unit", "company", "mine")
    wanted = wanted_of(person, day, *(asked[name] for name in names))
    return await count_of(parts.views, deadlines.listing(wanted, _marks(parts, person), None, 1))


async def cases(parts: Parts, person: PersonId, asked: Asked) -> int:
    """Suspicious acts of a kind, or those of a sample."""
    within = asked_of(parts, person, asked["period"])
    query = suspicions.listing(asked["code"], within, batch=asked["batch"], after=None, limit=1)
    found = await count_of(parts.views, query)
    return found if asked["sample"] is None else min(found, asked["sample"])


async def transferred(parts: Parts, _person: PersonId, asked: Asked) -> int:
    """Projects of a company's year that have ended."""
    of, table = UnitId(str(asked["company"])), PROJECTS.table("transfers")
    return await count_of(
        parts.views, transfers.listing(table, of, asked["year"], asked["standing"], None, 1)
    )


def _marks(parts: Parts, person: PersonId) -> frozenset[str] | None:
    return marks_seen(parts.organisation, person, today(parts.clock, parts.settings.time_zone))
