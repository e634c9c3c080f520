"""Workbooks as they are sent: where the table is, what is refused before it is unpacked, what goes back."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

import pytest
from openpyxl import Workbook

from services.projects.roster import faults, giving_back, table, workbook
from services.projects.roster.cells import Day
from shared.sheets import FORMULA
from tests.projects.a_roster import COLUMNS, TODAY, Group, book, opened, row, saved
from tests.projects.some_files import DOCX, PDF, XLSX, packed

SHEET = "xl/worksheets/sheet1.xml"
MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def lines(data: bytes) -> list[table.PersonLine]:
    (found,) = table.tables(workbook.read(data).sheets)
    return list(table.people(found, TODAY))


def name_of(line: table.PersonLine) -> str:
    assert line.named is not None
    return line.named.name


def with_sheet(xml: str, data: bytes | None = None) -> bytes:
    """A workbook whose sheet was written by hand."""
    out = io.BytesIO()
    source = io.BytesIO(data or book(row("李伟")))
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            new.writestr(part.filename, xml if part.filename == SHEET else old.read(part))
    return out.getvalue()


def two_rows_of_headings() -> bytes:
    made = Workbook()
    sheet = made.worksheets[0]
    sheet.append(["花名册"])
    sheet.append(["填报单位：党委工作部"])
    sheet.append(["序号", "姓 名", "单位", "党支部", "党内职务", "任职情况", None, "联系方式", None])
    sheet.append([None, None, None, None, None, "任职时间", "离任时间", "手机*", "邮箱"])
    sheet.append(
        [1, "李伟", "东川能源有限公司", "加工一车间党支部", "书记", 44013, "至今", 13669074391, "a@b.cn"]
    )
    sheet.append([2, "王芳", None, None, "副书记", date(2020, 7, 1), None, None, None])
    sheet.append(["填表人：某某", None, None, None, None, None, None, None, "审核人：某某"])
    for merged in ("A1:I1", "A3:A4", "B3:B4", "F3:G3", "H3:I3", "C5:C6", "D5:D6"):
        sheet.merge_cells(merged)
    made.create_sheet("填表说明").append(["一、任职时间填写到月。"])
    return saved(made)


def test_the_table_is_found_below_a_title_and_two_rows_of_headings() -> None:
    first, second = lines(two_rows_of_headings())
    assert (first.row, first.phone, first.mail) == (5, "13669074391", "a@b.cn")
    assert first.since == Day(date(2020, 7, 1), by_month=False)
    assert (second.row, second.unit, second.organisation) == (6, "东川能源有限公司", "加工一车间党支部")


def test_columns_stand_in_any_order() -> None:
    (line,) = lines(book(row("李伟"), columns=COLUMNS[::-1]))
    assert (name_of(line), line.organisation) == ("李伟", "加工一车间党支部")


def test_a_sheet_without_a_table_is_named_and_left_alone() -> None:
    comparison = Group().compared(row("李伟"))
    assert comparison.without_table == []
    with pytest.raises(faults.NoTableFound):
        table.tables(workbook.read("甲,乙\r\n1,2\r\n".encode()).sheets)


def test_what_is_never_stored_is_not_even_read() -> None:
    """R14: no identity card number, no birthday, no address."""
    more = {"身份证号码": "110101199003071234", "出生年月": "1990-03", "家庭住址": "某路1号", "籍贯": "某省"}
    comparison = Group().compared(row("李伟", 备注="同名，身份证尾号3312", **more))
    assert set(comparison.not_stored) == more.keys()
    told = repr(comparison)
    assert all(value not in told for value in (*list(more.values())[:1], "3312", "某路1号"))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_a_csv_is_read_in_both_encodings(encoding: str, delimiter: str) -> None:
    ordered = delimiter.join(str(row("张伟㐂").get(name, "") or "") for name in COLUMNS)
    text = "\r\n".join([delimiter.join(COLUMNS), ordered])
    (line,) = lines(text.encode(encoding))
    assert name_of(line) == "张伟㐂"


def bomb(unpacked: int) -> bytes:
    """A part that unpacks to more than is taken."""
    out = io.BytesIO(book(row("李伟")))
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/image1.png", b"\0" * unpacked)
    return out.getvalue()


def sheet_of(rows: str, after: str = "") -> str:
    return f"<worksheet {MAIN}><sheetData>{rows}</sheetData>{after}</worksheet>"


def text_row(number: int, texts: Iterable[Any]) -> str:
    cells = "".join(f'<c t="inlineStr"><is><t>{text or ""}</t></is></c>' for text in texts)
    return f'<row r="{number}">{cells}</row>'


TOO_LARGE: dict[str, Callable[[], bytes]] = {
    "a bomb": lambda: bomb(workbook.UNPACKED_AT_MOST),
    "all cells merged into one": lambda: with_sheet(
        sheet_of("", '<mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>')
    ),
    "all columns merged": lambda: with_sheet(
        sheet_of("", '<mergeCells><mergeCell ref="A:XFD"/></mergeCells>')
    ),
    "a link over all cells": lambda: with_sheet(
        sheet_of("", '<hyperlinks><hyperlink ref="A1:XFD1048576"/></hyperlinks>')
    ),
    "a row far down": lambda: with_sheet(sheet_of('<row r="900000"><c r="A900000"><v>1</v></c></row>')),
    "too many bytes": lambda: b"PK\x03\x04" + b"\0" * (workbook.MEGABYTES_AT_MOST << 20),
    "too many lines": lambda: b"a,b\n" * (workbook.ROWS_AT_MOST + 1),
}
ENTITIES = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>'
NO_WORKBOOK: dict[str, Callable[[], bytes]] = {
    "a PDF": lambda: PDF + b"\xff",
    "a document": lambda: DOCX,
    "a workbook of nothing": lambda: XLSX,
    "an old workbook": lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\xff",
    "macros": lambda: packed("[Content_Types].xml", "xl/workbook.xml", "xl/vbaProject.bin"),
    "entities": lambda: with_sheet(f"{ENTITIES}<worksheet {MAIN}><sheetData/></worksheet>"),
    "broken XML": lambda: with_sheet("<worksheet>"),
    "half of it": lambda: book(row("李伟"))[:-200],
    "NUL": lambda: b"a,b\0",
}


@pytest.mark.parametrize("what", TOO_LARGE)
def test_what_would_take_too_much_is_refused_before_it_does(what: str) -> None:
    data = TOO_LARGE[what]()
    with pytest.raises(faults.WorkbookTooLarge):
        workbook.read(data)


@pytest.mark.parametrize("what", NO_WORKBOOK)
def test_what_is_no_workbook_is_said_to_be_none(what: str) -> None:
    data = NO_WORKBOOK[what]()
    with pytest.raises(faults.NotAWorkbook):
        workbook.read(data)


def test_a_format_far_down_is_no_row() -> None:
    values = (row("李伟").get(name) for name in COLUMNS)
    far_down = '<row r="1048576"><c r="A1048576" s="0"/></row>'
    (line,) = lines(with_sheet(sheet_of(text_row(1, COLUMNS) + text_row(2, values) + far_down)))
    assert line.row == 2


def test_a_formula_is_never_computed() -> None:
    """What the sender's Excel had computed is read; nothing is where it had not."""
    made = opened(book(row("李伟", 任职时间=None)))
    made.worksheets[0]["E3"] = "=DATE(2020,7,1)"
    (line,) = lines(saved(made))
    assert (line.since, [fault.column for fault in line.faults]) == (None, ["E"])


