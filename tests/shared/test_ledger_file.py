"""A ledger's file verifies offline as it was written; any change is found, and its first place named."""

from __future__ import annotations

import asyncio
import base64
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from cli import ledger, verify
from cli.witness import Witness
from shared import verifier
from shared.merkle import leaf_hash, root_of
from shared.notes import Signer, signed
from shared.verifier import COSIGNS, FIRST_LINE, SIGNS, Checkpoint, NotProved, verify_ledger
from tests.shared.a_signer import GROUP, append, asked, change, signer_of
from tests.shared.test_witness import entered, look
from tests.support.books import Book
from tests.support.engines import Database

EVENTS = 9


@pytest.fixture
async def written(book: Book, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of a ledger of which a witness has cosigned the first five events."""
    data = tmp_path / "data"
    secrets = data / "secrets" / "projects"
    secrets.mkdir(parents=True)
    (secrets / "denggao_database_url").write_text(database.url("ledger"))
    monkeypatch.setenv("DENGGAO_SECRETS_DIR", str(data / "secrets"))
    signing = await signer_of(book, data)
    await append(book, 5)
    await signing.round()
    async with asked(signing) as http:
        witness = Witness(tmp_path / "w", "audit.example/w1", http)
        entered(data, signing, witness.key)
        await signing.round()
        await look(witness)
    await append(book, EVENTS - 5)
    await signing.round()
    await append(book, 2)  # not signed yet
    return await out_of(data, tmp_path / "group.ledger")


async def out_of(data: Path, file: Path) -> Path:
    arguments = ["projects/group", str(file), "--data", str(data)]
    assert await asyncio.to_thread(ledger.main, arguments) == 0
    return file


def lines_of(file: Path) -> list[bytes]:
    return file.read_bytes().splitlines(keepends=True)


def keys_of(file: Path) -> list[str]:
    return [line.decode().split()[1] for line in lines_of(file) if line.startswith(b"key ")]


def summed(lines: list[bytes]) -> list[bytes]:
    """With the last line that belongs to these, as somebody who forges a file would write it."""
    return [*lines[:-1], f"end {sha256(b''.join(lines[:-1])).hexdigest()}\n".encode()]


async def test_it_verifies_and_says_what_was_verified(
    written: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log, witness = keys_of(written)
    assert verify.main([str(written)]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith(f"verified: {GROUP}/projects/group, {EVENTS} events, root ")
    assert said[1] == f"signed by {GROUP}, up to {EVENTS}"
    assert said[2].startswith("cosigned 20")
    assert said[2].endswith("Z by audit.example/w1, up to 5")
    assert said[3:] == ["Keys came with the file; compare them with what you know:", log, witness]

    assert verify.main([str(written), "--key", log, "--key", witness]) == 0
    assert "compare" not in capsys.readouterr().out
    assert verify.main([str(written), "--key", log]) == 0
    assert "NOT VERIFIED, its key was not given" in capsys.readouterr().out


async def test_keys_that_are_given_count_alone(written: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log, _ = keys_of(written)
    others = [Signer.new(GROUP, SIGNS).key, Signer.new("audit.example/w2", COSIGNS).key]
    assert verify.main([str(written), "--key", str(others[0])]) == 1
    assert "not signed by any of the keys" in capsys.readouterr().out
    assert verify.main([str(written), "--key", log, "--key", str(others[1])]) == 1
    assert "audit.example/w2 has cosigned no checkpoint in it" in capsys.readouterr().out


async def test_any_other_bit_anywhere_is_found(written: Path) -> None:
    whole = b"".join(lines_of(written))
    for at in range(len(whole)):
        changed = bytearray(whole)
        changed[at] ^= 1 << at % 8
        with pytest.raises((NotProved, ValueError)):
            verify_ledger(bytes(changed).splitlines(keepends=True))
    for cut in range(0, len(whole), 7):
        with pytest.raises((NotProved, ValueError)):
            verify_ledger(whole[:cut].splitlines(keepends=True))
    with pytest.raises(NotProved, match="something was changed"):
        verify_ledger([*lines_of(written), b"\n"])


def event(position: int, lines: list[bytes]) -> int:
    """Where the line of a position stands."""
    return next(at for at, line in enumerate(lines) if line.startswith(b"%d " % position))


def with_body(lines: list[bytes], old: bytes, new: bytes) -> list[bytes]:
    at = event(4, lines)
    assert old in lines[at]
    lines[at] = lines[at].replace(old, new)
    return lines


def with_body_and_leaf(lines: list[bytes]) -> list[bytes]:
    """As somebody would who knows how leaves are made."""
    at = event(7, lines)
    position, stream, version, _, body = lines[at][:-1].split(b" ", 4)
    body = body.replace(b'"amount":', b'"amount":1')
    leaf = leaf_hash(UUID(stream.decode()), int(version), body).hex().encode()
    lines[at] = b" ".join((position, stream, version, leaf, body)) + b"\n"
    return lines


def moved(lines: list[bytes], by: Callable[[list[bytes], int], None]) -> list[bytes]:
    by(lines, event(4, lines))
    return lines


def renumbered(lines: list[bytes]) -> list[bytes]:
    """Without position 4, and nobody sees a gap."""
    at = event(4, lines)
    rest = [line.split(b" ", 1) for line in lines[at + 1 : -1]]
    return [*lines[:at], *(b"%d %s" % (int(n) - 1, more) for n, more in rest), lines[-1]]


def swapped(lines: list[bytes], at: int) -> None:
    lines[at], lines[at + 1] = lines[at + 1], lines[at]


FORGED: dict[str, tuple[Callable[[list[bytes]], list[bytes]], str]] = {
    "an event changed": (lambda all_: with_body(all_, b'"amount":4', b'"amount":5'), "position 4:"),
    "an event dated anew": (lambda all_: with_body(all_, b"2026-01-01", b"2025-01-01"), "position 4:"),
    "changed with its leaf": (with_body_and_leaf, "position 6 or later:"),
    "an event deleted": (lambda all_: moved(all_, lambda lines, at: lines.pop(at)), "position 4:"),  # type: ignore[arg-type]
    "deleted, renumbered": (renumbered, "position 1 or later:"),
    "an event inserted": (
        lambda all_: moved(all_, lambda lines, at: lines.insert(at, lines[at])),
        "position 5:",
    ),
    "two swapped": (lambda all_: moved(all_, swapped), "position 4:"),
    "the end cut off": (lambda all_: [*all_[: event(8, all_)], all_[-1]], "position 8:"),
    "more at the end": (lambda all_: [*all_[:-1], b"10 x\n", all_[-1]], "something was changed"),
    "a checkpoint of less": (
        lambda all_: [line for line in all_ if line is not last_checkpoint(all_)],
        "something was changed",
    ),
    "a forged checkpoint": (
        lambda all_: [line.replace(b"checkpoint ", b"checkpoint A") for line in all_],
        "line 4:",
    ),
    "another key": (lambda all_: [all_[0], *with_key(all_[1:])], "line 4:"),
}


def last_checkpoint(lines: list[bytes]) -> bytes:
    return [line for line in lines if line.startswith(b"checkpoint ")][-1]


def with_key(lines: list[bytes]) -> list[bytes]:
    return [f"key {Signer.new(GROUP, SIGNS).key}\n".encode(), *lines[1:]]


@pytest.mark.parametrize("how", FORGED)
async def test_what_is_forged_is_found_and_its_first_place_is_named(written: Path, how: str) -> None:
    forge, says = FORGED[how]
    with pytest.raises(NotProved) as found:
        verify_ledger(summed(forge(lines_of(written))))
    assert says in str(found.value)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE events SET version = 999 WHERE position = 4",
        "UPDATE events SET stream = '00000000000000000000000000000001' WHERE position = 4",
        "DELETE FROM events WHERE position = 4",
        "UPDATE events SET position = 99 WHERE position = 4",
        "UPDATE events SET body = (SELECT body FROM events WHERE position = 5) WHERE position = 4",
    ],
)
async def test_what_is_changed_in_the_database_is_found_in_its_file(
    written: Path, book: Book, tmp_path: Path, statement: str
) -> None:
    await change(book, statement)
    file = await out_of(tmp_path / "data", tmp_path / "changed.ledger")
    with pytest.raises(NotProved, match="position"):
        verify_ledger(lines_of(file))


def alone(directory: Path) -> Callable[[Path], subprocess.CompletedProcess[str]]:
    """What verifies with one file in a directory of its own."""
    elsewhere = directory / "elsewhere"
    elsewhere.mkdir()
    shutil.copy(Path(verifier.__file__), elsewhere / "verifier.py")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "DENGGAO"))}

    def verified(file: Path) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "verifier.py", str(file)]
        return subprocess.run(command, cwd=elsewhere, env=clean, capture_output=True, text=True)

    return verified


async def test_one_file_verifies_with_nothing_of_ours_around(written: Path, tmp_path: Path) -> None:
    verified, elsewhere = alone(tmp_path), tmp_path / "elsewhere"
    assert verified(written).returncode == 0
    shorter = elsewhere / "shorter"
    shorter.write_bytes(b"".join(lines_of(written))[:-1])
    done = verified(shorter)
    assert (done.returncode, done.stdout.startswith("NOT VERIFIED: ")) == (1, True)
    for none in (elsewhere / "nothing", elsewhere / "verifier.py"):
        done = verified(none)
        assert (done.returncode, done.stdout) == (2, "")
        assert "cannot be verified" in done.stderr


def test_the_verifier_is_short_enough_to_be_read() -> None:
    assert len(Path(verifier.__file__).read_text("utf-8").splitlines()) < 400


@pytest.mark.long
def test_a_million_events_take_less_than_two_minutes_of_one_core() -> None:
    log, count, body = Signer.new(GROUP, SIGNS), 1_000_000, b'{"text":"%b"}' % (b"x" * 1300)
    streams = [uuid4() for _ in range(1000)]

    def version(number: int) -> int:
        return number // len(streams) + 1

    def stream(number: int) -> UUID:
        return streams[number % len(streams)]

    root = root_of(leaf_hash(stream(n), version(n), body) for n in range(count))
    note = signed(str(Checkpoint(f"{GROUP}/projects/group", count, root)), log)

    def lines() -> Iterator[bytes]:
        yield FIRST_LINE
        yield f"key {log.key}\n".encode()
        yield b"checkpoint " + base64.b64encode(note) + b"\n"
        yield b"\n"
        for n in range(count):
            leaf = leaf_hash(stream(n), version(n), body).hex().encode()
            yield b"%d %s %d %s %s\n" % (n + 1, stream(n).hex.encode(), version(n), leaf, body)

    def whole() -> Iterator[bytes]:
        seen = sha256()
        for line in lines():
            seen.update(line)
            yield line
        yield f"end {seen.hexdigest()}\n".encode()

    began = time.process_time()
    assert verify_ledger(whole())[0].startswith(f"verified: {GROUP}/projects/group, {count} events")
    assert time.process_time() - began < 120  # with what makes the lines


async def test_a_ledger_that_is_not_there_is_one_sentence(
    written: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("projects/nobody", "notifications/group", "group"):
        arguments = [name, str(tmp_path / "none"), "--data", str(tmp_path / "data")]
        assert await asyncio.to_thread(ledger.main, arguments) == 1
        assert capsys.readouterr().err.startswith("denggao: No file was written: ")
    assert not (tmp_path / "none").exists()
