"""The view `projects`: one row a project with its page, and the circle of those who may see it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from typing import Any, get_args
from zoneinfo import ZoneInfo

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Date,
    Index,
    Integer,
    MetaData,
    Select,
    Table,
    Text,
    and_,
    func,
    literal,
    or_,
    select,
    tuple_,
    union,
)
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.projects.domain import problems, visits
from services.projects.domain.handover import HANDOVER
from services.projects.domain.meeting.acts import MeetingConfirmed
from services.projects.domain.project import PROJECT
from services.projects.domain.ratification import RATIFICATION
from services.projects.domain.unit import ending
from services.projects.projections.burden import asks_of, asks_table
from services.projects.projections.coverage import covers_of, covers_table
from services.projects.projections.dates import dates_of, dates_table, met_table, on_unit_ending
from services.projects.projections.going_by import goes_by_of, goes_by_table
from services.projects.projections.handovers import handovers_table, on_handover
from services.projects.projections.outcomes import outcomes_of, outcomes_table
from services.projects.projections.page import Page, page
from services.projects.projections.problems import apply_problem, problems_table
from services.projects.projections.ratifications import on_ratification, ratifications_table
from services.projects.projections.transfers import transfers_of, transfers_table
from services.projects.projections.visits import apply_visit, visit_key, visits_table
from services.projects.projections.words import rarest, text_of, words_of, words_table
from services.projects.schema import SCHEMA
from services.projects.sight import circle_of
from services.projects.spelling import folded
from shared.codec import Schema
from shared.columns import Packed
from shared.domain import PersonId
from shared.engines import rows_of
from shared.envelope import Recorded, micros
from shared.places import After
from shared.projections import View
from shared.rows import Rows

SERVICE = "projects"
COUNT_AT_MOST = 1_000
OPEN = ("draft", "in_approval", "in_implementation", "suspended", "in_closing")


metadata = MetaData()
projects = Table(
    "projects",
    metadata,
    Column("project", Text, primary_key=True),
    Column("reference", Text, nullable=False),
    Column("number", Text),
    Column("title", Text, nullable=False),
    Column("track", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("company", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("lead", Text, nullable=False),
    Column("waiting_step", Text),  # name of the step that decides now
    Column("waiting_seats", Packed, nullable=False),
    Column("due_next", Date),
    Column("drafted_at", BigInteger, nullable=False),  # microseconds since 1970 UTC, as are other moments
    Column("closed_on", Date),
    Column("midterm", Text),  # result of its check
    Column("from_problem", Text),  # code on the unit's list
    Column("programme", Text),  # the version that it is pinned to
    Column("recorded_at", BigInteger, nullable=False),
    Column("version", Integer, nullable=False),
    Column("ledger", Text, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("search", Text, nullable=False),
    Column("practice_listed_on", Date),  # from when others may learn from it
    Column("circle", Integer, nullable=False),  # the version since which its circle is this
    Column("page", Packed, nullable=False),
    Index("by_drafting", "drafted_at", "project"),  # the list's order, of all and under each filter
    Index("by_unit", "unit", "drafted_at", "project"),
    Index("by_company", "company", "drafted_at", "project"),
    Index("by_track", "track", "drafted_at", "project"),
    Index("by_state", "state", "drafted_at", "project"),
    Index("by_problem", "unit", "from_problem"),
    Index("by_practice", "practice_listed_on"),
)
circles = Table(  # a changed circle is written anew under the project's version; older ones mean nothing
    "circles",
    metadata,
    Column("project", Text, primary_key=True),
    Column("circle", Integer, primary_key=True, autoincrement=False),
    Column("mark", Text, primary_key=True),
    Index("by_mark", "mark"),
)
dates_table(metadata)
met_table(metadata)
visits_table(metadata)
problems_table(metadata)
covers_table(metadata)
outcomes_table(metadata)
transfers_table(metadata)
goes_by_table(metadata)
asks_table(metadata)
words_table(metadata)
handovers_table(metadata)
ratifications_table(metadata)


def _keys(recorded: Recorded) -> Iterable[tuple[str, Any]]:
    if isinstance(recorded.event, MeetingConfirmed):
        yield "met", (recorded.event.body, recorded.event.kind)
    elif isinstance(recorded.event, visits.Event):
        yield "visits", visit_key(recorded)
    elif isinstance(recorded.event, problems.Event):
        yield "problems", (str(recorded.stream), recorded.event.problem)
    elif isinstance(recorded.event, HANDOVER.events):
        yield "handovers", str(recorded.stream)
    elif isinstance(recorded.event, RATIFICATION.events):
        yield "ratifications", str(recorded.stream)
    elif isinstance(recorded.event, ending.Event):
        yield "dates", (str(recorded.stream), "unit", "")
    else:
        yield "projects", str(recorded.stream)


def _apply(zone: ZoneInfo, rows: Rows, recorded: Recorded) -> None:
    if isinstance(recorded.event, MeetingConfirmed):
        _met(rows, recorded.event)
    elif isinstance(recorded.event, visits.Event):
        apply_visit(rows, recorded)
    elif isinstance(recorded.event, problems.Event):
        apply_problem(rows, recorded)
    elif isinstance(recorded.event, HANDOVER.events):
        on_handover(rows, recorded)
    elif isinstance(recorded.event, RATIFICATION.events):
        on_ratification(rows, recorded)
    elif isinstance(recorded.event, ending.Event):
        on_unit_ending(rows, recorded)
    else:
        _project(zone, rows, recorded)


def _met(rows: Rows, event: MeetingConfirmed) -> None:
    """The body's last meeting; one that is confirmed late leaves a later one as it is."""
    known = rows.get("met", (event.body, event.kind))
    if known is None or known["held_on"] <= event.held_on:
        met = {"body": event.body, "kind": event.kind, "held_on": event.held_on, "meeting": event.meeting}
        rows.put("met", met)


