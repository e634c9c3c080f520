"""Exports as jobs, with their files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncEngine

from services.projects.tables import exports
from shared.clock import Clock
from shared.jobs import Jobs
from shared.settings import Settings

FOLDER = "exports"


class Exports(Jobs):
    """The jobs and the files below `<directory>/exports`."""

    def __init__(self, engine: AsyncEngine, settings: Settings, clock: Clock) -> None:
        super().__init__(engine, exports, clock)
        self._folder = settings.directory / FOLDER

    def path(self, job: str, ending: str) -> Path:
        """Where its rows and its file lie or would lie."""
        self._folder.mkdir(parents=True, exist_ok=True)
        return self._folder / f"{job}.{ending}"

    async def end(self, row: Row[Any], **values: Any) -> None:
        """It is ready, or has failed; its rows are needed no more."""
        await super().end(row, **values)
        self.path(row.id, "rows").unlink(missing_ok=True)

    async def forget_old(self) -> list[str]:
        """Remove jobs of a week ago with their files."""
        gone = await super().forget_old()
        for job in gone:
            for file in self._folder.glob(f"{job}.*"):
                file.unlink(missing_ok=True)
        return gone
