"""`./denggao migrate`: bring the databases of truth to this code's schema, with the owner's role."""

from __future__ import annotations

import argparse
import asyncio
import sys

from sqlalchemy.exc import SQLAlchemyError

from shared.engines import create_engine
from shared.migrations import NotMigrated, migrate
from shared.settings import load
from shared.starting import make_directory, reason_of

SERVICES = ("projects", "evaluation", "notifications")


def main(arguments: list[str]) -> int:
    """Migrate the databases of the named services, or of all; they stand in the settings."""
    parser = argparse.ArgumentParser(prog="./denggao migrate", description=__doc__)
    parser.add_argument(
        "services", nargs="*", choices=[*SERVICES, []], metavar="SERVICE", help=", ".join(SERVICES)
    )
    for service in parser.parse_args(arguments).services or SERVICES:
        url = load(service).database_url
        try:
            print(f"{service}: {asyncio.run(_migrate(url, service))}")
        except NotMigrated as error:
            print(error, file=sys.stderr)
            return 1
        except (SQLAlchemyError, OSError) as error:
            print(
                f"The database of {service} cannot be used: {reason_of(error)}. See DENGGAO_DATABASE_URL.",
                file=sys.stderr,
            )
            return 1
    return 0


async def _migrate(url: str, service: str) -> str:
    make_directory(url)
    engine = create_engine(url, durable=True)
    try:
        return await migrate(engine, service)
    finally:
        await engine.dispose()
