"""A process that sees to what is due: `python -m tests.support.timekeeper TRUTH VIEWS DAY DIES_AFTER`.

After so many recorded commands it kills itself, before the claim that they belong to is committed.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, cast

from services.projects.parts import Parts
from services.projects.schema import SCHEMA
from services.projects.timers import see_to_due
from shared.clock import ExampleClock
from shared.engines import create_engine
from shared.envelope import Recorded
from shared.ledger import Ledgers
from shared.logs import configure
from shared.settings import Settings
from shared.writer import Writer
from tests.projects.a_group import organisation


async def keep_time(truth: str, views: str, day: str, dies_after: int) -> None:
    """Until nothing is left of the day."""
    recorded = 0

    def committed(events: Sequence[Recorded], *_: Any) -> None:
        nonlocal recorded
        recorded += len(events)
        if recorded >= dies_after:
            os.kill(os.getpid(), signal.SIGKILL)

    clock = ExampleClock(datetime.fromisoformat(day).replace(hour=4, tzinfo=UTC))
    ledgers = Ledgers(create_engine(truth, durable=True), "projects", SCHEMA)
    none = cast("Any", None)  # of the other parts nothing is asked
    parts = Parts(
        settings=Settings(service="projects"),
        clock=clock,
        ledgers=ledgers,
        writer=Writer(ledgers, clock, committed=committed),
        organisation=organisation(),
        accounts=none,
        keys=none,
        files=none,
        bus=none,
        views=create_engine(views, durable=False),
        runner_projects=none,
        runner_suspicions=none,
        following=none,
        signer=none,
        names=none,
    )
    while await see_to_due(parts):
        pass
    await parts.writer.close()
    await ledgers.engine.dispose()
    await parts.views.dispose()


if __name__ == "__main__":
    configure("timekeeper")  # what is logged goes to stderr
    asyncio.run(keep_time(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])))
