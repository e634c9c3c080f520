"""A sheet as a file: a stamp, headings and rows, written as Excel or CSV row by row."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

Value = str | int | float | Decimal | date | datetime | None
ROWS_OF_EXCEL = 1_048_576
HEADINGS_AT = 2  # the row below the stamp
WIDTH = 18
FORMATS: Mapping[type, str] = {date: "yyyy-mm-dd", datetime: "yyyy-mm-dd hh:mm:ss"}
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would compute
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MEDIA_TYPES = {"xlsx": XLSX, "csv": "text/csv; charset=utf-8"}


def harmless(value: Any) -> Any:
    """A text that no spreadsheet takes for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


@dataclass(frozen=True, slots=True)
class Lines:
    """What is written: its stamp (mark, for whom, when; R74), then a line of headings, then rows."""

    title: str
    mark: str
    head: Sequence[str]  # the first row; the stamp is the first of it
    width: int  # columns
    lines: Callable[[], Iterator[Sequence[Value]]]  # the headings first


def write_csv(written: Lines, path: Path) -> None:
    """As CSV in UTF-8 with its mark, by which Excel knows it."""
    with path.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.writer(out)
        writer.writerow([harmless(text) for text in written.head])
        for line in written.lines():
            writer.writerow([harmless(value) for value in line])


def write_xlsx(written: Lines, path: Path) -> None:
    """As a workbook of one sheet; only the row at hand is in memory."""
    book = Workbook(write_only=True)
    page: Any = book.create_sheet(written.title)  # its types leave out what it shares with other sheets
    page.freeze_panes = f"A{HEADINGS_AT + 1}"
    page.print_title_rows = f"{HEADINGS_AT}:{HEADINGS_AT}"
    page.page_setup.orientation = "landscape"
    for number in range(1, written.width + 1):
        page.column_dimensions[get_column_letter(number)].width = WIDTH
    page.oddHeader.center.text = written.mark.replace("&", "&&")
    page.oddFooter.center.text = written.head[0].replace("&", "&&")
    page.append([harmless(text) for text in written.head])
    count = HEADINGS_AT - 1
    for count, line in enumerate(written.lines(), HEADINGS_AT):
        page.append([_cell(page, value, bold=count == HEADINGS_AT) for value in line])
    page.auto_filter.ref = f"A{HEADINGS_AT}:{get_column_letter(max(written.width, 1))}{count}"
    book.save(path)


def _cell(page: Any, value: Any, *, bold: bool) -> Any:
    if isinstance(value, str):
        value = harmless(ILLEGAL_CHARACTERS_RE.sub("", value))
    kind = FORMATS.get(type(value))
    if kind is None and not bold:
        return value
    cell = WriteOnlyCell(page, value)
    if kind is not None:
        cell.number_format = kind
    if bold:
        cell.font = Font(bold=True)
    return cell
