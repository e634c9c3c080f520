"""A service that is run alone and cannot start says why in one sentence, and ends with 1."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.running import ROOT, free_ports

ALONE = ("-m", "uvicorn", "services.projects.app:app", "--port")


def said(*command: str, **settings: str) -> list[str]:
    """What it says on stderr; it must have ended by itself, with 1."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("DENGGAO_")}
    done = subprocess.run(
        [sys.executable, "-P", *command],
        env=clean | {"PYTHONPATH": str(ROOT)} | settings,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1, done.stderr
    return [line for line in done.stderr.splitlines() if not line.startswith(("{", "INFO:"))]  # no log lines


@contextmanager
def a_server_that_never_answers() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"postgresql+asyncpg://denggao@127.0.0.1:{server.getsockname()[1]}/projects"


def alone(**settings: str) -> list[str]:
    return said(*ALONE, str(free_ports()), **settings)


CASES: Mapping[str, tuple[dict[str, str], str]] = {
    "an unwritable data directory": ({"DENGGAO_DATA_DIR": "{file}/data"}, "Not a directory"),
    "an unwritable file": (
        {"DENGGAO_DATABASE_URL": "sqlite+aiosqlite:///{file}/ledger.db"},
        "File exists",
    ),
    "a file that is no database": ({"DENGGAO_DATABASE_URL": "sqlite+aiosqlite:///{file}"}, "not a database"),
    "a server that is not there": (
        {"DENGGAO_DATABASE_URL": "postgresql+asyncpg://denggao@127.0.0.1:1/projects"},
        "Connect",
    ),
}


@pytest.mark.parametrize("what", CASES)
def test_a_database_that_cannot_be_used_is_one_sentence(what: str, tmp_path: Path) -> None:
    settings, reason = CASES[what]
    file = tmp_path / "file"
    file.write_text("no database " * 100)
    place = {"DENGGAO_DATA_DIR": str(tmp_path / "data")}
    (sentence,) = alone(**place | {name: value.format(file=file) for name, value in settings.items()})
    assert sentence.startswith("denggao projects: The database cannot be used: ")
    assert reason in sentence
    assert sentence.endswith("See DENGGAO_DATABASE_URL and DENGGAO_VIEWS_URL, or DENGGAO_DATA_DIR.")


def test_a_server_that_never_answers_is_one_sentence_too(tmp_path: Path) -> None:
    with a_server_that_never_answers() as url:
        settings = {"DENGGAO_DATA_DIR": str(tmp_path), "DENGGAO_DATABASE_URL": url}
        (sentence,) = alone(**settings)
        assert sentence.startswith("denggao projects: The database cannot be used: TimeoutError.")
        (sentence,) = said("-m", "cli", "migrate", "projects", **settings)
        assert sentence == (
            "The database of projects cannot be used: TimeoutError. See DENGGAO_DATABASE_URL."
        )


def test_a_database_that_was_not_migrated_is_one_sentence(tmp_path: Path) -> None:
    (sentence,) = alone(DENGGAO_DATA_DIR=str(tmp_path))
    assert sentence.startswith("denggao projects: The database of projects has schema none, this code needs")
    assert sentence.endswith("Run: ./denggao migrate")


def test_the_clock_of_the_example_is_for_the_example_alone(tmp_path: Path) -> None:
    (sentence,) = alone(DENGGAO_DATA_DIR=str(tmp_path), DENGGAO_CLOCK="example")
    assert "DENGGAO_CLOCK=example is only for a data directory that is being filled" in sentence
