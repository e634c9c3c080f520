"""What another version would have said of all projects, asked for as a job (R19)."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4

import openpyxl
import pytest
import yaml
from sqlalchemy import select

from services.evaluation.api import making_what_ifs
from services.evaluation.api.reading import TABLE, seen_scores
from services.evaluation.tables import what_if_lines
from shared.engines import begin
from shared.jobs import HELD, KEPT
from tests.evaluation.a_desk import Desk
from tests.evaluation.a_programme import published
from tests.evaluation.test_what_if import SHIPPED, doubled
from tests.projects import a_project as p
from tests.projects.a_group import TODAY
from tests.support.living import THE_PROJECT

WHAT_IFS, STRANGER = "/what-ifs", "secretary of the other company"


class Killed(BaseException):
    """The process is gone."""


async def several(desk: Desk, count: int) -> list[str]:
    """So many projects in the view, all with the score of one that was lived; their ids in order."""
    await published(desk.projects, yaml.safe_load(SHIPPED))
    await published(desk.projects, doubled(), version="2027.1", number=3)
    await desk.projects.does(p.DRAFT, p.REVISE, p.SUBMIT)
    desk.projects.clock.set(datetime.combine(TODAY, time(12), UTC))
    await desk.caught_up()
    async with begin(desk.parts.views) as connection:
        row = (await connection.execute(select(TABLE))).one()._mapping
        more = [{**row, "project": uuid4()} for _ in range(count - 1)]
        if more:
            await connection.execute(TABLE.insert(), more)
    return sorted([str(THE_PROJECT), *(str(one["project"]) for one in more)])


async def asked(desk: Desk, **body: Any) -> Mapping[str, Any]:
    answer = await desk.post(WHAT_IFS, "headquarters", programme="2027.1", **body)
    assert answer.status_code == 202, answer.text
    found: Mapping[str, Any] = answer.json()
    return found


async def said(desk: Desk, job: Mapping[str, Any], more: str = "") -> Any:
    answer = await desk.get(f"{WHAT_IFS}/{job['id']}{more}")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_all_projects_are_scored_in_the_background_and_read_page_by_page(desk: Desk) -> None:
    projects = await several(desk, 5)
    job = await asked(desk)
    assert (job["state"], job["done"], job["of"]) == ("waiting", 0, None)
    early = await desk.get(f"{WHAT_IFS}/{job['id']}/projects")
    assert (early.status_code, early.json()["code"]) == (409, "NotReady")
    assert await making_what_ifs.make_next(desk.parts)
    assert not await making_what_ifs.make_next(desk.parts)
    ready = await said(desk, job)
    assert (ready["state"], ready["done"], ready["of"], ready["attempts"]) == ("ready", 5, 5, 1)
    lines: list[Any] = []
    page = await said(desk, job, "/projects?limit=2")
    while True:
        lines += page["projects"]
        if page["next"] is None:
            break
        page = await said(desk, job, f"/projects?limit=2&after={page['next']}")
    assert [line["project"] for line in lines] == projects
    at_once = (await desk.get("/what-if/2027.1")).json()["projects"]
    assert lines == at_once, "a job says what the list says"


async def test_as_excel_it_has_a_row_for_each_project(desk: Desk) -> None:
    await several(desk, 3)
    job = await asked(desk)
    await making_what_ifs.make_next(desk.parts)
    answer = await desk.get(f"{WHAT_IFS}/{job['id']}/projects.xlsx", tongue="zh-CN")
    page: Any = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    stamp, headings, *rows = page.values
    assert stamp[0].startswith("内部")
    assert headings[9] == "按2027.1得分"
    assert len(rows) == 3
    (line, *_) = (await said(desk, job, "/projects"))["projects"]
    assert (rows[0][0], rows[0][1]) == (line["reference"], line["title"])


async def test_what_was_scored_before_a_process_was_killed_is_not_scored_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    projects = await several(desk, 5)
    monkeypatch.setattr(making_what_ifs, "AT_ONCE", 2)
    pages = list[Any]()

    async def killed(*given: Any) -> Any:
        if len(pages) == 1:
            pages.append("killed")
            raise Killed
        pages.append(given[3])
        return await seen_scores(*given)

    monkeypatch.setattr(making_what_ifs, "seen_scores", killed)
    job = await asked(desk)
    with pytest.raises(Killed):
        await making_what_ifs.make_next(desk.parts)
    half = await said(desk, job)
    assert (half["state"], half["done"], half["of"]) == ("waiting", 2, 5)
    assert not await making_what_ifs.make_next(desk.parts), "somebody may still be at it"
    desk.projects.clock.set(desk.projects.clock.now() + HELD + timedelta(seconds=1))
    assert await making_what_ifs.make_next(desk.parts)
    assert pages == [None, "killed", UUID(projects[1]), UUID(projects[3])]
    whole = await said(desk, job)
    assert (whole["done"], whole["attempts"]) == (5, 2)
    assert [line["project"] for line in (await said(desk, job, "/projects"))["projects"]] == projects


async def test_it_is_for_who_asked_and_of_what_they_may_see_when_they_read_it(desk: Desk) -> None:
    await several(desk, 2)
    job = await asked(desk)
    await making_what_ifs.make_next(desk.parts)
    for more in ("", "/projects", "/projects.xlsx"):
        assert (await desk.get(f"{WHAT_IFS}/{job['id']}{more}", STRANGER)).status_code == 404
    assert (await desk.get(WHAT_IFS, STRANGER)).json() == {"what_ifs": []}
    known = desk.organisation
    for term in [*known.terms.values()]:
        if term.office == "headquarters":
            known.terms[term.id] = replace(term, end=term.since)
    assert (await said(desk, job, "/projects"))["projects"] == []


async def test_a_title_that_is_withdrawn_meanwhile_is_not_told(desk: Desk) -> None:
    """A line keeps no title of its own."""
    await several(desk, 1)
    job = await asked(desk)
    await making_what_ifs.make_next(desk.parts)
    async with begin(desk.parts.views) as connection:
        await connection.execute(TABLE.update().values(title="as it reads now"))
    (line,) = (await said(desk, job, "/projects"))["projects"]
    assert line["title"] == "as it reads now"


async def test_only_published_versions_can_be_asked_for_and_of_one_track_alone(desk: Desk) -> None:
    await several(desk, 1)
    unknown = await desk.post(WHAT_IFS, "headquarters", programme="1999.1")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "NoSuchVersion")
    job = await asked(desk, track="no_such_track")
    await making_what_ifs.make_next(desk.parts)
    assert (await said(desk, job))["of"] == 0
    assert (await said(desk, job, "/projects")) == {"projects": [], "next": None}


async def test_after_a_week_it_is_gone_with_its_lines(desk: Desk) -> None:
    await several(desk, 2)
    job = await asked(desk)
    await making_what_ifs.make_next(desk.parts)
    jobs = making_what_ifs.jobs_of(desk.parts)
    assert await jobs.forget_old() == []
    expires = datetime.fromisoformat((await said(desk, job))["expires_at"])
    assert expires == desk.projects.clock.now() + KEPT
    desk.projects.clock.set(desk.projects.clock.now() + KEPT + timedelta(seconds=1))
    assert await jobs.forget_old() == [job["id"]]
    async with desk.parts.ledgers.engine.connect() as connection:
        assert (await connection.execute(select(what_if_lines))).all() == []
