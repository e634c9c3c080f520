"""A review season in small: with workers killed, stopped, added and removed it comes to what one would."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.support.engines import PostgresServer
from tests.support.running import ROOT

MADE_UP_FOR_WITHIN_SECONDS = 15  # after what was done to a worker; a stopped one holds its rows for ten


def season(server: PostgresServer, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            *(sys.executable, "-P", "-m", "cli", "bench", "season", "--quick"),
            *("--postgresql", server.url("postgres"), *options),
        ],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=600,
    )


def test_whatever_happens_to_workers_nothing_is_lost_or_repeated(
    postgresql: PostgresServer, tmp_path: Path
) -> None:
    file = tmp_path / "season.json"
    done = season(postgresql, "--workers", "2", "--missed", "0", "--disturb", "--json", str(file))
    assert done.returncode == 0, done.stdout + done.stderr
    (run,) = json.loads(file.read_text("utf-8"))
    assert (run["differs"], run["parked"]) == ([], 0)
    assert run["cards"] == run["cards_stored"] > 0
    assert (run["reviews"]["companies"], len(run["reviews"]["awards"])) == (3, 3)
    disturbed = [one["what"] for one in run["disturbed"]]
    assert [what.split(" ", 1)[1] for what in disturbed] == [
        "was killed",
        "was stopped",
        "went on after 12 s",
        "was added",
        "was removed",
    ]
    assert max(one["made_up_for"] for one in run["disturbed"]) < MADE_UP_FOR_WITHIN_SECONDS


@pytest.mark.long
def test_more_workers_come_to_the_same(postgresql: PostgresServer, tmp_path: Path) -> None:
    picture = tmp_path / "season.svg"
    done = season(postgresql, "--workers", "1,2,4", "--missed", "500", "--svg", str(picture))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "scores, reviews and awards with 1, 2, 4 workers: the same" in done.stdout
    assert "events missed: shown" in done.stdout
    lines = ElementTree.parse(picture).getroot().findall("{http://www.w3.org/2000/svg}polyline")
    assert len(lines) == 3
