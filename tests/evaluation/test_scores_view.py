"""Scores follow a real ledger, are rebuilt the same, and are fixed when the project has closed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
import yaml
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from services.evaluation.domain import heard
from services.evaluation.domain.project_score import PROJECT_SCORE, AdjustScore, ScoreFixed
from services.evaluation.domain.score import shown
from services.evaluation.projections import scores_in
from services.evaluation.reactions import FixingScores
from services.evaluation.review.conflicts import judged_of
from services.evaluation.schemes import default_scheme
from services.evaluation.scored import closed_unfixed
from services.evaluation.scores_read import Scored, of_circles, read_score
from services.evaluation.sight import circle_of
from services.projects.domain.project.content import Seat
from services.projects.domain.project.leadership import HandOverLead
from services.projects.domain.project.version import OrderVersion
from shared.decision import Read
from shared.domain import By, NotKnown, PersonId
from shared.engines import create_engine
from shared.reading import Runner, running
from tests.evaluation.a_programme import published
from tests.projects import a_project as p
from tests.projects.test_succession import MOVE, NEW_BRANCH, NEW_COMPANY, RECEIVE
from tests.support.engines import Database
from tests.support.living import PROJECTS, THE_PROJECT, House, house

SHANGHAI = ZoneInfo("Asia/Shanghai")
VIEW = scores_in(SHANGHAI)
SHIPPED = Path("services/evaluation/default/scheme.yaml").read_text("utf-8")
SPRING = date(2026, 3, 2)
TO_APPROVAL = (p.DRAFT, p.REVISE, p.SUBMIT, p.PRECHECK, p.QUALITY_AGREES, p.FINANCE_AGREES, p.MEET)
TO_CLOSING = (p.REQUEST_CLOSURE, p.PRECHECKER_REVIEWS, p.QUALITY_REVIEWS, p.ASSESS)


@dataclass
class Evaluation:
    """Both services' ledgers, the view between them, and what fixes scores."""

    projects: House
    evaluation: House
    views: AsyncEngine
    runner: Runner

    async def reached(self, house_: House) -> None:
        for name, head in (await house_.ledgers.heads()).items():
            assert await self.runner.wait_for(house_.ledgers.service, name, head.position, 30)

    async def read(self, on: date = SPRING) -> Scored:
        await self.reached(self.projects)
        await self.reached(self.evaluation)
        async with self.views.connect() as connection:
            return await read_score(connection, THE_PROJECT, on)

    def fixing(self) -> FixingScores:
        return FixingScores(self.views, VIEW, self.evaluation.writer, SHANGHAI)


@pytest.fixture
async def world(database: Database) -> AsyncIterator[Evaluation]:
    async with AsyncExitStack() as stack:
        projects = await stack.enter_async_context(house(database, "projects", PROJECTS))
        evaluation = await stack.enter_async_context(house(database, "evaluation", [PROJECT_SCORE]))
        views = create_engine(database.url("views"), durable=False)
        stack.push_async_callback(views.dispose)
        runner = Runner(VIEW, views, [projects.source, evaluation.source])
        await stack.enter_async_context(running(runner))
        yield Evaluation(projects, evaluation, views, runner)


async def test_the_score_follows_every_step(world: Evaluation) -> None:
    await world.projects.does(*TO_APPROVAL)
    assert (await world.read()).score.open == 100
    earned = [Decimal(0)]
    for command in p.WORK:
        await world.projects.does(command)
        earned.append((await world.read()).score.earned)
    assert earned == sorted(earned)
    last = await world.read()
    assert {c.code: c.earned for c in last.score.criteria if c.earned} == {
        "milestones": Decimal("5.8824"),
        "tasks": 8,
        "attainment": 24,
    }
    assert last.tally.state == "in_implementation"
    assert len(last.score.readings) == 2


