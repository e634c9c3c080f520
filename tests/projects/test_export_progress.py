"""A job says how far it is of how much, how often it was tried, and why it failed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from services.projects.api import export_reading, exports, making_exports
from shared.envelope import written
from shared.jobs import HELD
from shared.making import AGAIN
from shared.problems import Unexpected
from shared.sentences import sentences
from tests.projects import a_project as p
from tests.projects.a_desk import Desk
from tests.projects.an_export import EXPORTS, asked, counted, exporting, file_of, job_of, made, process, said
from tests.projects.test_exports import HEADQUARTERS, LEADER, PROJECTS, drafted
from tests.support.engines import Database

UNITS = "/api/projects/units"


class Killed(BaseException):
    """The process is gone."""


@pytest.fixture
async def desk(database: Database, tmp_path: Path) -> AsyncIterator[Desk]:
    async with exporting(database, tmp_path) as built:
        yield built


@pytest.fixture
def after_a_page(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Whatever is to be done when the first page of two rows was read."""
    monkeypatch.setattr(export_reading, "AT_ONCE", 2)
    reading, todo, pages = export_reading.read_on, list[Any](), list[int]()

    async def read_on(*given: Any) -> None:
        pages.append(1)
        if len(pages) == 2:
            await todo[0]()
        await reading(*given)

    monkeypatch.setattr(making_exports, "read_on", read_on)
    return todo.append


async def kill() -> None:
    raise Killed


@pytest.mark.parametrize(
    ("path", "query", "of"),
    [(PROJECTS, {}, 6), (PROJECTS, {"state": "draft"}, 5), (UNITS, {}, None)],
)
async def test_of_how_many_rows_is_counted_once_where_it_can_be_and_known_at_the_end(
    desk: Desk, after_a_page: Any, path: str, query: dict[str, str], of: int | None
) -> None:
    await drafted(desk, 5)
    after_a_page(kill)
    job = await job_of(desk, HEADQUARTERS, f"{path}.csv", **query)
    assert (job["done"], job["of"]) == (0, None)
    with pytest.raises(Killed):
        await making_exports.make_next(process(desk))
    half = await said(desk, HEADQUARTERS, job)
    assert (half["done"], half["of"]) == (2, of)
    desk.later(seconds=HELD.total_seconds() + 1)
    assert await making_exports.make_next(process(desk))
    whole = await said(desk, HEADQUARTERS, job)
    assert whole["done"] == whole["of"] > 2


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("projects", {"track": "cost"}),
        ("projects", {"q": "减半2"}),
        ("projects", {"mine": "true"}),
        ("deadlines", {}),
        ("deadlines", {"colour": "green"}),
        ("deadlines", {"subject": "task"}),
    ],
)
async def test_what_is_counted_is_what_the_list_holds(desk: Desk, path: str, query: dict[str, str]) -> None:
    await drafted(desk, 3)
    for who in (HEADQUARTERS, LEADER, "stranger"):
        listed = (await desk.read(who, f"/api/projects/{path}", **query))[path]
        assert await counted(desk, who, f"/api/projects/{path}", **query) == len(listed), who


async def test_of_a_past_moment_what_had_been_drafted_by_then_is_counted(desk: Desk) -> None:
    await drafted(desk, 2)
    desk.later(seconds=6)
    at = written(desk.house.clock.now())
    desk.later(seconds=6)
    await desk.house.does(replace(p.DRAFT, reference="2026-A-0099"), stream=UUID(int=99))
    path = "/api/projects/replay/portfolio"
    assert len((await desk.read(HEADQUARTERS, path, at=at))["projects"]) == 3
    assert await counted(desk, HEADQUARTERS, path, at=at) == 3


async def test_at_the_end_it_is_of_what_was_read_whatever_others_wrote_meanwhile(
    desk: Desk, after_a_page: Any
) -> None:
    await drafted(desk, 5)

    async def submit() -> None:
        (job,) = (await desk.ask(HEADQUARTERS, EXPORTS)).json()["exports"]
        assert (job["done"], job["of"], job["state"]) == (2, 5, "waiting")
        await desk.house.does(p.REVISE, p.SUBMIT, stream=UUID(int=1))
        await desk.read(HEADQUARTERS, PROJECTS)

    after_a_page(submit)
    job = await made(desk, HEADQUARTERS, f"{PROJECTS}.csv", state="draft")
    assert (job["done"], job["of"], job["state"]) == (4, 4, "ready")


@pytest.mark.parametrize("language", ["zh-CN", "en"])
async def test_what_failed_says_why_in_the_language_in_which_it_was_asked_for(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    monkeypatch.setattr(exports, "ROWS_OF_EXCEL", 3)
    await drafted(desk, 3)
    job = (await asked(desk, HEADQUARTERS, f"{PROJECTS}.xlsx", language=language)).json()
    assert [job[name] for name in ("problem", "detail", "advice")] == [None] * 3
    assert await making_exports.make_next(process(desk))
    ended = await said(desk, HEADQUARTERS, job)
    assert (ended["state"], ended["problem"], ended["attempts"]) == ("failed", "ExportTooLong", 1)
    why = sentences(exports.ExportTooLong(), language)  # type: ignore[arg-type] # one of the two
    assert (ended["detail"], ended["advice"]) == why
    assert why[0].isascii() == (language == "en")
    refused = await file_of(desk, HEADQUARTERS, job)
    assert (refused.status_code, refused.json()["code"]) == (409, "NotMade")
    assert "1次" in refused.json()["detail"]


async def test_a_right_that_ended_before_it_was_made_is_said_as_a_refusal_is(desk: Desk) -> None:
    await drafted(desk, 0)
    ended = await made(desk, LEADER, "/api/projects/coverage.csv")
    assert (ended["state"], ended["problem"]) == ("failed", "NotAllowed")
    assert ended["detail"]
    assert ended["advice"]


async def test_what_nobody_expected_is_said_with_a_number_for_the_log(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await drafted(desk, 1)
    job = await job_of(desk, HEADQUARTERS, f"{PROJECTS}.csv")

    async def read_on(*_given: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(making_exports, "read_on", read_on)
    with pytest.raises(ZeroDivisionError):
        await making_exports.make_next(process(desk))
    ended = await said(desk, HEADQUARTERS, job)
    assert (ended["state"], ended["problem"], ended["attempts"]) == ("failed", "Unexpected", 1)
    assert (ended["detail"], ended["advice"]) == sentences(Unexpected(correlation=job["id"]), "zh-CN")
    assert job["id"] in ended["advice"]


async def test_each_time_that_somebody_went_on_with_it_is_counted(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What passes, as a database that is away, is tried again after a while."""
    await drafted(desk, 1)
    job = await job_of(desk, HEADQUARTERS, f"{PROJECTS}.csv")
    reading = export_reading.read_on

    async def read_on(*_given: Any) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr(making_exports, "read_on", read_on)
    for attempt in (1, 2):
        with pytest.raises(ConnectionRefusedError):
            await making_exports.make_next(process(desk))
        waits = await said(desk, HEADQUARTERS, job)
        assert (waits["state"], waits["attempts"], waits["problem"]) == ("waiting", attempt, None)
        desk.later(seconds=AGAIN.total_seconds() + 1)
    monkeypatch.setattr(making_exports, "read_on", reading)
    assert await making_exports.make_next(process(desk))
    ended = await said(desk, HEADQUARTERS, job)
    assert (ended["state"], ended["attempts"]) == ("ready", 3)
