"""What an operator sees of a running installation: its status, its metrics, and how little it logs."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from cli.programs import SERVICES, Ports
from tests.architecture.test_operating import NAMES, expressions
from tests.support.company import Company
from tests.support.front_door import PASSWORD
from tests.support.running import ROOT, Up, free_ports

ACTS = 60
LINES_AT_MOST = 5  # a connection that comes again, perhaps; never a line for each act


def run(*command: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-P", "-m", *command], env=environment, capture_output=True, text=True, check=False
    )


def test_status_tells_all_of_it_in_one_screen(installation: tuple[Up, Path], company: Company) -> None:
    up, _ = installation
    company.liu_yang.reads("/notifications/inbox/todo")  # all have seen what came before
    done = run("cli", "status", "--port", str(up.port))
    assert done.returncode == 0, done.stdout + done.stderr
    for service in SERVICES:
        assert re.search(rf"^{service} +well +http://127\.0\.0\.1:\d+$", done.stdout, re.MULTILINE)
    for part in ("MiB of memory", "database truth", "NATS", "ledgers", "view scores", "free", "obligations"):
        assert part in done.stdout
    assert len(done.stdout.splitlines()) <= 40


def test_status_asks_the_front_alone_when_told_and_an_images_own_form_asks_each(
    installation: tuple[Up, Path], company: Company
) -> None:
    up, _ = installation
    through = json.loads(run("cli", "status", "--url", up.url, "--json").stdout)
    assert through["well"] is True
    assert all(service["figures"] == {} for service in through["services"])
    own = [f"http://127.0.0.1:{port}" for port in Ports.beside(up.port).services.values()]
    each = run("shared.status", *own, "--json")
    assert each.returncode == 0, each.stdout
    assert [service["service"] for service in json.loads(each.stdout)["services"]] == list(SERVICES)


def test_status_of_nothing_is_a_code_of_its_own() -> None:
    done = run("cli", "status", "--port", str(free_ports()))
    assert done.returncode == 2
    assert "“A service does not answer”" in done.stdout


def test_alarms_and_dashboard_name_only_what_running_services_tell(
    installation: tuple[Up, Path], company: Company
) -> None:
    up, _ = installation
    told = set()
    for port in Ports.beside(up.port).services.values():
        text = httpx.get(f"http://127.0.0.1:{port}/metrics").text
        for family in text_string_to_metric_families(text):
            told |= {f"{family.name}_total", f"{family.name}_bucket"} | {one.name for one in family.samples}
    named = {name for expression in expressions() for name in NAMES.findall(expression)}
    assert named - told == set()


@pytest.fixture
def logs(installation: tuple[Up, Path]) -> list[Path]:
    _, data = installation
    return [data / "logs" / f"{service}.log" for service in SERVICES]


def test_acts_and_readings_write_no_lines_and_nobody_is_named_in_the_logs(
    company: Company, logs: list[Path]
) -> None:
    before = sum(len(log.read_text("utf-8").splitlines()) for log in logs)
    secret = f"wrong-{uuid4()}"
    http, liu_yang = company.door.http, company.liu_yang
    for number in range(ACTS // 3):
        draft = liu_yang.does(
            "/projects/draft-proposal", unit=company.branch, title=f"题目{number}", track="safety_quality"
        )
        liu_yang.does(f"/projects/{draft['id']}/revise-proposal", proposal={"title": f"新题目{number}"})
        liu_yang.is_refused(
            "ProposalIncomplete", f"/projects/{draft['id']}/submit-proposal", 422, resolution=None
        )
        for page in ("projects/projects", "evaluation/scores", "notifications/inbox/todo"):
            liu_yang.reads(f"/{page}")
    assert http.post("/api/projects/session", json={"login": "liuyang", "password": secret}).is_error
    assert http.get("/api/projects/projects", headers={"Authorization": f"Bearer {secret}"}).is_error
    said = "".join(log.read_text("utf-8") for log in logs)
    lines = len(said.splitlines()) - before
    assert lines <= LINES_AT_MOST, "\n".join(said.splitlines()[-lines:])
    token = liu_yang.headers()["Authorization"].removeprefix("Bearer ")
    for personal in (PASSWORD, secret, token, "刘洋", "王芳", "题目1", "liuyang"):
        assert personal not in said, personal