async def test_whoever_had_a_part_or_decided_is_kept_for_the_choice_of_jurors(world: Evaluation) -> None:
    """R4, R5: proposer, lead, team, who signed, sat in the meeting or turned a key; not the clerk of both."""
    await world.projects.does(*TO_APPROVAL, *p.WORK, *TO_CLOSING)
    judged = judged_of((await world.read()).tally)
    assert judged.units == {p.BRANCH}
    decided = {p.PRECHECKER.person, p.QUALITY.person, p.ACCOUNTANT.person, *p.COMMITTEE}
    assert judged.people == {p.SECRETARY.person, p.FITTER.person, *decided}


async def test_a_closed_project_gets_its_score_fixed_once(world: Evaluation) -> None:
    await world.projects.does(*TO_APPROVAL, *p.WORK, *TO_CLOSING, correlation="their request")
    before = await world.read()
    assert (before.fixed, before.score.open) == (None, 0)
    assert await world.fixing().fix_closed() == 1
    await world.reached(world.evaluation)
    assert await world.fixing().fix_closed() == 0
    (line,) = await world.evaluation.ledgers.read_stream(THE_PROJECT)
    fixed = line.event
    assert isinstance(fixed, ScoreFixed)
    assert fixed.score == (await world.read(fixed.score.on)).score
    assert fixed.at == f"projects/company/{before.position}"
    assert (fixed.programme, line.envelope.programme) == ("2026.1", "2026.1")
    assert line.envelope.after == {"projects/company": before.position}
    (closed,) = await world.projects.ledgers.read_ledger("company", before.position - 1, 1)
    assert line.envelope.correlation == closed.envelope.correlation == "their request"
    assert line.envelope.causation == closed.id
    assert fixed.appeal_until == date(2026, 1, 27)  # five working days after 20 January
    after = await world.read()
    assert (after.fixed, after.fixed_event) == (fixed.total, line.id)


async def test_a_scheme_by_order_keeps_the_old_computation_beside_the_new(world: Evaluation) -> None:
    """R19."""
    heavier = yaml.safe_load(SHIPPED)
    heavier["groups"][3]["criteria"][0]["weight"] = 30
    heavier["groups"][3]["criteria"][1]["weight"] = 2
    await published(world.projects, heavier, version="2026.2")
    order = OrderVersion(p.by("hq", "headquarters", p.GROUP), "2026.2", "上级要求", ("scheme",), "9号")
    await world.projects.does(*TO_APPROVAL, *p.WORK)
    one_only = await world.read()
    await world.projects.does(order)
    both = await world.read()
    assert (both.score.scheme != one_only.score.scheme, one_only.before) == (True, ())
    assert both.before == (("2026.1", one_only.score),)
    await world.projects.does(*TO_CLOSING)
    await world.reached(world.projects)
    await world.fixing().fix_closed()
    (line,) = await world.evaluation.ledgers.read_stream(THE_PROJECT)
    fixed = line.event
    assert (fixed.programme, fixed.scheme_of) == ("2026.1", "2026.2")
    assert [other.programme for other in fixed.before] == ["2026.1"]
    assert fixed.before[0].score.scheme == one_only.score.scheme != fixed.score.scheme


async def test_a_score_goes_on_where_the_project_does_and_its_circle_with_it(world: Evaluation) -> None:
    """R70: events of two ledgers, in the order of the stream."""
    await world.projects.does(*TO_APPROVAL, *p.WORK)
    before = await world.read()
    out = await world.projects.does(MOVE)
    received = replace(RECEIVE, position=out.position)
    after = Read({"projects/company": out.position}, out.recorded_at)
    moved = await world.projects.does(received, ledger=NEW_COMPANY, arrives=after)
    there = await world.read()
    assert (moved.ledger, there.tally.unit, there.tally.company) == (NEW_COMPANY, NEW_BRANCH, NEW_COMPANY)
    assert there.score == before.score
    assert heard.Seat("source_department", NEW_COMPANY) in there.tally.around.seats
    async with world.views.connect() as connection:
        marks = set((await connection.execute(select(VIEW.table("circles").c.mark))).scalars())
    assert marks == circle_of(there.tally).marks()
    assert {f"unit:{p.BRANCH}", f"unit:{NEW_BRANCH}"} - marks == {f"unit:{p.BRANCH}"}
    lead = replace(
        p.REQUEST_CLOSURE,
        by=replace(p.SECRETARY, unit=NEW_BRANCH),
        first_key=(Seat("party_department", NEW_COMPANY),),
    )
    assert (await world.projects.does(lead)).ledger == NEW_COMPANY


