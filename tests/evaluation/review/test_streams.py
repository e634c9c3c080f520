"""A review is read from its ledger, only what is new of it; what never changes is not asked again."""

from __future__ import annotations

from uuid import UUID

from services.evaluation.deciders import DECIDERS
from services.evaluation.domain.review.cycle import CYCLE
from services.evaluation.review.streams import Streams
from tests.evaluation.review.test_cycle import GROUP, OPEN, collect, entrant
from tests.support.engines import Database
from tests.support.living import house

REVIEW = UUID(int=7)


async def test_what_is_known_is_as_it_was_read_last_and_now_reads_what_is_new(database: Database) -> None:
    async with house(database, "evaluation", DECIDERS) as own:
        streams = Streams(own.ledgers)
        assert (await streams.known(CYCLE, REVIEW)).unit is None
        await own.does(OPEN, decider=CYCLE, stream=REVIEW, ledger="group")
        assert (await streams.known(CYCLE, REVIEW)).unit == GROUP
        await own.does(collect(entrant("a")), decider=CYCLE, stream=REVIEW, ledger="group")
        assert not (await streams.known(CYCLE, REVIEW)).entrants
        assert {*(await streams.now(CYCLE, REVIEW)).state.entrants} == {"a"}
        assert {*(await streams.known(CYCLE, REVIEW)).entrants} == {"a"}
