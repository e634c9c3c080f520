"""Lists stay fast with 20,000 projects: each statement finds its rows by an index, in less than 100 ms."""

from __future__ import annotations

import random
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Text, bindparam, event, func, select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.projects.projections import burden, coverage, outcomes, problems, transfers, visits
from services.projects.projections.deadlines import AfterDate, Wanted, list_deadlines
from services.projects.projections.projects import (
    PROJECTS,
    Filters,
    count_up_to,
    list_projects,
    listed_practices,
    open_with,
)
from services.projects.projections.words import parts_of
from services.projects.spelling import folded
from shared.domain import PersonId
from shared.engines import begin, create_engine, is_sqlite, rows_of
from shared.places import After
from tests.support.engines import Database

COMPANIES, BRANCHES_EACH, BRANCHES, COUNT = 100, 10, 1_000, 20_000
TODAY = date(2026, 5, 25)
WORDS = (
    "面漆返修率",
    "成本账",
    "首班清洁",
    "安全巡检",
    "班组学习",
    "减半",
    "算到班组",
    "示范岗",
    "到工位",
    "一本通",
)
TEXT = "全线白班交接前停机时间长，{}；中班夜班备件到货晚。"
STATES = (
    ("closed",) * 140 + ("in_implementation",) * 40 + ("draft",) * 15 + ("rejected",) * 4 + ("suspended",)
)
TRACKS = ("quality", "cost", "safety", "reform", "talent", "culture")
MILLISECONDS = 100
TRIES = 7  # the best of them counts: what else the machine does is no fault of the statement
WALKED = ("by_drafting", "by_due", "COVERING INDEX", "Index Only Scan")  # in its order, as far as needed


def ident(kind: int, number: int) -> str:
    return str(UUID(int=kind * 10**12 + number))


def branch(number: int) -> str:
    return ident(2, number)


def company(number: int) -> str:
    return ident(3, number)


TEXTS = {
    "text": Filters(text="返修"),
    "text of nothing": Filters(text="返工"),
    "text in all": Filters(text="全线"),
    "text of which only the pairs are in all": Filters(text="前夜班"),
    "one sign": Filters(text="线"),
    "words": Filters(text="安全巡检 停机时间"),
    "words of a state": Filters(text="停机时间", states=("suspended",)),
    "words of a track": Filters(text="停机时间", track="cost"),
    "words of a unit": Filters(text="停机时间", unit=branch(7)),
    "reference": Filters(text="a-00712"),
}
NARROW = frozenset({"person:1", f"unit:{branch(7)}", f"seat:secretary@{branch(7)}"})
COMPANY_WIDE = frozenset({"person:2", *(f"unit:{branch(number)}" for number in range(BRANCHES_EACH))})
SIGHTS = {"narrow": NARROW, "company-wide": COMPANY_WIDE, "group-wide": None}