async def test_the_body_of_a_fixed_score_is_the_one_whose_committee_assessed(world: Evaluation) -> None:
    """The level above holds the second key where the company's committee is too small (R52, R54)."""
    above = replace(p.ASSESS, unit=p.GROUP, units=(p.COMPANY, p.GROUP))
    await world.projects.does(*TO_APPROVAL, *p.WORK, *TO_CLOSING[:-1], above)
    await world.reached(world.projects)
    await world.fixing().fix_closed()
    (line,) = await world.evaluation.ledgers.read_stream(THE_PROJECT)
    assert line.event.body == p.GROUP


async def test_two_who_fix_at_the_same_time_write_one_score(world: Evaluation) -> None:
    await world.projects.does(*TO_APPROVAL, *p.WORK, *TO_CLOSING)
    await world.reached(world.projects)
    async with world.views.connect() as connection:
        ((project, closing),) = await closed_unfixed(connection, VIEW, 10)
        submissions = [await world.fixing()._submission(connection, project, closing) for _ in range(2)]
    outcomes = [await world.evaluation.writer.submit(s) for s in submissions]
    assert [o.position for o in outcomes] == [1, 1]


async def test_an_adjusted_score_replaces_the_figure_and_keeps_the_derivation(world: Evaluation) -> None:
    await world.projects.does(*TO_APPROVAL, *p.WORK, *TO_CLOSING)
    await world.reached(world.projects)
    await world.fixing().fix_closed()
    chair = By(PersonId("chair"), "party_secretary", p.COMPANY)
    adjust = AdjustScore(chair, Decimal("60.50"), "更正", "〔2026〕9号")
    await world.evaluation.does(adjust, decider=PROJECT_SCORE)
    after = await world.read()
    assert (after.fixed, after.fixed_event) == (Decimal("60.50"), "evaluation/company/1")


async def test_a_project_is_scored_by_the_scheme_of_its_programme(world: Evaluation) -> None:
    scheme = yaml.safe_load(SHIPPED)
    scheme["groups"][3]["criteria"][0]["weight"] = 30
    scheme["groups"][3]["criteria"][1]["weight"] = 2
    await published(world.projects, scheme)
    await world.reached(world.projects)
    await world.projects.does(*TO_APPROVAL)
    found = (await world.read()).score
    assert {c.code: c.weight for c in found.criteria}["attainment"] == 30
    assert found.scheme != default_scheme().sha256


async def test_a_corrigendum_mends_the_scheme_and_changes_no_score_that_is_fixed(world: Evaluation) -> None:
    """R21: what is computed from then on is by the mended text, beside the fixed score."""
    await published(world.projects, yaml.safe_load(SHIPPED))
    await world.reached(world.projects)
    await world.projects.does(*TO_APPROVAL, *p.WORK, *TO_CLOSING)
    await world.reached(world.projects)
    await world.fixing().fix_closed()
    before = await world.read()
    mended = yaml.safe_load(SHIPPED)
    mended["groups"][3]["criteria"][0]["weight"] = 30
    mended["groups"][3]["criteria"][1]["weight"] = 2
    await published(world.projects, mended, mended=True)
    after = await world.read()
    assert (after.fixed, after.fixed_event) == (before.fixed, before.fixed_event)
    assert after.fixed == shown(before.score.earned)
    weights = {c.code: c.weight for c in after.score.criteria}
    assert weights["attainment"] == 30
    assert after.score.scheme != before.score.scheme
    assert await world.fixing().fix_closed() == 0


