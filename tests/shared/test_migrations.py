"""A migrated database is append-only and has exactly the tables that the code knows."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, MetaData, text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.notifications import tables as of_notifications
from services.projects import tables as of_projects
from shared import checkpoints, ledger_tables
from shared.engines import begin, create_engine
from shared.migrations import NotMigrated, check, migrate
from tests.shared.test_ledger import LISTED, TRIGGERS
from tests.support.engines import Database

LEDGERS, PROJECTS = ledger_tables.metadata, of_projects.metadata
TABLES = {
    "projects": [LEDGERS, PROJECTS],
    "evaluation": [LEDGERS],
    "notifications": [of_notifications.metadata],
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
