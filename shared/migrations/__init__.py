"""Schema versions of truth: Alembic per service, run by the owner's role before a service starts."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from shared import engines

HERE = Path(__file__).parent
SERVICES = HERE.parent.parent / "services"


class NotMigrated(Exception):
    """The database's schema is not the one of this code; the message says what to do."""


def _config(service: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(HERE).replace("%", "%%"))
    config.set_main_option("version_locations", str(SERVICES / service / "migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "newline")  # a path may hold spaces
    return config


def _standing(connection: Connection, service: str) -> str | None:
    """The database's version; NotMigrated when this code does not know it."""
    version = MigrationContext.configure(connection).get_current_revision()
    known = {revision.revision for revision in ScriptDirectory.from_config(_config(service)).walk_revisions()}
    if version is not None and version not in known:
        raise NotMigrated(
            f"The database of {service} has schema {version}, which this version of Denggao does not know. "
            "It was written by a newer one: start that version, or restore a backup made with this one."
        )
    return version


async def migrate(engine: AsyncEngine, service: str) -> str:
    """Bring a service's database to this code's schema and return its name; never goes back.

    Raises NotMigrated for a database of newer code.
    """

    def upgrade(connection: Connection) -> str:
        _standing(connection, service)
        config = _config(service)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        return str(_standing(connection, service))

    async with engines.begin(engine) as connection:
        return await connection.run_sync(upgrade)


async def check(engine: AsyncEngine, service: str) -> None:
    """Raise NotMigrated unless the database has exactly this code's schema."""

    def compare(connection: Connection) -> None:
        standing = _standing(connection, service)
        head = ScriptDirectory.from_config(_config(service)).get_current_head()
        if standing != head:
            raise NotMigrated(
                f"The database of {service} has schema {standing or 'none'}, this code needs {head}. "
                "Run: ./denggao migrate"
            )

    async with engine.connect() as connection:
        await connection.run_sync(compare)
