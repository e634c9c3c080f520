"""`docker compose up` as a group would run it: it starts, works, scales, and comes back whatever dies."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from cli import secrets
from tests.support.company import Company, found
from tests.support.engines import docker_answers
from tests.support.front_door import FrontDoor
from tests.support.running import ROOT, SERVICES, free_ports
from tests.support.waiting import wait_until

BASE = "python:3.13-slim"
MEGABYTES_AT_MOST = 150  # of an image, on top of its base
WAITS_SECONDS = 90.0
COMPOSE = shutil.which("docker-compose", path=sysconfig.get_path("scripts")) or shutil.which("docker-compose")
ALL = ("postgres", "nats", *SERVICES, "caddy")

pytestmark = pytest.mark.skipif(not docker_answers(), reason="no Docker engine answers here")


def docker(*arguments: str) -> str:
    """What the command says; AssertionError with its complaint when it fails."""
    return _said(("docker", *arguments))


def _said(command: tuple[str, ...], environment: dict[str, str] | None = None) -> str:
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, f"{' '.join(command)}:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done.stdout


class Composed:
    """One installation under a name of its own, with `.env.example` as it is but for port and secrets."""

    def __init__(self, place: Path) -> None:
        self.project = f"denggao-test-{uuid4().hex[:8]}"
        port = free_ports()
        self.url = f"http://localhost:{port}"
        self.environment = {name: value for name, value in os.environ.items() if "DENGGAO" not in name} | {
            "DENGGAO_PUBLISH": f"127.0.0.1:{port}:8080",
            "DENGGAO_PUBLIC_URL": self.url,
            "DENGGAO_SECRETS": str(place / "secrets"),
        }
        assert secrets.main(["--into", str(place / "secrets")]) == 0

    def __call__(self, *arguments: str) -> str:
        """What docker compose says to it."""
        program = shutil.which("docker-compose", path=sysconfig.get_path("scripts")) or shutil.which(
            "docker-compose"
        )
        compose = (program,) if program else ("docker", "compose")
        return _said(
            (*compose, "-p", self.project, "--env-file", ".env.example", *arguments), self.environment
        )

    def containers(self, service: str) -> list[dict[str, Any]]:
        """How Docker describes them."""
        ids = self("ps", "-aq", service).split()
        return json.loads(docker("inspect", *ids)) if ids else []

    def well(self, service: str) -> bool:
        """Whether all of its containers run, and are healthy where they can say so."""
        states = [container["State"] for container in self.containers(service)]
        return all(s["Running"] and s.get("Health", {}).get("Status", "healthy") == "healthy" for s in states)

    def until_well(self) -> None:
        """Waits for everything, and for the front to lead to each service."""
        for service in ALL:
            wait_until(lambda s=service: self.well(s), f"{service} is well", WAITS_SECONDS)  # type: ignore[misc]
        for service in SERVICES:
            wait_until(lambda s=service: self._serves(s), f"{service} serves", WAITS_SECONDS)  # type: ignore[misc]

    def _serves(self, service: str) -> bool:
        try:
            health = httpx.get(f"{self.url}/api/{service}/health", trust_env=False, timeout=20)
            return health.status_code == 200 and health.json()["nats"] == "connected"
        except httpx.HTTPError:
            return False

    def kill(self, service: str) -> None:
        """The process of one container dies as in a crash; `docker kill` would count as our own wish."""
        container = self.containers(service)[0]
        pid, before = str(container["State"]["Pid"]), container["RestartCount"]
        docker("run", "--rm", "--pid=host", BASE, "sh", "-c", f"kill -KILL {pid}")
        wait_until(
            lambda: json.loads(docker("inspect", container["Id"]))[0]["RestartCount"] > before,
            f"{service} is started again",
            WAITS_SECONDS,
        )

    def found(self, place: Path) -> Company:
        """A group, with the code that lies in the volume of projects."""
        (place / "projects").mkdir()
        code = self("exec", "-T", "projects", "cat", "/var/lib/denggao/projects/founding-code")
        (place / "projects" / "founding-code").write_text(code)
        return found(FrontDoor(self.url), place)


@pytest.fixture(scope="module")
def composed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Composed]:
    composed = Composed(tmp_path_factory.mktemp("composed"))
    try:
        composed("up", "--build", "--detach", "--quiet-pull")
        composed.until_well()
        yield composed
    finally:
        composed("down", "--volumes", "--timeout", "5")
        left = ("--quiet", "--filter", f"label=com.docker.compose.project={composed.project}")
        assert docker("ps", "--all", *left) + docker("volume", "ls", *left) == ""


def drafts(company: Company, title: str) -> str:
    """A project begun by the branch secretary, and seen by evaluation and by notifications."""
    secretary = company.liu_yang
    act = {"unit": company.branch, "title": title, "track": "safety_quality", "why": "返修率居高不下"}
    project = str(secretary.does("/projects/draft-proposal", **act)["id"])
    assert secretary.reads(f"/projects/projects/{project}")["project"]["title"] == title
    wait_until(lambda: secretary.gets(f"/evaluation/scores/{project}").is_success, "its score can be read")
    assert secretary.gets("/notifications/inbox/todo").is_success
    return project


def test_it_works_scales_and_comes_back(composed: Composed, tmp_path: Path) -> None:
    company = composed.found(tmp_path)
    first = drafts(company, "面漆返修率减半")

    composed("up", "--detach", "--no-recreate", "--scale", "evaluation=2")
    composed.until_well()
    assert len(composed.containers("evaluation")) == 2
    second = drafts(company, "焊点合格率提升")

    refused = company.door.http.post(
        "/api/projects/session",
        json={"login": "nobody", "password": "x"},
        headers={"X-Forwarded-For": "192.0.2.1"},
    )
    assert refused.status_code == 401
    asked = "select key from failed_sign_ins where key like 'address:%' and failures > 0"
    counted = composed("exec", "-T", "postgres", "psql", "-qtAU", "postgres", "-c", asked, "projects")
    caddys = [
        network["IPAddress"]
        for one in composed.containers("caddy")
        for network in one["NetworkSettings"]["Networks"].values()
    ]
    assert counted.split()
    assert not {f"address:{address}" for address in (*caddys, "192.0.2.1")} & set(counted.split())

    for service in ALL:
        composed.kill(service)
    composed.until_well()

    for project in (first, second, drafts(company, "夜班巡检零漏项")):
        assert company.liu_yang.reads(f"/projects/projects/{project}")["project"]["state"] == "draft"
        assert company.liu_yang.gets(f"/evaluation/scores/{project}").is_success
    assert "Violation" not in composed("logs", "nats")  # nobody needed a subject that it does not have


def test_a_container_can_do_no_more_than_its_work(composed: Composed) -> None:
    for service in ALL:
        container = composed.containers(service)[0]
        host = container["HostConfig"]
        assert host["ReadonlyRootfs"], service
        assert host["CapDrop"] == ["ALL"], service
        assert host["SecurityOpt"] == ["no-new-privileges:true"], service
        assert host["Memory"], service
        assert host["PidsLimit"], service
        assert host["RestartPolicy"]["Name"] == "unless-stopped", service
        assert not any(
            "PASSWORD" in line or ("://" in line and "@" in line) for line in container["Config"]["Env"]
        )
    for service in SERVICES:
        container = composed.containers(service)[0]
        assert container["Config"]["User"] == "denggao"
        assert not container["HostConfig"]["CapAdd"]


@pytest.mark.parametrize("service", SERVICES)
def test_an_image_is_small_and_holds_its_own_service_only(composed: Composed, service: str) -> None:
    base, ours = (json.loads(docker("image", "inspect", name))[0] for name in (BASE, f"denggao-{service}"))
    assert ours["Size"] - base["Size"] <= MEGABYTES_AT_MOST * 1_000_000
    listed = composed("exec", "-T", service, "sh", "-c", "cd /app && ls -d * services/*/domain").split()
    assert listed == ["services", f"services/{service}/domain", "shared"]
