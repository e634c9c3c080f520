"""From sheets to lines: where the headings are, which column is which, what each row says and does not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal, TypeVar

from openpyxl.utils import get_column_letter

from services.projects.roster import cells
from services.projects.roster.cells import Day, Named, text
from services.projects.roster.faults import CellEmpty, Fault, NoTableFound
from services.projects.roster.words import columns, heading, is_never_stored, words
from services.projects.roster.workbook import Sheet, Value
from shared.domain import Refusal

HEADINGS_WITHIN = 30  # rows from the top of a sheet
FILLED = {
    "people": ("name", "office", "unit", "organisation"),
    "units": ("code", "name", "parent"),
    "tasks": ("title", "standard", "due"),
}  # else no row of it
Kind = Literal["people", "units", "tasks"]
OF_A_ROSTER: tuple[Kind, ...] = ("people", "units")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Table:
    """A sheet's table: its kind, its headings' row from 0 (the lower of two), the column of each field."""

    sheet: Sheet
    kind: Kind
    at: int
    fields: dict[str, int]
    named: dict[str, str]  # field: the heading as it is written
    not_stored: tuple[str, ...]  # headings of columns that are never stored


@dataclass(slots=True)
class Line:
    """A row, its faults growing while it is read."""

    sheet: str
    row: int  # from 1, as people count
    table: Table
    faults: list[Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def value(self, name: str) -> Value:
        """What stands in the field's cell; None where there is no such column."""
        at, row = self.table.fields.get(name), self.table.sheet.rows[self.row - 1]
        return row[at] if at is not None and at < len(row) else None

    def read(self, name: str, by: Callable[..., T], *more: Any, empty: T) -> T:
        """What the cell says; its fault is noted, and `empty` stands for it."""
        try:
            return by(self.value(name), *more)
        except Refusal as fault:
            self.wrong(name, fault)
            return empty

    def wrong(self, name: str, why: Refusal) -> None:
        """Note a fault in a field's cell."""
        at = self.table.fields.get(name)
        column = "" if at is None else get_column_letter(at + 1)
        said = cells.shown(self.value(name))
        self.faults.append(Fault(self.sheet, self.row, column, self.table.named.get(name, ""), said, why))


@dataclass(slots=True)
class PersonLine(Line):
    """A person with the offices that one row names; or offices that nobody holds."""

    staff_number: str = ""
    named: Named | None = None  # None: vacant, or not readable
    vacant: bool = False
    unit: str = ""
    organisation: str = ""
    since: Day | None = None
    ended: Day | None = None
    until: date | None = None  # the last day, as the remark says
    document: str = ""
    political_status: str = ""
    joined: Day | None = None
    trade: str = ""
    skill: str = ""
    phone: str = ""
    mail: str = ""
    remark: str = ""


@dataclass(slots=True)
class UnitLine(Line):
    """A unit that a row describes."""

    code: str = ""
    name: str = ""
    parent: str = ""


def tables(sheets: list[Sheet], kinds: tuple[Kind, ...] = OF_A_ROSTER) -> list[Table]:
    """The tables of the sheets that have one; NoTableFound where none has."""
    found = [table for sheet in sheets if (table := _table(sheet, kinds)) is not None]
    if not found:
        known: dict[str, tuple[str, ...]] = getattr(words(), kinds[0])
        raise NoTableFound(fields=[known[name][0] for name in words().needed[kinds[0]]])
    return found


def _table(sheet: Sheet, kinds: tuple[Kind, ...]) -> Table | None:
    best: Table | None = None
    for at in range(min(len(sheet.rows), HEADINGS_WITHIN)):
        for kind in kinds:
            table = _headed(sheet, at, kind)
            if table and (best is None or len(table.fields) >= len(best.fields)):
                best = table
    return best


def _headed(sheet: Sheet, at: int, kind: Kind) -> Table | None:
    """The table whose headings stand in this row, or in this and the one below it."""
    upper = _texts(sheet.rows[at])
    lower = _texts(sheet.rows[at + 1]) if at + 1 < len(sheet.rows) else []
    known = columns(kind)
    two = any(
        heading(said) in known and (i >= len(upper) or said != upper[i]) for i, said in enumerate(lower)
    )
    fields: dict[str, int] = {}
    named: dict[str, str] = {}
    not_stored = []
    for i in range(max(len(upper), len(lower) if two else 0)):
        over = upper[i] if i < len(upper) else ""
        under = lower[i] if two and i < len(lower) else ""
        said = under if heading(under) in known or is_never_stored(under) else over
        if said and is_never_stored(said):
            not_stored.append(said)
        elif (name := known.get(heading(said))) and name not in fields:
            fields[name], named[name] = i, said
    enough = {"name", "organisation"} <= fields.keys() or {"name", "unit"} <= fields.keys()
    if not (enough if kind == "people" else set(words().needed[kind]) <= fields.keys()):
        return None
    return Table(sheet, kind, at + 1 if two else at, fields, named, tuple(not_stored))


def _texts(row: list[Value]) -> list[str]:
    return [text(value) for value in row]


def people(table: Table, today: date) -> Iterator[PersonLine]:
    """The rows below the headings; what is no row of the table (notes, signatures) is left out."""
    for number in _numbers(table):
        line = PersonLine(table.sheet.title, number, table)
        _read_person(line, today)
        yield line


def units(table: Table) -> Iterator[UnitLine]:
    """The rows of a list of units."""
    for number in _numbers(table):
        line = UnitLine(table.sheet.title, number, table)
        for name in words().needed["units"][:2]:
            if not text(line.value(name)):
                line.wrong(name, CellEmpty())
        line.code, line.name = text(line.value("code")), text(line.value("name"))
        line.parent = text(line.value("parent"))
        yield line


def rows(table: Table) -> Iterator[Line]:
    """The rows of the table as they are, unread."""
    return (Line(table.sheet.title, number, table) for number in _numbers(table))


def _numbers(table: Table) -> Iterator[int]:
    """The rows of the table, from 1: in which something stands, and not one text across it all."""
    for number in range(table.at + 2, len(table.sheet.rows) + 1):
        row = table.sheet.rows[number - 1]
        said = {
            n: text(row[at]) for n in FILLED[table.kind] if (at := table.fields.get(n, len(row))) < len(row)
        }
        if (
            any(said.get(name) for name in FILLED[table.kind][:2])
            and len({v for v in said.values() if v}) > 1
        ):
            yield number


def _read_person(line: PersonLine, today: date) -> None:
    line.vacant = cells.is_vacancy(line.value("name"))
    line.unit, line.organisation = text(line.value("unit")), text(line.value("organisation"))
    line.document, line.remark = text(line.value("document")), text(line.value("remark"))
    if text(line.value("office")):
        line.since = line.read("since", _since, empty=None)
    line.ended = line.read("ended", cells.end, empty=None)
    if line.vacant:
        return  # the phone and the rest are the predecessor's
    line.named = line.read("name", cells.name, empty=None)
    line.staff_number = line.read("staff_number", cells.staff_number, empty="")
    if text(line.value("joined")):
        line.joined = line.read("joined", cells.day, today, empty=None)
    line.trade, line.skill = text(line.value("trade")), text(line.value("skill"))
    line.phone = line.read("phone", cells.phone, empty="")
    line.mail = line.read("mail", cells.mail, empty="")
    line.until = line.read("remark", lambda value: cells.last_day_in(text(value)), empty=None)


def _since(value: Value) -> Day:
    if not text(value):
        raise CellEmpty()
    return cells.day(value)
