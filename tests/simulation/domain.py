"""What the simulated services decide and read: units of the group, counters of companies, what follows."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from uuid import UUID, uuid5

from sqlalchemy import Column, MetaData, Table, Text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.projects.domain.unit import UNIT
from shared.codec import Schema
from shared.decision import Outcome, Read, Submission
from shared.domain import UnitId
from shared.envelope import Recorded, micros
from shared.merkle import leaf_hash
from shared.projections import Reaction, View
from tests.support.books import totals
from tests.support.counter import COUNTER, Add, Arrive, Closed, Left, submission

SPACE = UUID(int=0)
GROUP = "group"  # the ledger of projects that every decision reads
COMPANIES = ("a", "b")  # ledgers of projects
SCORES = "scores"  # the ledger of evaluation
SCHEMA = Schema(COUNTER.events + UNIT.events)
KNOWN_TO_VIEWS = frozenset({"Added", "Renamed", "Poisoned"})  # of the events of tests.support.books

metadata = MetaData()
effects = Table("effects", metadata, Column("event", Text, nullable=False))  # no key: a double would show


def unit_stream(unit: UnitId) -> UUID:
    """A unit's stream."""
    return uuid5(SPACE, f"unit {unit}")


def view(name: str, services: tuple[str, ...], batch: int) -> View:
    """The sums of all counters, in whatever ledger they lie."""
    made = totals(services=services, batch=batch)
    return View(name, 1, made.metadata, made.schema, services, keys=made.keys, apply=made.apply, batch=batch)


def remembering(batch: int) -> Reaction:
    """Writes down every event in the transaction that moves its checkpoint: exactly once."""

    async def remember(connection: AsyncConnection, recorded: Recorded) -> None:
        await connection.execute(effects.insert(), {"event": recorded.id})

    return Reaction("remembering", 1, SCHEMA, ("projects", "evaluation"), remember, batch=batch)


def scoring(submit: Callable[[Submission], Awaitable[Outcome]], batch: int) -> Reaction:
    """Answers every closed counter by a command with an id that the event gives: once in the end."""

    async def score(_connection: AsyncConnection, recorded: Recorded) -> None:
        stream = uuid5(recorded.stream, "score")
        await submit(
            submission(
                stream,
                Add(1),
                ledger=SCORES,
                command_id=uuid5(SPACE, recorded.id),
                causation=recorded.id,
                request=None,
            )
        )

    return Reaction(
        "scoring",
        1,
        Schema([Closed]),
        ("projects",),
        score,
        batch=batch,
        ignores=SCHEMA.names - {"Closed"},
    )


def elsewhere(ledger: str) -> str:
    """Where a counter of this ledger goes on."""
    return COMPANIES[1 - COMPANIES.index(ledger)]


def moving(submit: Callable[[Submission], Awaitable[Outcome]], batch: int) -> Reaction:
    """Lets every counter that has left one company's ledger arrive in the other's: once in the end (R70)."""

    async def move(_connection: AsyncConnection, recorded: Recorded) -> None:
        leaf = leaf_hash(recorded.stream, recorded.version, recorded.body).hex()
        await submit(
            submission(
                recorded.stream,
                Arrive(recorded.ledger, recorded.position, leaf),
                ledger=elsewhere(recorded.ledger),
                command_id=uuid5(SPACE, f"{recorded.id} arrives"),
                causation=recorded.id,
                request=None,
                arrives=True,
                read=Read({f"projects/{recorded.ledger}": recorded.position}, micros(recorded.recorded_at)),
            )
        )

    return Reaction(
        "moving", 1, Schema([Left]), ("projects",), move, batch=batch, ignores=SCHEMA.names - {"Left"}
    )
