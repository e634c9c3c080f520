"""Empty, durable databases: SQLite files, and a PostgreSQL that is there or is run in a container."""

from __future__ import annotations

import asyncio
import secrets
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import asyncpg
from sqlalchemy import URL, make_url

IMAGE = "postgres:17"
SERVER = ("postgres", "-c", "max_connections=400")  # 32 for each process of ours, as compose sets
STARTS_WITHIN_SECONDS = 60

Empty = Callable[[], str]  # a new database's async SQLAlchemy URL


class NoDatabase(Exception):
    """Why an engine cannot be measured, as one sentence."""


@contextmanager
def sqlite() -> Iterator[Empty]:
    """Files in a temporary directory; TMPDIR says where, and that should be a disk."""
    with tempfile.TemporaryDirectory(prefix="denggao-bench-") as place:
        yield lambda: f"sqlite+aiosqlite:///{Path(place, uuid4().hex)}.db"


@contextmanager
def postgresql(url: str | None) -> Iterator[Empty]:
    """Databases of the server at this address, removed at the end; of one in a container without one."""
    if url is None:
        with _container() as server:
            yield lambda: _made(server)
        return
    server, made = make_url(url).set(drivername="postgresql+asyncpg"), list[str]()
    if not _answers(server):
        raise NoDatabase(f"{server.host}:{server.port} does not answer.")

    def empty() -> str:
        made.append(_made(server))
        return made[-1]

    try:
        yield empty
    finally:
        for one in made:
            _run(server, f'DROP DATABASE "{make_url(one).database}" WITH (FORCE)')


def about_postgresql(url: str) -> str:
    """Its version and what decides how long a commit takes, in its own words."""
    names = ("server_version", "fsync", "synchronous_commit", "full_page_writes", "shared_buffers")
    return ", ".join(f"{name}={_run(make_url(url), f'SHOW {name}')}" for name in names)


@contextmanager
def _container() -> Iterator[URL]:
    """A server with the image's own settings, which are durable, but for the connections, on a free port."""
    password = secrets.token_hex(16)
    name = _docker(
        "run", "-d", "-e", f"POSTGRES_PASSWORD={password}", "-p", "127.0.0.1::5432", IMAGE, *SERVER
    )
    try:
        port = int(_docker("port", name, "5432/tcp").splitlines()[0].rpartition(":")[2])
        server = URL.create("postgresql+asyncpg", "postgres", password, "127.0.0.1", port, "postgres")
        stop = time.monotonic() + STARTS_WITHIN_SECONDS
        while not _answers(server):
            if time.monotonic() > stop:
                raise NoDatabase(f"{IMAGE} does not answer within {STARTS_WITHIN_SECONDS} seconds.")
            time.sleep(0.1)
        yield server
    finally:
        _docker("rm", "--force", "--volumes", name)


def _docker(*words: str) -> str:
    try:
        return subprocess.run(["docker", *words], capture_output=True, text=True, check=True).stdout.strip()
    except FileNotFoundError:
        raise NoDatabase("There is no docker here; give a server with --postgresql URL.") from None
    except subprocess.CalledProcessError as error:
        raise NoDatabase(f"docker {words[0]}: {error.stderr.strip()}") from None


def _answers(server: URL) -> bool:
    try:
        _run(server, "SELECT 1")
    except (OSError, asyncpg.PostgresError):
        return False
    return True


def _made(server: URL) -> str:
    name = f"bench_{uuid4().hex}"
    _run(server, f'CREATE DATABASE "{name}" TEMPLATE template0')
    return server.set(database=name).render_as_string(hide_password=False)


def _run(server: URL, statement: str) -> object:
    async def run() -> object:
        plain = server.set(drivername="postgresql").render_as_string(hide_password=False)
        connection = await asyncpg.connect(plain)
        try:
            return await connection.fetchval(statement)
        finally:
            await connection.close()

    return asyncio.run(run())
