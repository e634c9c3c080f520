"""R21 through the front door: a clerical error is mended, each field and project named."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cli.example.programme import content
from services.projects.domain.programme import Changed, ProgrammePublished
from services.projects.domain.project import PROJECT
from services.projects.domain.project.state import State
from services.projects.programme_content import hash_of
from services.projects.routing import taken_under
from shared.decision import Submission
from tests.projects.a_project import DRAFT, REVISE, SUBMIT
from tests.projects.an_office import FOUNDER, Office, founded
from tests.support.engines import Database
from tests.support.living import THE_PROJECT

SAID = {"year": 2026, "document": "3号", "meeting": "1号", "in_force": "2026-02-01", "file_name": "3号.pdf"}
MENDS = SAID | {"version": "2026.1更1", "kind": "corrigendum", "corrects": "2026.1"}
SLIP = content().replace('"claim_window_working_days":3', '"claim_window_working_days":30')


@pytest.fixture
async def office(database: Database, tmp_path: Path) -> AsyncIterator[Office]:
    """With a version of which a figure is a slip of the pen, and a project that is pinned to it."""
    async with founded(database, tmp_path) as office:
        await office.person("second", office.group)
        await office.appointed("second", "headquarters", office.group)
        await office.published("second", "2026-01-20", text=SLIP)
        for command in (DRAFT, REVISE, SUBMIT):
            await office.parts.writer.submit(_submission(command))
        yield office


def _submission(command: Any) -> Submission:
    return Submission(
        ledger="company", stream=THE_PROJECT, decider=PROJECT, prepare=lambda _state: command, by=command.by
    )


async def read(office: Office, path: str, position: int = 4) -> Any:
    """Once the project can be seen."""
    return (await office.gets(FOUNDER, f"{path}?wait_for=projects/company:{position}")).json()


async def test_a_corrigendum_shows_each_field_and_project_and_then_reads_on(office: Office) -> None:
    """R21."""
    file = await office.document(FOUNDER)
    await office.does(FOUNDER, "/programmes/draft-programme", **MENDS, content=content(), file=file)
    drafted = await read(office, "/programmes/2026.1更1/draft")
    window = {"place": "deadlines.claim_window_working_days", "kind": "changed", "before": 30, "after": 3}
    assert (drafted["since"], drafted["changes"]) == ("2026.1", [window])
    assert drafted["touches"] == {"in_approval": 1}
    listed = (await office.gets(FOUNDER, "/projects?programme=2026.1")).json()["projects"]
    assert [line["reference"] for line in listed] == ["2026-A-0012"]
    assert (await office.gets(FOUNDER, "/projects?programme=2025.1")).json()["projects"] == []

    read_by_the_second = {"content_hash": hash_of(content()), "file": file}
    await office.does("second", f"/programmes/{drafted['id']}/publish-programme", **read_by_the_second)
    now = await read(office, "/programmes/2026.1")
    assert (now["corrected_by"], now["content"]["deadlines"]["claim_window_working_days"]) == ("2026.1更1", 3)
    assert (now["in_force"], now["content_hash"]) == ("2026-01-20", hash_of(content()))
    changed = await read(office, "/programmes/2026.1更1/changes")
    assert (changed["since"], changed["changes"]) == ("2026.1", [window])
    *_, published = await office.events(ProgrammePublished)
    assert published.event.changes == (Changed("deadlines.claim_window_working_days", "changed", "30", "3"),)

    known = office.parts.organisation
    in_force = known.programme(published.event.in_force)
    assert in_force is not None
    assert in_force.version == "2026.1"
    assert taken_under(known, State(programme="2026.1")) == "2026.1更1"
    assert taken_under(known, State()) is None


async def test_a_corrigendum_of_what_is_not_there_or_changes_nothing_is_refused(office: Office) -> None:
    """R21."""
    draft, file = "/programmes/draft-programme", await office.document(FOUNDER)
    said = MENDS | {"content": content(), "file": file}
    await office.is_refused("CorrectsNothing", FOUNDER, draft, **said | {"corrects": "2025.1"})
    await office.is_refused("CorrectsNothing", FOUNDER, draft, **said | {"content": SLIP})
    again = json.dumps(json.loads(SLIP), indent=1)
    await office.is_refused("CorrectsNothing", FOUNDER, draft, **said | {"content": again})


async def test_of_two_corrigenda_the_second_is_drafted_on_the_first(office: Office) -> None:
    """R21: else it would silently take back what the first mended."""
    file = await office.document(FOUNDER)
    ids = [
        await office.does(
            FOUNDER, "/programmes/draft-programme", **MENDS | {"version": version}, content=text, file=file
        )
        for version, text in (("2026.1更1", content()), ("2026.1更2", SLIP.replace("30", "20", 1)))
    ]
    hashes = [hash_of(content()), hash_of(SLIP.replace("30", "20", 1))]
    first, second = ({"content_hash": found, "file": file} for found in hashes)
    await office.does("second", f"/programmes/{ids[0]}/publish-programme", **first)
    await office.is_refused(
        "CorrectedMeanwhile", "second", f"/programmes/{ids[1]}/publish-programme", **second
    )


async def test_a_decision_names_the_version_itself_where_nothing_was_mended(office: Office) -> None:
    """R18, R21."""
    assert taken_under(office.parts.organisation, replace(State(), programme="2026.1")) == "2026.1"
