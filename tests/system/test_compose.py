"""`docker compose up` as a group would run it: scaled it works as one of each does, whatever dies."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sysconfig
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import Any
from uuid import uuid4

import httpx
import pytest

from cli import secrets
from tests.support.backups import does
from tests.support.company import Company, found
from tests.support.engines import docker_answers
from tests.support.front_door import FrontDoor, Someone
from tests.support.listening import Listening
from tests.support.running import ROOT, SERVICES, free_ports
from tests.support.waiting import wait_until
from tests.system.test_one_life import Project, lives_its_whole_life

BASE = "python:3.13-slim"
MEGABYTES_AT_MOST = (
    250  # of an image, on top of its base; 100 are typst and its font, in a layer that all share
)
WAITS_SECONDS = 240.0  # on a machine that builds and tests beside it
COMPOSE = shutil.which("docker-compose", path=sysconfig.get_path("scripts")) or shutil.which("docker-compose")
ALL = ("postgres", "nats", *SERVICES, "caddy")
MANY = {"projects": 3, "evaluation": 3, "notifications": 2}

pytestmark = pytest.mark.skipif(not docker_answers(), reason="no Docker engine answers here")


def docker(*arguments: str) -> str:
    """What the command says; AssertionError with its complaint when it fails."""
    return _gave(("docker", *arguments)).decode()


def _gave(
    command: tuple[str, ...], environment: dict[str, str] | None = None, sent: bytes | None = None
) -> bytes:
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, input=sent)
    complaint = done.stderr.decode()[-3000:]
    assert done.returncode == 0, f"{' '.join(command)}:\n{done.stdout[-3000:]!r}\n{complaint}"
    return done.stdout


class Composed:
    """One installation under a name of its own, with `.env.example` as it is but for port and secrets."""

    def __init__(self, place: Path) -> None:
        self.company: Company | None = None
        self.project = f"denggao-test-{uuid4().hex[:8]}"
        port = free_ports()
        self.nats_port = port + 1
        self.subscriber = place / "secrets" / "subscriber-nkey-seed"
        self.url = f"http://localhost:{port}"
        self.environment = {name: value for name, value in os.environ.items() if "DENGGAO" not in name} | {
            "DENGGAO_PUBLISH": f"127.0.0.1:{port}:8080",
            "DENGGAO_EVENTS_PUBLISH": f"127.0.0.1:{self.nats_port}:4222",
            "DENGGAO_PUBLIC_URL": self.url,
            "DENGGAO_VERSION": self.project,
            "DENGGAO_SECRETS": str(place / "secrets"),
        }
        assert secrets.main(["--into", str(place / "secrets")]) == 0

    def __call__(self, *arguments: str) -> str:
        """What docker compose says to it."""
        return self.gives(*arguments).decode()

    def gives(self, *arguments: str, sent: bytes | None = None) -> bytes:
        """The same as bytes, after it was sent some."""
        compose = (COMPOSE,) if COMPOSE else ("docker", "compose")
        named = (*compose, "-p", self.project, "--env-file", ".env.example", *arguments)
        return _gave(named, self.environment, sent)

    def remove(self) -> None:
        """Take it down with all that it kept and built."""
        self("--profile", "operator", "down", "--volumes", "--timeout", "5")
        images = ("--filter", f"reference=denggao-*:{self.project}", "--format", "{{.Repository}}:{{.Tag}}")
        docker("image", "rm", *docker("images", *images).split())
        left = ("--quiet", "--filter", f"label=com.docker.compose.project={self.project}")
        assert docker("ps", "--all", *left) + docker("volume", "ls", *left) == ""

    def containers(self, service: str) -> list[dict[str, Any]]:
        """How Docker describes them."""
        ids = self("ps", "-aq", service).split()
        return json.loads(docker("inspect", *ids)) if ids else []

    def well(self, service: str) -> bool:
        """Whether all of its containers run, and are healthy where they can say so."""
        states = [container["State"] for container in self.containers(service)]
        return all(s["Running"] and s.get("Health", {}).get("Status", "healthy") == "healthy" for s in states)

    def states(self, service: str) -> list[tuple[str, int, str, str]]:
        """Of each container whether it runs, how often it began again, its health and what that said."""

        def said(health: dict[str, Any]) -> str:
            return health["Log"][-1]["Output"] if health.get("Log") else ""

        return [
            (c["State"]["Status"], c["RestartCount"], health.get("Status", ""), said(health))
            for c in self.containers(service)
            for health in (c["State"].get("Health", {}),)
        ]

    def until_well(self) -> None:
        """Waits for everything, and for the front to lead to each service."""
        for service in ALL:
            wait_until(
                lambda s=service: self.well(s),  # type: ignore[misc]
                lambda s=service: f"{s} is well: {self.states(s)}",  # type: ignore[misc]
                WAITS_SECONDS,
            )
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

    def runs(self, service: str, *command: str) -> list[str]:
        """What a command says in each of a service's containers."""
        return [docker("exec", container["Id"], *command) for container in self.containers(service)]

    def found(self, place: Path) -> Company:
        """A group, with the code that lies in the volume of projects; once."""
        if self.company:
            return self.company
        (place / "projects").mkdir()
        code = self("exec", "-T", "projects", "cat", "/var/lib/denggao/projects/founding-code")
        (place / "projects" / "founding-code").write_text(code)
        self.company = found(FrontDoor(self.url), place)
        return self.company


