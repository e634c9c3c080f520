"""`./denggao replay` through the front door: what a stranger reads of a project's past, in both languages."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cli.replay import PASSWORD, main
from tests.support import front_door
from tests.support.company import Company
from tests.system.test_one_life import lives_its_whole_life

Said = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def signs_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PASSWORD, front_door.PASSWORD)


def test_a_project_is_replayed_in_the_terminal(company: Company, capsys: Said) -> None:
    project = lives_its_whole_life(company)
    page = project.page()
    number, approved = page["number"], project.moments["in_implementation"]

    def asks(*options: str, named: str = number, code: int = 0) -> str:
        url = ["--url", company.door.url, "--login", company.liu_yang.login]
        assert main([named, *url, *options]) == code
        captured = capsys.readouterr()
        return captured.err if code == 2 else captured.out

    def told(*options: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(asks("--json", *options))
        return found

    english = asks("--language", "en", "--at", approved.isoformat())
    assert "state: in implementation" in english
    assert "by 刘洋, branch secretary, 喷涂车间党支部" in english
    chinese = asks("--language", "zh-CN", "--at", approved.isoformat())
    assert f"{number} 时点还原" in chinese
    assert "状态: 实施中" in chinese
    assert "办理人：刘洋（喷涂车间党支部，党支部书记）" in chinese

    changed = asks("--language", "en", "--at", approved.isoformat(), "--against")
    assert "state: in implementation → closed" in changed
    assert asks(named=page["id"]) == asks(named=page["reference"]).replace(page["reference"], page["id"])
    for act in told()["acts"]:
        assert told("--decision", str(act["version"]))["same"]
    again = asks("--language", "zh-CN", "--decision", "1", "--under", page["programme"])
    assert "结果一致" in again
    assert "No project 2026-X" in asks("--language", "en", named="2026-X", code=2)
    assert asks("--at", "1990-01-01T00:00:00Z", code=2)
