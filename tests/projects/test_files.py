"""The store of evidence files: what enters, what leaves nothing behind, what stays and what goes."""

from __future__ import annotations

import asyncio
import os
import re
import shlex
import sys
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import Table, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from services.projects import tables
from services.projects.files import FileEmpty, FileIsSomethingElse, Files
from services.projects.media import disposition
from services.projects.scanner import FileNotPassed, Scanner, ScannerSilent
from shared.clock import ExampleClock
from shared.domain import PersonId
from shared.engines import begin, create_engine
from shared.passing import Unavailable
from shared.problems import FileTooLarge, FileTypeNotTaken
from shared.settings import Settings
from tests.projects.people import LI, WANG
from tests.projects.some_files import PDF, SOMETHING_ELSE, TAKEN, TEXT
from tests.support.engines import Database

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
MEGABYTE = 1 << 20
HASH_OF_PDF = sha256(PDF).hexdigest()


@pytest.fixture
async def engine(database: Database) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(database.url(), durable=True)
    async with begin(engine) as connection:
        await connection.run_sync(tables.metadata.create_all)
    yield engine
    await engine.dispose()


@pytest.fixture
def clock() -> ExampleClock:
    return ExampleClock(NOW)


def store_of(engine: AsyncEngine, clock: ExampleClock, directory: Path, scanner: str = "") -> Files:
    settings = Settings(
        service="projects", data_dir=directory, file_megabytes_at_most=1, scanner=shlex.quote(sys.executable)
    )
    looking = Scanner([sys.executable, "-c", scanner], timeout_seconds=10) if scanner else Scanner()
    return Files(settings, engine, clock, looking)


@pytest.fixture
def store(engine: AsyncEngine, clock: ExampleClock, tmp_path: Path) -> Files:
    return store_of(engine, clock, tmp_path)


