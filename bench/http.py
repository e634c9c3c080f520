"""A command over HTTP beside a bare FastAPI POST of the same body, each in one process under uvicorn.

`python -m bench.http` founds a small group in a directory of its own, on SQLite with full durability,
and lets a secretary revise drafts over 64 connections that stay open. Ours answers when the event is on disk.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import httpx
import uvloop
from fastapi import FastAPI
from pydantic import BaseModel

from cli.example.programme import content
from cli.programs import SERVICES, Ports, Programs
from services.projects.programme_content import hash_of

ROOT = Path(__file__).parent.parent
PASSWORD = "denggao-bench"
UNLIMITED = {"DENGGAO_PERSON_REQUESTS_PER_SECOND": "1000000"}  # one person asks for all
HEAD = """POST {path} HTTP/1.1\r
Host: localhost\r
Content-Type: application/json\r
Authorization: Bearer {token}\r
Idempotency-Key: {key}\r
Content-Length: {length}\r
\r
"""


class Draft(BaseModel):
    """The part of a proposal that is revised."""

    title: str
    track: str
    problem: str


class Revision(BaseModel):
    """The body of both requests."""

    proposal: Draft


bare = FastAPI()


@bare.post("/revise-proposal")
async def revise(revision: Revision) -> dict[str, int]:
    """Read and answer, nothing else."""
    return {"characters": len(revision.proposal.problem)}


def revision(number: int) -> bytes:
    """A body that differs from the one before."""
    draft = {
        "title": "降低面漆返修率",
        "track": "safety_quality",
        "problem": f"面漆颗粒缺陷返修率{number % 1000:03}‰。",
    }
    return json.dumps({"proposal": draft}, ensure_ascii=False).encode()


@contextmanager
def served(command: Sequence[str], environment: Mapping[str, str], url: str) -> Iterator[int]:
    """The id of a process that answers at this address until it is left."""
    with (
        tempfile.TemporaryFile() as log,
        subprocess.Popen(command, env=environment, stdout=log, stderr=log, cwd=ROOT) as process,
    ):
        try:
            while not answers(url):
                if process.poll() is not None:
                    log.seek(0)
                    raise SystemExit(log.read().decode())
                time.sleep(0.05)
            yield process.pid
        finally:
            process.terminate()


def answers(url: str) -> bool:
    """Whether anybody does."""
    try:
        return httpx.get(url, trust_env=False).status_code < 500
    except httpx.HTTPError:
        return False


class Group:
    """A group of one company and one branch whose secretary has drafts."""

    def __init__(self, url: str, data: Path) -> None:
        self.http = httpx.Client(base_url=f"{url}/api/projects", timeout=30, trust_env=False)
        founding = {
            "code": (data / "projects" / "founding-code").read_text().strip(),
            "group": {"code": "HX", "name": "华夏集团"},
            "person": {"staff_number": "1", "name": "王芳"},
            "login": "wangfang",
            "password": PASSWORD,
        }
        group = self.does("/founding", founding)["group"]
        self.signs_in("wangfang")
        company = self.unit("NP", group, organisation="所属单位党委", has_ledger=True)
        branch = self.unit("NP-01", company, organisation="党支部", full_members=9)
        self.holder("limin", group, "headquarters", group)
        self.programme("limin")
        self.signs_in("wangfang")
        self.holder("liuyang", branch, "branch_secretary", branch)
        self.signs_in("liuyang")
        self.branch = branch

    def does(self, path: str, body: dict[str, Any]) -> Any:
        """An act under a key of its own."""
        answer = self.http.post(path, json=body, headers={"Idempotency-Key": str(uuid4())})
        if answer.is_error:
            raise SystemExit(f"{path}: {answer.text}")
        return answer.json()

    def signs_in(self, login: str) -> str:
        """Who acts from now on; the token."""
        answer = self.http.post("/session", json={"login": login, "password": PASSWORD})
        token: str = answer.raise_for_status().json()["access_token"]
        self.http.headers["Authorization"] = f"Bearer {token}"
        return token

    def unit(self, code: str, parent: str, **more: Any) -> str:
        """Established; its id."""
        given = {"kind": "production", "marks": [], "full_members": 0, "has_ledger": False}
        given |= {"has_committee": False, "code": code, "name": code, "parent": parent}
        return str(self.does("/units/establish-unit", given | more)["id"])

    def holder(self, login: str, unit: str, office: str, of: str) -> None:
        """Registered, with an account and the office."""
        given = {"staff_number": login, "unit": unit, "political_status": "正式党员", "name": login}
        nothing = dict.fromkeys(("trade", "skill", "phone", "mail"), "")
        person = self.does("/people/register-person", given | nothing)["id"]
        self.does(f"/people/{person}/open-account", {"login": login, "password": "given-at-first"})
        first = {"login": login, "password": "given-at-first", "new_password": PASSWORD}
        self.http.post("/session", json=first).raise_for_status()
        term = {"person": person, "office": office, "unit": of}
        self.does("/offices/appoint-office", term | {"since": "2026-01-01", "document": "1号"})

    def programme(self, publisher: str) -> None:
        """The shipped one, published by somebody else than who drafts it; who that is acts from now on."""
        said = {"version": "2026.1", "year": 2026, "kind": "programme", "document": "2号", "meeting": "1号"}
        said |= {"in_force": datetime.now(ZoneInfo("Asia/Shanghai")).date().isoformat()}
        headers = {"Content-Type": "text/plain"}
        file = self.http.post("/files", content="方案", headers=headers).raise_for_status().json()["sha256"]
        said |= {"content": content(), "file": file, "file_name": "2号.txt"}
        drafted = self.does("/programmes/draft-programme", said)
        self.signs_in(publisher)
        path = f"/programmes/{drafted['id']}/publish-programme"
        self.does(path, {"content_hash": hash_of(content()), "file": file})

    def drafts(self, count: int) -> list[str]:
        """Their addresses."""
        begun = {"unit": self.branch, "title": "降低面漆返修率", "track": "safety_quality"}
        ids = (self.does("/projects/draft-proposal", begun)["id"] for _ in range(count))
        return [f"/api/projects/projects/{project}/revise-proposal" for project in ids]


@dataclass(frozen=True, slots=True)
class Turn:
    """What some seconds of asking gave; processor time is what a busy machine does not change."""

    answers_per_second: float
    p50_ms: float
    p99_ms: float
    processor_ms: float  # of the serving process, an answer

    def __str__(self) -> str:
        return (
            f"{self.answers_per_second:>7,.0f}/s  p50 {self.p50_ms:>4.0f} ms  p99 {self.p99_ms:>4.0f} ms  "
            f"processor {self.processor_ms:.2f} ms"
        )


async def measure(process: int, port: int, paths: Sequence[str], token: str, seconds: float) -> Turn:
    """One connection for each path, each asking again as soon as it is answered."""
    took: list[float] = []
    stop = time.perf_counter() + seconds

    async def client(path: str) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while (began := time.perf_counter()) < stop:
            body = revision(len(took))
            head = HEAD.format(path=path, token=token, key=uuid4(), length=len(body))
            writer.write(head.encode() + body)
            answer = await reader.readuntil(b"\r\n\r\n")
            if not answer.startswith(b"HTTP/1.1 200"):
                raise SystemExit(f"{path}: {answer!r} {await reader.read(1000)!r}")
            length = answer.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
            await reader.readexactly(int(length))
            took.append((time.perf_counter() - began) * 1000)
        writer.close()

    began, worked = time.perf_counter(), processor_seconds(process)
    await asyncio.gather(*map(client, paths))
    return Turn(
        len(took) / (time.perf_counter() - began),
        statistics.median(took),
        statistics.quantiles(took, n=100)[98],
        (processor_seconds(process) - worked) * 1000 / len(took),
    )


def processor_seconds(process: int) -> float:
    """What a process has used so far, as Linux counts it."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    """One that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def measured(clients: int, seconds: float, turns: int = 1) -> list[tuple[Turn, Turn]]:
    """A bare POST and a command in turn, as often as asked."""
    with tempfile.TemporaryDirectory() as place:
        data, port, beside = Path(place), free_port(), free_port()
        ports = Ports(free_port(), dict.fromkeys(SERVICES, port), free_port())
        projects = Programs(data, ports).services()[0]
        environment = {**projects.environment, **UNLIMITED}
        plain = [word.replace("services.projects.app:app", "bench.http:bare") for word in projects.command]
        plain = [word.replace(str(port), str(beside)) for word in plain]
        migrated = [sys.executable, "-P", "-m", "cli", "migrate", "projects"]
        subprocess.run(migrated, env=environment, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        with (
            served(projects.command, environment, f"http://127.0.0.1:{port}/api/projects/health") as ours,
            served(plain, environment, f"http://127.0.0.1:{beside}/docs") as other,
        ):
            group = Group(f"http://127.0.0.1:{port}", data)
            paths = group.drafts(clients)
            nothing = ["/revise-proposal"] * clients
            taken = []
            for _ in range(turns):
                token = group.signs_in("liuyang")
                alone = uvloop.run(measure(other, beside, nothing, token, seconds))
                taken.append((alone, uvloop.run(measure(ours, port, paths, token, seconds))))
    return taken


def main(arguments: list[str]) -> int:
    """A line for each turn and the medians."""
    parser = argparse.ArgumentParser(prog="python -m bench.http", description=__doc__)
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--turns", type=int, default=5)
    asked = parser.parse_args(arguments)
    print(f"Python {platform.python_version()}, sqlite, full durability, {asked.clients} clients")
    turns = measured(asked.clients, asked.seconds, asked.turns)
    for alone, command in turns:
        print(f"bare     {alone}\ncommand  {command}")
    rates = [statistics.median(turn.answers_per_second for turn in kind) for kind in zip(*turns, strict=True)]
    costs = [statistics.median(turn.processor_ms for turn in kind) for kind in zip(*turns, strict=True)]
    print(
        f"medians: a command is 1/{rates[0] / rates[1]:.1f} as fast, at {costs[1] / costs[0]:.1f} x the cost"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