def _project(zone: ZoneInfo, rows: Rows, recorded: Recorded) -> None:
    project = str(recorded.stream)
    before = rows.get("projects", project)
    after = page(before["page"] if before else None, recorded)
    circle = before["circle"] if before else None
    around = circle_of(after)
    if before is None or circle_of(before["page"]) != around:
        circle = recorded.version
        for mark in sorted(around.marks()):
            rows.add("circles", {"project": project, "circle": circle, "mark": mark})
    row = _row(after, recorded) | {"circle": circle}
    rows.put("projects", row)
    ledger = {"ledger": recorded.ledger}
    of_pages: tuple[tuple[str, Callable[[Page], Mapping[Any, dict[str, Any]]]], ...] = (
        ("dates", partial(dates_of, zone)),
        ("covers", partial(covers_of, zone)),
        ("asks", partial(asks_of, zone)),
        ("outcomes", outcomes_of),
        ("transfers", transfers_of),
        ("goes_by", goes_by_of),
    )
    for table, of in of_pages:
        stands = before is not None and before["ledger"] == recorded.ledger
        _own(rows, table, of(before["page"]) if before else {}, of(after), ledger, stands)
    if before is None or before["search"] != row["search"]:
        _own(rows, "words", _words(before) if before else {}, _words(row), {}, stands=True)


def _words(row: Mapping[str, Any]) -> dict[Any, dict[str, Any]]:
    return words_of(row["search"], row["drafted_at"], row["project"])


def _own(
    rows: Rows,
    table: str,
    before: Mapping[Any, dict[str, Any]],
    after: Mapping[Any, dict[str, Any]],
    ledger: dict[str, str],
    stands: bool,
) -> None:
    """Rows that the project's own row speaks for: what differs is written, what is gone is removed.

    `stands`: it lies where it lay before; else all are written, with its ledger.
    """
    for key, row in after.items():
        if not stands or before.get(key) != row:
            rows.own(table, key)
            rows.put(table, row | ledger)
    for gone in before.keys() - after.keys():
        rows.own(table, gone)
        rows.delete(table, gone)


def _row(page: Page, recorded: Recorded) -> dict[str, Any]:
    route = page["route"]
    waiting = None if route["open"] is None else route["steps"][route["open"]]
    return {
        "project": page["id"],
        "reference": page["reference"],
        "number": page["number"],
        "title": page["title"],
        "track": page["track"],
        "state": page["state"],
        "company": page["company"],
        "unit": page["unit"],
        "lead": page["lead"],
        "waiting_step": waiting["name"] if waiting else None,
        "waiting_seats": waiting["seats"] if waiting else [],
        "due_next": _day(page["next"][0]["due"] if page["next"] else None),
        "drafted_at": _moment(page["drafted_at"]),
        "closed_on": _day(page["closed_on"]),
        "midterm": page["midterm"]["result"] if page["midterm"] else None,
        "from_problem": page["from_problem"],
        "programme": page["programme"],
        "recorded_at": micros(recorded.recorded_at),
        "version": recorded.version,
        "ledger": recorded.ledger,
        "position": recorded.position,
        "search": text_of(page),
        "practice_listed_on": _day(page["practice"]["listed_on"] if page["practice"] else None),
        "page": page,
    }


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _moment(text: str | None) -> int:
    return 0 if text is None else micros(datetime.fromisoformat(text))


