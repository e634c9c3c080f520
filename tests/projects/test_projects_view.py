"""The view of projects: rows as the fold says, lists in parts, and nobody's list beyond their sight."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from services.projects.domain.project.change import ApproveChange, RequestChange
from services.projects.domain.project.content import Alteration, Member, Team
from services.projects.domain.unit import UNIT
from services.projects.domain.unit.tree import EstablishUnit
from services.projects.ids import unit_id
from services.projects.projections.page import page_of
from services.projects.projections.projects import (
    PROJECTS,
    Filters,
    count_going_by,
    count_up_to,
    list_projects,
    one,
)
from services.projects.schema import DECIDERS
from services.projects.sight import circle_of, marks_seen, may_see
from shared.domain import PersonId, UnitId
from shared.engines import create_engine
from shared.places import After
from shared.reading import Runner, running
from tests.projects.a_group import EVERYBODY, OTHER_BRANCH, PARTNER, TODAY, organisation, person
from tests.projects.a_project import (
    ASSESS,
    BRANCH,
    COMPANY,
    DRAFT,
    FINANCE_AGREES,
    GROUP,
    MEET,
    PRECHECK,
    PRECHECKER,
    PRECHECKER_REVIEWS,
    QUALITY_AGREES,
    QUALITY_REVIEWS,
    REQUEST_CLOSURE,
    REVISE,
    SECRETARY,
    SUBMIT,
    WORK,
)
from tests.projects.test_version import APPROVE, REQUEST
from tests.support.engines import Database
from tests.support.living import THE_PROJECT, House, house
from tests.support.waiting import eventually

APPROVAL = (DRAFT, REVISE, SUBMIT, PRECHECK, QUALITY_AGREES, FINANCE_AGREES, MEET)
CLOSING = (REQUEST_CLOSURE, PRECHECKER_REVIEWS, QUALITY_REVIEWS, ASSESS)
EVERYTHING = Filters()


@pytest.fixture
async def home(database: Database) -> AsyncIterator[House]:
    async with house(database, "projects", DECIDERS) as built:
        yield built


@pytest.fixture
async def views(database: Database) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(database.url("views"), durable=False)
    yield engine
    await engine.dispose()


@asynccontextmanager
async def shown(home: House, views: AsyncEngine) -> AsyncIterator[Runner]:
    """The view, having reached every head."""
    async with running(runner := Runner(PROJECTS, views, [home.source])):
        await eventually(lambda: runner.live, "the view can be read")
        await reached(runner, home)
        yield runner


async def reached(runner: Runner, home: House) -> None:
    for name, head in (await home.ledgers.heads()).items():
        assert await runner.wait_for("projects", name, head.position, 30)


async def listed(
    views: AsyncEngine, filters: Filters = EVERYTHING, scope: Iterable[str] | None = None
) -> set[UUID]:
    found = await list_projects(views, filters, None if scope is None else frozenset(scope), limit=200)
    return {UUID(row["project"]) for row in found.rows}


async def test_the_row_of_a_whole_life_is_its_fold(home: House, views: AsyncEngine) -> None:
    async with shown(home, views) as runner:
        await home.does(*APPROVAL)
        await reached(runner, home)
        waiting = await one(views, str(THE_PROJECT))
        assert waiting is not None
        assert (waiting["state"], waiting["due_next"].isoformat()) == ("in_implementation", "2026-05-31")
        await home.does(*WORK, *CLOSING)
        await reached(runner, home)
    row = await one(views, str(THE_PROJECT))
    stream = await home.ledgers.read_stream(THE_PROJECT)
    assert row is not None
    assert row["page"] == page_of(stream)
    assert (row["state"], row["version"], row["position"]) == ("closed", len(stream), len(stream))
    assert (row["reference"], row["number"]) == ("2026-A-0012", "2026-CH-A-0012")
    assert await one(views, str(UUID(int=1))) is None


async def test_a_row_says_whose_word_is_waited_for(home: House, views: AsyncEngine) -> None:
    await home.does(DRAFT, REVISE, SUBMIT)
    async with shown(home, views):
        row = await one(views, str(THE_PROJECT))
    assert row is not None
    assert row["waiting_step"] == "党委工作部初审"
    assert row["waiting_seats"] == [{"office": "party_department", "unit": "company"}]
    assert row["due_next"].isoformat() == "2026-01-27"


async def test_events_of_the_organisation_are_known_and_not_wanted(home: House, views: AsyncEngine) -> None:
    established = EstablishUnit(
        by=SECRETARY,
        unit=unit_id("G"),
        code="G",
        name="集团",
        parent=None,
        kind="functional",
        organisation="集团党委",
        marks=(),
        has_ledger=True,
        has_committee=True,
        full_members=9,
        group=None,
        parent_in_force=True,
    )
    await home.does(established, decider=UNIT, stream=UUID(unit_id("G")), ledger="group")
    async with shown(home, views) as runner:
        health = await runner.health()
    assert (health["unknown"], health["parked"]) == ({}, [])
    assert await listed(views) == set()


async def a_few(home: House, count: int) -> list[UUID]:
    """Drafts of a branch, in the order of their drafting."""
    streams = [UUID(int=n) for n in (55, 11, 44, 22, 33, 66, 77)[:count]]
    for number, stream in enumerate(streams):
        await home.does(replace(DRAFT, reference=f"2026-A-{number:04}"), stream=stream)
    return streams


async def test_parts_of_the_list_make_the_whole_whatever_happens_meanwhile(
    home: House, views: AsyncEngine
) -> None:
    streams = await a_few(home, 6)
    async with shown(home, views) as runner:
        found: list[UUID] = []
        after: After | None = None
        while True:
            part = await list_projects(views, EVERYTHING, None, after, limit=2)
            found += [UUID(row["project"]) for row in part.rows]
            if part.after is None:
                break
            after = After.read(str(part.after))
            await home.does(REVISE, stream=found[0])  # what was changed since does not come again
            await home.does(DRAFT, stream=UUID(int=1000 + len(found)))  # nor does what is new
            await reached(runner, home)
    assert found == streams[::-1]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (Filters(states=("draft",)), {2, 3}),
        (Filters(states=("draft", "in_approval")), {1, 2, 3}),
        (Filters(track="reform_innovation"), {2}),
        (Filters(unit=PARTNER), {3}),
        (Filters(company=COMPANY), {1, 2, 3}),
        (Filters(company="elsewhere"), set()),
        (Filters(text="面漆"), {1}),
        (Filters(text="面漆返修率減半"), {1}),
        (Filters(text="成本賬"), {2}),
        (Filters(text="ａ－0012"), {1}),
        (Filters(text="a-0012 返修"), {1}),
        (Filters(text="100%"), {3}),
        (Filters(text="_"), set()),
        (Filters(text="颗粒缺陷返修率6.8%"), {1}),  # the problem
        (Filters(text="首班清潔作業定標"), {1}),  # a milestone
        (Filters(text="專題行動"), {1}),  # a measure
        (Filters(text="每月一次進度碰頭"), {1}),  # a working rule
        (Filters(text="連續三個月 ａ-0012"), {1}),  # the standard of acceptance, and the number
        (Filters(text="首班专题"), set()),  # its pairs stand there, the word does not
        (Filters(text="账"), {2}),
        (Filters(text="账 面漆"), set()),
        (Filters(mine=PersonId("fitter")), {1}),
        (Filters(mine=PersonId("nobody")), set()),
        (Filters(mine=PersonId("secretary"), states=("draft",)), {2, 3}),
    ],
    ids=str,
)
async def test_filters(home: House, views: AsyncEngine, filters: Filters, expected: set[int]) -> None:
    await home.does(DRAFT, REVISE, SUBMIT, stream=UUID(int=1))
    other = replace(DRAFT, track="reform_innovation", title="成本账算到班组", reference="2026-A-0013")
    await home.does(other, stream=UUID(int=2))
    third = replace(DRAFT, unit=PARTNER, title="合格率100%", reference="2026-A-0014")
    await home.does(third, stream=UUID(int=3))
    async with shown(home, views):
        assert await listed(views, filters) == {UUID(int=n) for n in expected}
        assert await count_up_to(views, filters, None) == len(expected)


async def test_what_a_draft_says_no_more_is_not_found_by_it(home: House, views: AsyncEngine) -> None:
    await home.does(DRAFT, REVISE, stream=UUID(int=1))
    async with shown(home, views) as runner:
        assert await listed(views, Filters(text="缺陷")) == {UUID(int=1)}
        await home.does(
            replace(REVISE, proposal=replace(REVISE.proposal, problem="周末停线")), stream=UUID(int=1)
        )
        await reached(runner, home)
        assert await listed(views, Filters(text="缺陷")) == set()
        assert await listed(views, Filters(text="周末停线")) == {UUID(int=1)}


async def test_counting_stops_at_its_limit(home: House, views: AsyncEngine) -> None:
    await a_few(home, 5)
    async with shown(home, views):
        assert await count_up_to(views, EVERYTHING, None, limit=3) == 3
        assert await count_up_to(views, EVERYTHING, None, limit=5) == 5


async def test_everybodys_list_is_what_they_may_open(home: House, views: AsyncEngine) -> None:
    units = {1: BRANCH, 2: PARTNER, 3: OTHER_BRANCH, 4: COMPANY, 5: GROUP}
    for number, unit in units.items():
        await home.does(replace(DRAFT, unit=UnitId(unit)), REVISE, SUBMIT, stream=UUID(int=number))
    known = organisation()
    async with shown(home, views):
        pages = {UUID(int=n): (await one(views, str(UUID(int=n)))) for n in units}
        for name in EVERYBODY:
            who = person(name)
            scope = marks_seen(known, who, TODAY)
            may_open = {
                id_
                for id_, row in pages.items()
                if row and may_see(known, who, circle_of(row["page"]), TODAY)
            }
            assert await listed(views, scope=scope) == may_open, name


async def test_who_leaves_the_team_finds_the_project_no_more(home: House, views: AsyncEngine) -> None:
    await home.does(*APPROVAL)
    async with shown(home, views) as runner:
        assert await listed(views, scope={"person:fitter"}) == {THE_PROJECT}
        assert await listed(views, scope={"person:welder"}) == set()
        changed = Alteration(team=Team(members=(Member(PersonId("welder"), "backbone"),)))
        await home.does(
            RequestChange(SECRETARY, "C1", "换人", changed), ApproveChange(PRECHECKER, "C1", "h2")
        )
        await reached(runner, home)
        assert await listed(views, scope={"person:fitter"}) == set()
        assert await listed(views, scope={"person:welder"}) == {THE_PROJECT}


async def test_a_project_that_was_moved_to_a_version_is_counted_and_listed_under_both(
    home: House, views: AsyncEngine
) -> None:
    """R19, R21: a corrigendum of either touches it."""
    async with shown(home, views) as runner:
        await home.does(*APPROVAL, REQUEST, APPROVE)
        await reached(runner, home)
        for version in ("2026.1", "2026.2"):
            assert await count_going_by(views, version, ["in_implementation"]) == {"in_implementation": 1}
            assert await listed(views, Filters(programme=version)) == {THE_PROJECT}
            assert await listed(views, Filters(programme=version, text="2026-A-0012")) == {THE_PROJECT}
        assert await count_going_by(views, "2025.1", ["in_implementation"]) == {}
        assert await listed(views, Filters(programme="2025.1")) == set()
