"""A project that lives in a real ledger: commands through a writer, at moments that the test chooses."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from services.projects.domain.handover import HANDOVER
from services.projects.domain.ledger import LEDGER
from services.projects.domain.meeting import MEETING
from services.projects.domain.office import OFFICE
from services.projects.domain.programme import PROGRAMME
from services.projects.domain.project import PROJECT
from services.projects.domain.ratification import RATIFICATION
from services.projects.domain.supplement import SUPPLEMENT
from services.projects.domain.unit import UNIT
from shared import ledger_tables
from shared.clock import ExampleClock
from shared.codec import Schema
from shared.decision import Outcome, Read, Submission
from shared.domain import Decider
from shared.engines import begin, create_engine
from shared.ledger import Ledgers
from shared.sources import LocalSource
from shared.writer import Writer
from tests.support.engines import Database

BEGINS = datetime(2026, 1, 20, 4, tzinfo=UTC)
THE_PROJECT = UUID(int=12)


class House:
    """One service's ledgers with their writer; readers attach to `source`."""

    def __init__(self, url: str, service: str, *deciders: Decider[Any, Any, Any]) -> None:
        self.engine = create_engine(url, durable=True)
        schema = Schema(event for decider in deciders for event in decider.events)
        self.ledgers = Ledgers(self.engine, service, schema)
        self.clock = ExampleClock(BEGINS)
        self.source = LocalSource(self.ledgers, every_seconds=0.05)
        self.writer = Writer(self.ledgers, self.clock, committed=self.source.committed)

    async def does(
        self,
        *commands: Any,
        decider: Decider[Any, Any, Any] = PROJECT,
        stream: UUID = THE_PROJECT,
        ledger: str = "company",
        correlation: str = "",
        arrives: Read | None = None,
    ) -> Outcome:
        """Submit commands a minute apart; returns the last one's outcome.

        `arrives`: the stream has left another ledger, up to there.
        """
        outcome: Outcome | None = None
        for command in commands:
            self.clock.set(self.clock.now() + timedelta(minutes=1))
            outcome = await self.writer.submit(
                Submission(
                    ledger=ledger,
                    stream=stream,
                    decider=decider,
                    prepare=_prepared(command),
                    by=command.by,
                    correlation=correlation,
                    arrives=arrives is not None,
                    read=arrives or Read(),
                    programme=lambda state: getattr(state, "programme", "") or None,
                )
            )
        assert outcome is not None
        return outcome


def _prepared(command: Any) -> Callable[[Any], Any]:
    return lambda _state: command


@asynccontextmanager
async def house(
    database: Database, service: str, deciders: Iterable[Decider[Any, Any, Any]]
) -> AsyncIterator[House]:
    """A house with empty ledgers, closed afterwards."""
    built = House(database.url(service), service, *deciders)
    async with begin(built.engine) as connection:
        await connection.run_sync(ledger_tables.create)
    yield built
    await built.writer.close()
    await built.engine.dispose()


PROJECTS = (PROJECT, MEETING, PROGRAMME, SUPPLEMENT, HANDOVER, OFFICE, RATIFICATION, UNIT, LEDGER)