_schema = Schema(
    (
        *PROJECT.events,
        *visits.VISITS.events,
        *problems.PROBLEMS.events,
        *HANDOVER.events,
        *RATIFICATION.events,
        MeetingConfirmed,
        *get_args(ending.Event),
    )
)


def projects_in(zone: ZoneInfo) -> View:
    """The view `projects` of an installation in this time zone."""
    return View(
        name="projects",
        version=26,
        metadata=metadata,
        schema=_schema,
        services=(SERVICE,),
        keys=_keys,
        apply=partial(_apply, zone),
        ignores=SCHEMA.names - _schema.names,
    )


# Its tables, for those who read it: they are the same in every zone.
PROJECTS = projects_in(ZoneInfo("UTC"))


# Questions


@dataclass(frozen=True, slots=True)
class Filters:
    """Which projects; None leaves a filter out. `mine`: in whose circle this person stands by name."""

    states: Sequence[str] = ()
    track: str | None = None
    unit: str | None = None
    company: str | None = None
    programme: str | None = None
    text: str | None = None
    mine: PersonId | None = None
    drafted_up_to: int | None = None  # microseconds since 1970


@dataclass(frozen=True, slots=True)
class Listed:
    """A part of the list, newest drafts first, and where the next one begins."""

    rows: Sequence[RowMapping]
    after: After | None


async def list_projects(
    views: AsyncEngine,
    filters: Filters,
    scope: frozenset[str] | None,
    after: After | None = None,
    limit: int = 50,
) -> Listed:
    """The projects that pass the filters and whose circle has a mark of the scope (None: all)."""
    table = PROJECTS.table("projects")
    query = select(*(column for column in table.c if column.name not in ("page", "search")))
    async with views.connect() as connection:
        query, listed = await _where(connection, query, filters, scope)
        if after is not None:
            same = and_(listed.c.drafted_at == after.at, listed.c.project < after.id)
            query = query.where(or_(listed.c.drafted_at < after.at, same))
        query = query.order_by(listed.c.drafted_at.desc(), listed.c.project.desc()).limit(limit + 1)
        rows = (await connection.execute(query)).mappings().all()
    last = rows[limit - 1] if len(rows) > limit else None
    return Listed(rows[:limit], After(last["drafted_at"], last["project"]) if last else None)


async def count_up_to(
    views: AsyncEngine, filters: Filters, scope: frozenset[str] | None, limit: int | None = COUNT_AT_MOST
) -> int:
    """How many there are, counted up to a limit: nobody reads further, and counting on costs.

    None: all of them, for who takes all of them.
    """
    async with views.connect() as connection:
        query, _ = await _where(connection, select(literal(1)), filters, scope)
        found = select(func.count()).select_from(query.limit(limit).subquery())
        return int((await connection.execute(found)).scalar_one())


async def count_going_by(views: AsyncEngine, programme: str, states: Sequence[str]) -> dict[str, int]:
    """How many projects go by a version in some part, by state: pinned to it, or moved to it since."""
    table = PROJECTS.table("goes_by")
    query = select(table.c.state, func.count()).where(table.c.programme == programme)
    query = query.where(table.c.state.in_(states)).group_by(table.c.state)
    async with views.connect() as connection:
        found = {state: int(count) for state, count in (await connection.execute(query)).all()}
    return {state: found[state] for state in states if state in found}


async def listed_practices(views: AsyncEngine, limit: int = COUNT_AT_MOST) -> list[dict[str, Any]]:
    """What headquarters has put before others, the newest first, whoever may see the projects."""
    table = PROJECTS.table("projects")
    query = (
        select(table)
        .where(table.c.practice_listed_on >= date.min)
        .order_by(table.c.practice_listed_on.desc(), table.c.project)
        .limit(limit)
    )
    rows = await rows_of(views, query)
    return [{**row, "practice": row["page"]["practice"], "showings": row["page"]["showings"]} for row in rows]


