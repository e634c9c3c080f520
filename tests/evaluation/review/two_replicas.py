"""A second replica of evaluation on the same databases, and acts that are sent to both at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from services.evaluation.api.routers import ROUTERS
from services.evaluation.deciders import DECIDERS
from services.evaluation.review.keys import ReviewKeys
from services.evaluation.review.streams import Streams
from shared.clock import ExampleClock
from shared.writer import Writer
from tests.evaluation.a_desk import PUBLIC
from tests.evaluation.review.a_review import Review
from tests.support.engines import Database
from tests.support.living import House
from tests.support.served import served


@dataclass
class Replicas:
    """Two of them: each has a writer, states in memory, and a clock of its own."""

    first: Review
    second: Review
    clock: ExampleClock  # of the second

    async def at_once(
        self, one: tuple[str, str, Any], other: tuple[str, str, Any], behind: datetime | None = None
    ) -> list[str]:
        """Two acts (address, who, body), one at each replica; "done" or why it was refused.

        `behind`: what the second one's clock says, if not the same as the first one's.
        """
        self.clock.set(behind or self.first.desk.own.clock.now())
        answers = await asyncio.gather(
            *(
                review.desk.post(path, name, **body)
                for review, (path, name, body) in ((self.first, one), (self.second, other))
            )
        )
        assert all(answer.status_code < 500 for answer in answers), [answer.text for answer in answers]
        return [answer.json().get("code", "done") for answer in answers]


@asynccontextmanager
async def two_replicas(review: Review, database: Database) -> AsyncIterator[Replicas]:
    """As long as the block lasts."""
    desk = review.desk
    house = House(database.url("evaluation"), "evaluation", *DECIDERS)
    clock = ExampleClock(desk.own.clock.now())
    writer = Writer(house.ledgers, desk.own.clock, committed=house.source.committed)
    parts = replace(
        desk.parts,
        clock=clock,
        ledgers=house.ledgers,
        writer=writer,
        keys=ReviewKeys(house.engine),
        streams=Streams(house.ledgers),
    )
    state: dict[str, Any] = {
        "parts": parts,
        "organisation": desk.organisation,
        "verifier": desk.verifier,
        "signing": desk.signing,
    }
    async with served("evaluation", ROUTERS, {}, PUBLIC, **state) as http:
        yield Replicas(review, Review(replace(desk, http=http, parts=parts)), clock)
    await writer.close()
    await house.writer.close()
    await house.engine.dispose()
