"""Large lists as jobs: asked for once, made page by page whoever is killed, given to who asked alone."""

from __future__ import annotations

import asyncio
import csv
import hashlib
import io
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from services.projects.api import export_reading, exports, making_exports
from shared.envelope import written
from shared.jobs import HELD, KEPT, HeldByAnother
from tests.projects.a_desk import APPROVAL, HERE, Desk
from tests.projects.a_group import person
from tests.projects.an_export import EXPORTS, asked, exporting, file_of, job_of, process, said
from tests.projects.test_exports import AUDITS, HEADQUARTERS, LEADER, PROJECTS, drafted, lines
from tests.support.engines import Database
from tests.support.waiting import eventually


class Killed(BaseException):
    """The process is gone."""


@pytest.fixture
async def desk(database: Database, tmp_path: Path) -> AsyncIterator[Desk]:
    async with exporting(database, tmp_path) as built:
        yield built


async def test_a_job_gives_the_file_that_the_list_would_have_given_at_once(desk: Desk) -> None:
    await drafted(desk, 3)
    job = await job_of(desk, HEADQUARTERS, f"{PROJECTS}.csv", state="draft")
    assert (job["state"], job["done"], job["attempts"]) == ("waiting", 0, 0)
    assert (await file_of(desk, HEADQUARTERS, job)).json()["code"] == "NotReady"
    assert await making_exports.make_next(process(desk))
    assert not await making_exports.make_next(process(desk))
    job = await said(desk, HEADQUARTERS, job)
    assert (job["state"], job["done"], job["of"], job["attempts"]) == ("ready", 3, 3, 1)
    answer = await file_of(desk, HEADQUARTERS, job)
    assert hashlib.sha256(answer.content).hexdigest() == job["sha256"]
    (_, *here) = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    (_, *there) = await lines(desk, PROJECTS, state="draft")
    assert here == there
    part = await file_of(desk, HEADQUARTERS, job, Range="bytes=0-2")
    assert (part.status_code, part.content) == (206, b"\xef\xbb\xbf")
    making_exports.jobs_of(desk.parts).path(job["id"], "csv").unlink()
    assert (await file_of(desk, HEADQUARTERS, job)).status_code == 404


async def test_the_same_request_again_is_the_same_job_and_another_one_needs_a_key_of_its_own(
    desk: Desk,
) -> None:
    await drafted(desk, 1)
    one, again = [await asked(desk, HEADQUARTERS, f"{PROJECTS}.csv", "key") for _ in range(2)]
    assert one.json()["id"] == again.json()["id"]
    other = await asked(desk, HEADQUARTERS, f"{PROJECTS}.csv", "key", state="draft")
    assert other.json()["code"] == "KeyUsedForAnother"
    (listed,) = (await desk.ask(HEADQUARTERS, EXPORTS)).json()["exports"]
    assert listed["id"] == one.json()["id"]


