"""What of a company and year went to the archive and what is owed, one row a project (R78)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from typing import Any, Literal, get_args

from sqlalchemy import Column, Date, Index, Integer, MetaData, Select, Table, Text, func, select, tuple_

from services.projects.domain.project.archiving import ENDED
from services.projects.projections.page import Page, archive_due

Standing = Literal["owed", "sent_back", "handed_over", "received"]
STANDINGS: tuple[Standing, ...] = get_args(Standing)


def transfers_table(metadata: MetaData) -> Table:
    """One row for each project that has ended, as its last package stands."""
    return Table(
        "transfers",
        metadata,
        Column("project", Text, primary_key=True),
        Column("company", Text, nullable=False),
        Column("year", Integer, nullable=False),  # of its reference, as in the archive's number
        Column("standing", Text, nullable=False),
        Column("unit", Text, nullable=False),
        Column("reference", Text, nullable=False),
        Column("title", Text, nullable=False),
        Column("state", Text, nullable=False),
        Column("due", Date, nullable=False),
        Column("handed_over_on", Date),
        Column("received_on", Date),
        Column("archive_number", Text),
        Column("serial", Integer),  # of the archive's number
        Column("packages", Integer, nullable=False),
        Column("lacks", Text, nullable=False),  # properties for which it was sent back last, by commas
        Column("reason", Text, nullable=False),
        Column("ledger", Text, nullable=False),
        Index("by_transfer", "company", "year", "standing", "due", "project"),
        Index("by_transfer_due", "company", "year", "due", "project"),
        Index("by_archive_serial", "company", "year", "serial"),
    )


def transfers_of(page: Page) -> dict[str, dict[str, Any]]:
    """The row of a project, by key; none while it goes on."""
    year = page["reference"][:4]
    if page["state"] not in (*ENDED, "archived") or not year.isdecimal():
        return {}
    archived, last = page["archived"], page["archive"][-1] if page["archive"] else None
    over = page["over_on"] or (archived["on"] if archived else None)
    if over is None:
        return {}
    back = last["sent_back"][-1] if last and last["sent_back"] and not last["handed_over_on"] else None
    number = archived["number"] if archived else None
    serial = (number or "").rpartition("-")[2]
    standing: Standing = "received" if archived else "owed"
    if last and not last["received_on"]:
        standing = "handed_over" if last["handed_over_on"] else "sent_back"
    return {
        page["id"]: {
            "project": page["id"],
            "company": page["company"],
            "year": int(year),
            "standing": standing,
            "unit": page["unit"],
            "reference": page["reference"],
            "title": page["title"],
            "state": page["state"],
            "due": archive_due(date.fromisoformat(over)),
            "handed_over_on": _day(last["handed_over_on"]) if last else None,
            "received_on": _day(archived["on"]) if archived else None,
            "archive_number": number,
            "serial": int(serial) if serial.isascii() and serial.isdecimal() and len(serial) < 9 else None,
            "packages": len(page["archive"]),
            "lacks": ",".join(back["lacks"]) if back else "",
            "reason": back["reason"] if back else "",
        }
    }


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


# Questions


def counting(table: Table, companies: Collection[str], year: int | None) -> Select[Any]:
    """How many projects stand how, by company and year."""
    by = (table.c.company, table.c.year, table.c.standing)
    query = select(*by, func.count().label("count")).where(table.c.company.in_(companies))
    if year is not None:
        query = query.where(table.c.year == year)
    return query.group_by(*by)


def serials(table: Table, companies: Collection[str], year: int | None) -> Select[Any]:
    """How many numbers the archive gave, and the last of them, by company and year."""
    by = (table.c.company, table.c.year)
    given = (func.count(table.c.serial).label("count"), func.max(table.c.serial).label("last"))
    query = select(*by, *given).where(table.c.company.in_(companies), table.c.serial > 0)
    if year is not None:
        query = query.where(table.c.year == year)
    return query.group_by(*by)


def taken(table: Table, company: str, year: int) -> Select[Any]:
    """The serials that the archive gave."""
    of_year = (table.c.company == company, table.c.year == year, table.c.serial > 0)
    return select(table.c.serial).where(*of_year).order_by(table.c.serial)


def missing(given: Iterable[int], at_most: int) -> list[int]:
    """The gaps in rising serials, the first of them; there ought to be none (R78)."""
    found, expected = list[int](), 1
    for serial in given:
        found.extend(range(expected, min(serial, expected + at_most)))
        expected = serial + 1
        if len(found) >= at_most:
            break
    return found[:at_most]


def listing(
    table: Table,
    company: str,
    year: int,
    standing: Standing | None,
    after: tuple[date, str] | None,
    limit: int,
) -> Select[Any]:
    """The question of a company's projects of a year, what is due first at the head."""
    query = select(table).where(table.c.company == company, table.c.year == year)
    if standing is not None:
        query = query.where(table.c.standing == standing)
    place = (table.c.due, table.c.project)
    if after is not None:
        query = query.where(tuple_(*place) > after)
    return query.order_by(*place).limit(limit)
