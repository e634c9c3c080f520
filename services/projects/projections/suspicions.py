"""The view `suspicions`: one row for every act that is worth an auditor's question, and its lists."""

from __future__ import annotations

import asyncio
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from hashlib import sha256
from heapq import nsmallest
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    MetaData,
    Select,
    Table,
    Text,
    func,
    literal,
    or_,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncEngine

from services.projects.domain.handover import (
    HandoverConfirmed,
    HandoverLapsed,
    HandoverOpened,
)
from services.projects.domain.project import PROJECT
from services.projects.domain.project.approval import ProjectApproved
from services.projects.domain.project.figures import FigureConfirmed
from services.projects.domain.project.proposal import ProposalDrafted
from services.projects.domain.project.secrecy import TextWithdrawn
from services.projects.schema import SCHEMA
from services.projects.suspicions import (
    CODES,
    FROM_ITS_OWN,
    Code,
    Memory,
    Suspicion,
    already_reached,
    begun,
    between,
    between_terms,
    is_reached,
    led_on,
    measured,
    place_of,
    same_text,
    texts_of,
)
from shared.codec import Schema
from shared.columns import Packed
from shared.engines import rows_of
from shared.envelope import Recorded, micros
from shared.projections import View
from shared.rows import Rows
from shared.withdrawn import without

SERVICE = "projects"
COUNT_AT_MOST = 1_000

