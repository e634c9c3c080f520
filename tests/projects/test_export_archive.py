"""The archivist's overview and the list of a year as Excel and CSV (R78)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from services.projects.api import export_reading
from services.projects.domain.project.archiving import PROPERTIES
from services.projects.projections.projects import PROJECTS
from shared.engines import begin
from shared.sentences import word
from tests.projects.a_desk import Desk
from tests.projects.a_group import OTHER_COMPANY, appointed, unit
from tests.projects.a_project import COMPANY, GROUP
from tests.projects.an_export import counted, exporting, file_of, made
from tests.projects.test_archiving import ARCHIVIST, DEPARTMENT, does, ended
from tests.projects.test_exports import lines, rows
from tests.projects.test_transfers import ABOVE, HOUSE
from tests.support.engines import Database
from tests.support.recorded import recorded

RECEIVER = "archivist of the house"
CLOSED = word("state", "closed", "zh-CN")
YEAR, NAME = f"{ABOVE}/{HOUSE}/2026", f"{HOUSE}党组织"


@pytest.fixture
async def desk(database: Database, tmp_path: Path) -> AsyncIterator[Desk]:
    async with exporting(database, tmp_path) as built:
        yield built


def transfer(number: int, **values: Any) -> dict[str, Any]:
    """The row of a project of the house that has ended."""
    return {
        "project": str(UUID(int=number)),
        "company": HOUSE,
        "year": 2026,
        "standing": "owed",
        "unit": HOUSE,
        "reference": f"2026-A-{number:04}",
        "title": "=1+1",
        "state": "closed",
        "due": date(2027, 6, 30),
        "handed_over_on": None,
        "received_on": None,
        "archive_number": None,
        "serial": None,
        "packages": 0,
        "lacks": "",
        "reason": "",
        "ledger": HOUSE,
    } | values


async def of_the_house(desk: Desk, *transfers: dict[str, Any]) -> None:
    known = desk.parts.organisation
    for event in (unit(HOUSE, GROUP, has_ledger=True), appointed(RECEIVER, "archivist", HOUSE)):
        known.apply(recorded(known.position + 1, event))
    async with begin(desk.parts.views) as connection:
        await connection.execute(PROJECTS.table("transfers").insert(), list(transfers))


async def test_the_overview_has_a_line_for_each_year_of_each_company_and_one_where_nothing_has_ended(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_reading, "AT_ONCE", 1)
    await ended(desk, 1, 2)
    await does(desk, DEPARTMENT, "hand-over-to-archive", 1)
    await does(desk, ARCHIVIST, "archive-project", 1, checked=list(PROPERTIES))
    await desk.read(ARCHIVIST, ABOVE)
    await of_the_house(desk, transfer(7, year=2024), transfer(8, year=2025, serial=3))
    (_, headings, *found) = await rows(desk, ABOVE, "headquarters")
    assert headings == ["编码", "名称", "年度", "应归档", "已退回", "已移交待接收", "已接收", "末号", "缺号"]
    listed = (await desk.read("headquarters", ABOVE))["lines"]
    assert [row[1] for row in found] == [line["name"] for line in listed for _ in line["years"] or [0]]
    told = {(row[1], row[2]): row[3:] for row in found}
    assert told[f"{COMPANY}党组织", 2026] == [1, 0, 0, 1, 1, None]
    assert told[NAME, 2024] == [1, 0, 0, 0, None, None]
    assert told[NAME, 2025] == [1, 0, 0, 0, 3, "1、2"]
    assert told[f"{OTHER_COMPANY}党组织", None] == [None] * 6


async def test_a_company_s_year_is_taken_in_words_as_it_is_filtered_and_no_text_is_a_formula(
    desk: Desk,
) -> None:
    back = transfer(2, standing="sent_back", packages=1, lacks="usable,safe", reason="附件为压缩包")
    await of_the_house(desk, transfer(1), back)
    (head, headings, *found) = await lines(desk, YEAR, RECEIVER)
    assert head[1:] == [NAME, "2026"]
    assert headings == [
        "项目编号",
        "名称",
        "单位",
        "状态",
        "归档情况",
        "期限",
        "移交日期",
        "接收日期",
        "档号",
        "归档信息包数",
        "缺少",
        "原因",
    ]
    (first, second) = found
    assert first[:6] == ["2026-A-0001", "'=1+1", NAME, CLOSED, "应归档", "2027-06-30"]
    assert (second[4], second[10:]) == ("已退回", ["可用、安全", "附件为压缩包"])
    assert (await lines(desk, YEAR, RECEIVER, standing="sent_back"))[2:] == [second]


async def test_it_is_taken_by_who_sees_it_alone_and_as_a_job_too(desk: Desk) -> None:
    await of_the_house(desk, transfer(1), transfer(2), transfer(3, standing="received"))
    for path in (ABOVE, YEAR):
        refused = await desk.ask("secretary of the branch", f"{path}.csv")
        assert refused.json()["code"] == "OnlyTheArchiveSeesTransfers"
    assert (await desk.ask(DEPARTMENT, f"{YEAR}.csv")).status_code == 404, "of another company"
    job = await made(desk, RECEIVER, f"{YEAR}.csv", standing="owed")
    assert (job["done"], job["of"], job["list"]) == (2, 2, "archive_company_year")
    assert await counted(desk, RECEIVER, YEAR) == 3
    taken = await file_of(desk, RECEIVER, job)
    assert "2026-A-0002" in taken.text
    assert str(HOUSE) in taken.headers["content-disposition"]
    assert (await desk.read(RECEIVER, YEAR))["transfers"], "the list itself answers as before"
