"""The whole portfolio as it was at one moment: a cut that is asked for again and says the same for ever."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from services.projects.domain.project.work import RaiseProblem
from shared.envelope import written
from tests.projects.a_desk import Desk
from tests.projects.a_project import (
    DRAFT,
    FINANCE_AGREES,
    MEET,
    PRECHECK,
    QUALITY_AGREES,
    REVISE,
    SECRETARY,
    SUBMIT,
)

PORTFOLIO = "/api/projects/replay/portfolio"
LIFE = (DRAFT, REVISE, SUBMIT, PRECHECK, QUALITY_AGREES, FINANCE_AGREES, MEET)


async def lives(desk: Desk, number: int, acts: int) -> None:
    """A project that has come so far, in one of two ledgers."""
    ledger = "company" if number % 2 else "other company"
    begun = replace(DRAFT, title=f"第{number}项")
    revise = replace(REVISE, proposal=replace(REVISE.proposal, title=f"第{number}项"))
    life = (begun, revise, replace(SUBMIT), *LIFE[3:])[:acts]
    await desk.house.does(*life, stream=UUID(int=number), ledger=ledger)


async def pages(desk: Desk, who: str = "headquarters", **query: str) -> list[dict[str, Any]]:
    """Every part of the answer."""
    found, after = [], ""
    while True:
        place = {"after": after} if after else {}
        found.append(await desk.read(who, PORTFOLIO, limit="2", **query, **place))
        if not (after := found[-1]["next"] or ""):
            return found


def states(told: list[dict[str, Any]]) -> dict[str, str]:
    return {project["title"]: project["state"] for part in told for project in part["projects"]}


async def test_every_project_is_shown_as_it_was_at_the_moment(desk: Desk) -> None:
    for number, acts in ((1, 2), (2, 3), (3, 7)):
        await lives(desk, number, acts)
    then = desk.house.clock.now()
    desk.later(days=1)
    await lives(desk, 4, 1)
    await desk.house.does(SUBMIT, stream=UUID(int=1))
    desk.later(seconds=6)
    told = await pages(desk, at=written(then))
    assert states(told) == {"第3项": "in_implementation", "第2项": "in_approval", "第1项": "draft"}
    assert told[0]["positions"] == {"company": 17, "other company": 4}
    assert datetime.fromisoformat(told[0]["at"]) == then


async def test_the_same_cut_is_answered_with_the_same_bytes_after_more_was_recorded(desk: Desk) -> None:
    for number, acts in ((1, 2), (2, 3), (3, 7)):
        await lives(desk, number, acts)
    then = desk.house.clock.now()
    desk.later(seconds=6)
    await desk.read("headquarters", PORTFOLIO, at=written(then))
    first = await desk.ask("headquarters", PORTFOLIO, at=written(then))
    cut = first.json()["cut"]
    await desk.house.does(RaiseProblem(SECRETARY, "P1", "缺料"), stream=UUID(int=3))
    await desk.house.does(SUBMIT, stream=UUID(int=1))
    for number in (11, 12):
        await lives(desk, number, 2)
    await desk.read("headquarters", PORTFOLIO, cut=cut)
    again = await desk.ask("headquarters", PORTFOLIO, cut=cut)
    assert again.content == first.content
    assert await pages(desk, cut=cut) == await pages(desk, at=written(then))


async def test_who_sees_a_project_sees_it_in_the_portfolio_and_nobody_else(desk: Desk) -> None:
    await lives(desk, 1, 3)
    then = written(desk.house.clock.now())
    desk.later(seconds=6)
    for who in ("auditor of the company", "secretary of the branch", "discipline of the company"):
        assert states(await pages(desk, who, at=then)) == {"第1项": "in_approval"}
    for who in ("auditor of the other company", "operator of the group", "stranger"):
        assert states(await pages(desk, who, at=then)) == {}
    assert (await desk.http.get(PORTFOLIO)).status_code == 401


async def test_a_moment_or_a_cut_is_named_and_the_cut_as_it_was_answered(desk: Desk) -> None:
    await lives(desk, 1, 1)
    await desk.read("headquarters", "/api/projects/projects")
    now = desk.house.clock.now()
    recent = await desk.ask("headquarters", PORTFOLIO, at=written(now))
    assert (recent.status_code, recent.json()["code"]) == (422, "MomentTooRecent")
    at = written(now - timedelta(minutes=1))
    cut = (await desk.ask("headquarters", PORTFOLIO, at=at)).json()["cut"]
    for query in ({}, {"at": at, "cut": cut}):
        neither = await desk.ask("headquarters", PORTFOLIO, **query)
        assert (neither.status_code, neither.json()["code"]) == (422, "MomentOrCut")
    invented = await desk.ask("headquarters", PORTFOLIO, cut=f"{cut[:-4]}0000")
    assert (invented.status_code, invented.json()["code"]) == (404, "NoSuchCut")
    assert (await desk.ask("headquarters", PORTFOLIO, cut="now")).status_code == 422