metadata = MetaData()
Table(
    "suspicions",
    metadata,
    Column("code", Text, primary_key=True),
    Column("ledger", Text, primary_key=True),
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("subject", Text, primary_key=True),  # which of several in one event
    Column("project", Text, nullable=False),
    Column("unit", Text, nullable=False),  # that led the project then
    Column("company", Text, nullable=False),
    Column("recorded_at", BigInteger, nullable=False),  # microseconds since 1970 UTC
    Column("batch", Boolean, nullable=False),  # done in a batch, and counted apart (R83)
    Column(
        "case", Packed, nullable=False
    ),  # the act, the earlier one beside it, and what makes it suspicious
    Index("by_suspicion", "code", "batch", "recorded_at", "ledger", "position", "subject"),
    Index("by_suspicion_company", "code", "company", "batch", "recorded_at", "ledger", "position", "subject"),
    Index("by_suspicion_unit", "code", "unit", "batch", "recorded_at", "ledger", "position", "subject"),
)
# What is recalled. The ledger is in each key: what one ledger holds is heard in one order, and a view
# that is built anew finds the same; of two ledgers nobody could say which came first.
Table(
    "recalled",
    metadata,
    Column("project", Text, primary_key=True),
    Column("memory", Packed, nullable=False),
)
Table(
    "texts",
    metadata,
    Column("ledger", Text, primary_key=True),
    Column("field", Text, primary_key=True),
    Column("hash", Text, primary_key=True),
    Column("unit", Text, nullable=False),
    Column("project", Text, nullable=False),
    Column("said", Packed, nullable=False),
)
Table(
    "reached",
    metadata,
    Column("ledger", Text, primary_key=True),
    Column("unit", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("measure", Text, primary_key=True),
    Column("project", Text, nullable=False),
    Column("figure", Packed, nullable=False),
)
Table(
    "leaving",
    metadata,
    Column("ledger", Text, primary_key=True),
    Column("office", Text, primary_key=True),
    Column("unit", Text, primary_key=True),
    Column("parties", Packed, nullable=False),
)

# What is shown of no case any more, whenever it was said (R74).
Table(
    "withdrawn",
    metadata,
    Column("project", Text, primary_key=True),
    Column("sha256", Text, primary_key=True),
)

HandedOver = HandoverOpened | HandoverConfirmed | HandoverLapsed


def _keys(recorded: Recorded) -> Iterable[tuple[str, Any]]:
    event, by, ledger = recorded.event, recorded.envelope.by, recorded.ledger
    if isinstance(event, HandedOver):
        yield "leaving", (ledger, event.parties.office, event.parties.unit)
        return
    yield "recalled", str(recorded.stream)
    if by is not None:
        yield "leaving", (ledger, by.office, by.unit)
    for name, digest in texts_of(recorded):
        yield "texts", (ledger, name, digest)
    if isinstance(event, ProjectApproved):
        for target in event.proposal.targets:
            yield "reached", (ledger, *measured(event.unit, target.name, target.unit))


def _apply(rows: Rows, recorded: Recorded) -> None:
    if isinstance(recorded.event, HandedOver):
        _handed_over(rows, recorded)
        return
    project = str(recorded.stream)
    row = rows.get("recalled", project)
    if isinstance(recorded.event, ProposalDrafted):
        before, known = None, begun(recorded, recorded.event)
    else:
        if row is None:
            raise LookupError(f"{recorded.id} is on a project that was never drafted")
        before, known = row["memory"], dict(row["memory"])
    found = [one for fires in FROM_ITS_OWN for one in fires(known, recorded)]
    led_on(known, recorded)
    found += _beside_others(rows, known, recorded)
    for one in found:
        rows.add("suspicions", _row(known, recorded, one))
    if known != before:
        rows.put("recalled", {"project": project, "memory": known})
    if isinstance(recorded.event, TextWithdrawn):
        rows.add("withdrawn", {"project": project, "sha256": recorded.event.sha256})


def _handed_over(rows: Rows, recorded: Recorded) -> None:
    parties = recorded.event.parties
    key = (recorded.ledger, parties.office, parties.unit)
    if isinstance(recorded.event, HandoverOpened):
        kept = {"parties": between(parties, recorded)}
        rows.put("leaving", dict(zip(("ledger", "office", "unit"), key, strict=True)) | kept)
    else:
        rows.delete("leaving", key)


def _beside_others(rows: Rows, known: Memory, recorded: Recorded) -> Iterable[Suspicion]:
    event, by, ledger = recorded.event, recorded.envelope.by, recorded.ledger
    if by is not None:
        leaving = rows.get("leaving", (ledger, by.office, by.unit))
        yield from between_terms(leaving["parties"] if leaving else None, recorded)
    for name, digest in texts_of(recorded):
        first = rows.get("texts", (ledger, name, digest))
        yield from same_text(known, first, name)
        if first is None:
            text = {"ledger": ledger, "field": name, "hash": digest, "unit": known["unit"]}
            rows.put(
                "texts",
                text
                | {
                    "project": known["project"],
                    "said": place_of(recorded) | {"reference": known["reference"]},
                },
            )
    if isinstance(event, ProjectApproved):
        for target in event.proposal.targets:
            reached = rows.get("reached", (ledger, *measured(event.unit, target.name, target.unit)))
            if reached is not None and is_reached(target, Decimal(reached["figure"]["value"])):
                yield already_reached(target, reached["figure"])
    if isinstance(event, FigureConfirmed) and (target := known["targets"].get(event.indicator)):
        key = (ledger, *measured(known["unit"], target["name"], target["measure"]))
        figure = place_of(recorded) | {"value": str(event.value), "project": known["project"]}
        rows.own("reached", key)
        of_it = dict(zip(("ledger", "unit", "name", "measure"), key, strict=True))
        rows.put("reached", of_it | {"project": known["project"], "figure": figure})


def _row(known: Memory, recorded: Recorded, found: Suspicion) -> dict[str, Any]:
    case = {
        "reference": known["reference"],
        "title": known["title"],
        "act": place_of(recorded),
        "earlier": found.earlier,
        "batch": found.batch,
        "facts": dict(found.facts),
    }
    return {
        "code": found.code,
        "ledger": recorded.ledger,
        "position": recorded.position,
        "subject": found.subject,
        "project": known["project"],
        "unit": known["unit"],
        "company": known["company"],
        "recorded_at": micros(recorded.recorded_at),
        "batch": bool(found.batch),
        "case": case,
    }


_schema = Schema((*PROJECT.events, HandoverOpened, HandoverConfirmed, HandoverLapsed))
SUSPICIONS = View(
    name="suspicions",
    version=2,
    metadata=metadata,
    schema=_schema,
    services=(SERVICE,),
    keys=_keys,
    apply=_apply,
    ignores=SCHEMA.names - _schema.names,
)


# Questions


@dataclass(frozen=True, slots=True)
class Scope:
    """Projects of these companies, and those led by these units; None in its stead: all projects."""

    companies: tuple[str, ...] = ()
    units: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """In which time, by moments of recording in microseconds since 1970 UTC, and of which projects."""

    since: int
    until: int  # not itself
    scope: Scope | None


PLACE = r"^([0-9]{1,18})/([^/\x00]{1,64})/([0-9]{1,18})/([^\x00]{0,300})$"  # of AfterCase
CASE = r"^([^/\x00]{1,64})/([0-9]{1,18})/([^\x00]{0,300})$"  # <ledger>/<position>/<subject>
ORDER = ("recorded_at", "ledger", "position", "subject")
AfterCase = tuple[int, str, int, str]  # the last entry of a page, in the list's order
Case = tuple[str, int, str]


def after_case(text: str) -> AfterCase | None:
    """A place in a list from its text; None where the text is not one."""
    found = re.match(PLACE, text)
    return (int(found[1]), found[2], int(found[3]), found[4]) if found else None


def case_of(text: str) -> Case | None:
    """Which case, from its text; None where the text is not one."""
    found = re.match(CASE, text)
    return (found[1], int(found[2]), found[3]) if found else None


def name_of(row: Mapping[str, Any]) -> str:
    """The case's name in an address."""
    return f"{row['ledger']}/{row['position']}/{row['subject']}"


def listing(code: Code, asked: Asked, *, batch: bool, after: AfterCase | None, limit: int) -> Select[Any]:
    """The question of a list, the earliest recorded first."""
    table = SUSPICIONS.table("suspicions")
    place = [table.c[name] for name in ORDER]
    query = _where(select(table), code, asked, batch=batch)
    if after is not None:
        query = query.where(tuple_(*place) > after)
    return query.order_by(*place).limit(limit)


async def cases(views: AsyncEngine, query: Select[Any]) -> Sequence[Mapping[str, Any]]:
    """The rows of a question, without the texts that were withdrawn from their projects (R74)."""
    rows = await rows_of(views, query)
    table, hashes = SUSPICIONS.table("withdrawn"), defaultdict(set)
    of_them = select(table).where(table.c.project.in_({row["project"] for row in rows}))
    for gone in await rows_of(views, of_them):
        hashes[gone["project"]].add(gone["sha256"])
    return [{**row, "case": without(row["case"], hashes[row["project"]])} for row in rows]


def counting(asked: Asked, limit: int = COUNT_AT_MOST) -> Select[Any]:
    """The question how many there are, by code and whether in a batch, each counted up to a limit."""
    each = []
    for code in CODES:
        for batch in (False, True):
            found = _where(select(literal(1).label("one")), code, asked, batch=batch).limit(limit).subquery()
            each.append(
                select(
                    literal(code).label("code"),
                    literal(batch).label("batch"),
                    func.count().label("found"),
                ).select_from(found)
            )
    return select(union_all(*each).subquery())


async def drawn(
    views: AsyncEngine, code: Code, asked: Asked, *, batch: bool, seed: str, size: int
) -> tuple[Sequence[Mapping[str, Any]], int]:
    """So many by lot, and of how many: those whose SHA-256 of `<seed>/<case>` is the smallest.

    Whoever has the list and the seed finds the same with any tool that hashes.
    """
    table = SUSPICIONS.table("suspicions")
    keys = select(table.c.ledger, table.c.position, table.c.subject)
    found = await rows_of(views, _where(keys, code, asked, batch=batch))
    chosen = await asyncio.to_thread(nsmallest, size, found, partial(lot, seed))
    if not chosen:
        return [], 0
    wanted = [(row["ledger"], row["position"], row["subject"]) for row in chosen]
    return await these_cases(views, code, wanted), len(found)


def lot(seed: str, row: Mapping[str, Any]) -> str:
    """The number that a case draws."""
    return sha256(f"{seed}/{name_of(row)}".encode()).hexdigest()


async def these_cases(
    views: AsyncEngine, code: Code, wanted: Collection[Case]
) -> Sequence[Mapping[str, Any]]:
    """Those of these that there are, the earliest recorded first."""
    table = SUSPICIONS.table("suspicions")
    those = tuple_(table.c.ledger, table.c.position, table.c.subject).in_(wanted)
    query = select(table).where(table.c.code == code, those)
    return await cases(views, query.order_by(*(table.c[name] for name in ORDER)))


def _where(query: Select[Any], code: Code, asked: Asked, *, batch: bool) -> Select[Any]:
    table = SUSPICIONS.table("suspicions")
    query = query.where(
        table.c.code == code,
        table.c.batch == literal(batch),
        table.c.recorded_at >= asked.since,
        table.c.recorded_at < asked.until,
    )
    if asked.scope is None:
        return query
    reached = {"company": asked.scope.companies, "unit": asked.scope.units}
    return query.where(or_(*(table.c[name].in_(these) for name, these in reached.items() if these)))
