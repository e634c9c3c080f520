"""Lists as Excel and CSV: what the list says and no more, in words, marked and harmless (R74, R76)."""

from __future__ import annotations

import csv
import io
import tracemalloc
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, get_args
from uuid import UUID

import pytest
from openpyxl import load_workbook
from pydantic import BaseModel

from services.projects.api import export_reading
from services.projects.api.export_lists import LISTS, Listed
from services.projects.domain.project.secrecy import ReviewSecrecy
from services.projects.sheets import Columns, Sheet, Spoken, cells, write_csv, write_xlsx
from shared.sentences import Language, word
from tests.projects import a_project as p
from tests.projects.a_desk import APPROVAL, NAMES, Desk
from tests.projects.a_group import person
from tests.projects.test_looks import looks

PROJECTS = "/api/projects/projects"
HEADQUARTERS, LEADER, AUDITS = "headquarters", "secretary of the branch", "auditor of the company"
REVIEWER = p.by("reviewer", "secrecy_reviewer")
LANGUAGES: tuple[Language, ...] = ("zh-CN", "en")


async def drafted(desk: Desk, count: int, title: str = "面漆返修率减半") -> None:
    """So many drafts beside one approved project."""
    await desk.house.does(*APPROVAL)
    for number in range(1, count + 1):
        draft = replace(p.DRAFT, title=f"{title}{number}", reference=f"2026-A-{number:04}")
        await desk.house.does(draft, stream=UUID(int=number))
        desk.later(seconds=1)
    await desk.read(HEADQUARTERS, PROJECTS)


async def rows(desk: Desk, path: str, who: str = HEADQUARTERS, **query: str) -> list[list[Any]]:
    """A workbook's rows: its stamp, its headings, then what is listed."""
    answer = await desk.ask(who, f"{path}.xlsx", **query)
    assert answer.status_code == 200, answer.text
    book = load_workbook(io.BytesIO(answer.content))
    return [list(row) for row in book.worksheets[0].iter_rows(values_only=True)]


async def lines(desk: Desk, path: str, who: str = HEADQUARTERS, **query: str) -> list[list[str]]:
    answer = await desk.ask(who, f"{path}.csv", **query)
    assert answer.status_code == 200, answer.text
    assert answer.content.startswith(b"\xef\xbb\xbf"), "by which Excel knows UTF-8"
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


async def test_an_export_holds_all_pages_of_the_list_in_its_order(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_reading, "AT_ONCE", 2)
    await drafted(desk, 5)
    listed = (await desk.read(HEADQUARTERS, PROJECTS))["projects"]
    assert len(listed) == 6
    (_stamp, headings, *found) = await rows(desk, PROJECTS)
    assert headings[:5] == ["项目编号", "立项编号", "名称", "立项方向", "状态"]
    assert [row[0] for row in found] == [project["reference"] for project in listed]
    (_, _, *in_csv) = await lines(desk, PROJECTS)
    assert [row[0] for row in in_csv] == [project["reference"] for project in listed]


async def test_an_export_takes_the_filters_of_the_list_and_shows_what_its_reader_may_see(desk: Desk) -> None:
    await drafted(desk, 2)
    (_, headings, approved) = await rows(desk, PROJECTS, state="in_implementation")
    assert approved[headings.index("状态")] == "实施中"
    assert len(await rows(desk, PROJECTS, "stranger")) == 2, "stamp and headings"
    refused = await desk.ask("stranger", "/api/projects/coverage.xlsx")
    assert (refused.status_code, refused.json()["code"]) == (403, "NotAllowed")
    assert (await desk.ask(HEADQUARTERS, f"{PROJECTS}.csv", state="nonsense")).status_code == 422


async def test_days_are_days_moments_are_of_the_house_and_codes_are_words(desk: Desk) -> None:
    await drafted(desk, 1)
    (_, headings, *found) = await rows(desk, PROJECTS)
    row = dict(zip(headings, found[0], strict=True))
    (project, *_) = (await desk.read(HEADQUARTERS, PROJECTS))["projects"]
    entered = datetime.fromisoformat(project["drafted_at"]).astimezone(desk.parts.settings.time_zone)
    assert row["起草时间"] == entered.replace(tzinfo=None, microsecond=0)
    assert row["是否逾期"] == "否"
    assert row["第一责任人"] == "李强"
    (_, headings, *dates) = await rows(desk, "/api/projects/deadlines")
    due = dict(zip(headings, dates[0], strict=True))
    assert isinstance(due["期限"], datetime)
    assert due["期限"].date() == date(2026, 5, 31)
    assert due["进度状态"] in ("正常", "临期", "逾期")


async def test_a_text_is_no_formula_whoever_opens_it(desk: Desk) -> None:
    await drafted(desk, 1, '=HYPERLINK("http://127.0.0.1","看")')
    for found in (await rows(desk, PROJECTS), await lines(desk, PROJECTS)):
        assert found[2][2].startswith("'=HYPERLINK")
    book = load_workbook(io.BytesIO((await desk.ask(HEADQUARTERS, f"{PROJECTS}.xlsx")).content))
    kinds = {cell.data_type for row in book.worksheets[0].iter_rows() for cell in row}
    assert "f" not in kinds