def rows_for(number: int, chance: random.Random) -> Mapping[str, list[dict[str, Any]]]:
    """What the view holds of one project."""
    project, unit = ident(1, chance.getrandbits(40)), number % BRANCHES
    drafted, state, track = (
        date(2024, 1, 1) + timedelta(number // 25),
        chance.choice(STATES),
        chance.choice(TRACKS),
    )
    title, reference = "".join(chance.sample(WORDS, 3)), f"{drafted.year}-A-{number:05}"
    common: dict[str, Any] = {
        "project": project,
        "ledger": "c",
        "track": track,
        "company": company(unit // BRANCHES_EACH),
    }
    row: dict[str, Any] = common | {
        "reference": reference,
        "title": title,
        "state": state,
        "unit": branch(unit),
        "lead": f"{number % 5_000}",
        "waiting_seats": [],
        "drafted_at": number * 10**9,
        "programme": f"2026.{chance.randrange(5)}",
        "recorded_at": number,
        "version": 9,
        "position": number,
        "search": folded(f"{title} {reference} {TEXT.format(chance.choice(WORDS))}"),
        "practice_listed_on": drafted if chance.random() < 0.01 else None,
        "circle": 5,
        "from_problem": f"p{number % 9}" if number % 3 else None,
        "page": {"practice": {}, "showings": [], "text": "页" * 1_000},
    }
    lead, partner = f"person:{number % 5_000}", f"unit:{branch(chance.randrange(BRANCHES))}"
    marks = (f"unit:{branch(unit)}", lead, f"person:{chance.randrange(5_000)}", partner)
    seats = (f"seat:party_department@{common['company']}",)
    dated = {"title": title, "since": drafted, "yellow_from": drafted + timedelta(20), "tried_on": None}
    dated |= {"project": project, "ledger": "c", "act": None, "act_on": None, "working_days": None}
    due = drafted + timedelta(30)
    covered = common | {"integrations": ",safety,", "approved_on": drafted, "closed_on": None}
    found: dict[str, list[dict[str, Any]]] = {
        "projects": [row],
        "circles": [
            {"project": project, "circle": circle, "mark": mark}
            for circle, some in ((1, marks[:2]), (5, {*marks, *seats}))
            for mark in some
        ],
        "dates": [dated | {"subject": "milestone", "code": "M1", "due": due}],
        "covers": [covered | {"unit": branch(unit), "role": "leads"}],
        "asks": [],
        "visits": [],
        "problems": [],
        "outcomes": [],
        "transfers": [],
    }
    if state in ("closed", "rejected"):
        standing = chance.choice(transfers.STANDINGS)
        ended: dict[str, Any] = {
            key: row[key] for key in ("project", "company", "unit", "reference", "title")
        }
        ended |= {"state": state, "year": drafted.year, "standing": standing, "packages": 1, "ledger": "c"}
        ended |= {
            "handed_over_on": None,
            "received_on": None,
            "archive_number": None,
            "lacks": "",
            "reason": "",
        }
        ended["serial"] = number if standing == "received" else None
        found["transfers"].append(ended | {"due": drafted + timedelta(500)})
    going = {"project": project, "state": state, "drafted_at": row["drafted_at"], "ledger": "c"}
    found["goes_by"] = [going | {"programme": row["programme"]}]
    for kind, fields in (("reading", 2), ("milestone", 1), ("task", 3)):
        asks = {"kind": kind, "month": drafted.replace(day=1), "fields": fields, "unit": branch(unit)}
        found["asks"].append({**asks, "project": project, "company": common["company"], "ledger": "c"})
    if number % 2:
        found["dates"].append(dated | {"subject": "task", "code": "T1", "due": due})
        visit = {"stream": project, "code": "1", "unit": branch(unit), "on": drafted, "kind": "check"}
        visit |= {"reason": "", "seat": f"leader@{company(number % COMPANIES)}", "state": "planned"}
        found["visits"].append(visit | {"project": None})
        noted = {"stream": ident(4, unit), "problem": f"p{number}", "unit": branch(unit), "number": number}
        noted |= {"text": title, "kind": "key", "found_where": "audit", "noted_on": drafted, "noted_by": "1"}
        found["problems"].append(noted)
        outcome = {"project": project, "outcome": "b1", "unit": branch(unit), "kind": "brand", "ledger": "c"}
        found["outcomes"].append(outcome | {"name": title, "meaning": title, "document": ""})
    return found


@pytest.fixture
async def views(database: Database, seed: int) -> AsyncIterator[AsyncEngine]:
    chance = random.Random(seed)
    engine = create_engine(database.url("views"), durable=False)
    async with begin(engine) as connection:
        await PROJECTS.create(connection)
        rows = [rows_for(number, chance) for number in range(COUNT)]
        for name in rows[0]:
            await connection.execute(PROJECTS.table(name).insert(), [row for of in rows for row in of[name]])
        # The parts that are asked for; rows of others lie elsewhere in the index.
        asked_for = {part for each in TEXTS.values() for part in parts_of(folded(each.text or ""))}
        projects, words = PROJECTS.table("projects"), PROJECTS.table("words")
        part = bindparam("found", type_=Text)
        having = select(part, projects.c.drafted_at, projects.c.project).where(
            func.replace(projects.c.search, part, "") != projects.c.search
        )
        filled = words.insert().from_select([*words.c], having)
        await connection.execute(filled, [{"found": each} for each in sorted(asked_for)])
    yield engine
    await engine.dispose()


Ask = Callable[[AsyncEngine], Awaitable[Any]]


def questions() -> dict[str, Ask]:
    """Every list as each reader asks for it."""
    found: dict[str, Ask] = {}
    filters = {
        "all": Filters(),
        "state": Filters(states=("suspended",)),
        "states": Filters(states=("draft", "closed")),
        "track": Filters(track="cost"),
        "unit": Filters(unit=branch(7)),
        "company": Filters(company=company(0)),
        "programme": Filters(programme="2026.3"),
        "programme and state": Filters(programme="2026.3", states=("suspended",)),
        **TEXTS,
        "mine": Filters(mine=PersonId("7")),
        "what is not": Filters(track="none"),
    }
    dates = {
        "all": Wanted(TODAY),
        "red": Wanted(TODAY, "red"),
        "yellow": Wanted(TODAY, "yellow"),
        "green": Wanted(TODAY, "green"),
        "subject": Wanted(TODAY, subjects=("task",)),
        "unit": Wanted(TODAY, unit=branch(7)),
        "company": Wanted(TODAY, company=company(0)),
        "mine": Wanted(TODAY, mine=PersonId("7")),
    }
    drafted, due = After(10_000 * 10**9, ident(1, 0)), AfterDate(TODAY, ident(1, 0), "task", "T1")
    for sight, scope in SIGHTS.items():
        for name, some in filters.items():
            found[f"projects, {name}, {sight}"] = partial(list_projects, filters=some, scope=scope)
            found[f"count, {name}, {sight}"] = partial(count_up_to, filters=some, scope=scope)
        for name, wanted in dates.items():
            found[f"dates, {name}, {sight}"] = partial(list_deadlines, wanted=wanted, scope=scope)
        found[f"projects, a later part, {sight}"] = partial(
            list_projects, filters=Filters(), scope=scope, after=drafted
        )
        found[f"dates, a later part, {sight}"] = partial(
            list_deadlines, wanted=Wanted(TODAY), scope=scope, after=due
        )
    covers, branches = PROJECTS.table("covers"), [branch(number) for number in range(BRANCHES_EACH)]
    one_company = coverage.of_companies(covers, [company(0)], 2026)
    its_branches = coverage.of_units(covers, branches, 2026)
    year = date(2026, 1, 1), date(2026, 12, 31)
    asks, month, companies = PROJECTS.table("asks"), date(2026, 2, 1), [company(n) for n in range(50)]
    visited = visits.listing(PROJECTS.table("visits"), branches, [f"leader@{company(0)}"], *year, None, 51)
    noted = problems.listing(PROJECTS.table("problems"), branch(7), 10_000, 51)
    sent, archived = PROJECTS.table("transfers"), (company(0), 2025)
    later = TODAY, ident(1, 0)
    left = outcomes.listing(PROJECTS.table("outcomes"), branch(7), "brand", (ident(1, 0), ""), 51)
    return found | {
        "practices": listed_practices,
        "open with a unit": partial(open_with, unit=branch(7), mark=f"seat:secretary@{branch(7)}"),
        "coverage of a company": partial(rows_of, query=one_company),
        "coverage of its branches": partial(rows_of, query=its_branches),
        "visits": partial(rows_of, query=visited),
        "problems": partial(rows_of, query=noted),
        "started from problems": partial(
            problems.started_from,
            projects=PROJECTS.table("projects"),
            unit=branch(7),
            problems=["p1", "p2"],
        ),
        "outcomes": partial(rows_of, query=left),
        "archive of companies": partial(rows_of, query=transfers.counting(sent, companies, None)),
        "archive of a year": partial(rows_of, query=transfers.counting(sent, companies, 2025)),
        "archive numbers": partial(rows_of, query=transfers.serials(sent, companies, None)),
        "archive numbers of a year": partial(rows_of, query=transfers.taken(sent, *archived)),
        "archive list": partial(rows_of, query=transfers.listing(sent, *archived, None, later, 51)),
        "archive list, owed": partial(rows_of, query=transfers.listing(sent, *archived, "owed", later, 51)),
        "burden of companies": partial(rows_of, query=burden.of_companies(asks, companies, month, month)),
        "burden of branches": partial(rows_of, query=burden.of_units(asks, branches, month, month)),
        "burden of a year": partial(rows_of, query=burden.of_units(asks, [branch(7)], *year)),
        "burden by project": partial(rows_of, query=burden.of_projects(asks, branch(7), month)),
    }


@dataclass
class Watched:
    """The statements that the engine was given for a question, and how long they took at the database."""

    statements: list[tuple[str, Any]] = field(default_factory=list)
    milliseconds: float = 0

    def begins(self, _connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        self.statements.append((statement, parameters))
        self.milliseconds -= time.perf_counter() * 1_000

    def ends(self, *_: Any) -> None:
        self.milliseconds += time.perf_counter() * 1_000


async def test_each_list_finds_its_rows_by_an_index_in_time(views: AsyncEngine) -> None:
    """PostgreSQL keeps statistics by itself; SQLite has none unless somebody makes them."""
    faults: list[str] = []
    if is_sqlite(views):
        faults += await faults_of(views, "sqlite")
    async with begin(views) as connection:
        await connection.execute(text("ANALYZE"))
    faults += await faults_of(views, f"{views.dialect.name}, analysed")
    assert not faults, "\n\n".join(faults)


async def faults_of(views: AsyncEngine, how: str) -> list[str]:
    """What takes too long, and what reads more than it should."""
    watched, faults = Watched(), list[str]()
    event.listen(views.sync_engine, "before_cursor_execute", watched.begins)
    event.listen(views.sync_engine, "after_cursor_execute", watched.ends)
    for name, ask in questions().items():
        best = await best_of(views, ask, watched)
        print(f"{how}: {name}: {best:.1f} ms")  # noqa: T201 - with -s
        plan = "\n".join([await plan_of(views, *asked) for asked in [*watched.statements]])
        found = scans(plan, walks=name.endswith("group-wide"))
        if best >= MILLISECONDS or found:
            faults.append(f"{how}: {name}: {best:.1f} ms, scans {found}\n{plan}")
    return faults


async def best_of(views: AsyncEngine, ask: Ask, watched: Watched) -> float:
    """The best time of several: what it takes more is for what else the machine does."""
    times: list[float] = []
    while len(times) < TRIES and min(times, default=MILLISECONDS) >= MILLISECONDS / 4:
        watched.statements, watched.milliseconds = [], 0
        await ask(views)
        times.append(watched.milliseconds)
    return min(times)


def scans(plan: str, walks: bool) -> list[str]:
    """Tables that the plan reads as a whole, and indexes that it walks; of the whole group some may be."""
    found = re.findall(rf"(?:Seq Scan on|SCAN) {PROJECTS.name}_v.*", plan)
    found += re.findall(r"Index (?:Only )?Scan (?:Backward )?using .*(?!\n +Index Cond)$", plan, re.MULTILINE)
    return [scan for scan in found if not (walks and any(way in scan for way in WALKED))]


async def plan_of(views: AsyncEngine, statement: str, parameters: Any) -> str:
    """How the engine answers the statement; PostgreSQL as if reading a whole table took long."""
    async with views.connect() as connection:
        how = "EXPLAIN QUERY PLAN"
        if not is_sqlite(connection):
            how = "EXPLAIN"
            await connection.execute(text("SET LOCAL enable_seqscan = off"))
        plan = await connection.exec_driver_sql(f"{how} {statement}", parameters)
        return "\n".join(str(row[-1]) for row in plan.all())
