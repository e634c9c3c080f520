"""A backup of a system that people work with, restored: what was acknowledged before is there and proved."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import httpx
import pytest

from cli.programs import Ports
from tests.support.backups import does, run
from tests.support.books_of import files_in
from tests.support.company import Company, found
from tests.support.engines import PostgresDatabases, PostgresServer
from tests.support.front_door import Answer, FrontDoor, Someone
from tests.support.insisting import Insisting
from tests.support.lives import acts, into_work, lives
from tests.support.replicas import Replicas, on_postgresql
from tests.support.running import Up
from tests.support.waiting import eventually
from tests.support.whole import books_of, holds_once, is_whole
from tests.system.test_kill import Installation, installed, settles

PEOPLE_AT_WORK = 2
ACTS_BEFORE, ACTS_AFTER = 20, 10
COPIES = "/notifications/inbox/copied"
TEXT = "首班清洁标准，班组签认。\n".encode()


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Installation]:
    with installed(tmp_path / "data") as town:
        yield town


@asynccontextmanager
async def people_at_work(clients: Insisting, company: Company) -> AsyncIterator[None]:
    """For as long as the block lasts; then they let fall what they have in hand."""
    never = asyncio.Event()
    at_work = [asyncio.create_task(lives(clients, company, never)) for _ in range(PEOPLE_AT_WORK)]
    try:
        yield
    finally:
        for person in at_work:
            person.cancel()
        ended = await asyncio.gather(*at_work, return_exceptions=True)
    assert all(isinstance(how, asyncio.CancelledError) for how in ended), ended


@contextmanager
def again(data: Path, port: int) -> Iterator[Up]:
    """The system on restored data, where people find it."""
    up = Up(data, "--empty", port=port).until_ready()
    try:
        yield up
    finally:
        up.close()


async def proves_something(clients: Insisting, company: Company) -> str:
    """A project in work with a file as evidence; the file's address."""
    project = await into_work(clients, company)
    headers = company.liu_yang.headers() | {"Content-Type": "text/plain"}
    uploaded = company.door.http.post("/api/projects/files", content=TEXT, headers=headers)
    sha = uploaded.json()["sha256"]
    body = {"name": "标准.txt", "sha256": sha, "subject": "project", "code": "", "proves": "已签认"}
    await clients.does(company.liu_yang, f"/projects/{project}/attach-evidence", **body)
    return f"/projects/projects/{project}/evidence/{sha}"


async def read_by(someone: Someone) -> Answer:
    """The newest copy in the inbox, once it has come and was read."""

    def first() -> Answer | None:
        found = someone.reads(COPIES)["entries"]
        return found[0] if found else None

    await eventually(lambda: first() is not None, "there is a copy to read")
    entry = first()
    assert entry
    address = f"/api/notifications/inbox/{entry['id']}/read"
    assert someone.door.http.post(address, headers=someone.headers()).status_code == 204
    read = first()
    assert read
    assert read["read_at"]
    return read


async def test_what_was_acknowledged_before_a_backup_is_there_after_its_restore(
    town: Installation, tmp_path: Path, seed: int
) -> None:
    company, clients = town.company, Insisting(town.up.url, seed)
    restored, file = tmp_path / "restored", tmp_path / "backup.zip"
    address = await proves_something(clients, company)
    entry = await read_by(company.liu_yang)
    async with people_at_work(clients, company):
        await acts(clients, ACTS_BEFORE)
        before = list(clients.acknowledged)
        said = await asyncio.to_thread(does, "backup", "--data", town.data, file)
        audited = await asyncio.to_thread(does, "audit", "--language", "en", "--data", town.data)
        await acts(clients, ACTS_AFTER)
    await clients.http.aclose()
    assert town.up.stop() == 0
    assert "\nNothing is wrong: " in audited
    assert audited.count("compared with a fresh replay") == 3  # two views of projects, one of evaluation
    assert " events in " in said
    assert "2 evidence files" in said  # what proves something, and the programme's document
    mark = said.split()[-1]

    said = does("restore", "--data", restored, file)
    assert f"Its mark: {mark}\nStart the system; its views are made anew.\n" in said
    assert said.endswith("(POST /sign-anew).\n")  # what was signed is not in the backup
    assert not (restored / "projects" / "views.db").exists()
    holds_once(await books_of(files_in(restored)), before)
    with again(restored, town.up.port) as up:
        company.liu_yang.signs_in()
        door = FrontDoor(up.url)
        someone = Someone(door, company.liu_yang.login)
        await settles(up.url)
        assert someone.gets(address).content == TEXT
        assert entry in someone.reads(COPIES, limit=200)["entries"]
        later = Insisting(up.url, seed + 1)
        await into_work(later, company)
        await later.http.aclose()
        await settles(up.url)
        door.close()
    books = await is_whole(files_in(restored), tmp_path / "fresh")
    holds_once(books, before + later.acknowledged)


