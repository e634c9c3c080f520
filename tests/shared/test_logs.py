"""What a process says: one JSON line each, naming what started it, and no personal data."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

TALK = """
import logging
from shared import logs
logs.configure("projects", "INFO")
log = logs.log("ledger")
log.debug("unheard")
logs.bind(correlation="order-1", causation="projects/group/7")
log.info("appended", count=3, phone="13800000000", title="党建")
logging.getLogger("uvicorn.error").warning("from %s", "elsewhere")
try:
    1 / 0
except ZeroDivisionError as error:
    log.error("failed", exc_info=error)
print(logs.correlation())
"""


@pytest.fixture(scope="module")
def said() -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", TALK], capture_output=True, text=True, check=True)


def test_every_line_is_json_with_service_correlation_and_causation(
    said: subprocess.CompletedProcess[str],
) -> None:
    lines = [json.loads(line) for line in said.stderr.splitlines()]

    assert [line["event"] for line in lines] == ["appended", "from elsewhere", "failed"]
    for line in lines:
        assert line["service"] == "projects"
        assert line["correlation"] == "order-1"
        assert line["causation"] == "projects/group/7"
        assert line["timestamp"].endswith("Z")
    assert [line["level"] for line in lines] == ["info", "warning", "error"]
    assert "ZeroDivisionError" in lines[2]["exception"]


def test_personal_data_are_left_out(said: subprocess.CompletedProcess[str]) -> None:
    assert "13800000000" not in said.stderr
    assert '"title": "党建"' in said.stderr


def test_code_can_ask_for_the_correlation(said: subprocess.CompletedProcess[str]) -> None:
    assert said.stdout == "order-1\n"