# Given back


def back(data: bytes, *, times: int = 1) -> bytes:
    for _ in range(times):
        read = workbook.read(data)
        comparison = Group().compared_of(read)
        data = giving_back.given_back(read, comparison.items, "zh-CN")
    return data


def test_the_same_workbook_goes_back_with_what_is_wrong_beside_each_row() -> None:
    data = book(row("李伟", 任职时间="2025.13.1"), row("王芳"))
    sheet = opened(back(data)).worksheets[0]
    assert [str(merged) for merged in sheet.merged_cells.ranges] == ["A1:H1"]
    assert (sheet["I2"].value, sheet["J2"].value) == ("处理结果", "错误原因")
    assert (sheet["I3"].value, sheet["I4"].value) == ("未导入", "新增")
    assert "E3 任职时间 “2025.13.1”：没有这一天。" in str(sheet["J3"].value)
    assert sheet["A3"].value == "李伟"


def test_a_workbook_that_was_given_back_gets_its_columns_once() -> None:
    sheet = opened(back(book(row("李伟")), times=3)).worksheets[0]
    headings = [cell.value for cell in sheet[2]]
    assert (headings.count("处理结果"), headings.count("错误原因")) == (1, 1)


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t="])
def test_nothing_that_goes_back_is_a_formula(sign: str) -> None:
    hostile = f"{sign}cmd|'/c calc'!A1"
    data = book(row("李伟", 党支部=hostile, 党内职务=hostile, 手机=hostile, 备注=hostile))
    for cells in opened(back(data)).worksheets[0].iter_rows():
        assert all(cell.data_type != "f" for cell in cells)
    text = "\r\n".join([",".join(COLUMNS), ",".join([hostile] * len(COLUMNS))]).encode()
    for texts in csv.reader(io.StringIO(back(text).decode("utf-8-sig"))):
        assert not any(text.startswith(FORMULA) for text in texts)


def test_a_formula_that_was_sent_goes_back_as_its_value() -> None:
    made = opened(book(row("李伟")))
    made.worksheets[0]["H3"] = '=HYPERLINK("http://example.com","a")'
    for cells in opened(back(saved(made))).worksheets[0].iter_rows():
        assert all(cell.data_type != "f" for cell in cells)


def test_the_template_is_read_as_what_it_is() -> None:
    sheets = workbook.read(giving_back.template()).sheets
    people, units = table.tables(sheets)
    assert (people.kind, units.kind) == ("people", "units")
    assert (people.not_stored, len(people.fields)) == ((), 16)
    filled: list[Any] = ["", "李伟", "C1", "加工一车间党支部", "书记", "2020-07-01", "1号"]
    made = opened(giving_back.template())
    for at, value in enumerate(filled, 1):
        made["名册"].cell(2, at, value)
    made["名册"].cell(2, 10, "2011-07")
    read = workbook.read(saved(made))
    (item,) = Group().compared_of(read).items
    assert (item.result, item.faults) == ("new", [])
