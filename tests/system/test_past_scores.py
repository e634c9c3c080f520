"""The scores of the example's year, folded from the record alone: those of now, and those that were fixed."""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from services.evaluation.domain import heard
from services.evaluation.domain.project_score import PROJECT_SCORE, ScoreFixed
from services.evaluation.domain.scheme import Scheme
from services.evaluation.domain.score import score
from services.evaluation.past import read, tally_of
from services.evaluation.projections import SCORES, scores_in
from services.evaluation.scores_read import Scored, read_scores
from shared.codec import Schema
from shared.engines import create_engine
from shared.envelope import moment
from shared.ledger import Ledgers
from shared.moments import Moment, held
from shared.reading import Runner, running
from shared.sources import LocalSource
from tests.system.test_example import example

ZONE = ZoneInfo("Asia/Shanghai")


@pytest.mark.long
async def test_the_past_of_each_project_of_a_year_is_what_is_shown_and_what_was_fixed(
    tmp_path: Path,
) -> None:
    """R54: to the last digit, by the events known until then."""
    code, said, complained = example(tmp_path / "data", "--seed", "7", "--projects", "12")
    assert code == 0, said + complained
    await compare(tmp_path / "data", tmp_path)


async def compare(data: Path, beside: Path) -> None:
    """Of each project, the score of now and, where it is fixed, the one at its closing."""
    async with AsyncExitStack() as stack:
        projects = _ledgers(stack, data, "projects", Schema((heard.ProgrammePublished,)))
        evaluation = _ledgers(stack, data, "evaluation", Schema(PROJECT_SCORE.events))
        sources = [LocalSource(projects), LocalSource(evaluation)]
        views = create_engine(f"sqlite+aiosqlite:///{beside / 'views.db'}", durable=False)
        stack.push_async_callback(views.dispose)
        runner = Runner(scores_in(ZONE), views, sources)
        await stack.enter_async_context(running(runner))
        for ledgers in (projects, evaluation):
            for name, head in (await ledgers.heads()).items():
                assert await runner.wait_for(ledgers.service, name, head.position, 60)
        table = SCORES.table("scores")
        day = moment(max(head.recorded_at for head in (await projects.heads()).values()))
        async with views.connect() as connection:
            live = await read_scores(connection, table.select(), day.astimezone(ZONE).date())
        closed = [await _same(one, sources[0], evaluation) for one in live]
        assert len(closed) > sum(closed) > 0, "some are closed, and some go on"


async def _same(live: Scored, source: LocalSource, evaluation: Ledgers) -> bool:
    stream = await source.stream(live.project)
    tally = tally_of(read(stream), ZONE)
    assert tally == live.tally
    assert isinstance(live.scheme, Scheme)
    assert score(tally, live.scheme, live.on) == live.score
    own = await evaluation.read_stream(live.project)
    if not own:
        return False
    fixed = own[0].event
    assert isinstance(fixed, ScoreFixed)
    ledger, position = fixed.at.removeprefix("projects/").split("/")
    then = tally_of(read(held(stream, Moment(known=int(position)))), ZONE)
    assert ledger == stream[-1].ledger
    assert score(then, live.scheme, fixed.score.on) == fixed.score
    return True


def _ledgers(stack: AsyncExitStack, data: Path, service: str, schema: Schema) -> Ledgers:
    engine = create_engine(f"sqlite+aiosqlite:///{data / service / 'ledger.db'}", durable=True)
    stack.push_async_callback(engine.dispose)
    return Ledgers(engine, service, schema)
