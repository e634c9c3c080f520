"""`./denggao up` itself: what it starts, what it says, and that it leaves nothing behind."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.running import SERVICES, Up, free_ports, smallest_house, still_running
from tests.support.waiting import wait_until

EVERYTHING = {*SERVICES, "caddy", "nats"}
Start = Callable[..., Up]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return smallest_house(tmp_path_factory.mktemp("house"))


@pytest.fixture
def start(house: Path) -> Iterator[Start]:
    started: list[Up] = []

    def up(data: Path, *arguments: str, **options: Any) -> Up:
        started.append(Up(data, *arguments, **({"root": house} | options)))
        return started[-1]

    yield up
    for one in started:
        one.close()


@pytest.fixture(scope="module")
def running(house: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    up = Up(tmp_path_factory.mktemp("data") / "new", root=house).until_ready()
    yield up
    up.close()


def test_every_service_is_reached_through_the_one_port(running: Up) -> None:
    assert running.processes().keys() == EVERYTHING
    for service in SERVICES:
        health = httpx.get(f"{running.url}/api/{service}/health")
        assert health.status_code == 200
        assert health.json()["service"] == service
    assert httpx.get(running.url).headers["location"] == "/api/projects/docs"


@pytest.mark.parametrize("path", ["/metrics", "/health", "/api/projects", "/api/other/health", "/../metrics"])
def test_what_is_not_an_api_stays_inside(running: Up, path: str) -> None:
    answer = httpx.get(running.url + path)

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == 404


@pytest.mark.parametrize("name", sorted(EVERYTHING))
def test_a_program_that_is_killed_comes_back_and_that_is_said(running: Up, name: str) -> None:
    killed = running.processes()[name]
    running.said.clear()

    killed.kill()

    running.until_said(f"{name} is back")
    assert running.says(f"{name} was ended by SIGKILL; it is started again")
    assert running.processes()[name].pid != killed.pid


def test_a_service_that_starts_again_is_only_slow_for_those_outside(running: Up) -> None:
    running.said.clear()
    running.processes()["evaluation"].kill()
    running.until_said("evaluation was ended")

    assert httpx.get(f"{running.url}/api/evaluation/health", timeout=30).status_code == 200
    running.until_said("evaluation is back")


def test_stopping_leaves_nothing_running_and_the_data_in_place(start: Start, tmp_path: Path) -> None:
    first = start(tmp_path / "data").until_ready()
    programs = list(first.processes().values())
    kept = (tmp_path / "data" / "projects" / "ledger.db").stat().st_ino

    assert first.stop(signal.SIGINT) == 0
    assert first.said[-1] == "Stopped; nothing is left running."
    assert not first.says("killed")
    assert not still_running(programs)

    second = start(tmp_path / "data", port=first.port).until_ready()  # the same ports are free again
    programs = list(second.processes().values())
    assert len(programs) == len(EVERYTHING)
    assert (tmp_path / "data" / "projects" / "ledger.db").stat().st_ino == kept

    assert second.stop(signal.SIGTERM) == 0
    assert not still_running(programs)


def test_stopping_while_it_starts_leaves_nothing_running(start: Start, tmp_path: Path) -> None:
    up = start(tmp_path / "data")
    wait_until(lambda: bool(up.processes()), "a program runs")
    programs = list(up.processes().values())

    assert up.stop() == 0
    assert not still_running(programs)


def test_when_it_is_killed_its_programs_die_with_it(start: Start, tmp_path: Path) -> None:
    up = start(tmp_path / "data").until_ready()
    programs = list(up.processes().values())

    up.process.kill()

    wait_until(lambda: not still_running(programs), "all programs have ended")


@pytest.mark.parametrize("beside", [0, 1, 4])
def test_a_port_in_use_is_one_sentence(start: Start, tmp_path: Path, beside: int) -> None:
    port = free_ports()
    with socket.create_server(("127.0.0.1", port + beside)):
        up = start(tmp_path / "data", port=port)
        assert up.ended() == 1
    assert up.said == [
        (
            f"denggao: Port {port + beside} cannot be used (Address already in use). "
            "Stop what uses it, or choose other ports with --port N."
        )
    ]


def test_a_data_directory_that_cannot_be_written_is_one_sentence(start: Start, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    up = start(tmp_path / "file" / "data")
    assert up.ended() == 1
    assert up.said == [
        (
            f"denggao: The data directory {tmp_path}/file/data cannot be written (Not a directory). "
            "Name another one with --data."
        )
    ]


def test_a_data_directory_of_a_newer_version_is_one_sentence(start: Start, tmp_path: Path) -> None:
    (tmp_path / "version").write_text("2\n")
    up = start(tmp_path)
    assert up.ended() == 1
    assert up.said == [
        (
            f"denggao: The data directory {tmp_path} is of a newer version (2; this code knows 1). "
            "Update Denggao, or name another directory with --data."
        )
    ]
    assert [file.name for file in tmp_path.iterdir()] == ["version"]


def test_a_directory_that_holds_something_else_is_left_alone(start: Start, tmp_path: Path) -> None:
    (tmp_path / "letters.txt").touch()
    up = start(tmp_path)
    assert up.ended() == 1
    assert up.said == [
        f"denggao: {tmp_path} holds other files (letters.txt). Name an empty or new directory with --data."
    ]
    assert [file.name for file in tmp_path.iterdir()] == ["letters.txt"]


def test_two_on_one_data_directory_is_one_sentence(start: Start, running: Up, house: Path) -> None:
    data = next(line for line in running.processes()["nats"].cmdline() if line.endswith("/nats"))
    up = start(Path(data).parent)
    assert up.ended() == 1
    assert "is in use by another ./denggao up" in up.said[0]
    assert len(up.said) == 1


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("DENGGAO_ZONE", "Mars", "denggao: DENGGAO_ZONE 'Mars' is no time zone, as Asia/Shanghai is."),
        (
            "DENGGAO_DATABASE_URL",
            "mysql://x",
            (
                "denggao: DENGGAO_DATABASE_URL is for services that are run one by one; "
                "./denggao up needs it unset."
            ),
        ),
    ],
)
def test_a_wrong_setting_is_one_sentence(
    start: Start, tmp_path: Path, name: str, value: str, sentence: str
) -> None:
    up = start(tmp_path / "data", environment={name: value})
    assert up.ended() == 1
    assert up.said == [sentence]


def test_a_service_that_does_not_start_stops_the_others(start: Start, tmp_path: Path) -> None:
    broken = smallest_house(tmp_path / "house")
    (broken / "services" / "evaluation" / "app.py").write_text('raise SystemExit("evaluation: no scheme")\n')
    up = start(tmp_path / "data", root=broken)
    assert up.ended() == 1
    log = tmp_path / "data" / "logs" / "evaluation.log"
    assert up.said[-1] == (f"denggao: evaluation ended with code 1: evaluation: no scheme (log: {log})")
    with socket.create_server(("127.0.0.1", up.port + 4)):  # NATS is gone as well
        pass


def test_a_service_that_reads_for_long_is_waited_for_with_a_word(start: Start, tmp_path: Path) -> None:
    slow = smallest_house(tmp_path / "house")
    app = slow / "services" / "evaluation" / "app.py"
    app.write_text("import time\nbegan = time.monotonic()\n" + app.read_text())
    app.write_text(app.read_text().replace("    well = ", "    well = time.monotonic() > began + 1.5 and "))
    supervisor = slow / "cli" / "supervisor.py"
    supervisor.write_text(
        supervisor.read_text().replace("WORD_EVERY_SECONDS = 20.0", "WORD_EVERY_SECONDS = 1.0")
    )
    up = start(tmp_path / "data", root=slow).until_ready()
    assert up.says("evaluation     not ready after 1 s (log: ")
    assert up.stop() == 0


def with_example(house: Path, program: str) -> Path:
    (house / "cli" / "example.py").write_text(program)
    return house


TELLS_THE_CLOCK = """import json, os, sys, urllib.request
def main(arguments):
    assert arguments[0] == "--url"
    with urllib.request.urlopen(arguments[1] + "/api/projects/health") as answer:
        print("sign in as anna; the clock was", json.load(answer)["clock"])
    print("half way", file=sys.stderr)
    return 0
