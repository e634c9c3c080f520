"""`./denggao bench` measures every line and says which is not reached; how fast is no test's business."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from cli.bench import Line
from tests.support.running import ROOT

WORKS = (
    "command, sqlite, clients: 64",
    "command, sqlite, clients: 256",
    "replay of 4,000 events, sqlite",
    "view of scores from 4,000 events, sqlite",
    "command on a ledger of 10,000 events, sqlite",
    "command over HTTP, sqlite, clients: 64",
    "score visible, p99, 200 commands/s, sqlite",
)


def bench(*options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", "-m", "cli", "bench", "--quick", *options],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=600,
    )


def test_every_line_is_measured_printed_and_written(tmp_path: Path) -> None:
    files = ("--json", str(tmp_path / "bench.json"), "--svg", str(tmp_path / "bench.svg"))
    done = bench("--engines", "sqlite", *files)
    assert done.returncode == 0, done.stdout + done.stderr
    printed = [line for line in done.stdout.splitlines() if line.startswith(WORKS)]
    written = json.loads((tmp_path / "bench.json").read_text("utf-8"))
    assert [line["work"] for line in written["lines"]] == list(WORKS)
    assert [line.startswith(work) for line, work in zip(printed, WORKS, strict=True)] == [True] * len(WORKS)
    assert all(line["ours"] > 0 and line["other"] > 0 for line in written["lines"])
    picture = ElementTree.parse(tmp_path / "bench.svg").getroot()
    assert len(picture.findall("{http://www.w3.org/2000/svg}rect")) == 1 + len(WORKS)
    assert "eventsourcing 9.5" in written["settings"]["versions"]
    assert "synchronous=2" in written["settings"]["pyeventsourcing"]


def test_the_way_from_events_to_inboxes_is_measured(tmp_path: Path) -> None:
    file = tmp_path / "notices.json"
    command = (*("bench", "notices", "--quick", "--replicas", "1"), *("--json", str(file)))
    done = subprocess.run(
        [sys.executable, "-P", "-m", "cli", *command],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=600,
    )
    if "There is no docker here" in done.stdout:
        assert done.returncode == 1
        return
    assert done.returncode == 0, done.stdout + done.stderr
    alone, everybody, steady = json.loads(file.read_text("utf-8"))
    assert everybody["figures"]["people/s"] > 0
    assert steady["figures"]["answered/s"] > 0
    assert alone["figures"]["p99 ms"] >= alone["figures"]["p50 ms"] > 0


@pytest.mark.long
def test_a_server_that_does_not_answer_is_a_sentence_and_the_rest_is_measured() -> None:
    done = bench("--engines", "postgresql", "--postgresql", "postgresql://denggao@127.0.0.1:1/bench")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "postgresql: not measured. 127.0.0.1:1 does not answer." in done.stdout
    assert WORKS[-1] in done.stdout


def test_a_line_says_whether_it_is_reached() -> None:
    reached, missed = Line("work", 20, 10, "a peer", 2.0), Line("work", 19, 10, "a peer", 2.0)
    assert (reached.reached, missed.reached) == (True, False)
    assert " yes " in str(reached)
    assert " NO " in str(missed)