async def test_a_view_rebuilt_from_the_ledgers_is_the_same(world: Evaluation, database: Database) -> None:
    await world.projects.does(*TO_APPROVAL, *p.WORK, *TO_CLOSING)
    await world.reached(world.projects)
    await world.fixing().fix_closed()
    await world.read()
    again = create_engine(database.url("again"), durable=False)
    anew = Runner(VIEW, again, [world.projects.source, world.evaluation.source])
    async with running(anew):
        for service in (world.projects, world.evaluation):
            for name, head in (await service.ledgers.heads()).items():
                assert await anew.wait_for(service.ledgers.service, name, head.position, 30)
    rows = []
    for engine in (world.views, again):
        async with engine.connect() as connection:
            rows.append((await connection.execute(select(VIEW.table("scores")))).all())
    await again.dispose()
    assert rows[0] == rows[1] != []


async def test_of_an_unknown_project_nothing_is_known(world: Evaluation) -> None:
    await world.projects.does(p.DRAFT)
    await world.read()
    async with world.views.connect() as connection:
        with pytest.raises(NotKnown):
            await read_score(connection, UUID(int=99), SPRING)


async def test_a_list_finds_a_score_by_the_marks_of_its_circle_as_it_is_now(world: Evaluation) -> None:
    await world.projects.does(*TO_APPROVAL)

    async def found(*marks: str) -> int:
        await world.reached(world.projects)
        query = select(VIEW.table("scores")).where(of_circles(frozenset(marks)))
        async with world.views.connect() as connection:
            return len((await connection.execute(query)).all())

    seen = ("unit:branch", "person:secretary", "seat:source_department@company", "seat:headquarters@group")
    assert [await found(mark) for mark in (*seen, "unit:company", "person:welder")] == [1, 1, 1, 1, 0, 0]
    assert await found(*seen) == 1
    await world.projects.does(HandOverLead(p.PRECHECKER, PersonId("welder"), "调动"))
    assert [await found(mark) for mark in ("person:welder", "person:fitter")] == [1, 1]


async def test_event_by_event_the_tables_say_the_same_as_all_at_once(world: Evaluation) -> None:
    async def said() -> dict[str, list[str]]:
        await world.reached(world.projects)
        async with world.views.connect() as connection:
            return {
                name: sorted(map(str, (await connection.execute(select(table))).all()))
                for name, table in VIEW.tables.items()
            }

    for command in (*TO_APPROVAL, *p.WORK, HandOverLead(p.PRECHECKER, PersonId("welder"), "调动")):
        await world.projects.does(command)
        await world.reached(world.projects)
    step_by_step = await said()
    assert len(step_by_step["circles"]) > len(TO_APPROVAL)
    await world.runner.rebuild()
    assert await said() == step_by_step


async def test_a_project_whose_score_cannot_be_fixed_holds_up_no_other(world: Evaluation) -> None:
    broken, whole = THE_PROJECT, UUID(int=THE_PROJECT.int + 1)
    for stream in (broken, whole):
        await world.projects.does(*TO_APPROVAL, *p.WORK, *TO_CLOSING, stream=stream)
    await world.reached(world.projects)
    scores = VIEW.table("scores")
    async with world.views.connect() as connection:
        query = select(scores.c.at_closing).where(scores.c.project == broken)
        closing = (await connection.execute(query)).scalar_one()
        unreadable = replace(closing, event="an event of nowhere")
        await connection.execute(
            update(scores).where(scores.c.project == broken).values(at_closing=unreadable)
        )
        await connection.commit()
    fixing = world.fixing()
    assert await fixing.fix_closed() == 1
    assert fixing.sending.stuck == {broken}
    assert len(await world.evaluation.ledgers.read_stream(whole)) == 1
