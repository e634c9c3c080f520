"""A sheet as the answer to a request; nothing of it stays here."""

from __future__ import annotations

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from starlette.background import BackgroundTask
from starlette.responses import FileResponse

from shared.sheets import MEDIA_TYPES, Lines, write_csv, write_xlsx

WRITERS = {"xlsx": write_xlsx, "csv": write_csv}


def sheet_answer(kind: str) -> dict[int | str, dict[str, Any]]:
    """What the description of the API says of it."""
    return {200: {"content": {MEDIA_TYPES[kind].partition(";")[0]: {}}}}


async def as_sheet(written: Lines, kind: str, name: str) -> FileResponse:
    """Written in a thread of its own; kept by nobody on the way."""
    directory = TemporaryDirectory(prefix="denggao-sheet-")
    made = Path(directory.name, f"sheet.{kind}")
    try:
        await asyncio.to_thread(WRITERS[kind], written, made)
    except BaseException:
        directory.cleanup()
        raise
    return FileResponse(
        made,
        media_type=MEDIA_TYPES[kind],
        filename=f"{name}.{kind}",
        headers={"Cache-Control": "no-store"},
        background=BackgroundTask(asyncio.to_thread, directory.cleanup),
    )
