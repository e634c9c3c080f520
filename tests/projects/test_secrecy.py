"""Nothing classified: looked at before it spreads, marked, and what slipped in is sealed at once (R74)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from services.projects import tables
from services.projects.domain.project.practice import PracticeListed
from services.projects.domain.project.secrecy import (
    FileIsSealed,
    FileSealed,
    NoSuchFile,
    NotLookedAtBeforeSpread,
    ReviewSecrecy,
    SealFile,
    SecrecyReviewed,
    SecretsAreNotSpread,
    WorkersMayNotReviewSecrecy,
)
from services.projects.domain.project.work import AttachEvidence, Evidence
from services.projects.schema import DECIDERS
from shared.domain import Incomplete
from shared.engines import begin
from tests.projects import a_project as p
from tests.projects.a_desk import APPROVAL, HERE, Desk, reading_of
from tests.projects.a_group import appointed
from tests.projects.lived import page_after
from tests.projects.some_files import PDF
from tests.projects.test_evidence import CONFIRMED, signed, upload
from tests.projects.test_paper import SCAN, late
from tests.projects.test_practice import LIST, LOOKED_AT, RECOMMEND, recommended
from tests.support.engines import Database
from tests.support.living import house
from tests.support.recorded import recorded as one_line

REVIEWER = p.by("reviewer", "secrecy_reviewer")
REVIEW = ReviewSecrecy(REVIEWER, "content", "internal", today=p.MARCH)
FILE = Evidence("9f" * 32, "图纸.pdf", 10, "application/pdf")
attached = p.approved.after(AttachEvidence(p.FITTER, FILE, "project", "", "现场"))
SEAL = SealFile(REVIEWER, FILE.sha256, "含商业秘密", today=p.MAY)


def test_a_reviewer_without_a_part_in_the_project_marks_who_may_read_it() -> None:
    p.submitted.when(REVIEW).then(SecrecyReviewed("content", "internal", "", p.MARCH, REVIEWER.person))
    p.submitted.when(replace(REVIEW, by=p.by("fitter", "secrecy_reviewer"))).then_refused(
        WorkersMayNotReviewSecrecy
    )
    p.submitted.when(replace(REVIEW, tied_to=(p.FITTER.person,))).then_refused(WorkersMayNotReviewSecrecy)
    again = p.submitted.after(REVIEW, replace(REVIEW, mark="commercial_secret", note="含报价"))
    assert page_after(again)["secrecy"]["content"] == {
        "mark": "commercial_secret",
        "note": "含报价",
        "on": "2026-03-02",
        "person": "reviewer",
    }


def test_a_practice_is_put_before_others_after_its_sheet_was_looked_at_and_holds_no_secret() -> None:
    """Again before spread: what was looked at before it was recommended was another text."""
    p.closed.after(LOOKED_AT, RECOMMEND).when(LIST).then_refused(NotLookedAtBeforeSpread)
    recommended.when(LIST).then_names(PracticeListed)
    for mark in ("work_secret", "commercial_secret"):
        secret = recommended.after(replace(LOOKED_AT, mark=mark))
        secret.when(LIST).then_refused(SecretsAreNotSpread)
        secret.after(replace(LOOKED_AT, mark="public")).when(LIST).then_names(PracticeListed)


def test_a_file_is_sealed_once_with_a_reason_whoever_works_on_it() -> None:
    attached.when(SEAL).then(FileSealed(FILE.sha256, "含商业秘密", p.MAY, REVIEWER.person))
    attached.when(replace(SEAL, by=p.by("fitter", "secrecy_reviewer"))).then_names(FileSealed)
    attached.when(replace(SEAL, reason=" ")).then_refused(Incomplete)
    attached.when(replace(SEAL, sha256="00" * 32)).then_refused(NoSuchFile)
    attached.after(SEAL).when(SEAL).then_refused(FileIsSealed)


def test_of_a_sealed_file_hash_and_reason_are_shown_and_its_name_no_more() -> None:
    (shown,) = page_after(attached.after(SEAL))["evidence"]
    assert (shown["sha256"], shown["name"], shown["sealed"]) == (FILE.sha256, "", "含商业秘密")
    scan = page_after(late.after(replace(SEAL, sha256=SCAN.sha256)))["papers"]["1"]["scan"]
    assert scan is not None
    assert (scan["sha256"], scan["name"], scan["sealed"]) == (SCAN.sha256, "", "含商业秘密")


# -- over HTTP ----------------------------------------------------------------------------------

LEADER, SECRECY, HASH = "secretary of the branch", "secrecy reviewer", sha256(PDF).hexdigest()


@asynccontextmanager
async def reviewed(database: Database, tmp_path: Path) -> AsyncIterator[Desk]:
    """An approved project, and a secrecy reviewer."""
    async with house(database, "projects", DECIDERS) as home:
        async with begin(home.engine) as connection:
            await connection.run_sync(tables.metadata.create_all)
        async with reading_of(home, database, tmp_path) as built:
            known = built.parts.organisation
            known.apply(one_line(known.position + 1, appointed(SECRECY, "secrecy_reviewer", p.COMPANY)))
            await home.does(*APPROVAL)
            yield built


@pytest.fixture
async def desk(database: Database, tmp_path: Path) -> AsyncIterator[Desk]:
    """With a file that should not be there."""
    async with reviewed(database, tmp_path) as built:
        assert (await upload(built, LEADER)).status_code == 200
        taken = await built.post(LEADER, "attach-evidence", **_file())
        assert taken.status_code == 200, taken.text
        yield built


def _file() -> dict[str, Any]:
    return {**CONFIRMED, "sha256": HASH}


async def test_a_sealed_file_is_gone_at_once_and_comes_in_no_more(desk: Desk) -> None:
    """Its hash is still in the record, so that every proof stays valid."""
    path = desk.parts.files.path(HASH)
    body: dict[str, Any] = {"sha256": HASH, "reason": "含商业秘密"}
    for who in (LEADER, "party department", "auditor of the company"):
        assert (await desk.post(who, "seal-file", **body)).json()["code"] == "NotAllowed"
    refused = await desk.post(SECRECY, "seal-file", sha256=HASH, reason="")
    assert refused.json()["code"] == "Incomplete"
    assert path.is_file(), "what is refused removes nothing"
    for repeated in (False, True):
        sealed = await desk.post(SECRECY, "seal-file", key="k1", **body)
        assert (sealed.status_code, sealed.json()["repeated"]) == (200, repeated)
    assert not path.exists()
    (shown,) = (await desk.read(LEADER))["project"]["evidence"]
    assert (shown["sha256"], shown["sealed"]) == (HASH, "含商业秘密")
    read = await desk.http.get(f"{HERE}/evidence/{HASH}", headers=signed(desk, LEADER))
    assert read.json()["code"] == "FileIsSealed"
    assert (await upload(desk, LEADER)).json()["code"] == "FileIsSealed"
    assert not path.exists()
    again = await desk.post(LEADER, "attach-evidence", **(_file() | {"code": "M2"}))
    assert again.json()["code"] == "FileIsSealed"
    assert (await desk.post(SECRECY, "seal-file", **body)).json()["code"] == "FileIsSealed"


async def test_a_file_that_is_sealed_while_it_comes_in_again_does_not_stay(desk: Desk) -> None:
    for _ in range(5):
        await asyncio.gather(*(upload(desk, LEADER) for _ in range(3)), desk.parts.files.seal(HASH))
        assert not desk.parts.files.path(HASH).exists()


async def test_an_act_that_was_cut_off_after_the_bytes_went_is_sent_again(desk: Desk) -> None:
    await desk.parts.files.seal(HASH)
    sealed = await desk.post(SECRECY, "seal-file", sha256=HASH, reason="含商业秘密")
    assert sealed.json()["events"] == ["FileSealed"]


async def test_a_secrecy_reviewer_marks_a_project(desk: Desk) -> None:
    body: dict[str, Any] = {"purpose": "content", "mark": "internal"}
    assert (await desk.post(LEADER, "review-secrecy", **body)).json()["code"] == "NotAllowed"
    secret = await desk.post(SECRECY, "review-secrecy", purpose="content", mark="state_secret")
    assert secret.status_code == 422, "what is above has no place here"
    assert (await desk.post(SECRECY, "review-secrecy", **body)).json()["events"] == ["SecrecyReviewed"]
    assert (await desk.read(LEADER))["project"]["secrecy"]["content"]["mark"] == "internal"
