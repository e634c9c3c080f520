"""Exports as jobs for tests: asked for, made by a process, fetched."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from fastapi import FastAPI

from services.projects import tables
from services.projects.api import making_exports
from services.projects.api.asked_again import BY_NAME, given_of
from services.projects.api.export_lists import Listed
from services.projects.schema import DECIDERS
from shared.engines import begin
from tests.projects.a_desk import Desk, reading_of
from tests.projects.a_group import person
from tests.projects.test_evidence import signed
from tests.support.engines import Database
from tests.support.living import house

EXPORTS = "/api/projects/exports"


@asynccontextmanager
async def exporting(database: Database, tmp_path: Path) -> AsyncIterator[Desk]:
    """A desk whose database has the table of jobs."""
    async with house(database, "projects", DECIDERS) as home:
        async with begin(home.engine) as connection:
            await connection.run_sync(tables.metadata.create_all)
        async with reading_of(home, database, tmp_path) as built:
            yield built


async def asked(
    desk: Desk, who: str, path: str, key: str = "", language: str = "zh-CN", **query: str
) -> httpx.Response:
    more = {"Idempotency-Key": key or str(uuid4()), "Accept-Language": language}
    return await desk.http.post(path, headers=signed(desk, who, **more), params=query)


async def job_of(desk: Desk, who: str, path: str, **query: str) -> dict[str, Any]:
    answer = await asked(desk, who, path, **query)
    assert answer.status_code == 202, answer.text
    found: dict[str, Any] = answer.json()
    return found


def process(desk: Desk) -> FastAPI:
    """In which jobs are made."""
    app = FastAPI()
    app.state.parts, app.state.signing = desk.parts, desk.signing
    return app


async def made(desk: Desk, who: str, path: str, **query: str) -> dict[str, Any]:
    """A job that was asked for and made, as it says of itself."""
    job = await job_of(desk, who, path, **query)
    assert await making_exports.make_next(process(desk))
    return await said(desk, who, job)


async def said(desk: Desk, who: str, job: dict[str, Any]) -> dict[str, Any]:
    """How far it has come."""
    answer = await desk.ask(who, job["address"])
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def file_of(desk: Desk, who: str, job: dict[str, Any], **headers: str) -> httpx.Response:
    return await desk.http.get(f"{job['address']}/file", headers=signed(desk, who, **headers))


async def counted(desk: Desk, who: str, path: str, **query: str) -> int:
    """How many rows a job is to have, as is counted for it."""
    job, app = await job_of(desk, who, f"{path}.csv", **query), process(desk)
    (row,) = await making_exports.jobs_of(desk.parts).of(person(who), job["id"])
    listed = BY_NAME[row.list]
    assert isinstance(listed, Listed)
    assert listed.count is not None
    return await listed.count(desk.parts, person(who), given_of(app, row, looked=True))