async def concerned(views: AsyncEngine, unit: str, mark: str) -> Sequence[Mapping[str, Any]]:
    """The projects that this unit leads, or whose circle has this mark."""
    table = PROJECTS.table("projects")
    led = select(table.c.project).where(table.c.unit == unit)
    seen = select(table.c.project).where(in_circle([mark]))
    query = select(table).where(table.c.project.in_(union(led, seen))).order_by(table.c.project)
    return await rows_of(views, query)


async def open_with(views: AsyncEngine, unit: str, mark: str) -> list[Mapping[str, Any]]:
    """Those of them that are not over."""
    return [row for row in await concerned(views, unit, mark) if row["state"] in OPEN]


async def projects_of(views: AsyncEngine, units: Iterable[str]) -> list[str]:
    """The ids of all projects that these units have now, as their own or as their company's."""
    table, there = PROJECTS.table("projects"), list(units)
    own, companys = (select(table.c.project).where(of.in_(there)) for of in (table.c.unit, table.c.company))
    async with views.connect() as connection:
        return list((await connection.scalars(union(own, companys))).all())


async def withdrawn_from_projects(views: AsyncEngine, projects: Iterable[str]) -> frozenset[str]:
    """The hashes of all that is withdrawn from these projects, for what repeats what they say."""
    table = PROJECTS.table("projects")
    rows = await rows_of(views, select(table.c.page).where(table.c.project.in_(sorted(set(projects)))))
    return frozenset(known for row in rows for known in row["page"]["withdrawn"])


async def one(views: AsyncEngine, project: str) -> RowMapping | None:
    """A project's row with its page; None where there is none."""
    table = PROJECTS.table("projects")
    async with views.connect() as connection:
        return (await connection.execute(select(table).where(table.c.project == project))).mappings().first()


async def _where(
    connection: AsyncConnection, query: Select[Any], filters: Filters, scope: frozenset[str] | None
) -> tuple[Select[Any], Table]:
    """The question with its filters, and the table whose order the answer has."""
    table = listed = PROJECTS.table("projects")
    words = set(folded(filters.text or "").split())
    if words and scope is None and filters.mine is None:
        listed = PROJECTS.table("words")
        part = await rarest(connection, listed, words)
        words.discard(part)
        query = query.select_from(listed.join(table, table.c.project == listed.c.project))
        query = query.where(listed.c.part == part)
        if replace(filters, text=None) != Filters():
            # Whatever project the answer begins with, its word has a whole key. Otherwise it begins with
            # the words: PostgreSQL takes two columns that agree for a coincidence, and would sort them all.
            query = query.where(table.c.drafted_at == listed.c.drafted_at)
    elif filters.programme is not None:
        listed = PROJECTS.table("goes_by")
        query = query.select_from(listed.join(table, table.c.project == listed.c.project))
        query = query.where(listed.c.programme == filters.programme)
    else:
        query = query.select_from(table)
    for word in sorted(words):
        # Not LIKE: PostgreSQL takes its pattern for a rare one, and would read all texts before the words.
        query = query.where(func.replace(table.c.search, word, "") != table.c.search)
    wanted = {
        "track": filters.track,
        "unit": filters.unit,
        "company": filters.company,
    }
    for name, value in wanted.items():
        if value is not None:
            query = query.where(table.c[name] == value)
    if filters.programme is not None and listed.name != PROJECTS.table("goes_by").name:
        goes_by = PROJECTS.table("goes_by")
        going = select(goes_by.c.project).where(goes_by.c.programme == filters.programme)
        query = query.where(table.c.project.in_(going))
    if filters.states:
        query = query.where(table.c.state.in_(filters.states))
    if filters.drafted_up_to is not None:
        query = query.where(listed.c.drafted_at <= filters.drafted_up_to)
    if filters.mine is not None:
        query = query.where(in_circle([f"person:{filters.mine}"]))
    return (query if scope is None else query.where(in_circle(scope))), listed


def in_circle(marks: Collection[str]) -> ColumnElement[bool]:
    """The few projects of a narrow sight are found first: they need not be looked for among all."""
    table, circles = PROJECTS.table("projects"), PROJECTS.table("circles")
    seen = select(circles.c.project, circles.c.circle).where(circles.c.mark.in_(sorted(marks)))
    return tuple_(table.c.project, table.c.circle).in_(seen)
