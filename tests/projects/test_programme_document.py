"""R17 through the front door: a programme is published with its document, which everybody can then read."""

from __future__ import annotations

from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path

import pytest

from cli.example.programme import content
from services.projects.programme_content import hash_of
from tests.projects.an_office import FOUNDER, Office, founded
from tests.projects.some_files import PDF
from tests.support.engines import Database

SAID = {"version": "2026.1", "year": 2026, "kind": "programme", "document": "2号", "meeting": "1号"}
SAID |= {"in_force": "2026-02-01", "content": content()}
DRAFT, HASH = "/programmes/draft-programme", hash_of(content())


@pytest.fixture
async def office(database: Database, tmp_path: Path) -> AsyncIterator[Office]:
    """Founded, with a second of headquarters and somebody of a branch."""
    async with founded(database, tmp_path) as office:
        for login in ("second", "worker"):
            await office.person(login, office.group)
        await office.appointed("second", "headquarters", office.group)
        yield office


async def test_a_document_is_attached_published_and_read_by_everybody(office: Office) -> None:
    """R17."""
    bare = await office.does(FOUNDER, DRAFT, **SAID)
    publish = {"content_hash": HASH, "file": sha256(PDF).hexdigest()}
    await office.is_refused(
        "DocumentNotAttached", "second", f"/programmes/{bare}/publish-programme", **publish
    )
    await office.is_refused("FileNotHere", FOUNDER, DRAFT, **SAID, file=publish["file"], file_name="2号.pdf")

    file = await office.document(FOUNDER)
    await office.does(FOUNDER, DRAFT, **SAID, file=file, file_name="2号.pdf")
    read = (await office.gets("second", "/programmes/2026.1/draft")).json()
    assert (read["attachment"]["sha256"], read["attachment"]["name"]) == (file, "2号.pdf")
    assert (read["content_hash"], read["since"], read["changes"]) == (HASH, None, [])
    assert (await office.gets("second", "/programmes/2026.1/document")).content == PDF
    for path in ("draft", "document"):
        hidden = await office.gets("worker", f"/programmes/2026.1/{path}")
        assert hidden.json()["code"] == "NotAllowed"

    await office.does("second", f"/programmes/{bare}/publish-programme", **publish)
    shown = await office.gets("worker", "/programmes/2026.1/document")
    assert (shown.content, shown.headers["content-type"]) == (PDF, "application/pdf")
    assert (await office.gets("second", "/programmes/2026.1/draft")).json()["code"] == "NotKnown"
    said = (await office.gets("worker", "/programmes/2026.1")).json()["basis"]
    assert (said["document"], said["meeting"]) == ("2号", "1号")
    assert [said["drafted_by"], said["published_by"]] == [office.people[who] for who in (FOUNDER, "second")]


async def test_whoever_drafts_again_keeps_the_file_that_is_there(office: Office) -> None:
    """R17: a file of somebody else is attached by nobody, but one that the draft has stays."""
    file = await office.document(FOUNDER)
    await office.is_refused("FileNotHere", "second", DRAFT, **SAID, file=file, file_name="2号.pdf")
    await office.does(FOUNDER, DRAFT, **SAID, file=file, file_name="2号.pdf")
    await office.does("second", DRAFT, **SAID, file=file, file_name="印发稿.pdf")
    read = (await office.gets(FOUNDER, "/programmes/2026.1/draft")).json()
    assert (read["attachment"]["name"], read["drafted_by"]) == ("印发稿.pdf", office.people["second"])


async def test_a_draft_shows_what_it_changes_beside_what_is_in_force(office: Office) -> None:
    """R16, R17."""
    await office.published("second", "2026-02-01")
    sooner = content().replace('"claim_window_working_days":3', '"claim_window_working_days":2')
    await office.does(FOUNDER, DRAFT, **SAID | {"version": "2026.2", "content": sooner})
    read = (await office.gets("second", "/programmes/2026.2/draft")).json()
    window = {"place": "deadlines.claim_window_working_days", "kind": "changed", "before": 3, "after": 2}
    assert (read["since"], read["changes"]) == ("2026.1", [window])