@pytest.mark.long
async def test_a_backup_of_postgresql_goes_into_postgresql_and_into_files(
    postgresql: PostgresServer, databases: PostgresDatabases, tmp_path: Path, seed: int
) -> None:
    file = tmp_path / "backup.zip"
    async with on_postgresql(databases, tmp_path / "first") as town:
        company = await asyncio.to_thread(found, FrontDoor(town.url), town.data)
        clients = Insisting(town.url, seed)
        address = await proves_something(clients, company)
        async with people_at_work(clients, company):
            await acts(clients, ACTS_AFTER)
            before = list(clients.acknowledged)
            does("backup", file, environment=town.environment)
            audited = await asyncio.to_thread(does, "audit", "--language", "en", environment=town.environment)
            assert audited.count("compared with a fresh replay") == 3
            await acts(clients, ACTS_AFTER)
        await clients.http.aclose()
        code, _, complaint = run("restore", file, environment=town.environment)
        assert (code, len(complaint.splitlines())) == (1, 1), complaint

    does("restore", "--data", tmp_path / "files", file)
    holds_once(await books_of(files_in(tmp_path / "files")), before)

    others = PostgresDatabases(postgresql)
    second = Replicas(others, tmp_path / "second")
    try:
        does("restore", file, environment=second.environment)
        await second.start()
        someone = Someone(FrontDoor(second.url), company.liu_yang.login)
        await settles(second.url)
        assert someone.gets(address).content == TEXT
        later = Insisting(second.url, seed + 1)
        await into_work(later, company)
        await settles(second.url)
        await later.http.aclose()
        final = tmp_path / "final.zip"
        does("backup", final, environment=second.environment)
    finally:
        await second.close()
        others.drop()
    does("restore", "--data", tmp_path / "whole", final)
    holds_once(await books_of(files_in(tmp_path / "whole")), before + later.acknowledged)


def unsigned(up: Up) -> float:
    """Events of projects that no checkpoint covers."""
    metrics = httpx.get(f"http://127.0.0.1:{Ports.beside(up.port).services['projects']}/metrics").text
    (line,) = [line for line in metrics.splitlines() if line.startswith("denggao_signing_unsigned ")]
    return float(line.split()[1])


@pytest.mark.long
async def test_readers_notice_that_a_ledger_was_restored_from_an_older_backup(
    town: Installation, tmp_path: Path, seed: int
) -> None:
    """Projects alone goes back; who has read further holds its ledger, and says so."""
    company, clients = town.company, Insisting(town.up.url, seed)
    file = tmp_path / "backup.zip"
    await into_work(clients, company)
    does("backup", "--data", town.data, file)
    await into_work(clients, company)
    await settles(town.up.url)
    await eventually(lambda: unsigned(town.up) == 0, "all is signed")
    assert town.up.stop() == 0

    (town.data / "projects").rename(tmp_path / "lost")
    does("restore", "--data", town.data, file, "--only", "projects")
    code, audited, _ = run("audit", "--language", "en", "--data", town.data)
    assert code == 1
    assert re.search(r"projects/[0-9a-z-]+: \d+ events were signed, and it ends at \d+", audited)
    assert re.search(r"evaluation:scores: it stands at \d+ of projects/", audited)
    assert re.search(r"notifications:obligations: it stands at \d+ of projects/", audited)
    with again(town.data, town.up.port) as up:
        await into_work(clients, company)
        async with httpx.AsyncClient(base_url=up.url, timeout=30, trust_env=False) as http:

            async def forked(service: str, view: str) -> bool:
                health = (await http.get(f"/api/{service}/health")).json()
                return bool(health["views"][view]["forked"])

            for service, view in (("evaluation", "scores"), ("notifications", "obligations")):
                await eventually(lambda s=service, v=view: forked(s, v), f"{service} says it", 60)  # type: ignore[misc]
            assert not await forked("projects", "projects")

            async def refused() -> bool:
                return bool((await http.get("/api/projects/health")).json()["signing"]["refused"])

            await eventually(refused, "the signer refuses what it did not sign")
            assert "A ledger is not signed" in run("status", "--port", str(up.port))[1]
    await clients.http.aclose()
