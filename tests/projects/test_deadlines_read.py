"""What is due is read as a list by key, in its colour, and nobody reads beyond their sight."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Select, text

from services.projects.domain.project.tasks import AddTask, AssignTask, CompleteTask
from services.projects.domain.project.work import ReachMilestone
from services.projects.projections.deadlines import AfterDate, Wanted, listing
from services.projects.timers import claim
from shared.engines import is_sqlite
from tests.projects.a_desk import APPROVAL, Desk
from tests.projects.a_project import DRAFT, FITTER, REVISE, SECRETARY, SUBMIT

LIST = "/api/projects/deadlines"
OF_MAY, OF_JUNE = date(2026, 5, 20), date(2026, 6, 3)
WORKING = (
    *APPROVAL,
    AddTask(SECRETARY, "T1", "编制首班清洁标准", "班组签认", OF_JUNE, Decimal(30)),
    AddTask(SECRETARY, "T2", "定标", "签认", OF_MAY, Decimal(30)),
)


def on(desk: Desk, day: date) -> None:
    desk.later(days=(day - desk.house.clock.now().date()).days)


def lines(answer: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(line["subject"], line["code"], line["colour"]) for line in answer["deadlines"]]


async def test_what_is_due_is_listed_by_its_day_in_its_colour(desk: Desk) -> None:
    """R42."""
    await desk.house.does(*WORKING)
    on(desk, date(2026, 5, 25))
    found = await desk.read("secretary of the branch", LIST)
    assert lines(found) == [
        ("task", "T2", "red"),
        ("milestone", "M1", "yellow"),
        ("task", "T1", "yellow"),
        ("milestone", "M2", "green"),
    ]
    first = found["deadlines"][0]
    assert (
        first["title"],
        first["project_title"],
        first["unit_name"],
        first["due"],
        first["provisional"],
    ) == (
        "定标",
        "面漆返修率减半",
        "branch党组织",
        "2026-05-20",
        False,
    )
    told = {line["code"]: line["warned"] for line in found["deadlines"]}
    assert told == {"T2": "leader", "M1": "leader", "T1": "leader", "M2": "nobody"}
    for colour, codes in (("red", ["T2"]), ("yellow", ["M1", "T1"]), ("green", ["M2"])):
        only = await desk.read("secretary of the branch", LIST, colour=colour)
        assert [line["code"] for line in only["deadlines"]] == codes
    tasks = await desk.read("secretary of the branch", LIST, subject="task")
    assert [line["code"] for line in tasks["deadlines"]] == ["T2", "T1"]


async def test_what_is_done_is_due_no_more_and_stays_yellow_on_the_page_if_late(desk: Desk) -> None:
    """R42: made up late turns yellow, not green."""
    await desk.house.does(
        *WORKING, AssignTask(SECRETARY, "T1", FITTER.person), AssignTask(SECRETARY, "T2", FITTER.person)
    )
    await desk.house.does(
        CompleteTask(FITTER, "T1", OF_JUNE, today=OF_JUNE),
        CompleteTask(FITTER, "T2", OF_JUNE, today=OF_JUNE),
        ReachMilestone(SECRETARY, "M1", date(2026, 5, 30), today=OF_JUNE),
    )
    on(desk, OF_JUNE)
    assert lines(await desk.read("secretary of the branch", LIST)) == [("milestone", "M2", "green")]
    page = await desk.read("secretary of the branch")
    assert [(dated["code"], dated["colour"], dated["done_on"]) for dated in page["colours"]] == [
        ("T2", "yellow", "2026-06-03"),
        ("M1", "yellow", "2026-06-03"),  # dated back without a paper: the day of entry counts (R36)
        ("T1", "green", "2026-06-03"),
        ("M2", "green", None),
    ]


async def test_a_last_day_of_a_year_that_is_not_announced_is_provisional(desk: Desk) -> None:
    """R38."""
    far = date(2199, 1, 8)
    await desk.house.does(DRAFT, REVISE, replace(SUBMIT, today=date(2199, 1, 1), due=far))
    (line,) = (await desk.read("headquarters", LIST))["deadlines"]
    assert (line["subject"], line["due"], line["provisional"]) == ("step", "2199-01-08", True)
    (coloured,) = (await desk.read("headquarters"))["colours"]
    assert (coloured["due"], coloured["provisional"]) == ("2199-01-08", True)


async def test_the_list_is_read_in_parts_by_key(desk: Desk) -> None:
    """Each date once, in one order, however it is cut and whatever two share a day."""
    for number in range(7):
        mine = (replace(DRAFT, reference=f"2026-A-{number:04}"), REVISE)
        due = SUBMIT.due + timedelta(number // 3) if SUBMIT.due else None
        await desk.house.does(*mine, replace(SUBMIT, due=due), stream=UUID(int=100 + number))
    whole = (await desk.read("headquarters", LIST))["deadlines"]
    assert len(whole) == 7
    cut: list[Any] = []
    part = await desk.read("headquarters", LIST, limit="2")
    while part["next"]:
        cut += part["deadlines"]
        part = await desk.read("headquarters", LIST, limit="2", after=part["next"])
    assert cut + part["deadlines"] == whole
    assert [line["due"] for line in whole] == sorted(line["due"] for line in whole)


@pytest.mark.parametrize(
    "after", ["", "x", "1/2", "738000/not a project/task/T1", "9999999/" + "0" * 36 + "/T/1"]
)
async def test_a_place_that_is_none_is_refused(desk: Desk, after: str) -> None:
    assert (await desk.ask("headquarters", LIST, after=after)).status_code == 422


def test_a_place_reads_back_as_it_was_said() -> None:
    place = AfterDate(OF_MAY, str(UUID(int=1)), "task", "一/二 ?")
    assert AfterDate.read(str(place)) == place
    assert AfterDate.read(f"9999999/{UUID(int=1)}/task/T1") == AfterDate(
        date.max, str(UUID(int=1)), "task", "T1"
    )


async def test_nobody_reads_what_is_due_beyond_their_sight(desk: Desk) -> None:
    """R67: whom the project concerns, and those over it."""
    await desk.house.does(*WORKING)
    for nobody in ("secretary of the other branch", "stranger", "operator of the group"):
        assert (await desk.read(nobody, LIST))["deadlines"] == []
    for somebody in ("headquarters", "auditor of the company", "secretary of the branch"):
        assert len((await desk.read(somebody, LIST))["deadlines"]) == 4
    assert (await desk.read("headquarters", LIST, mine="true"))["deadlines"] == []


async def test_neither_the_timers_nor_the_list_scan_what_is_not_due(desk: Desk) -> None:
    """No scan that grows with the group: each reads its index in order, as far as it needs."""
    today = date(2026, 1, 1)
    listed = listing(Wanted(today), None, AfterDate(today, str(UUID(int=1)), "task", "T1"), 50)
    for query, index in ((claim(today), "by_act"), (listed, "by_due")):
        said = await plan_of(desk, query)
        assert index in said, said
        assert not re.search("Sort|TEMP B-TREE", said), said
    seen_by_few = await plan_of(desk, listing(Wanted(today), frozenset({"unit:branch"}), None, 50))
    assert "by_mark" in seen_by_few, "what somebody sees is found first"
    assert not re.search("SCAN dates|SCAN projects|Seq Scan", seen_by_few), seen_by_few


async def plan_of(desk: Desk, query: Select[Any]) -> str:
    """How the engine would answer it."""
    async with desk.parts.views.connect() as connection:
        sql = str(query.compile(desk.parts.views.sync_engine, compile_kwargs={"literal_binds": True}))
        if is_sqlite(connection):
            plan = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}")
        else:  # as if its tables were large
            for way in ("seqscan", "bitmapscan", "hashjoin", "mergejoin"):
                await connection.execute(text(f"SET LOCAL enable_{way} = off"))
            plan = await connection.exec_driver_sql(f"EXPLAIN {sql}")
        return "\n".join(str(row) for row in plan.all())