async def test_what_was_read_before_a_process_was_killed_is_not_read_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed while a page is written, and once more while the file is."""
    monkeypatch.setattr(export_reading, "AT_ONCE", 2)
    await drafted(desk, 6)
    job = await job_of(desk, HEADQUARTERS, f"{PROJECTS}.csv")
    pages: list[Any] = []
    reading = export_reading.read_on

    async def read_on(request: Any, listed: Any, given: Any, found: Any) -> None:
        if len(pages) == 2:
            with found.path.open("ab") as out:
                out.write(b'{"half')
            pages.append("killed")
            raise Killed
        pages.append(found.after)
        await reading(request, listed, given, found)

    monkeypatch.setattr(making_exports, "read_on", read_on)
    with pytest.raises(Killed):
        await making_exports.make_next(process(desk))
    half = await said(desk, HEADQUARTERS, job)
    assert (half["done"], half["of"], half["attempts"]) == (4, 7, 1)
    assert not await making_exports.make_next(process(desk)), "somebody may still be at it"
    desk.later(seconds=HELD.total_seconds() + 1)

    async def write(*_given: Any) -> None:
        raise Killed

    writing = exports.write
    monkeypatch.setattr(making_exports, "write", write)
    with pytest.raises(Killed):
        await making_exports.make_next(process(desk))
    desk.later(seconds=HELD.total_seconds() + 1)
    monkeypatch.setattr(making_exports, "write", writing)
    assert await making_exports.make_next(process(desk))
    whole = await said(desk, HEADQUARTERS, job)
    assert (whole["done"], whole["of"], whole["attempts"]) == (7, 7, 3)
    places = [place for place in pages if place != "killed"]
    assert len(places) == len(set(places)) == 4, "each page once"
    content = (await file_of(desk, HEADQUARTERS, job)).content.decode("utf-8-sig")
    references = [row[0] for row in list(csv.reader(io.StringIO(content)))[2:]]
    assert references == [row[0] for row in (await lines(desk, PROJECTS))[2:]]


async def test_a_file_is_given_to_who_asked_for_it_alone(desk: Desk) -> None:
    await drafted(desk, 1)
    job = await job_of(desk, HEADQUARTERS, f"{PROJECTS}.csv")
    await making_exports.make_next(process(desk))
    for who in (AUDITS, "secretary of the branch"):
        assert (await file_of(desk, who, job)).status_code == 404
        assert (await desk.ask(who, job["address"])).status_code == 404
        assert (await desk.ask(who, EXPORTS)).json()["exports"] == []


async def test_who_loses_their_office_meanwhile_gets_nothing_by_it(desk: Desk) -> None:
    await drafted(desk, 1)
    job = await job_of(desk, HEADQUARTERS, "/api/projects/coverage.xlsx")
    known = desk.parts.organisation
    for term in list(known.terms.values()):
        if term.office == "headquarters":
            known.terms[term.id] = replace(term, end=term.since)
    assert await making_exports.make_next(process(desk))
    ended = (await desk.ask(HEADQUARTERS, job["address"])).json()
    assert (ended["state"], ended["problem"]) == ("failed", "NotAllowed")


async def test_old_files_are_removed(desk: Desk) -> None:
    await drafted(desk, 1)
    job = await job_of(desk, HEADQUARTERS, f"{PROJECTS}.csv")
    await making_exports.make_next(process(desk))
    jobs = making_exports.jobs_of(desk.parts)
    assert jobs.path(job["id"], "csv").is_file()
    assert not jobs.path(job["id"], "rows").exists()
    assert await jobs.forget_old() == []
    desk.later(seconds=KEPT.total_seconds() + 1)
    assert await jobs.forget_old() == [job["id"]]
    assert not jobs.path(job["id"], "csv").exists()
    assert (await desk.ask(HEADQUARTERS, job["address"])).status_code == 404


async def test_what_is_too_long_for_one_answer_is_asked_for_as_a_job(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "AT_ONCE_AT_MOST", 1)
    await drafted(desk, 2)
    assert (await desk.ask(HEADQUARTERS, f"{PROJECTS}.csv")).json()["code"] == "ExportTakesLong"
    await job_of(desk, HEADQUARTERS, f"{PROJECTS}.csv")
    assert await making_exports.make_next(process(desk))


async def test_a_past_moment_is_asked_for_as_a_job_too(desk: Desk) -> None:
    await drafted(desk, 1)
    desk.later(seconds=6)
    at = desk.house.clock.now().isoformat().replace("+00:00", "Z")
    desk.later(seconds=6)
    job = await job_of(desk, HEADQUARTERS, "/api/projects/replay/portfolio.xlsx", at=at)
    assert await making_exports.make_next(process(desk))
    assert (await desk.ask(HEADQUARTERS, job["address"])).json()["done"] == 2


@pytest.mark.parametrize("kind", ["ocel", "xes"])
async def test_an_event_log_is_asked_for_as_a_job_and_is_the_same(desk: Desk, kind: str) -> None:
    await drafted(desk, 1)
    desk.later(seconds=6)
    at = written(desk.house.clock.now() - timedelta(seconds=6))
    path = f"/api/projects/event-logs/{kind}"
    job = await job_of(desk, "auditor of the group", path, at=at)
    assert await making_exports.make_next(process(desk))
    content = (await file_of(desk, "auditor of the group", job)).content
    assert content == (await desk.ask("auditor of the group", path, at=at)).content
    refused = await job_of(desk, LEADER, path, at=at)
    assert await making_exports.make_next(process(desk))
    ended = (await desk.ask(LEADER, refused["address"])).json()
    assert (ended["state"], ended["problem"]) == ("failed", "OnlyAuditTakesEventLogs")


async def test_a_dossier_is_asked_for_as_a_job(desk: Desk) -> None:
    await drafted(desk, 0)
    await desk.signing.round()
    job = await job_of(desk, AUDITS, f"{HERE}/dossier", files="true")
    assert await making_exports.make_next(process(desk))
    with ZipFile(io.BytesIO((await file_of(desk, AUDITS, job)).content)) as dossier:
        assert "evidence.json" in dossier.namelist()


async def test_jobs_are_made_while_the_service_runs_and_let_go_when_it_ends(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process goes on at once, not when the claim is over."""
    await drafted(desk, 1)
    reached, reading = asyncio.Event(), export_reading.read_on

    async def never(*_given: Any) -> None:
        reached.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(making_exports, "read_on", never)
    job = await job_of(desk, HEADQUARTERS, f"{PROJECTS}.csv")
    async with making_exports.made(process(desk), 0.01):
        await asyncio.wait_for(reached.wait(), 30)
    monkeypatch.setattr(making_exports, "read_on", reading)
    async with making_exports.made(process(desk), 0.01):

        async def ready() -> bool:
            (row,) = await making_exports.jobs_of(desk.parts).of(str(person(HEADQUARTERS)))
            return bool(row.state == "ready")

        await eventually(ready, "the job is made")
    assert (await file_of(desk, HEADQUARTERS, job)).status_code == 200


