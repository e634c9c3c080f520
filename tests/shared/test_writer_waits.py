"""What a writer had to wait for is decided and stamped anew; what is away for a moment is asked again."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest
from sqlalchemy import update

from shared import engines, writer
from shared.clock import SystemClock
from shared.envelope import micros
from shared.ledger import Head, Ledgers
from shared.ledger_tables import heads
from shared.writer import Writer
from tests.support.counter import Add, submission, whole
from tests.support.engines import Database

LASTS_SECONDS = 0.2


class AwayForAMoment(Ledgers):
    """Its connection is cut once, when a head is asked for after another process was first."""

    cut = False

    async def head(self, ledger: str) -> Head:
        if self.cut:
            self.cut = False
            raise ConnectionResetError
        return await super().head(ledger)


async def test_nothing_is_recorded_with_a_stamp_that_others_may_have_passed(
    ledgers: Ledgers, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "STAMP_LASTS_SECONDS", LASTS_SECONDS)
    one, clock = Writer(ledgers, SystemClock()), SystemClock()
    await one.submit(submission(uuid4(), Add(1)))
    other = engines.create_engine(database.url(), durable=True)
    async with engines.begin(other) as holding:
        await holding.execute(update(heads).values(ledger=heads.c.ledger))  # the row, or the file, is held
        late = asyncio.create_task(one.submit(submission(uuid4(), Add(1))))
        await asyncio.wait([late], timeout=LASTS_SECONDS * 4)
        assert not late.done()
        let_go = micros(clock.now())
    outcome = await late
    assert outcome.recorded_at >= let_go - LASTS_SECONDS * 1_000_000
    assert len(await whole(ledgers)) == 2
    await one.close()
    await other.dispose()


@pytest.mark.parametrize("repeated", [False, True])
async def test_a_database_that_goes_away_while_a_writer_catches_up_is_waited_for(
    ledgers: Ledgers, repeated: bool
) -> None:
    mine = AwayForAMoment(ledgers.engine, ledgers.service, ledgers.schema)
    quick, slow = Writer(ledgers, SystemClock()), Writer(mine, SystemClock())
    await slow.submit(submission(uuid4(), Add(1)))
    command = submission(uuid4(), Add(1))
    await quick.submit(command if repeated else submission(uuid4(), Add(1)))
    mine.cut = True
    outcome = await slow.submit(command)
    assert not mine.cut
    assert outcome.repeated == repeated
    assert len(await whole(ledgers)) == (2 if repeated else 3)
    await quick.close()
    await slow.close()
