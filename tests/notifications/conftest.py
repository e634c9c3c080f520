"""What every test of notifications may ask for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from services.evaluation.deciders import DECIDERS
from services.notifications import tables
from shared.engines import begin, create_engine
from shared.reading import Runner, running
from tests.notifications.a_channel import Post, a_post
from tests.notifications.an_inbox import Office, reaction
from tests.support.engines import Database
from tests.support.living import PROJECTS, house


@pytest.fixture
async def office(database: Database) -> AsyncIterator[Office]:
    async with AsyncExitStack() as stack:
        projects = await stack.enter_async_context(house(database, "projects", PROJECTS))
        evaluation = await stack.enter_async_context(house(database, "evaluation", DECIDERS))
        engine = create_engine(database.url("notifications"), durable=True)
        stack.push_async_callback(engine.dispose)
        async with begin(engine) as connection:
            await connection.run_sync(tables.metadata.create_all)
        runner = Runner(reaction(), engine, [projects.source, evaluation.source])
        await stack.enter_async_context(running(runner))
        yield Office(projects, evaluation, engine, runner)


@pytest.fixture
async def post(database: Database) -> AsyncIterator[Post]:
    async with a_post(database) as one:
        yield one
