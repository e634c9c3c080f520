"""What an operator reads on one screen: all is well, or what is not and where the guide says what to do."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.status import NOT_WELL, NOTHING_ANSWERS, WELL, Asked, ask, ask_front, processes, screen, tell
from shared.web import in_numbers

VIEW: dict[str, Any] = {
    "view": "projects",
    "version": 1,
    "live": True,
    "behind": {"projects": 0},
    "forked": [],
    "parked": [],
    "parked_in_all": 0,
    "unknown": {"projects/UnitEstablished": 7},
}
HEALTH: dict[str, Any] = {
    "service": "projects",
    "release": "0.1.0",
    "ok": True,
    "databases": {"truth": "answers", "views": "answers"},
    "nats": "connected",
    "ledgers": {"group": 1200, "east": 34},
}
FIGURES = {
    "process_start_time_seconds": 0.0,
    "process_resident_memory_bytes": 150.0 * (1 << 20),
    "denggao_database_bytes truth": 3.5 * (1 << 30),
    "denggao_disk_free_bytes": 60.0 * (1 << 30),
    "denggao_disk_bytes": 100.0 * (1 << 30),
    "denggao_clock_apart_seconds": 0.0,
}


def asked(
    view: dict[str, Any] | None = None, figures: dict[str, float] | None = None, **health: Any
) -> Asked:
    now = {"complete_to": (datetime.now(UTC) - timedelta(seconds=6)).isoformat()}
    views = {"projects": VIEW | now | (view or {})}
    return Asked("projects", "http://own", HEALTH | {"views": views} | health, FIGURES | (figures or {}))


def test_one_that_is_well_is_told_in_one_screen() -> None:
    lines = list(screen([asked()]))
    assert lines[0].split() == ["projects", "well", "http://own"]
    told = "\n".join(lines)
    for part in (
        "release 0.1.0",
        "150.0 MiB of memory",
        "answers, 3.5 GiB",
        "2, 1,234 events, most in group: 1,200",
        "(6 s), 0 behind, 0 parked, 0 forked, 1 unknown",
        "60.0 GiB of 100.0 GiB free",
    ):
        assert part in told, part
    assert tell([asked()]) == WELL


OLD = (datetime.now(UTC) - timedelta(hours=3)).isoformat()


@pytest.mark.parametrize(
    ("says", "heading", "part"),
    [
        (lambda: Asked("projects", "http://own"), "A service does not answer", "does not answer"),
        (
            lambda: asked(databases={"truth": "away", "views": "answers"}, ok=False),
            "A database is away or restarts",
            "truth",
        ),
        (lambda: asked(nats="away"), "NATS is away", "no connection"),
        (
            lambda: asked({"complete_to": OLD, "behind": {"projects": 9}}),
            "A view lags",
            "3 h old, 9 events behind",
        ),
        (lambda: asked({"complete_to": None}), "A view lags", "never complete"),
        (
            lambda: asked({"parked": [{"held": "x"}], "parked_in_all": 130}),
            "A project is parked",
            "130 projects",
        ),
        (lambda: asked({"forked": ["projects/group"]}), "A ledger is forked", "1 ledger"),
        (lambda: asked(figures={"denggao_disk_free_bytes": 9.0 * (1 << 30)}), "The disk is full", "9.0 GiB"),
        (lambda: asked(figures={"denggao_clock_apart_seconds": 6.0}), "The clock is off", "6 s apart"),
        (lambda: asked(ok=False), "A service is not well", "not read the organisation"),
        (lambda: asked(ok=False, cause="KeyError"), "A service is not well", "KeyError"),
    ],
)
def test_what_is_not_well_is_said_with_the_heading_that_helps(
    says: Callable[[], Asked], heading: str, part: str
) -> None:
    found = says()
    (trouble,) = found.troubles()
    assert trouble.heading == heading
    outside = replace(found, health=in_numbers(found.health))  # as the front says it
    assert [one.heading for one in outside.troubles()] == [heading]
    last = list(screen([asked(), found]))[-1]
    assert part in last
    assert f"docs/operating.md, “{heading}”" in last
    assert tell([asked(), found]) == NOT_WELL


def test_a_view_that_has_just_begun_to_read_is_no_trouble_yet() -> None:
    begun = asked({"complete_to": None}, {"process_start_time_seconds": time.time() - 5})
    assert list(begun.troubles()) == []
    assert "not complete yet" in "\n".join(screen([begun]))


def test_when_nothing_answers_that_is_a_code_of_its_own() -> None:
    nobody = Asked("projects", "http://127.0.0.1:1")
    assert replace(ask(nobody.address), service="projects") == nobody
    assert not ask_front(nobody.address, "projects").answers
    assert tell([nobody, nobody]) == NOTHING_ANSWERS


def test_programs_are_told_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    assert tell([asked(nats="away")], as_json=True) == NOT_WELL
    told = json.loads(capsys.readouterr().out)
    assert told["well"] is False
    (service,) = told["services"]
    assert service["troubles"] == [{"what": "it has no connection to NATS", "heading": "NATS is away"}]
    assert service["figures"]["process_resident_memory_bytes"] == 150 * (1 << 20)


def test_every_address_behind_a_name_is_a_process() -> None:
    assert processes("http://127.0.0.1:8000") == ["http://127.0.0.1:8000"]
    assert processes("http://nobody.invalid:8000") == ["http://nobody.invalid:8000"]
