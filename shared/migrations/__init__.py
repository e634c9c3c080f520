"""Schema versions of truth: Alembic per service, run by the owner's role before a service starts."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect
from sqlalchemy.ext.asyncio import AsyncEngine

from shared import engines
from shared.ledger_tables import APPEND_ONLY, heads

HERE = Path(__file__).parent
SERVICES = HERE.parent.parent / "services"
RIGHTS = {  # of a service's role; on every other table it may change rows
    **dict.fromkeys(APPEND_ONLY, "SELECT, INSERT"),
    heads.name: "SELECT, INSERT, UPDATE",
    "alembic_version": "SELECT",
}


class NotMigrated(Exception):
    """The database's schema is not the one of this code; the message says what to do.

    `code` and `facts` name it for a command that speaks both languages; "" where none does.
    """

    def __init__(self, sentence: str, code: str = "", **facts: object) -> None:
        super().__init__(sentence)
        self.code = code
        self.facts = facts


def _config(service: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(HERE).replace("%", "%%"))
    config.set_main_option("version_locations", str(SERVICES / service / "migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "newline")  # a path may hold spaces
    return config


def revisions(service: str) -> list[str]:
    """The schema versions of a service's database that this code knows, the newest first."""
    return [known.revision for known in ScriptDirectory.from_config(_config(service)).walk_revisions()]


def _standing(connection: Connection, service: str) -> str | None:
    """The database's version; NotMigrated when this code does not know it."""
    version = MigrationContext.configure(connection).get_current_revision()
    if version is not None and version not in revisions(service):
        raise NotMigrated(
            f"The database of {service} has schema {version}, which this version of Denggao does not know. "
            "It was written by a newer one: start that version, or restore a backup made with this one.",
            "schema_newer",
            service=service,
            schema=version,
        )
    return version


async def migrate(engine: AsyncEngine, service: str, service_role: str = "", to: str = "head") -> str:
    """Bring a service's database to this code's schema and return its name; never goes back.

    On PostgreSQL the named role may then do what the service does, and nothing else. `to` an earlier
    schema come the rows of an earlier backup. Raises NotMigrated for a database of newer code.
    """

    def upgrade(connection: Connection) -> str:
        _standing(connection, service)
        config = _config(service)
        config.attributes["connection"] = connection
        command.upgrade(config, to)
        if service_role and connection.dialect.name == "postgresql":
            _grant(connection, service_role)
        return str(_standing(connection, service))

    async with engines.begin(engine) as connection:
        return await connection.run_sync(upgrade)


def _grant(connection: Connection, role: str) -> None:
    """Exactly the rights of a service; earlier ones are taken back."""
    to = connection.dialect.identifier_preparer
    connection.exec_driver_sql(f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {to.quote_identifier(role)}")
    for table in inspect(connection).get_table_names():
        rights = RIGHTS.get(table, "SELECT, INSERT, UPDATE, DELETE")
        connection.exec_driver_sql(
            f"GRANT {rights} ON {to.quote_identifier(table)} TO {to.quote_identifier(role)}"
        )


async def check(engine: AsyncEngine, service: str) -> None:
    """Raise NotMigrated unless the database has exactly this code's schema."""

    def compare(connection: Connection) -> None:
        standing = _standing(connection, service)
        head = ScriptDirectory.from_config(_config(service)).get_current_head()
        if standing != head:
            raise NotMigrated(
                f"The database of {service} has schema {standing or 'none'}, this code needs {head}. "
                "Run: ./denggao migrate",
                "schema_older" if standing else "schema_none",
                service=service,
                schema=standing,
                needed=head,
            )

    async with engine.connect() as connection:
        await connection.run_sync(compare)