async def test_an_export_carries_the_highest_mark_of_what_is_in_it_the_name_and_the_time(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R74 (c): on the sheet, and above and below each printed page."""
    monkeypatch.setitem(NAMES, person(LEADER), "王敏")
    await drafted(desk, 1)
    (stamp, *_) = await rows(desk, PROJECTS, LEADER)
    assert stamp[0].startswith("内部 · 王敏 于2026-")
    await desk.house.does(ReviewSecrecy(REVIEWER, "content", "commercial_secret", p.MARCH, note="含报价"))
    await desk.read(LEADER, PROJECTS)
    answer = await desk.ask(LEADER, f"{PROJECTS}.xlsx")
    page: Any = load_workbook(io.BytesIO(answer.content)).worksheets[0]
    assert page.cell(1, 1).value.startswith("商业秘密 · 王敏 于2026-")
    assert page.oddHeader.center.text == "商业秘密"
    assert page.oddFooter.center.text == page.cell(1, 1).value
    (stamp, *_) = await rows(desk, PROJECTS, LEADER, state="draft")
    assert stamp[0].startswith("内部"), "the project with the mark is not in it"


async def test_an_export_by_audit_is_one_look_however_many_pages_it_has(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R76: before anything is read, and by nobody else."""
    monkeypatch.setattr(export_reading, "AT_ONCE", 1)
    await drafted(desk, 2)
    await rows(desk, PROJECTS)
    await rows(desk, PROJECTS, AUDITS)
    desk.later(seconds=6)
    at = desk.house.clock.now().isoformat().replace("+00:00", "Z")
    desk.later(seconds=6)
    assert len(await rows(desk, "/api/projects/replay/portfolio", AUDITS, at=at)) == 5
    assert await looks(desk, AUDITS) == [
        (str(person(AUDITS)), "export", "projects.xlsx"),
        (str(person(AUDITS)), "export", "replay_portfolio.xlsx"),
        (str(person(AUDITS)), "looks", ""),
    ]


async def test_a_file_can_be_asked_for_in_english_and_in_parts(desk: Desk) -> None:
    await drafted(desk, 1)
    answer = await desk.ask(HEADQUARTERS, f"{PROJECTS}.csv", "en")
    assert "state" in answer.text.splitlines()[1]
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["accept-ranges"] == "bytes"


@pytest.mark.parametrize("listed", LISTS, ids=lambda listed: listed.name)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_column_and_every_list_has_a_name(listed: Listed, language: Language) -> None:
    spoken = Spoken(language, UTC, lambda code: f"?{code}")
    for field in listed.fields:
        assert "?" not in spoken.heading(field), f"{field} is not in the catalogue"
    assert word("export", listed.name, language, "") != ""


def codes_of(row: type[BaseModel]) -> Iterator[tuple[str, str]]:
    """Fields of a row that are one of few codes, each with each."""
    for name, field in row.model_fields.items():
        for code in get_args(field.annotation):
            if isinstance(code, str):
                yield name, code


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_of_a_list_is_said_in_words(language: Language) -> None:
    spoken = Spoken(language, UTC, lambda code: f"?{code}")
    found = {(name, code) for listed in LISTS for name, code in codes_of(listed.row)}
    assert ("colour", "red") in found
    assert [at for at in found if str(spoken.cell(*at)).startswith("?")] == []


def test_what_has_a_code_has_columns_of_its_own_and_nothing_is_lost() -> None:
    row = {"name": "一", "cells": [{"code": "a", "projects": 2}, {"code": "b", "projects": 0}], "more": {}}
    assert list(cells(row)) == [
        ("name", "一"),
        ("cells.a.projects", 2),
        ("cells.b.projects", 0),
        ("more", None),
    ]
    columns = Columns(("name", "cells"))
    columns.see({"name": "二", "cells": []})
    columns.see(row)
    assert columns.places == ["name", "cells.a.projects", "cells.b.projects"]


def test_no_id_and_no_code_beside_its_name_has_a_column_deep_in_a_row_either() -> None:
    received = {"on": "2026-03-02", "by": "p1", "by_name": "李强", "event": "LeadReceived", "label": "接收"}
    of_a_case = {"other_project": "p2", "other_reference": "2026-A-0007", "person": "p1", "name": "李强"}
    assert [place for place, _ in cells(received | {"facts": of_a_case}, "received")] == [
        "received.on",
        "received.by_name",
        "received.label",
        "received.facts.other_reference",
        "received.facts.name",
    ]
    assert list(cells({"p1": 1, "p1_name": 2})) == [("p1", 1), ("p1_name", 2)], "a list says which fields"


def many(count: int) -> Iterator[Mapping[str, Any]]:
    for number in range(count):
        yield {
            "reference": f"2026-A-{number:05}",
            "title": "面漆返修率减半" * 5,
            "due_next": "2026-05-31",
            "changed_at": "2026-05-25T01:02:03.000000Z",
            "overdue": False,
        }


@pytest.mark.parametrize("write", [write_xlsx, write_csv])
def test_a_large_sheet_takes_no_more_memory_than_a_small_one(write: Any, tmp_path: Path) -> None:
    places = ["reference", "title", "due_next", "changed_at", "overdue"]

    def peak(count: int) -> int:
        sheet = Sheet(
            "一", "内部", "内部", places, lambda: many(count), Spoken("zh-CN", UTC, lambda code: code)
        )
        tracemalloc.start()
        try:
            write(sheet, tmp_path / "made")
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(10)  # what is made once
    small, large = peak(200), peak(5_000)
    assert large < small + 300_000, f"{small} bytes for 200 rows, {large} for 5,000"
