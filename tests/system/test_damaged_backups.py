"""What is no whole backup is not restored, what is no whole ledger is not backed up; a sentence says why."""

from __future__ import annotations

import asyncio
import json
import os
import random
import resource
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from uuid import uuid4
from zipfile import ZipFile

import pytest
from sqlalchemy import inspect

from cli import backup, restore
from cli.archive import MANIFEST
from cli.data_directory import held
from cli.truth import TABLES, engine_of
from services.projects import tables
from services.projects.files import path_in
from shared.clock import SystemClock
from shared.codec import Schema
from shared.engines import begin
from shared.ledger import Ledgers
from shared.migrations import migrate
from shared.signed_state import SignedState
from shared.writer import Writer
from tests.support.backups import run
from tests.support.counter import COUNTER, Add, submission
from tests.support.engines import Database
from tests.support.running import ROOT

Say = pytest.CaptureFixture[str]
PROOF = b"proof"
SHA = sha256(PROOF).hexdigest()
EVENTS = 300  # more than a tile
HEADER_BYTES = 30 + 20  # of a part in a ZIP, without its name: what every ZIP has, and sizes beyond 4 GiB


async def fill(data: Path) -> None:
    """An installation without services: a ledger of some length, an evidence file, a key."""
    for service in TABLES:
        (data / service).mkdir(parents=True)
        async with engine_of(f"sqlite+aiosqlite:///{data}/{service}/ledger.db") as engine:
            await migrate(engine, service)
            if service == "projects":
                writer = Writer(Ledgers(engine, service, Schema(COUNTER.events)), SystemClock())
                await writer.submit(submission(uuid4(), Add(0, times=EVENTS)))
                await writer.submit(submission(uuid4(), Add(1), ledger="company"))
                await writer.close()
                file = {"size_bytes": len(PROOF), "attached": True, "going": False, "last_uploaded_at": 1}
                loose = file | {"sha256": "0" * 64, "attached": False}
                async with begin(engine) as connection:
                    await connection.execute(tables.files.insert(), [file | {"sha256": SHA}, loose])
    (data / "version").write_text("1\n")
    (data / "projects" / "signing-key.pem").write_text("the key")
    path = path_in(data / "projects" / "files", SHA)
    path.parent.mkdir(parents=True)
    path.write_bytes(PROOF)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with `data`, and `whole.zip` made of it."""
    place = tmp_path_factory.mktemp("made")
    asyncio.run(fill(place / "data"))
    assert backup.main(["--data", str(place / "data"), str(place / "whole.zip")]) == 0
    return place


@pytest.fixture
def data(made: Path, tmp_path: Path) -> Path:
    """The same installation, to be spoilt."""
    return shutil.copytree(made / "data", tmp_path / "data")


def restores(file: Path, into: Path, *more: str) -> int:
    return restore.main([str(file), "--data", str(into), *more])


def is_refused(say: Say, file: Path, into: Path, *words: str) -> None:
    """With one sentence that holds the words; and nothing is there."""
    say.readouterr()
    assert restores(file, into) == 1
    (sentence,) = say.readouterr().err.splitlines()
    assert sentence.startswith("denggao: ")
    assert all(word in sentence for word in words), sentence
    assert not any((into / service).exists() for service in TABLES)


def test_what_was_backed_up_is_restored(made: Path, tmp_path: Path, capsys: Say) -> None:
    assert restores(made / "whole.zip", tmp_path / "new") == 0
    assert "301 events in 2 ledgers, 1 evidence files, all checked" in capsys.readouterr().out
    assert path_in(tmp_path / "new" / "projects" / "files", SHA).read_bytes() == PROOF
    key = tmp_path / "new" / "projects" / "signing-key.pem"
    assert key.read_text() == "the key"
    assert key.stat().st_mode & 0o777 == 0o600
    assert (made / "whole.zip").stat().st_mode & 0o777 == 0o600
    with sqlite3.connect(tmp_path / "new" / "projects" / "ledger.db") as connection:
        assert connection.execute("SELECT sha256 FROM files").fetchall() == [(SHA,)]  # the loose one went
    again = tmp_path / "again.zip"
    assert backup.main(["--data", str(tmp_path / "new"), str(again)]) == 0
    assert parts(again) == parts(made / "whole.zip")


def signed(data: Path, **sizes: int) -> None:
    """What the signer of projects keeps apart: the last checkpoint of each ledger, by its size."""
    notes = {ledger: f"denggao.example/projects/{ledger}\n{size}\n\n" for ledger, size in sizes.items()}
    SignedState(data / "signed" / "projects").sign(notes)


def test_whoever_restores_is_told_that_ledgers_are_not_signed(
    made: Path, tmp_path: Path, capsys: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "kept"
    monkeypatch.setenv("DENGGAO_SIGNED_DIR", str(kept / "signed"))
    assert restores(made / "whole.zip", tmp_path / "nothing known") == 0
    assert "Ledgers of projects will not be signed until you say so" in capsys.readouterr().out
    signed(kept, group=EVENTS + 1)
    assert restores(made / "whole.zip", tmp_path / "shorter") == 0
    assert "POST /sign-anew" in capsys.readouterr().out
    signed(kept, group=EVENTS, company=1)
    assert restores(made / "whole.zip", tmp_path / "the last") == 0
    assert "signed" not in capsys.readouterr().out


def parts(file: Path) -> object:
    with ZipFile(file) as archive:
        return json.loads(archive.read(MANIFEST))["parts"]


async def test_every_table_is_in_the_backup(database: Database) -> None:
    for service, backed_up in TABLES.items():
        async with engine_of(database.url(service)) as engine:
            await migrate(engine, service)
            async with engine.connect() as connection:
                names = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
        assert set(names) == {table.name for table in backed_up} | {"alembic_version"}


def test_a_damaged_byte_is_found_wherever_it_is(made: Path, tmp_path: Path, capsys: Say, seed: int) -> None:
    whole, chance = (made / "whole.zip").read_bytes(), random.Random(seed)
    with ZipFile(made / "whole.zip") as archive:
        middles = [
            info.header_offset + HEADER_BYTES + len(info.filename) + info.compress_size // 2
            for info in archive.infolist()
            if info.file_size
        ]
    for at in [*middles, *(chance.randrange(len(whole)) for _ in range(20))]:
        spoilt = bytearray(whole)
        spoilt[at] ^= 1 << chance.randrange(8)
        file = tmp_path / "spoilt.zip"
        file.write_bytes(spoilt)
        into = tmp_path / f"new{at}"
        if restores(file, into):  # a bit of what nobody reads, a time or a name that is there twice
            (sentence,) = capsys.readouterr().err.splitlines()
            assert sentence.startswith("denggao: ")
            assert not any((into / service).exists() for service in TABLES), at
        else:
            assert at not in middles
            assert "301 events" in capsys.readouterr().out


@pytest.mark.parametrize("kept", [0, 1, 1000, 0.5, -1])
def test_half_a_file_is_no_backup(made: Path, tmp_path: Path, capsys: Say, kept: float) -> None:
    whole = (made / "whole.zip").read_bytes()
    (tmp_path / "half.zip").write_bytes(whole[: int(kept * len(whole)) if kept == 0.5 else int(kept)])
    is_refused(
        capsys, tmp_path / "half.zip", tmp_path / "new", "is damaged or no backup", "Take another one."
    )


def changed(made: Path, file: Path, change: Callable[[dict[str, object]], None], *without: str) -> Path:
    """A backup with another manifest, and without some parts."""
    with ZipFile(made / "whole.zip") as whole, ZipFile(file, "w") as other:
        for name in whole.namelist():
            data = whole.read(name)
            if name == MANIFEST:
                manifest = json.loads(data)
                change(manifest)
                data = json.dumps(manifest).encode()
            if name not in without:
                other.writestr(name, data)
    return file


def test_what_the_manifest_says_must_be_so(made: Path, tmp_path: Path, capsys: Say) -> None:
    file, new = tmp_path / "other.zip", tmp_path / "new"
    for change, words in (
        (lambda m: m.update(format=2), ("newer version of Denggao (format 2",)),
        (lambda m: m["schemas"].update(evaluation="evaluation_9999"), ("evaluation_9999", "does not know")),
        (lambda m: m["ledgers"][0].update(root="00"), ("are not those of its manifest",)),
        (lambda m: m["ledgers"].pop(), ("are not those of its manifest",)),
        (lambda m: m["tables"][0].update(count=7), ("has 0 rows, not 7",)),
        (lambda m: m["parts"]["projects/kept/signing-key.pem"].update(sha256="00"), ("is not what",)),
        (
            lambda m: m["parts"].update({"projects/kept/../x": m["parts"][f"projects/files/{SHA}"]}),
            ("damaged",),
        ),
        (lambda m: m.pop("parts"), ("damaged",)),
    ):
        is_refused(capsys, changed(made, file, change), new, *words)
    for part in ("projects/tables/events", f"projects/files/{SHA}", MANIFEST):
        is_refused(capsys, changed(made, file, lambda _: None, part), new, "damaged")


def test_only_an_empty_place_is_filled(made: Path, data: Path, tmp_path: Path, capsys: Say) -> None:
    assert restores(made / "whole.zip", data) == 1
    assert "is not empty" in capsys.readouterr().err
    assert restores(made / "whole.zip", made) == 1
    assert "holds other files" in capsys.readouterr().err
    with held(tmp_path / "used"):
        assert restores(made / "whole.zip", tmp_path / "used") == 1
    assert "is in use by another ./denggao up" in capsys.readouterr().err
    assert restores(tmp_path / "nowhere.zip", tmp_path / "new") == 1
    assert "No such file or directory: " in capsys.readouterr().err

    shutil.rmtree(data / "projects")
    (data / "projects").mkdir()
    (data / "projects" / "signing-key.pem").write_text("another key")
    assert restores(made / "whole.zip", data, "--only", "projects") == 1
    assert "signing-key.pem is there already and is another one" in capsys.readouterr().err
    (data / "projects" / "signing-key.pem").unlink()
    views = data / "projects" / "views.db"
    with sqlite3.connect(views) as connection:
        connection.execute("CREATE TABLE checkpoints (position INTEGER)")
    assert restores(made / "whole.zip", data, "--only", "projects") == 0
    with sqlite3.connect(views) as connection:  # it may have been further than the ledgers are now
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == []


def test_what_a_killed_restore_left_is_no_hindrance(made: Path, data: Path, tmp_path: Path) -> None:
    """Tables without rows, and files: its rows come all at once, or never."""
    new = tmp_path / "new"
    with held(new):
        shutil.copytree(data / "projects" / "files", new / "projects" / "files")
    code, _, complaint = run("migrate", environment={"DENGGAO_DATA_DIR": str(new)})
    assert (code, complaint) == (0, "")
    assert restores(made / "whole.zip", new) == 0


def limited(*arguments: str, file_bytes: int) -> tuple[int, str]:
    """A command on a disk that takes no larger files: exit code and complaint."""
    done = subprocess.run(
        [sys.executable, "-P", "-m", "cli", *arguments],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, file_bytes)),
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stderr


def test_on_a_full_disk_nothing_is_left(made: Path, tmp_path: Path) -> None:
    place = ("--data", str(made / "data"))
    code, complaint = limited("backup", *place, str(tmp_path / "b.zip"), file_bytes=5000)
    assert (code, len(complaint.splitlines())) == (1, 1), complaint
    assert complaint.startswith("denggao: No backup was made: ")
    new = tmp_path / "new"
    code, complaint = limited("restore", str(made / "whole.zip"), "--data", str(new), file_bytes=150_000)
    assert (code, len(complaint.splitlines())) == (1, 1), complaint
    assert complaint.startswith("denggao: Nothing was restored: ")
    assert list(tmp_path.iterdir()) == [new]
    assert not any((new / service).exists() for service in TABLES)


def test_a_ledger_that_is_not_whole_is_not_backed_up(data: Path, tmp_path: Path, capsys: Say) -> None:
    file = data / "projects" / "ledger.db"
    whole = file.read_bytes()
    for spoil, says in (
        (
            "UPDATE events SET body = CAST(replace(body, 'Added', 'Addde') AS BLOB) WHERE position = 7",
            "the tree of",
        ),
        ("DELETE FROM events WHERE ledger = 'group' AND position = 7", "group/8 does not follow on 6"),
        ("DELETE FROM events WHERE ledger = 'group' AND position = 300", "ends at 299"),
        ("DELETE FROM ledger_heads WHERE ledger = 'group'", "projects/group has events and no head"),
        ("UPDATE events SET body = x'00' WHERE position = 7", "group/7 cannot be read"),
        ("DELETE FROM tiles", "the tiles of projects/group are not"),
        ("UPDATE tiles SET hashes = zeroblob(8192)", "a tile of projects/group is damaged"),
        (f"UPDATE events SET stream = '{'0' * 32}' WHERE position = 7", "group/7 is not the next event"),
    ):
        file.write_bytes(whole)
        with sqlite3.connect(file) as connection:
            for (trigger,) in connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'trigger'"
            ).fetchall():
                connection.execute(f"DROP TRIGGER {trigger}")
            connection.execute(spoil)
        connection.close()
        assert backup.main(["--data", str(data), str(tmp_path / "b.zip")]) == 1, spoil
        (sentence,) = capsys.readouterr().err.splitlines()
        assert sentence.startswith("denggao: No backup was made: ")
        assert says in sentence, sentence
        assert not (tmp_path / "b.zip").exists()


@pytest.mark.parametrize("lost", [True, False])
def test_a_lost_evidence_file_is_named_and_holds_up_nothing_else(
    data: Path, tmp_path: Path, capsys: Say, lost: bool
) -> None:
    path = path_in(data / "projects" / "files", SHA)
    if lost:
        path.unlink()
    else:
        path.write_bytes(b"prooF")
    file = tmp_path / "b.zip"
    assert backup.main(["--data", str(data), str(file)]) == 1
    said = capsys.readouterr()
    assert f"1 evidence files are missing or damaged, and so in the backup, the first is {SHA}" in said.err
    assert "301 events in 2 ledgers, 0 evidence files" in said.out
    assert restores(file, tmp_path / "new") == 0
    assert f"Missing since before the backup: evidence file {SHA}" in capsys.readouterr().out


def test_a_backup_replaces_nothing_and_says_where_it_cannot_be(
    made: Path, tmp_path: Path, capsys: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = tmp_path / "taken.zip"
    taken.write_text("mine")
    for arguments, says in (
        (["--data", str(made / "data"), str(taken)], "taken.zip is there already and stays as it is"),
        (["--data", str(made / "data"), str(tmp_path / "no" / "b.zip")], "There is no directory"),
        (["--data", str(tmp_path / "none"), str(tmp_path / "b.zip")], "There is no installation in"),
    ):
        assert backup.main(arguments) == 1
        (sentence,) = capsys.readouterr().err.splitlines()
        assert says in sentence
    assert taken.read_text() == "mine"
    monkeypatch.setenv("DENGGAO_DATABASE_URL", "postgresql://db/projects")
    assert backup.main(["--data", str(made / "data"), str(tmp_path / "b.zip")]) == 1
    assert "is for services that are run one by one" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["taken.zip"]