@pytest.fixture(scope="module")
def composed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Composed]:
    """An installation that begins with several of each, all at once and with nothing there."""
    composed = Composed(tmp_path_factory.mktemp("composed"))
    scaled = [word for service, count in MANY.items() for word in ("--scale", f"{service}={count}")]
    try:
        composed("up", "--build", "--detach", "--quiet-pull", *scaled)
        composed.until_well()
        yield composed
    finally:
        composed.remove()


@pytest.fixture(scope="module")
def company(composed: Composed, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    company = composed.found(tmp_path_factory.mktemp("company"))
    yield company
    company.door.close()


@pytest.fixture(autouse=True)
def what_it_said(composed: Composed) -> Iterator[None]:
    """The services' logs of the test, which pytest shows with a failure."""
    began = datetime.now(UTC).isoformat()
    yield
    print(composed("logs", "--no-color", "--since", began, *SERVICES))  # noqa: T201


def drafts(someone: Someone, unit: str, title: str) -> str:
    """Begins a project, and reads it at once in every service."""
    act = {"unit": unit, "title": title, "track": "safety_quality", "why": "返修率居高不下"}
    project = str(someone.does("/projects/draft-proposal", **act)["id"])
    assert someone.reads(f"/projects/projects/{project}")["project"]["title"] == title
    assert someone.reads(f"/evaluation/scores/{project}")["project"] == project
    assert "complete_to" in someone.reads("/notifications/inbox/todo")
    return project


def test_replicas_that_start_at_once_share_what_is_made_once(composed: Composed) -> None:
    look = "cd /var/lib/denggao/projects && stat -c '%a %U %n' * && sha256sum founding-code signing-key.pem"
    found = composed.runs("projects", "sh", "-c", look)
    assert found == [found[0]] * MANY["projects"]
    assert found[0].splitlines()[:2] == ["600 denggao founding-code", "600 denggao signing-key.pem"]


@contextmanager
def always_at_work(composed: Composed, company: Company) -> Iterator[Callable[[], None]]:
    """Somebody acts and reads until the block ends; what is given waits until they got on."""
    over, begun = Event(), list[str]()
    door = FrontDoor(composed.url)
    somebody = Someone(door, company.liu_yang.login)
    somebody.signs_in()

    def work() -> None:
        while not over.is_set():
            begun.append(drafts(somebody, company.branch, f"巡检零漏项{len(begun)}"))

    with ThreadPoolExecutor(1) as thread:
        working = thread.submit(work)

        def gets_on() -> None:
            before = len(begun)
            wait_until(lambda: len(begun) > before or working.done(), "work goes on", WAITS_SECONDS)
            if working.done():
                working.result()  # raises what was not answered well

        try:
            gets_on()
            yield gets_on
        finally:
            over.set()
        working.result()
    door.close()


def test_a_replica_that_dies_or_is_stopped_is_not_noticed_outside(
    composed: Composed, company: Company
) -> None:
    with always_at_work(composed, company) as gets_on:
        for service in SERVICES:
            composed.kill(service)
            gets_on()
            wait_until(lambda s=service: composed.well(s), f"{service} is well", WAITS_SECONDS)  # type: ignore[misc]
            docker("restart", composed.containers(service)[-1]["Id"])
            gets_on()


def what_everybody_sees(project: Project) -> Any:
    """Pages, history, score and inboxes, without what differs between two lives: ids, numbers, moments."""
    company, address = project.company, f"/projects/projects/{project.id}"
    people = [one for one in vars(company).values() if isinstance(one, Someone)] + [*company.committee]

    def inbox(reader: Someone, which: str) -> list[Any]:
        entries = reader.reads(f"/notifications/inbox/{which}", limit=200)["entries"]
        return [entry | {"id": ""} for entry in entries if entry["project"] == project.id]

    def listed(where: str, what: str) -> list[Any]:
        found = company.zhao_gang.reads(where, state="closed")[what]
        return [line for line in found if project.id in (line.get("id"), line.get("project"))]

    seen = {
        "pages": [reader.gets(address).json() for reader in people],
        "history": company.zhao_gang.reads(f"{address}/history"),
        "score": project.score(),
        "lists": [listed("/projects/projects", "projects"), listed("/evaluation/scores", "scores")],
        "inboxes": [
            (reader.login, which, inbox(reader, which))
            for reader in people
            for which in ("todo", "done", "started", "copied")
        ],
    }
    page = project.page()
    text = json.dumps(seen, ensure_ascii=False, sort_keys=True)
    kept = {company.company, company.branch, company.group, *(one.id for one in people)}
    named: dict[str, str] = {page["reference"]: "reference", page["number"]: "number"}

    def name(found: re.Match[str]) -> str:
        return found[0] if found[0] in kept else named.setdefault(found[0], f"<{len(named)}>")

    for written in (page["reference"], page["number"]):
        text = text.replace(written, named[written])
    text = re.sub(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z", "<moment>", text)
    text = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", name, text)
    text = re.sub(r"\b[0-9a-f]{32}\b", "<correlation>", text)
    text = re.sub(r"([/:])[0-9]+", r"\1<n>", text)
    text = re.sub(r'"position": [0-9]+', '"position": 0', text)
    return json.loads(text)


@pytest.mark.long
def test_one_of_each_gives_the_same_results(composed: Composed, company: Company) -> None:
    composed.until_well()
    project = lives_its_whole_life(company)
    (evidence,) = project.page()["evidence"]
    path = f"files/{evidence['sha256'][:2]}/{evidence['sha256'][2:]}"
    stored = composed.runs("projects", "sha256sum", f"/var/lib/denggao/projects/{path}")
    assert [line.split()[0] for line in stored] == [evidence["sha256"]] * MANY["projects"]
    for service, count in MANY.items():
        asked = composed.runs(service, "python", "-c", ASKED)
        assert len(asked) == count
        assert min(float(times) for times in asked) > 0, f"{service}: {asked}"
    of_many = what_everybody_sees(project)

    composed("up", "--detach", "--no-recreate")  # as the file says: one of each
    composed.until_well()
    assert [len(composed.containers(service)) for service in SERVICES] == [1, 1, 1]
    assert what_everybody_sees(project) == of_many
    assert what_everybody_sees(lives_its_whole_life(company)) == of_many


def test_a_sign_in_is_counted_by_its_own_address(composed: Composed, company: Company) -> None:
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


ASKED = """from urllib.request import urlopen
lines = urlopen("http://127.0.0.1:8000/metrics").read().decode().splitlines()
asked = [line for line in lines if line.startswith("denggao_http_seconds_count") and "/health" not in line]
print(sum(float(line.split()[-1]) for line in asked))
"""


def test_it_comes_back_whatever_dies_and_another_system_goes_on_listening(
    composed: Composed, company: Company, tmp_path: Path
) -> None:
    title = "焊点合格率提升"
    recorded = httpx.get(f"{composed.url}/api/projects/health", trust_env=False).json()["organisation"]

    def heard(listening: Listening, ledger: str) -> int:
        return sum(line.startswith(f"ev.projects.{ledger} ") for line in listening.heard())

    def is_heard(listening: Listening) -> bool:
        before = heard(listening, company.company)
        drafts(company.liu_yang, company.branch, title)
        wait_until(lambda: heard(listening, company.company) > before, "it is heard outside")
        return True

    system = Listening(tmp_path, composed.nats_port, composed.subscriber)
    with system:
        wait_until(lambda: heard(system, "group") >= recorded, "the past is heard", WAITS_SECONDS)
        assert heard(system, "group") == recorded
        for service in ALL:
            composed.kill(service)
        composed.until_well()
        assert is_heard(system)
    missed = drafts(company.liu_yang, company.branch, title)
    with system:
        assert is_heard(system)
        assert heard(system, "group") == 0
        assert heard(system, company.company) < 5, "it begins where it was"
    assert company.liu_yang.reads(f"/projects/projects/{missed}")["project"]["state"] == "draft"
    assert "Violation" not in composed("logs", "nats")  # nobody needed a subject that it does not have


@pytest.mark.long
def test_a_backup_of_the_running_system_goes_into_a_new_one(composed: Composed, tmp_path: Path) -> None:
    """Taken with the roles of the services, put in with the owners'; another engine would do as well."""
    company = composed.found(tmp_path)
    title = "备份前的项目"
    project = drafts(company.liu_yang, company.branch, title)
    backup = composed.gives("run", "--rm", "--build", "-T", "backup")
    file = tmp_path / "backup.zip"
    file.write_bytes(backup)

    new = Composed(tmp_path)
    try:
        new.gives("run", "--rm", "-T", "restore", sent=backup)
        new("up", "--detach")
        new.until_well()
        reader = Someone(FrontDoor(new.url), company.liu_yang.login)
        wait_until(lambda: reader.gets(f"/projects/projects/{project}").is_success, "it is seen again")
        assert reader.reads(f"/projects/projects/{project}")["project"]["title"] == title
        wait_until(lambda: reader.gets(f"/evaluation/scores/{project}").is_success, "its score is too")
    finally:
        new.remove()

    assert "all checked" in does("restore", "--data", tmp_path / "files", file)  # into SQLite, as well


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
    base, ours = (
        json.loads(docker("image", "inspect", name))[0]
        for name in (BASE, f"denggao-{service}:{composed.project}")
    )
    assert ours["Size"] - base["Size"] <= MEGABYTES_AT_MOST * 1_000_000
    listed = composed("exec", "-T", service, "sh", "-c", "cd /app && ls -d * services/*/domain").split()
    assert listed == ["services", f"services/{service}/domain", "shared"]
