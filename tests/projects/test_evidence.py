"""Evidence over HTTP: uploaded by who is signed in, attached by whose it is, read by who may see."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from starlette.types import Message

from services.projects import tables
from services.projects.api.evidence import UPLOADS
from services.projects.domain.project.work import AttachEvidence, Evidence
from services.projects.schema import DECIDERS
from shared.engines import begin
from tests.projects.a_desk import APPROVAL, HERE, Desk, reading_of
from tests.projects.a_group import person
from tests.projects.a_project import DRAFT, FITTER
from tests.projects.some_files import PDF, TEXT
from tests.support.engines import Database
from tests.support.living import house

ATTACH = f"{HERE}/attach-evidence"
HASH = sha256(PDF).hexdigest()
FILE = f"{HERE}/evidence/{HASH}"
LEADER, DEPUTY, ABOVE = "secretary of the branch", "deputy from elsewhere", "auditor of the company"
ELSEWHERE = "secretary of the other branch"
CONFIRMED = {"name": "2026/确认单.pdf", "subject": "milestone", "code": "M1", "proves": "标准已签认"}


@pytest.fixture
async def desk(database: Database, tmp_path: Path) -> AsyncIterator[Desk]:
    """With a project in implementation."""
    async with house(database, "projects", DECIDERS) as home:
        async with begin(home.engine) as connection:
            await connection.run_sync(tables.metadata.create_all)
        async with reading_of(home, database, tmp_path) as built:
            await home.does(*APPROVAL)
            yield built


def signed(desk: Desk, name: str, **headers: str) -> dict[str, str]:
    token = desk.parts.signer.sign(person(name), str(UUID(int=1)), datetime.now(UTC))
    return {"Authorization": f"Bearer {token}", "Accept-Language": "zh-CN"} | headers


async def upload(
    desk: Desk, name: str, content: Any = PDF, declared: str = "application/pdf"
) -> httpx.Response:
    headers = signed(desk, name, **{"Content-Type": declared})
    return await desk.http.post(UPLOADS, content=content, headers=headers)


async def attach(desk: Desk, name: str, **body: str) -> httpx.Response:
    headers = signed(desk, name, **{"Idempotency-Key": str(uuid4())})
    return await desk.http.post(ATTACH, json=CONFIRMED | body, headers=headers)


async def download(desk: Desk, name: str, path: str = FILE, **headers: str) -> httpx.Response:
    await desk.read(LEADER)  # what was attached is to be seen
    return await desk.http.get(path, headers=signed(desk, name, **headers))


def says(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, answer.json()["code"]


# Uploading


async def test_a_file_is_uploaded_attached_and_read_back(desk: Desk) -> None:
    sent = await upload(desk, LEADER)
    assert sent.status_code == 200, sent.text
    assert sent.json() == {
        "sha256": HASH,
        "size_bytes": len(PDF),
        "media_type": "application/pdf",
        "known": False,
    }
    attached = await attach(desk, LEADER, sha256=HASH)
    assert attached.status_code == 200, attached.text

    (shown,) = (await desk.read(ABOVE))["project"]["evidence"]
    assert (shown["sha256"], shown["size_bytes"], shown["media_type"], shown["link"]) == (
        HASH,
        len(PDF),
        "application/pdf",
        "",
    )
    read = await download(desk, ABOVE)
    assert (read.status_code, read.content) == (200, PDF)
    assert read.headers["content-type"] == "application/pdf"
    name = "%E7%A1%AE%E8%AE%A4%E5%8D%95.pdf"
    assert read.headers["content-disposition"] == f"attachment; filename*=UTF-8''{name}"
    assert read.headers["x-content-type-options"] == "nosniff"
    assert read.headers["cache-control"] == "no-store, no-transform"


async def test_others_are_answered_as_if_nobody_had_the_file(desk: Desk) -> None:
    first = await upload(desk, LEADER)
    assert (await upload(desk, ELSEWHERE)).json() == first.json()
    assert (await upload(desk, LEADER)).json() == first.json() | {"known": True}


async def test_nobody_uploads_or_reads_without_signing_in(desk: Desk) -> None:
    headers = {"Content-Type": "application/pdf"}
    assert says(await desk.http.post(UPLOADS, content=PDF, headers=headers)) == (401, "NotSignedIn")
    assert says(await desk.http.get(FILE)) == (401, "NotSignedIn")


async def in_pieces(*pieces: bytes) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


async def test_a_file_may_be_larger_than_json_but_not_than_its_own_limit(desk: Desk) -> None:
    largest, one_more = b"a" * (1 << 20), b"a"
    assert (await upload(desk, LEADER, in_pieces(largest), "text/plain")).status_code == 200
    for content in (largest + one_more, in_pieces(largest, one_more)):
        answer = await upload(desk, LEADER, content, "text/plain")
        assert says(answer) == (413, "FileTooLarge")
        assert answer.json()["detail"] == "文件超过 1 MB。"


async def test_only_the_address_of_uploads_takes_what_is_no_json(desk: Desk) -> None:
    headers = signed(desk, LEADER, **{"Idempotency-Key": "k", "Content-Type": "application/pdf"})
    for path in (ATTACH, f"{UPLOADS}/", f"{UPLOADS}/{HASH}", "/api/projects//files"):
        assert says(await desk.http.post(path, content=PDF, headers=headers)) == (415, "BodyNotJson")
    assert says(await upload(desk, LEADER, b"{}", "application/json")) == (415, "FileTypeNotTaken")
    assert says(await upload(desk, LEADER, b"MZ", "application/pdf")) == (415, "FileIsSomethingElse")


async def test_whoever_hangs_up_leaves_nothing(desk: Desk, tmp_path: Path) -> None:
    arriving: list[Message] = [
        {"type": "http.request", "body": PDF, "more_body": True},
        {"type": "http.disconnect"},
    ]
    answered: list[Message] = []

    async def receive() -> Message:
        return arriving.pop(0)

    async def send(message: Message) -> None:
        answered.append(message)

    sent = signed(desk, LEADER, **{"Content-Type": "application/pdf"})
    scope = {
        "type": "http",
        "method": "POST",
        "path": UPLOADS,
        "raw_path": UPLOADS.encode(),
        "query_string": b"",
        "headers": [(name.lower().encode(), value.encode()) for name, value in sent.items()],
    }
    await desk.http._transport.app(scope, receive, send)  # type: ignore[attr-defined] # httpx never hangs up
    assert answered == []
    assert [path for path in (tmp_path / "projects").rglob("*") if path.is_file()] == []


# Attaching


async def test_knowing_a_hash_does_not_open_what_others_hold(desk: Desk) -> None:
    nobody_has_it = await attach(desk, LEADER, sha256=HASH)
    assert says(nobody_has_it) == (404, "FileNotHere")
    await upload(desk, ELSEWHERE)
    elsewhere_has_it = await attach(desk, LEADER, sha256=HASH)
    assert elsewhere_has_it.json() | {"correlation": ""} == nobody_has_it.json() | {"correlation": ""}
    await desk.parts.files.attach(HASH, person(ELSEWHERE))
    attached_elsewhere = await attach(desk, LEADER, sha256=HASH)
    assert attached_elsewhere.json() | {"correlation": ""} == nobody_has_it.json() | {"correlation": ""}


async def test_a_file_that_the_project_has_may_prove_something_else_too(desk: Desk) -> None:
    await upload(desk, LEADER)
    await attach(desk, LEADER, sha256=HASH)
    assert says(await attach(desk, LEADER, sha256=HASH)) == (409, "AlreadyAttached")
    by_a_colleague = await attach(desk, DEPUTY, sha256=HASH, code="M2")
    assert by_a_colleague.status_code == 200, by_a_colleague.text
    shown = (await desk.read(ABOVE))["project"]["evidence"]
    assert [(e["code"], e["size_bytes"]) for e in shown] == [("M1", len(PDF)), ("M2", len(PDF))]


async def test_who_has_no_part_in_the_project_attaches_nothing(desk: Desk) -> None:
    await upload(desk, ABOVE)
    assert says(await attach(desk, ABOVE, sha256=HASH)) == (403, "NotAllowed")
    assert await desk.parts.files.remove_orphans(desk.house.clock.now() + timedelta(days=30)) == 1, "not kept"


async def test_size_and_type_are_what_the_store_says_and_not_what_somebody_tells(desk: Desk) -> None:
    await upload(desk, LEADER)
    told = await attach(desk, LEADER, sha256=HASH, size_bytes="1", media_type="text/html")
    assert says(told) == (422, "FieldsWrong")


async def test_who_may_not_see_the_project_is_told_nothing_of_it(desk: Desk) -> None:
    await upload(desk, ELSEWHERE)
    assert says(await attach(desk, ELSEWHERE, sha256=HASH)) == (404, "NotKnown")


async def test_a_link_has_no_bytes_and_the_hash_of_its_text(desk: Desk) -> None:
    link = "https://oa.hualing.example/2026/确认单?id=7"
    assert (await attach(desk, LEADER, link=link)).status_code == 200
    (shown,) = (await desk.read(ABOVE))["project"]["evidence"]
    assert (shown["link"], shown["sha256"]) == (link, sha256(link.encode()).hexdigest())
    assert (shown["size_bytes"], shown["media_type"]) == (0, "")
    assert says(await download(desk, ABOVE, f"{HERE}/evidence/{shown['sha256']}")) == (404, "NotKnown")


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)",
        "file:///etc/passwd",
        "ftp://oa.hualing.example/x",
        "//oa.hualing.example/x",
        "https://",
        "https://user:password@oa.hualing.example/x",
        "https://oa.hualing.example/a b",
        "https://oa.hualing.example:port/",
        "https://[oa/",
        "https://oa.hualing.example/" + "x" * 2000,
    ],
)
async def test_a_link_that_leads_elsewhere_than_to_a_page_is_refused(desk: Desk, link: str) -> None:
    assert says(await attach(desk, LEADER, link=link)) == (422, "LinkNotTaken")


async def test_it_is_a_file_or_a_link(desk: Desk) -> None:
    assert says(await attach(desk, LEADER)) == (422, "FileOrLink")
    both = await attach(desk, LEADER, sha256=HASH, link="https://oa.hualing.example/x")
    assert says(both) == (422, "FileOrLink")


async def test_what_is_attached_outlives_every_orphan(desk: Desk) -> None:
    await upload(desk, LEADER)
    await upload(desk, LEADER, TEXT, "text/plain")
    await attach(desk, LEADER, sha256=HASH)
    assert await desk.parts.files.remove_orphans(desk.house.clock.now() + timedelta(days=30)) == 1
    assert (await download(desk, ABOVE)).content == PDF
    assert says(await attach(desk, LEADER, sha256=sha256(TEXT).hexdigest())) == (404, "FileNotHere")


# Reading


async def test_who_may_not_see_the_project_reads_no_file_of_it(desk: Desk) -> None:
    await upload(desk, LEADER)
    await attach(desk, LEADER, sha256=HASH)
    nothing = await download(desk, ELSEWHERE, FILE.replace(HASH, "0" * 64))
    for name in (ELSEWHERE, "operator of the group", "juror", "stranger"):
        answer = await download(desk, name)
        assert says(answer) == (404, "NotKnown")
        assert answer.json() | {"correlation": ""} == nothing.json() | {"correlation": ""}


async def test_a_file_is_read_only_through_a_project_that_has_it(desk: Desk) -> None:
    await upload(desk, LEADER)
    assert says(await download(desk, LEADER)) == (404, "NotKnown")
    other = UUID(int=13)
    await desk.house.does(DRAFT, stream=other)
    await attach(desk, LEADER, sha256=HASH)
    there = f"/api/projects/projects/{other}/evidence/{HASH}"
    assert says(await download(desk, LEADER, there)) == (404, "NotKnown")


@pytest.mark.parametrize("name", ["..%2f..%2fledger.db", "ab%2fcdef", "A" * 64, "0" * 63, "0" * 64 + "%0a"])
async def test_an_address_that_holds_no_hash_leads_nowhere(desk: Desk, name: str) -> None:
    answer = await download(desk, LEADER, f"{HERE}/evidence/{name}")
    assert answer.status_code in (404, 422)
    says(answer)


async def test_a_part_is_read_on_where_it_was_cut_off(desk: Desk) -> None:
    await upload(desk, LEADER)
    await attach(desk, LEADER, sha256=HASH)
    for asked, part in (("bytes=0-3", PDF[:4]), ("bytes=10-", PDF[10:]), ("bytes=-5", PDF[-5:])):
        answer = await download(desk, ABOVE, Range=asked)
        assert (answer.status_code, answer.content) == (206, part)
        assert answer.headers["etag"] == f'"{HASH}"'
    changed = await download(desk, ABOVE, **{"Range": "bytes=10-", "If-Range": '"other"'})
    assert (changed.status_code, changed.content) == (200, PDF)
    for asked in ("bytes=9000-", "bytes=5-2", "bytes=-0", "bytes=0-1,3-4", "lines=1-2", "bytes"):
        answer = await download(desk, ABOVE, Range=asked)
        assert says(answer) == (416, "RangeNotThere")
        assert answer.headers["content-range"] == f"bytes */{len(PDF)}"


async def test_bytes_that_are_lost_are_said_to_be_lost(desk: Desk) -> None:
    await desk.house.does(
        AttachEvidence(FITTER, Evidence(HASH, "a.pdf", 9, "application/pdf"), "milestone", "M1", "")
    )
    assert says(await download(desk, ABOVE)) == (404, "BytesMissing")