async def arriving(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


async def takes(
    store: Files, content: bytes = PDF, declared: str = "application/pdf", by: PersonId = LI
) -> str:
    return (await store.take(arriving(content[:3], content[3:]), declared, by)).sha256


def on_disk(directory: Path) -> set[str]:
    below = directory / "projects" / "files"
    return {str(path.relative_to(below)) for path in below.rglob("*") if path.is_file()}


async def rows(engine: AsyncEngine, table: Table) -> int:
    async with engine.connect() as connection:
        return len((await connection.execute(select(table))).all())


# What enters


@pytest.mark.parametrize("kind", TAKEN)
async def test_a_file_lies_under_its_hash_and_nowhere_else(store: Files, tmp_path: Path, kind: str) -> None:
    content, declared = TAKEN[kind]
    found = await store.take(arriving(content), declared, LI)
    hashed = sha256(content).hexdigest()
    assert (found.sha256, found.size_bytes, found.known) == (hashed, len(content), False)
    assert found.media_type == declared.partition(";")[0].lower()
    assert on_disk(tmp_path) == {f"{hashed[:2]}/{hashed[2:]}"}
    assert store.path(hashed).read_bytes() == content


async def test_the_same_file_enters_once_and_nobody_is_told_that_others_had_it(
    store: Files, engine: AsyncEngine, tmp_path: Path
) -> None:
    first = await store.take(arriving(PDF), "application/pdf", LI)
    inode = store.path(HASH_OF_PDF).stat().st_ino
    assert await store.take(arriving(PDF), "application/pdf", WANG) == first
    again = await store.take(arriving(PDF), "application/pdf", LI)
    assert (again.known, (await store.take(arriving(PDF), "application/pdf", WANG)).known) == (True, True)
    assert len(on_disk(tmp_path)) == 1
    assert store.path(HASH_OF_PDF).stat().st_ino == inode
    assert (await rows(engine, tables.files), await rows(engine, tables.uploads)) == (1, 2)
    assert await store.bytes_kept() == len(PDF)


async def test_a_type_that_somebody_declares_is_their_own(store: Files) -> None:
    assert (await store.take(arriving(TEXT), "text/plain", LI)).media_type == "text/plain"
    assert (await store.take(arriving(TEXT), "text/csv", WANG)).media_type == "text/csv"
    table = await store.attach(sha256(TEXT).hexdigest(), WANG)
    assert table is not None
    assert table.media_type == "text/csv"


async def test_many_who_upload_the_same_at_once_have_one_file(
    store: Files, engine: AsyncEngine, tmp_path: Path
) -> None:
    everybody = [PersonId(f"person {number}") for number in range(8)]
    await asyncio.gather(*(takes(store, by=somebody) for somebody in everybody))
    assert len(on_disk(tmp_path)) == 1
    assert (await rows(engine, tables.files), await rows(engine, tables.uploads)) == (1, 8)


# What does not


async def cut_off() -> AsyncIterator[bytes]:
    yield PDF
    raise ConnectionAbortedError


async def test_an_upload_that_is_cut_off_leaves_nothing(
    store: Files, engine: AsyncEngine, tmp_path: Path
) -> None:
    with pytest.raises(Unavailable):
        await store.take(cut_off(), "application/pdf", LI)
    assert on_disk(tmp_path) == set()
    assert await rows(engine, tables.files) == 0


async def test_a_file_may_have_the_size_that_is_set_and_not_a_byte_more(store: Files, tmp_path: Path) -> None:
    largest = b"a" * MEGABYTE
    await takes(store, largest, "text/plain")
    with pytest.raises(FileTooLarge) as refused:
        await takes(store, largest + b"a", "text/plain")
    assert refused.value.facts == {"megabytes": 1}
    assert len(on_disk(tmp_path)) == 1


@pytest.mark.parametrize(
    "declared", ["", "text/html", "application/zip", "image/svg+xml", "application/octet-stream", "pdf"]
)
async def test_a_type_that_is_not_in_the_table_is_refused(store: Files, declared: str) -> None:
    with pytest.raises(FileTypeNotTaken):
        await takes(store, PDF, declared)


@pytest.mark.parametrize("kind", SOMETHING_ELSE)
async def test_content_that_is_not_what_it_is_said_to_be_is_refused(
    store: Files, tmp_path: Path, kind: str
) -> None:
    with pytest.raises(FileIsSomethingElse):
        await takes(store, *SOMETHING_ELSE[kind])
    assert on_disk(tmp_path) == set()


async def test_an_empty_file_is_no_file(store: Files) -> None:
    with pytest.raises(FileEmpty):
        await takes(store, b"", "text/plain")


async def test_without_room_on_the_disk_one_is_asked_to_come_back(
    engine: AsyncEngine, clock: ExampleClock, tmp_path: Path
) -> None:
    (tmp_path / "projects").write_text("where the directory should be")
    with pytest.raises(Unavailable):
        await takes(store_of(engine, clock, tmp_path))


@pytest.mark.parametrize(
    "name", ["", "..", "../../../etc/passwd", "/etc/passwd", "ab/cd", HASH_OF_PDF.upper(), HASH_OF_PDF + "\n"]
)
async def test_only_a_hash_leads_to_a_path_on_disk(store: Files, name: str) -> None:
    with pytest.raises(ValueError, match="is no SHA-256"):
        store.path(name)
    assert await store.attach(name, LI) is None


# The scanner


async def test_the_scanner_sees_the_whole_file_before_it_is_kept(
    engine: AsyncEngine, clock: ExampleClock, tmp_path: Path
) -> None:
    passes_only_whole = f"import sys; sys.exit(len(open(sys.argv[1], 'rb').read()) != {len(PDF)})"
    await takes(store_of(engine, clock, tmp_path, passes_only_whole))
    assert len(on_disk(tmp_path)) == 1


async def test_what_the_scanner_does_not_pass_is_not_kept(
    engine: AsyncEngine, clock: ExampleClock, tmp_path: Path
) -> None:
    with pytest.raises(FileNotPassed):
        await takes(store_of(engine, clock, tmp_path, "raise SystemExit(1)"))
    assert on_disk(tmp_path) == set()
    assert await rows(engine, tables.files) == 0


@pytest.mark.parametrize(
    "scanner",
    [
        Scanner([sys.executable, "-c", "import time; time.sleep(600)"], timeout_seconds=0.3),
        Scanner(["/nowhere/to/be/found"]),
    ],
    ids=["too slow", "not there"],
)
async def test_a_scanner_that_does_not_answer_lets_nothing_in(
    engine: AsyncEngine, clock: ExampleClock, tmp_path: Path, scanner: Scanner
) -> None:
    store = Files(Settings(service="projects", data_dir=tmp_path), engine, clock, scanner)
    with pytest.raises(ScannerSilent):
        await takes(store)
    assert on_disk(tmp_path) == set()


async def test_the_scanner_is_told_no_password_of_ours(
    monkeypatch: pytest.MonkeyPatch, engine: AsyncEngine, clock: ExampleClock, tmp_path: Path
) -> None:
    monkeypatch.setenv("DENGGAO_DATABASE_URL", "postgresql://denggao:secret@db/projects")
    asks = "import os, sys; sys.exit(any(name.startswith('DENGGAO_') for name in os.environ))"
    await takes(store_of(engine, clock, tmp_path, asks))


def test_the_setting_is_a_command_with_its_arguments(
    engine: AsyncEngine, clock: ExampleClock, tmp_path: Path
) -> None:
    command = f"{shlex.quote(sys.executable)} -c 'raise SystemExit(0)'"
    Files(Settings(service="projects", data_dir=tmp_path, scanner=command), engine, clock)
    with pytest.raises(ValueError, match="names a program that is not there"):
        Settings(service="projects", scanner="nobodys-scanner --quick")
    with pytest.raises(ValueError, match="is no command"):
        Settings(service="projects", scanner="'unclosed")


# What can be attached


async def test_who_did_not_upload_a_file_does_not_own_it_by_knowing_its_hash(store: Files) -> None:
    assert await store.attach(HASH_OF_PDF, LI) is None
    await takes(store, by=WANG)
    assert await store.attach(HASH_OF_PDF, LI) is None
    own = await store.attach(HASH_OF_PDF, WANG)
    assert own is not None
    assert (own.size_bytes, own.media_type, own.own) == (len(PDF), "application/pdf", True)
    others = await store.attach(HASH_OF_PDF, LI)
    assert others is not None
    assert not others.own


# What goes


async def test_a_file_that_nothing_was_proved_by_goes_after_seven_days(
    store: Files, engine: AsyncEngine, clock: ExampleClock, tmp_path: Path
) -> None:
    await takes(store)
    assert await store.remove_orphans(NOW + timedelta(days=7)) == 0
    assert await store.remove_orphans(NOW + timedelta(days=7, seconds=1)) == 1
    assert on_disk(tmp_path) == set()
    assert (await rows(engine, tables.files), await rows(engine, tables.uploads)) == (0, 0)
    assert await store.attach(HASH_OF_PDF, LI) is None
    assert not (await store.take(arriving(PDF), "application/pdf", LI)).known


async def test_an_attached_file_stays(store: Files, tmp_path: Path) -> None:
    await takes(store)
    await takes(store, TEXT, "text/plain")
    assert await store.attach(HASH_OF_PDF, LI) is not None
    assert await store.remove_orphans(NOW + timedelta(days=365)) == 1
    assert on_disk(tmp_path) == {f"{HASH_OF_PDF[:2]}/{HASH_OF_PDF[2:]}"}


async def test_uploading_again_begins_the_seven_days_anew(store: Files, clock: ExampleClock) -> None:
    await takes(store)
    clock.set(NOW + timedelta(days=6))
    await takes(store, by=WANG)
    assert await store.remove_orphans(NOW + timedelta(days=12)) == 0
    assert await store.attach(HASH_OF_PDF, LI) is not None


async def test_a_removal_that_was_cut_short_is_finished_and_never_offered(
    store: Files, engine: AsyncEngine, tmp_path: Path
) -> None:
    """The process ended after the row was marked, or after the bytes had gone."""
    await takes(store)
    async with begin(engine) as connection:
        await connection.execute(update(tables.files).values(going=True))
    store.path(HASH_OF_PDF).unlink()
    assert await store.attach(HASH_OF_PDF, LI) is None
    assert await store.remove_orphans(NOW + timedelta(days=8)) == 1
    assert await rows(engine, tables.files) == 0


async def test_a_file_that_comes_again_while_it_is_removed_is_whole(
    store: Files, engine: AsyncEngine, clock: ExampleClock, tmp_path: Path
) -> None:
    for _ in range(12):
        await takes(store)
        clock.set(clock.now() + timedelta(days=8))
        await asyncio.gather(takes(store, by=WANG), store.remove_orphans(clock.now()))
        assert store.path(HASH_OF_PDF).read_bytes() == PDF
        assert await rows(engine, tables.files) == 1
    assert await store.attach(HASH_OF_PDF, WANG) is not None


async def test_half_files_of_a_process_that_was_killed_go_after_a_day(store: Files, tmp_path: Path) -> None:
    await takes(store)
    halves = tmp_path / "projects" / "files" / "arriving"
    old, young = halves / "old", halves / "young"
    for half in (old, young):
        half.write_bytes(PDF[:9])
    yesterday = time.time() - 24 * 3600 - 60
    os.utime(old, (yesterday, yesterday))
    await store.remove_orphans(NOW)
    assert (old.exists(), young.exists()) == (False, True)


# The name under which it is saved


@pytest.mark.parametrize(
    ("name", "saved"),
    [
        ("首班清洁标准.pdf", "%E9%A6%96%E7%8F%AD%E6%B8%85%E6%B4%81%E6%A0%87%E5%87%86.pdf"),
        ("Report.PDF", "Report.PDF"),
        ("2026/三月/../../../etc/报告.pdf", "%E6%8A%A5%E5%91%8A.pdf"),
        ("C:\\Windows\\system32\\cmd.exe", "cmd.exe.pdf"),
        ("run.bat", "run.bat.pdf"),
        ("..", f"{HASH_OF_PDF[:12]}.pdf"),
        (".pdf", "pdf.pdf"),
        ("", f"{HASH_OF_PDF[:12]}.pdf"),
        ('a"; filename=b.pdf', "a%22%3B%20filename%3Db.pdf"),
        ("a\r\nSet-Cookie: x=y.pdf", "a%0D%0ASet-Cookie%3A%20x%3Dy.pdf"),
    ],
)
def test_a_name_is_told_to_browsers_as_one_harmless_file_name(name: str, saved: str) -> None:
    header = disposition(name, "application/pdf", HASH_OF_PDF)
    assert header == f"attachment; filename*=UTF-8''{saved}"


def test_an_endless_name_is_cut_and_keeps_its_extension() -> None:
    header = disposition("年" * 5000 + ".pdf", "application/pdf", HASH_OF_PDF)
    assert len(header) < 1200
    assert re.search(r"\.pdf$", header)
