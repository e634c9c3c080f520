"""`./denggao secrets`: make the passwords and nkeys that `docker compose up` needs and only it may know."""

from __future__ import annotations

import argparse
import os
import secrets
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import nkeys  # type: ignore[import-untyped]  # published without types

ROOT = Path(__file__).parent.parent
SERVICES = ("projects", "evaluation", "notifications")
SUBSCRIBER = "subscriber"  # other systems of the group
SERVER = "postgres"  # where the databases are; for a managed PostgreSQL edit the addresses once made
READ_BY_CONTAINERS = 0o444  # which run as nobody of this machine; the directory keeps everybody else out


def main(arguments: list[str]) -> int:
    """Make the directory with all of them, or leave it as it is when it is there."""
    parser = argparse.ArgumentParser(prog="./denggao secrets", description=__doc__)
    parser.add_argument(
        "--into", type=Path, default=ROOT / "secrets", metavar="DIR", help="default: secrets/"
    )
    directory: Path = parser.parse_args(arguments).into.absolute()
    if directory.exists():
        print(f"{directory} is there already and stays as it is.")
        return 0
    try:
        made = _make(directory)
    except OSError as error:
        print(f"denggao: {directory} cannot be made ({error.strerror}).", file=sys.stderr)
        return 1
    print(f"Made {made} secrets in {directory}: passwords and addresses of databases, nkeys of services.")
    return 0


def _make(directory: Path) -> int:
    """All or none: half a set would open half of the doors."""
    fresh = directory.with_name(f".{directory.name}.{secrets.token_hex(4)}")
    fresh.mkdir(mode=0o700, parents=True)
    try:
        files = dict(_files())
        for name, content in files.items():
            with open(os.open(fresh / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(content + "\n")
                os.fchmod(file.fileno(), READ_BY_CONTAINERS)
        fresh.rename(directory)
    except BaseException:
        shutil.rmtree(fresh)
        raise
    return len(files)


def _files() -> Iterator[tuple[str, str]]:
    """Name and content of each."""
    roles: list[str] = []
    public: list[str] = []
    for service in SERVICES:
        owner, role = f"{service}_owner", service
        passwords = {name: secrets.token_hex(24) for name in (owner, role)}
        for name, password in passwords.items():
            roles.append(f"CREATE ROLE {name} LOGIN PASSWORD '{password}';")
        for database, of in ((service, owner), (f"{service}_views", role)):
            roles.append(f"CREATE DATABASE {database} OWNER {of};")
            roles.append(f"REVOKE ALL ON DATABASE {database} FROM PUBLIC;")
        roles.append(f"GRANT CONNECT ON DATABASE {service} TO {role};")
        at = {name: f"postgresql://{name}:{password}@{SERVER}" for name, password in passwords.items()}
        yield f"{service}-owner-database-url", f"{at[owner]}/{service}"
        yield f"{service}-database-url", f"{at[role]}/{service}"
        yield f"{service}-views-url", f"{at[role]}/{service}_views"
    for name in (*SERVICES, SUBSCRIBER):
        seed = nkeys.encode_seed(secrets.token_bytes(32), nkeys.PREFIX_BYTE_USER)
        yield f"{name}-nkey-seed", seed.decode()
        public.append(f"{name.upper()}_NKEY: {nkeys.from_seed(seed).public_key.decode()}")
    yield "postgres-password", secrets.token_hex(24)
    yield "roles.sql", "\n".join(roles)
    yield "nkeys.conf", "\n".join(public)
