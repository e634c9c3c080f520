"""How far each view has read each ledger, which projects it holds, and which names it did not know."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Column,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    and_,
    delete,
    func,
    select,
    tuple_,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from shared import engines
from shared.columns import Uuid
from shared.envelope import Recorded, moment

metadata = MetaData()


def _of_view() -> tuple[Column[Any], Column[Any]]:
    return Column("view", Text, primary_key=True), Column(
        "version", Integer, primary_key=True, autoincrement=False
    )


def _of_ledger() -> tuple[Column[Any], Column[Any]]:
    return Column("service", Text, primary_key=True), Column("ledger", Text, primary_key=True)


checkpoints = Table(
    "checkpoints",
    metadata,
    *_of_view(),
    *_of_ledger(),
    Column("position", BigInteger, nullable=False),
    Column("leaf", LargeBinary, nullable=False),  # of the event at that position; empty at 0
)
live_views = Table(
    "views",
    metadata,
    Column("name", Text, primary_key=True),
    Column("live_version", Integer, nullable=False),
)
parked = Table(
    "parked",
    metadata,
    *_of_view(),
    Column("held", Text, primary_key=True),
    *_of_ledger(),
    Column("stream", Uuid, nullable=False),
    Column("position", BigInteger, nullable=False),  # the first event of this ledger that waits
    Column("cause", Text, nullable=False),
    Column("at", BigInteger, nullable=False),  # microseconds since 1970 UTC
)
unknown_events = Table(
    "unknown_events",
    metadata,
    *_of_view(),
    *_of_ledger(),
    Column("name", Text, primary_key=True),
    Column("first_position", BigInteger, nullable=False),
    Column("count", BigInteger, nullable=False),
)

Place = tuple[str, str]  # service, ledger


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a view stands in a ledger: the last position that it applied, and that event's leaf."""

    position: int = 0
    leaf: bytes = b""


class Named(Protocol):
    """What checkpoints know of a view or reaction."""

    @property
    def name(self) -> str:
        """Stable name."""

    @property
    def version(self) -> int:
        """Counts up whenever the view must be built anew."""

    def held_with(self, recorded: Recorded) -> UUID | str:
        """The project that waits when this event cannot be applied."""


def own(table: Table, view: Named) -> Any:
    """The rows of one version of one view."""
    return and_(table.c.view == view.name, table.c.version == view.version)


def among(table: Table, places: Iterable[Place]) -> Any:
    """The rows of these ledgers."""
    return tuple_(table.c.service, table.c.ledger).in_(list(places))


async def open_places(connection: AsyncConnection, view: Named, marks: Mapping[Place, Mark]) -> None:
    """Make the rows of ledgers that are new to a view; rows that are there stay as they are."""
    await connection.execute(
        engines.insert(checkpoints, connection).on_conflict_do_nothing(),
        [_row(view, place, marks[place]) for place in sorted(marks)],
    )


async def marks_of(
    connection: AsyncConnection, view: Named, places: Iterable[Place] | None = None
) -> dict[Place, Mark]:
    """Where a view stands, in all its ledgers or in these."""
    query = select(checkpoints).where(own(checkpoints, view))
    return await _marks(connection, query if places is None else query.where(among(checkpoints, places)))


async def lock(
    connection: AsyncConnection, view: Named, places: Iterable[Place], *, wait: bool = False
) -> dict[Place, Mark]:
    """The same with the rows locked until commit; rows that others hold are left out unless we `wait`.

    Always in the same order, so that two who wait never wait for each other.
    """
    query = select(checkpoints).where(own(checkpoints, view), among(checkpoints, places))
    query = query.order_by(checkpoints.c.service, checkpoints.c.ledger)
    return await _marks(connection, query.with_for_update(skip_locked=not wait))


async def save(connection: AsyncConnection, view: Named, marks: Mapping[Place, Mark]) -> None:
    """Move a view's checkpoints; the rows are locked by the caller."""
    await connection.execute(
        engines.upsert(checkpoints, connection), [_row(view, place, marks[place]) for place in sorted(marks)]
    )


def _row(view: Named, place: Place, mark: Mark) -> dict[str, Any]:
    return {
        "view": view.name,
        "version": view.version,
        "service": place[0],
        "ledger": place[1],
        "position": mark.position,
        "leaf": mark.leaf,
    }


async def _marks(connection: AsyncConnection, query: Any) -> dict[Place, Mark]:
    return {
        (row.service, row.ledger): Mark(row.position, row.leaf)
        for row in (await connection.execute(query)).all()
    }


async def count_unknown(
    connection: AsyncConnection, view: Named, found: Mapping[tuple[str, str, str], tuple[int, int]]
) -> None:
    """Add to the counts of unknown names: (service, ledger, name) → (first position, count)."""
    if not found:
        return
    statement = engines.insert(unknown_events, connection)
    statement = statement.on_conflict_do_update(
        index_elements=list(unknown_events.primary_key.columns),
        set_={"count": unknown_events.c.count + statement.excluded.count},
    )
    await connection.execute(
        statement,
        [
            {
                "view": view.name,
                "version": view.version,
                "service": service,
                "ledger": ledger,
                "name": name,
                "first_position": first,
                "count": count,
            }
            for (service, ledger, name), (first, count) in sorted(found.items())
        ],
    )


async def begin_anew(connection: AsyncConnection, view: Named) -> None:
    """Back to position 0 in every ledger, with nothing parked; the rows are locked by the caller."""
    await connection.execute(update(checkpoints).where(own(checkpoints, view)).values(position=0, leaf=b""))
    for table in (parked, unknown_events):
        await connection.execute(delete(table).where(own(table, view)))


async def report(connection: AsyncConnection, view: Named) -> dict[str, Any]:
    """For the health page: the first hundred held projects with their cause, and names not known."""
    held = select(parked).where(own(parked, view)).order_by(parked.c.at).limit(100)
    named = (unknown_events.c.service, unknown_events.c.name)
    count = select(func.count()).select_from(parked).where(own(parked, view))
    names = select(*named, func.sum(unknown_events.c.count)).where(own(unknown_events, view)).group_by(*named)
    return {
        "parked_in_all": await connection.scalar(count) or 0,
        "parked": [
            {
                "held": row.held,
                "event": f"{row.service}/{row.ledger}/{row.position}",
                "cause": row.cause,
                "at": moment(row.at),
            }
            for row in (await connection.execute(held)).all()
        ],
        "unknown": {f"{row[0]}/{row[1]}": int(row[2]) for row in (await connection.execute(names)).all()},
    }
