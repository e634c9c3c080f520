"""What was made as a job is given to who may still read it, and a look whenever audit takes it (R76)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from services.projects.api import export_reading, making_exports
from services.projects.domain.project.archiving import PROPERTIES
from shared import roster
from shared.envelope import written
from shared.ledger import ACCESS
from tests.projects.a_desk import HERE, Desk
from tests.projects.a_group import PARTNER, appointed, person
from tests.projects.a_project import COMPANY
from tests.projects.an_export import exporting, file_of, made
from tests.projects.test_archiving import ARCHIVIST, DEPARTMENT, does, ended
from tests.projects.test_exports import AUDITS, HEADQUARTERS, LEADER, PROJECTS, drafted
from tests.projects.test_replay_organisation import TEAM
from tests.projects.test_unit_dossiers import DOSSIER, lived
from tests.support.engines import Database
from tests.support.living import THE_PROJECT
from tests.support.recorded import recorded

MEMBER, DEPUTY = "member of the branch", "deputy from elsewhere"


@pytest.fixture
async def desk(database: Database, tmp_path: Path) -> AsyncIterator[Desk]:
    async with exporting(database, tmp_path) as built:
        yield built


def happened(desk: Desk, event: Any) -> None:
    known = desk.parts.organisation
    known.apply(recorded(known.position + 1, event))


def loses(desk: Desk, office: str) -> None:
    """Whoever holds it, from today."""
    known = desk.parts.organisation
    for term in list(known.terms.values()):
        if term.office == office:
            known.terms[term.id] = replace(term, end=term.since)


async def looked(desk: Desk) -> list[tuple[str, str, str]]:
    noted = [one.event for one in await desk.house.ledgers.read_ledger(ACCESS, 0, 50)]
    return [(look.what, look.of, look.asked) for look in noted]


# Rights


async def test_who_has_lost_the_office_is_refused_what_it_let_them_read_and_asks_again(desk: Desk) -> None:
    """The list alone refuses nobody: it would show them less."""
    await drafted(desk, 2)
    job = await made(desk, HEADQUARTERS, f"{PROJECTS}.csv")
    assert (await file_of(desk, HEADQUARTERS, job)).status_code == 200
    loses(desk, "headquarters")
    refused = await file_of(desk, HEADQUARTERS, job)
    assert (refused.status_code, refused.json()["code"]) == (403, "RightHasEnded")
    assert refused.json()["detail"] == "该文件按您当时的职务或所在支部生成，现已不再具备。"
    part = await file_of(desk, HEADQUARTERS, job, Range="bytes=0-9")
    assert part.json()["code"] == "RightHasEnded", "no part of it either"
    again = await made(desk, HEADQUARTERS, f"{PROJECTS}.csv")
    assert (again["state"], again["done"]) == ("ready", 0)
    assert (await file_of(desk, HEADQUARTERS, again)).status_code == 200


@pytest.mark.parametrize("name", [MEMBER, DEPUTY])
async def test_who_left_the_branch_or_stands_in_no_more_is_refused_too(desk: Desk, name: str) -> None:
    await drafted(desk, 1)
    job = await made(desk, name, f"{PROJECTS}.csv")
    assert job["done"] == 2
    if name == MEMBER:
        happened(desk, roster.PersonMoved(person(name), PARTNER))
    else:
        loses(desk, "branch_secretary")
    assert (await file_of(desk, name, job)).json()["code"] == "RightHasEnded"


async def test_another_office_besides_takes_nothing_away(desk: Desk) -> None:
    await drafted(desk, 1)
    job = await made(desk, HEADQUARTERS, f"{PROJECTS}.csv")
    happened(desk, appointed(HEADQUARTERS, "inspector", COMPANY))
    assert (await file_of(desk, HEADQUARTERS, job)).status_code == 200


async def test_an_office_that_came_while_it_was_made_and_went_counts_as_one_that_was_held(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_reading, "AT_ONCE", 1)
    await drafted(desk, 2)
    reading, pages = export_reading.read_on, list[int]()

    async def read_on(*given: Any) -> None:
        if not pages:
            happened(desk, appointed(LEADER, "headquarters", COMPANY))
        pages.append(1)
        await reading(*given)

    monkeypatch.setattr(making_exports, "read_on", read_on)
    job = await made(desk, LEADER, f"{PROJECTS}.csv")
    assert (job["state"], len(pages)) == ("ready", 3)
    loses(desk, "headquarters")
    assert (await file_of(desk, LEADER, job)).json()["code"] == "RightHasEnded"


async def test_what_the_same_request_would_be_refused_by_now_is_not_given_out(desk: Desk) -> None:
    """Nobody lost an office: the package was sent back."""
    await ended(desk, 1)
    await does(desk, DEPARTMENT, "hand-over-to-archive", 1)
    await desk.signing.round()
    job = await made(desk, ARCHIVIST, f"/api/projects/projects/{UUID(int=1)}/archive-package")
    assert (await file_of(desk, ARCHIVIST, job)).status_code == 200
    await does(desk, ARCHIVIST, "send-back-from-archive", 1, lacks=["usable"], reason="附件为压缩包")
    refused = await file_of(desk, ARCHIVIST, job)
    assert (refused.status_code, refused.json()["code"]) == (403, "OnlyTheArchiveTakesPackages")
    await does(desk, DEPARTMENT, "hand-over-to-archive", 1)
    await does(desk, ARCHIVIST, "archive-project", 1, checked=list(PROPERTIES))
    assert (await file_of(desk, ARCHIVIST, job)).status_code == 200


# Looks


async def test_a_list_is_a_look_of_audit_when_it_is_asked_for_and_each_time_that_it_is_taken(
    desk: Desk,
) -> None:
    """R76: with the question as it was sent."""
    await drafted(desk, 1)
    job = await made(desk, AUDITS, f"{PROJECTS}.csv", state="draft")
    once = ("export", "projects.csv", "state=draft")
    assert await looked(desk) == [once], "making it is no look of its own"
    assert (await file_of(desk, AUDITS, job)).status_code == 200
    assert await looked(desk) == [once, once]
    assert (await file_of(desk, AUDITS, job, Range="bytes=0-9")).status_code == 206
    assert await looked(desk) == [once, once, once]
    (look, *_) = await desk.house.ledgers.read_ledger(ACCESS, 2, 1)
    assert look.envelope.by is not None
    assert (look.envelope.by.person, look.envelope.by.office) == (person(AUDITS), "auditor")


async def test_whoever_reads_in_no_office_of_audit_or_discipline_is_noted_nowhere(desk: Desk) -> None:
    await drafted(desk, 1)
    job = await made(desk, HEADQUARTERS, f"{PROJECTS}.csv")
    assert (await file_of(desk, HEADQUARTERS, job)).status_code == 200
    assert await looked(desk) == []


async def test_an_auditor_who_has_lost_the_office_sees_nothing_and_is_noted_for_nothing(desk: Desk) -> None:
    await drafted(desk, 1)
    job = await made(desk, AUDITS, f"{PROJECTS}.csv")
    before = await looked(desk)
    loses(desk, "auditor")
    assert (await file_of(desk, AUDITS, job)).json()["code"] == "RightHasEnded"
    assert await looked(desk) == before


async def test_a_dossier_is_a_look_when_it_is_made_and_when_it_is_taken(desk: Desk) -> None:
    await drafted(desk, 0)
    await desk.signing.round()
    job = await made(desk, AUDITS, f"{HERE}/dossier", files="true")
    once = ("dossier", str(THE_PROJECT), "files=true")
    assert await looked(desk) == [once]
    assert (await file_of(desk, AUDITS, job)).status_code == 200
    assert await looked(desk) == [once, once]


async def test_the_dossier_of_a_year_is_a_look_when_it_is_made_and_when_it_is_taken(desk: Desk) -> None:
    year = await lived(desk)
    job = await made(desk, AUDITS, DOSSIER, year=str(year))
    assert (await file_of(desk, AUDITS, job)).status_code == 200
    assert await looked(desk) == [("dossier", TEAM, f"year={year}")] * 2


async def test_an_event_log_is_a_look_when_it_is_taken_and_of_audit_alone(desk: Desk) -> None:
    await drafted(desk, 1)
    desk.later(seconds=6)
    at = written(desk.house.clock.now() - timedelta(seconds=6))
    job = await made(desk, AUDITS, "/api/projects/event-logs/ocel", at=at)
    assert (await file_of(desk, AUDITS, job)).status_code == 200
    (one, again) = await looked(desk)
    assert one == again
    assert one[0] == "event_log"
    loses(desk, "auditor")
    assert (await file_of(desk, AUDITS, job)).status_code == 403
