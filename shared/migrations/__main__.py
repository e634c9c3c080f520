"""Brings one service's database up to date, in its image: `python -m shared.migrations SERVICE`."""

from __future__ import annotations

import asyncio
import sys

from sqlalchemy.exc import SQLAlchemyError

from shared.engines import create_engine
from shared.migrations import NotMigrated, migrate
from shared.settings import Settings, load
from shared.starting import make_directory, reason_of


def bring_up_to_date(service: str) -> int:
    """Migrate the database in the settings and say so; what stands in the way is one sentence and exit 1."""
    try:
        print(f"{service}: {asyncio.run(_migrated(load(service)))}")
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


async def _migrated(settings: Settings) -> str:
    make_directory(settings.database_url)
    engine = create_engine(settings.database_url, durable=True, statement_milliseconds=0)
    try:
        return await migrate(engine, settings.service, settings.service_role)
    finally:
        await engine.dispose()


if __name__ == "__main__":
    sys.exit(bring_up_to_date(sys.argv[1]))
