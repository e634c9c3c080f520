"""The same workbook with what became of each row and why not; and an empty one to fill in."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from services.projects.roster.comparison import Item
from services.projects.roster.table import OF_A_ROSTER, Kind, tables
from services.projects.roster.words import words
from services.projects.roster.workbook import COLUMNS_READ, Read, Value
from shared.domain import MODEL_BRANCH
from shared.offices import catalogue
from shared.sentences import Language, sentences, word
from shared.sheets import harmless

TEMPLATE_ROWS = 1000  # with lists to choose from
WIDTH = 18
AS_TEXT = ("since", "ended", "joined", "due", "phone", "staff_number", "code", "parent")


def reason(item: Item, language: Language) -> str:
    """Why a row was not imported, each cell by its heading and value; else what is to be noted of it."""
    said = []
    for fault in item.faults:
        sentence, advice = sentences(fault.why, language)
        where = f"{fault.column}{fault.row}" if fault.column else ""
        said.append(" ".join(part for part in (where, fault.heading, sentence, advice) if part))
    if item.result in ("asked", "left"):
        said.append(word("roster", item.result, language))
    said += [word("roster_note", note, language) for note in item.notes]
    return "\n".join(said)


def given_back(
    read: Read, items: Iterable[Item], language: Language, kinds: tuple[Kind, ...] = OF_A_ROSTER
) -> bytes:
    """The workbook as it came, in values, with two more columns; a CSV as CSV, in UTF-8 with its mark."""
    headings = [word("roster", code, language) for code in ("result", "reason")]
    found = {(item.sheet, item.row): item for item in items}
    added: dict[str, dict[int, list[str]]] = {}
    for table in tables(read.sheets, kinds):
        rows = added.setdefault(table.sheet.title, {table.at + 1: headings})
        for (sheet, row), item in found.items():
            if sheet == table.sheet.title:
                rows[row] = [word("roster", item.result, language), reason(item, language)]
    if read.source is None:
        return _csv(read, added)
    for worksheet in read.source.worksheets:
        if worksheet.title in added:
            _annotate(worksheet, added[worksheet.title], headings)
    return _saved(read.source)


def _annotate(sheet: Any, rows: dict[int, list[str]], headings: list[str]) -> None:
    """Behind the last column; over the two of an earlier time where the workbook was given back before."""
    width = min(sheet.max_column, COLUMNS_READ)
    there = [sheet.cell(min(rows), column).value for column in range(1, width + 1)]
    first = there.index(headings[0]) + 1 if headings[0] in there else width + 1
    for row, texts in rows.items():
        for column, text in enumerate(texts, first):
            sheet.cell(row, column, harmless(text))


def _csv(read: Read, added: dict[str, dict[int, list[str]]]) -> bytes:
    (sheet,) = read.sheets
    rows = added.get(sheet.title, {})
    width = max((len(row) for row in sheet.rows), default=0)
    out = io.StringIO()
    writer = csv.writer(out, delimiter=read.delimiter)
    for number, row in enumerate(sheet.rows, 1):
        padded: list[Value] = [*row, *[""] * (width - len(row)), *rows.get(number, ["", ""])]
        writer.writerow([harmless(value) for value in padded])
    return out.getvalue().encode("utf-8-sig")


def template() -> bytes:
    """A clean workbook: one sheet of people, one of units, one of the words to choose from."""
    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    chosen = _words_to_choose(workbook)
    _sheet(
        workbook, "名册", "people", {name: words for name, words in chosen.items() if name != "organisation"}
    )
    _sheet(workbook, "单位", "units", chosen)
    workbook.move_sheet("可选词", 2)
    workbook.active = 0
    return _saved(workbook)


def task_template() -> bytes:
    """A clean workbook for a list of tasks."""
    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    _sheet(workbook, "任务清单", "tasks", {})
    return _saved(workbook)


def _sheet(workbook: Workbook, title: str, kind: Kind, chosen: dict[str, str]) -> None:
    """An empty table: its headings, and where the words for a field stand."""
    sheet = workbook.create_sheet(title)
    fields: dict[str, tuple[str, ...]] = getattr(words(), kind)
    for column, (field, names) in enumerate(fields.items(), 1):
        cell = sheet.cell(1, column, names[0] + ("*" if field in words().needed[kind] else ""))
        cell.font = Font(bold=True)
        letter = get_column_letter(column)
        sheet.column_dimensions[letter].width = WIDTH
        if field in AS_TEXT:
            sheet.column_dimensions[letter].number_format = "@"  # so that Excel drops no nought
        if field in chosen:
            choose = DataValidation("list", formula1=chosen[field], allow_blank=True, showErrorMessage=False)
            choose.add(f"{letter}2:{letter}{TEMPLATE_ROWS}")
            sheet.add_data_validation(choose)
    sheet.freeze_panes = "A2"


def _words_to_choose(workbook: Workbook) -> dict[str, str]:
    """The third sheet, and where on it the words for a field stand."""
    sheet = workbook.create_sheet("可选词")
    known = catalogue()
    lists = {
        "office": [office.zh for office in known.offices],
        "political_status": known.political_status,
        "kind": [kind.zh for kind in known.unit_kinds],
        "organisation": known.organisation_kinds,
        "marks": [mark for mark in known.marks if mark != MODEL_BRANCH],
    }
    found = {}
    for column, (field, listed) in enumerate(lists.items(), 1):
        names = (
            words().people.get(field, ()) if field in ("office", "political_status") else words().units[field]
        )
        sheet.cell(1, column, names[0]).font = Font(bold=True)
        for row, text in enumerate(listed, 2):
            sheet.cell(row, column, text)
        letter = get_column_letter(column)
        sheet.column_dimensions[letter].width = WIDTH
        found[field] = f"'可选词'!${letter}$2:${letter}${len(listed) + 1}"
    return found


def _saved(workbook: Workbook) -> bytes:
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()