"""


@pytest.fixture
def example(tmp_path: Path) -> Path:
    return with_example(smallest_house(tmp_path / "house"), TELLS_THE_CLOCK)


def test_the_example_lives_on_its_own_clock_and_is_made_once(
    start: Start, example: Path, tmp_path: Path
) -> None:
    first = start(tmp_path / "data", root=example).until_ready()
    first.until_said("sign in as anna; the clock was example")
    assert first.says("half way")
    assert httpx.get(f"{first.url}/api/projects/health").json()["clock"] == "system"
    assert first.stop() == 0

    with_example(example, "def main(arguments):\n    raise AssertionError\n")
    second = start(tmp_path / "data", root=example).until_ready()
    second.until_said("sign in as anna")


def test_an_example_that_was_cut_short_is_made_anew(start: Start, example: Path, tmp_path: Path) -> None:
    with_example(example, "def main(arguments):\n    return 1\n")
    first = start(tmp_path / "data", root=example)
    assert first.ended() == 1
    assert first.said[-1] == "denggao: ./denggao example failed, as said above; everything is stopped again."
    left = tmp_path / "data" / "projects" / "half.txt"
    left.touch()

    with_example(example, TELLS_THE_CLOCK)
    second = start(tmp_path / "data", root=example).until_ready()
    second.until_said("sign in as anna")
    assert second.says("The example was not finished the last time; it is made anew.")
    assert not left.exists()


def test_empty_is_without_the_example(start: Start, example: Path, tmp_path: Path) -> None:
    up = start(tmp_path / "data", "--empty", root=example).until_ready()
    assert up.stop() == 0
    assert not up.says("anna")

    again = start(tmp_path / "data", root=example).until_ready()  # not empty any more: it is somebody's
    assert again.stop() == 0
    assert not again.says("anna")
