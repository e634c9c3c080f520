"""A migrated database is append-only and has exactly the tables that the code knows."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from secrets import token_hex
from uuid import uuid4

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, MetaData, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from services.evaluation import tables as of_evaluation
from services.notifications import tables as of_notifications
from services.projects import tables as of_projects
from shared import checkpoints, ledger_tables
from shared.clock import SystemClock
from shared.codec import Schema
from shared.engines import begin, create_engine
from shared.ledger import Ledgers
from shared.merkle import TILE
from shared.migrations import NotMigrated, check, migrate
from shared.writer import Writer
from tests.shared.test_ledger import LISTED, TRIGGERS
from tests.support.counter import COUNTER, Add, submission, whole
from tests.support.engines import Database, PostgresDatabases, PostgresServer

LEDGERS, PROJECTS = ledger_tables.metadata, of_projects.metadata
TABLES = {
    "projects": [LEDGERS, PROJECTS],
    "evaluation": [LEDGERS, of_evaluation.metadata],
    "notifications": [of_notifications.metadata, checkpoints.metadata],
}


@pytest.fixture
async def engine(database: Database) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(database.url(), durable=True)
    yield engine
    await engine.dispose()


def differences(connection: Connection, metadata: list[MetaData]) -> list[object]:
    all_of_them = MetaData()
    for one in metadata:
        for table in one.sorted_tables:
            table.to_metadata(all_of_them)
    return list(compare_metadata(MigrationContext.configure(connection), all_of_them))


@pytest.mark.parametrize("service", TABLES)
async def test_a_migrated_database_is_that_of_this_code(
    database: Database, engine: AsyncEngine, service: str
) -> None:
    with pytest.raises(NotMigrated, match=r"has schema none, .* Run: ./denggao migrate"):
        await check(engine, service)
    assert await migrate(engine, service) == await migrate(engine, service)  # the second time finds it done
    await check(engine, service)
    async with engine.connect() as connection:
        assert await connection.run_sync(differences, TABLES[service]) == []
        found = {tuple(row) for row in (await connection.execute(text(LISTED[database.engine]))).all()}
    assert found == (TRIGGERS[database.engine] if LEDGERS in TABLES[service] else set())


async def test_a_missing_table_would_be_seen(engine: AsyncEngine) -> None:
    await migrate(engine, "evaluation")
    async with engine.connect() as connection:
        assert await connection.run_sync(differences, [LEDGERS, checkpoints.metadata])


async def test_a_database_of_newer_code_is_left_alone(engine: AsyncEngine) -> None:
    await migrate(engine, "evaluation")
    async with begin(engine) as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = 'evaluation_9999'"))
    for refused in (migrate, check):
        with pytest.raises(NotMigrated, match="evaluation_9999, which this version of Denggao does not know"):
            await refused(engine, "evaluation")


async def test_the_database_of_another_service_is_not_taken(engine: AsyncEngine) -> None:
    await migrate(engine, "projects")
    with pytest.raises(NotMigrated):
        await check(engine, "evaluation")


@pytest.fixture
def role(postgresql: PostgresServer) -> Iterator[str]:
    """The role of a service, which owns nothing."""
    name = f"service_{token_hex(4)}"
    postgresql.execute(f"CREATE ROLE {name} LOGIN PASSWORD '{name}'")
    yield name
    postgresql.execute(f"DROP ROLE {name}")


@pytest.fixture
async def migrated(postgresql: PostgresServer, role: str) -> AsyncIterator[AsyncEngine]:
    """A migrated database of projects, entered with the service's role."""
    databases = PostgresDatabases(postgresql)
    url = databases.url()
    owner = create_engine(url, durable=True)
    for _ in range(2):  # an upgrade grants again
        await migrate(owner, "projects", role)
    await owner.dispose()
    as_owner, as_role = f"{postgresql.user}:{postgresql.password}@", f"{role}:{role}@"
    engine = create_engine(url.replace(as_owner, as_role), durable=True)
    yield engine
    await engine.dispose()
    databases.drop()


async def test_the_role_of_a_service_appends_and_reads(migrated: AsyncEngine) -> None:
    await check(migrated, "projects")
    ledgers = Ledgers(migrated, "projects", Schema(COUNTER.events))
    writer = Writer(ledgers, SystemClock())
    await writer.submit(submission(uuid4(), Add(0, times=TILE)))
    await writer.close()
    assert len(await whole(ledgers)) == TILE
    async with begin(migrated) as connection:
        for table in of_projects.metadata.sorted_tables:
            await connection.execute(table.select().with_for_update(skip_locked=True))
            await connection.execute(table.delete())


@pytest.mark.parametrize("table", ["events", "tiles"])
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE {} SET ledger = 'x'",
        "DELETE FROM {}",
        "TRUNCATE {}",
        "ALTER TABLE {} ADD COLUMN x integer",
        "ALTER TABLE {} DISABLE TRIGGER ALL",
        "DROP TRIGGER {0}_no_change ON {0}",
        "DROP TABLE {}",
        "CREATE TRIGGER x BEFORE INSERT ON {} EXECUTE FUNCTION refuse_change()",
        "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN END'",
        "UPDATE alembic_version SET version_num = '{}'",
        "DELETE FROM ledger_heads WHERE ledger <> '{}'",
        "SET session_replication_role = replica -- {}",
    ],
)
async def test_the_role_of_a_service_changes_nothing_that_was_appended(
    migrated: AsyncEngine, table: str, change: str
) -> None:
    with pytest.raises(DBAPIError, match=r"must be owner|permission denied"):
        async with begin(migrated) as connection:
            await connection.execute(text(change.format(table)))
