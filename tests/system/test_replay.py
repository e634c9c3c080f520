"""`./denggao replay` through the front door: what a stranger reads of a project's past, in both languages."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cli.reader import PASSWORD
from cli.replay import main
from shared.moments import SETTLED_SECONDS
from tests.support import front_door
from tests.support.waiting import wait_until
from tests.system.test_one_life import Project

Said = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def signs_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PASSWORD, front_door.PASSWORD)


def test_a_project_is_replayed_in_the_terminal(lived: Project, capsys: Said) -> None:
    project, company = lived, lived.company
    page = project.page()
    number, approved = page["number"], project.moments["in_implementation"]
    settled = approved + timedelta(seconds=SETTLED_SECONDS + 1)
    wait_until(lambda: datetime.now(UTC) > settled, "nothing of that moment is on its way")

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
    assert "Waited for (" in english
    assert "milestone" in english
    assert "by 刘洋, branch secretary, 喷涂车间党支部" in english
    chinese = asks("--language", "zh-CN", "--at", approved.isoformat())
    assert f"{number} 时点还原" in chinese
    assert "状态: 实施中" in chinese
    assert re.search(r"节点 .*：待喷涂车间党支部 党支部书记、刘洋办理，.*起，.*截止", chinese)
    assert "办理人：刘洋（喷涂车间党支部，党支部书记）" in chinese

    changed = asks("--language", "en", "--at", approved.isoformat(), "--against")
    assert "state: in implementation → closed" in changed
    by_id, by_reference = (asks(named=page[name]).splitlines() for name in ("id", "reference"))
    assert by_id[1:] == by_reference[1:]
    for act in told()["acts"]:
        assert told("--decision", str(act["version"]))["same"]
    again = asks("--language", "zh-CN", "--decision", "1", "--under", page["programme"])
    assert "结果一致" in again
    assert "2026-X is no project and no unit that you may see" in asks(
        "--language", "en", named="2026-X", code=2
    )
    assert asks("--at", "1990-01-01T00:00:00Z", code=2)


def test_a_unit_an_office_the_programme_and_the_portfolio_are_too(lived: Project, capsys: Said) -> None:
    project, company = lived, lived.company
    url = ["--url", company.door.url, "--login", company.liu_yang.login]
    with_code = company.liu_yang.reads(f"/projects/units/{project.page()['unit']}")["unit"]["code"]

    def asks(what: str, *options: str, code: int = 0) -> str:
        assert main([what, *url, *options]) == code
        captured = capsys.readouterr()
        return captured.err if code == 2 else captured.out

    unit = asks(with_code, "--language", "zh-CN")
    assert "喷涂车间党支部 时点还原" in unit
    assert "党组织类别: 党支部" in unit
    office = asks(f"{with_code}/branch_secretary", "--language", "en")
    assert "branch secretary, 喷涂车间党支部 as it was" in office
    assert "branch secretary: 刘洋, since " in office
    assert asks(f"{with_code}/党支部书记", "--language", "en").splitlines()[0] == office.splitlines()[0]
    assert project.page()["programme"] in asks("programme", "--language", "zh-CN")
    portfolio = json.loads(asks("portfolio", "--json"))
    assert project.page()["title"] in {one["title"] for one in portfolio["projects"]}
    assert json.loads(asks("portfolio", "--json", "--cut", portfolio["cut"])) == portfolio
    assert "0 fields changed" in asks("portfolio", "--cut", portfolio["cut"], "--against", "--language", "en")
    refused = [
        ("portfolio", "--by", "happened"),
        ("programme", "--cut", portfolio["cut"]),
        (with_code, "--decision", "1"),
        (f"{with_code}/nobody",),
        ("nowhere",),
        ("programme", "--at", "1990-01-01T00:00:00Z"),
    ]
    for what, *options in refused:
        assert len(asks(what, *options, "--language", "en", code=2).splitlines()) == 1
