"""`./denggao example`: a group of the size that is asked for, the same for the same seed."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.running import ROOT, free_ports
from tests.support.waiting import wait_until

SMALL = ("--companies", "2", "--projects", "2", "--until", "2026-11-20")


def started(data: Path, *options: str) -> subprocess.Popen[str]:
    place = ("--data", str(data), "--port", str(free_ports()))
    clean = {name: value for name, value in os.environ.items() if not name.startswith("DENGGAO_")}
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "cli", "example", *SMALL, *options, *place],
        env=clean | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def example(data: Path, *options: str) -> tuple[int, str, str]:
    """Its exit code, and what it said on both ways."""
    with started(data, *options) as process:
        said, complained = process.communicate()
    return process.returncode, said, complained


def recorded(data: Path) -> set[tuple[object, ...]]:
    """Every event of projects: where it lies, what it is, when it happened, which command it came from."""
    ledger = sqlite3.connect(data / "projects" / "ledger.db")
    try:
        found = ledger.execute("SELECT ledger, stream, version, name, recorded_at, command_id FROM events")
        return set(found)
    finally:
        ledger.close()


@pytest.mark.long
def test_the_same_seed_gives_the_same_year(tmp_path: Path) -> None:
    first, second = tmp_path / "1", tmp_path / "2"
    for data in (first, second):
        code, said, complained = example(data, "--seed", "7")
        assert code == 0, said + complained
        assert f"Look at it with ./denggao up --data {data}" in said
        assert said.splitlines()[-1] == "Stopped; nothing is left running."
    assert recorded(first) == recorded(second)


def test_a_year_is_lived_from_its_beginning_and_never_in_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "version").write_text("1\n")
    (tmp_path / "projects").mkdir()
    code, _, complained = example(tmp_path)
    assert code == 1
    assert complained == (
        f"denggao: {tmp_path} holds data already, and a year is lived from its beginning. "
        "Name an empty or new directory with --data.\n"
    )
    assert not list((tmp_path / "projects").iterdir())
    assert not (tmp_path / "example").exists()


def test_what_is_wrong_is_said_before_anything_is_started(tmp_path: Path) -> None:
    code, _, complained = example(tmp_path / "data", "--units", str(tmp_path / "none.csv"))
    assert code == 1
    assert complained.startswith(f"denggao example: {tmp_path}/none.csv cannot be read")
    assert not (tmp_path / "data").exists()


def test_one_that_is_interrupted_says_so_and_is_made_anew(tmp_path: Path) -> None:
    with started(tmp_path) as process:
        output = process.stdout
        assert output
        wait_until(lambda: "projects       ready" in output.readline(), "it has begun")
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert said.splitlines()[-1] == "Stopped; nothing is left running."
    assert (tmp_path / "example").exists()  # so that whoever comes next knows