async def test_who_took_too_long_for_a_step_ends_nothing_that_another_makes(desk: Desk) -> None:
    """Two processes at one job: the claim that came later counts."""
    job = await job_of(desk, HEADQUARTERS, f"{PROJECTS}.csv")
    jobs = making_exports.jobs_of(desk.parts)
    slow = await jobs.claim()
    desk.house.clock.set(desk.house.clock.now() + HELD + timedelta(seconds=1))
    other = await jobs.claim()
    assert slow is not None
    assert other is not None
    assert (slow.id, other.id) == (job["id"], job["id"])
    for late in (jobs.keep(slow, done=9), jobs.let_go(slow), jobs.end(slow, state="failed")):
        with pytest.raises(HeldByAnother):
            await late
    ready = await jobs.keep(other, done=1)
    await jobs.end(ready, state="ready")
    assert (await desk.ask(HEADQUARTERS, job["address"])).json()["state"] == "ready"


async def test_a_dossier_whose_last_act_is_not_signed_yet_is_made_a_little_later(desk: Desk) -> None:
    await desk.house.does(*APPROVAL[:1])
    job = await job_of(desk, AUDITS, f"{HERE}/dossier")
    assert await making_exports.make_next(process(desk))
    assert not await making_exports.make_next(process(desk))  # not at once again
    assert (await desk.ask(AUDITS, job["address"])).json()["state"] == "waiting"
    await desk.signing.round()
    desk.house.clock.set(desk.house.clock.now() + timedelta(minutes=1))
    assert await making_exports.make_next(process(desk))
    ended = await said(desk, AUDITS, job)
    assert (ended["state"], ended["attempts"]) == ("ready", 2)


async def test_one_person_lets_only_so_many_wait(desk: Desk) -> None:
    many = [await asked(desk, HEADQUARTERS, f"{PROJECTS}.csv", f"key-{n}") for n in range(11)]
    assert [answer.status_code for answer in many] == [202] * 10 + [409]
    assert many[-1].json()["code"] == "TooManyWait"
    again = await asked(desk, HEADQUARTERS, f"{PROJECTS}.csv", "key-0")
    assert again.status_code == 202
