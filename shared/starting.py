"""How a service starts: its databases opened and checked, or one sentence that says why it cannot."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NoReturn

from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.engines import create_engine
from shared.migrations import NotMigrated, check
from shared.settings import Settings

EXAMPLE_MARK = "example"  # a file in the data directory: this installation is being filled with the example


def refuse_start(settings: Settings, sentence: str) -> NoReturn:
    """Say why the service cannot start and end the process with 1.

    Ended without unwinding: nothing has begun, and the server would hide the sentence in a traceback.
    """
    print(f"denggao {settings.service}: {sentence}", file=sys.stderr, flush=True)
    os._exit(1)


def refuse_wrong_clock(settings: Settings) -> None:
    """The example's clock runs only where the data directory is marked as the example's."""
    if settings.clock == "example" and not (settings.data_dir / EXAMPLE_MARK).exists():
        refuse_start(
            settings,
            "DENGGAO_CLOCK=example is only for a data directory that is being filled with the example. "
            "Unset it, or use ./denggao up with an empty directory.",
        )


@asynccontextmanager
async def databases(settings: Settings) -> AsyncIterator[tuple[AsyncEngine, AsyncEngine]]:
    """The engines of truth and of views; refuses the start unless truth has this code's schema."""
    settle()
    truth = create_engine(settings.database_url, durable=True)
    views = create_engine(settings.views_url, durable=False)
    try:
        try:
            for url in (settings.database_url, settings.views_url):
                make_directory(url)
            await check(truth, settings.service)
            async with views.connect():
                pass
        except NotMigrated as error:
            refuse_start(settings, str(error))
        except (SQLAlchemyError, OSError) as error:
            refuse_start(
                settings,
                f"The database cannot be used: {reason_of(error)}. "
                "See DENGGAO_DATABASE_URL and DENGGAO_VIEWS_URL, or DENGGAO_DATA_DIR.",
            )
        yield truth, views
    finally:
        await views.dispose()
        await truth.dispose()


def reason_of(error: Exception) -> str:
    """What an error says, in one line; its kind when it says nothing, as a time-out does."""
    return (str(error) or type(error).__name__).splitlines()[0]


def settle() -> None:
    """What is imported stays: the garbage collector need not walk through all of it again and again.

    Where many events pass through, as in a replay, that was half of the time.
    """
    gc.collect()
    gc.freeze()


def make_directory(url: str) -> None:
    """The directory of a SQLite file, made if it is missing."""
    parsed = make_url(url)
    if parsed.drivername.startswith("sqlite") and parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
