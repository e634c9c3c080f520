"""Reading a workbook or CSV into plain cells: bounded before it is unpacked, formulas never computed."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from defusedxml.ElementTree import iterparse
from openpyxl import Workbook, load_workbook
from openpyxl.utils.cell import coordinate_to_tuple, range_boundaries

from services.projects.media import OFFICE, ZIP, sniffed
from services.projects.roster.faults import NotAWorkbook, WorkbookTooLarge

MEGABYTES_AT_MOST = 8
UNPACKED_AT_MOST = 128 << 20
PARTS_AT_MOST = 2_000
ROWS_AT_MOST = 50_000
CELLS_AT_MOST = 600_000  # filled or merged: openpyxl keeps each as an object
COLUMNS_READ = 60
SHEETS_AT_MOST = 50
CSV_SHEET = "CSV"
Value = str | int | float | bool | date | datetime | time | timedelta | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet's cells by row and column from 0, merged cells each with the value of the whole."""

    title: str
    rows: list[list[Value]]


@dataclass(frozen=True, slots=True)
class Read:
    """What was sent: `source` is the openpyxl workbook, or None for a CSV."""

    sheets: list[Sheet]
    source: Workbook | None
    delimiter: str = ","


def read(data: bytes) -> Read:
    """The sheets of an .xlsx or a CSV; NotAWorkbook, WorkbookTooLarge."""
    if len(data) > MEGABYTES_AT_MOST << 20:
        raise WorkbookTooLarge(limit=ROWS_AT_MOST)
    return _xlsx(data) if data.startswith(ZIP) else _csv(data)


def _xlsx(data: bytes) -> Read:
    if f"{OFFICE}.spreadsheetml.sheet" not in sniffed(io.BytesIO(data)):
        raise NotAWorkbook()
    try:
        extents = _extents(data)
        workbook = load_workbook(io.BytesIO(data), data_only=True, keep_links=False)
    except WorkbookTooLarge:
        raise
    except Exception as error:  # whatever openpyxl stumbles over, it cannot be read
        raise NotAWorkbook() from error
    last_row = max((extent.last_row for extent in extents), default=0)
    return Read([Sheet(s.title, _rows(s, last_row)) for s in workbook.worksheets], workbook)


def _rows(sheet: Any, last_row: int) -> list[list[Value]]:
    """Up to the last filled row of the workbook: formats reach further down than anybody writes."""
    bottom, right = min(sheet.max_row, last_row), min(sheet.max_column, COLUMNS_READ)
    if not bottom:
        return []
    rows = [list(row) for row in sheet.iter_rows(max_row=bottom, max_col=right, values_only=True)]
    for merged in sheet.merged_cells.ranges:
        if merged.min_row > bottom or merged.min_col > right:
            continue
        value = rows[merged.min_row - 1][merged.min_col - 1]
        for row in rows[merged.min_row - 1 : merged.max_row]:
            for column in range(merged.min_col - 1, min(merged.max_col, right)):
                row[column] = value
    return rows


# What openpyxl would unpack, counted before it does


@dataclass(slots=True)
class _Extent:
    last_row: int = 0  # with something in it
    cells: int = 0
    spans: list[str] = field(default_factory=list)  # merged ranges, and links over ranges: each a cell there


def _extents(data: bytes) -> list[_Extent]:
    """Of each sheet; WorkbookTooLarge for what unpacks to more than is taken, however small it is packed."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = archive.infolist()  # zipfile unpacks no part beyond the size that is declared here
        if len(parts) > PARTS_AT_MOST or sum(part.file_size for part in parts) > UNPACKED_AT_MOST:
            raise WorkbookTooLarge(limit=ROWS_AT_MOST)
        sheets = [part for part in parts if part.filename.startswith("xl/worksheets/")]
        if len([s for s in sheets if s.filename.endswith(".xml")]) > SHEETS_AT_MOST:
            raise WorkbookTooLarge(limit=ROWS_AT_MOST)
        extents, cells = [], 0
        for part in sheets:
            if not part.filename.endswith(".rels"):
                with archive.open(part) as xml:
                    extents.append(_extent(xml))
                cells += extents[-1].cells
                if cells > CELLS_AT_MOST:
                    raise WorkbookTooLarge(limit=ROWS_AT_MOST)
        return extents


def _extent(xml: Any) -> _Extent:
    extent, row = _Extent(), 0
    for event, element in iterparse(xml, events=("start", "end"), forbid_dtd=True):
        name = element.tag.rpartition("}")[2]
        if event == "start":
            if name == "row":
                row = int(element.get("r") or row + 1)
            continue
        match name:
            case "c":
                extent.cells += 1
                if at := element.get("r"):
                    row = coordinate_to_tuple(at)[0]
                if any(child.tag.endswith(("}v", "}is")) for child in element):
                    extent.last_row = max(extent.last_row, row)
            case "mergeCell" | "hyperlink":
                extent.cells += _area(element.get("ref", ""))
            case "row":
                element.clear()
        if extent.cells > CELLS_AT_MOST or extent.last_row > ROWS_AT_MOST:
            raise WorkbookTooLarge(limit=ROWS_AT_MOST)
    return extent


def _area(ref: str) -> int:
    left, top, right, bottom = range_boundaries(ref)
    if None in (left, top, right, bottom):
        return CELLS_AT_MOST + 1  # whole rows or columns
    return int((right - left + 1) * (bottom - top + 1))  # type: ignore[operator] # none of them is None


# CSV


def _csv(data: bytes) -> Read:
    text = _decoded(data)
    if "\0" in text:
        raise NotAWorkbook()
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(",\t;", key=first.count)
    try:
        rows = list(_bounded(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)))
    except csv.Error as error:
        raise NotAWorkbook() from error
    return Read([Sheet(CSV_SHEET, rows)], None, delimiter)


def _decoded(data: bytes) -> str:
    """UTF-8, else GB18030, which Excel writes on Chinese machines; hardly a text in it is UTF-8 too."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise NotAWorkbook()


def _bounded(rows: Iterator[list[str]]) -> Iterator[list[Value]]:
    cells = 0
    for number, row in enumerate(rows, 1):
        cells += len(row)
        if number > ROWS_AT_MOST or cells > CELLS_AT_MOST:
            raise WorkbookTooLarge(limit=ROWS_AT_MOST)
        yield list(row[:COLUMNS_READ])
