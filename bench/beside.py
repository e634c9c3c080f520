"""The same commands through the peers, each set up as its own documentation says.

A client of pyeventsourcing is a thread, one of eventsource-py a task under uvloop.
"""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import uvloop
from eventsource import (
    AggregateRepository,
    AggregateRoot,
    DomainEvent,
    PostgreSQLEventStore,
    SQLiteEventStore,
    create_async_engine,
    register_event,
)
from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from pydantic import BaseModel
from sqlalchemy import make_url

from bench.append import PAGE, STREAM_LENGTH, TEXT

CONNECTIONS = 16  # as many as our writer may have


class Notebook(Aggregate):
    """Of pyeventsourcing."""

    @event("Begun")
    def __init__(self, number: int, text: str) -> None:
        self.total = number

    @event("Noted")
    def note(self, number: int, text: str) -> None:
        """Note it."""
        self.total += number


class Notebooks(Application[UUID]):
    """Its application."""


def pyeventsourcing(url: str, clients: int, seconds: float) -> float:
    """Commands a second, in an empty database."""
    notebooks = Notebooks(env=_environment(url))

    def client(stop: float) -> int:
        done = 0
        while time.perf_counter() < stop:
            notebook = Notebook(1, TEXT)
            notebooks.save(notebook)
            done += 1
            for _ in range(STREAM_LENGTH - 1):
                if time.perf_counter() > stop:
                    break
                loaded: Notebook = notebooks.repository.get(notebook.id)
                loaded.note(1, TEXT)
                notebooks.save(loaded)
                done += 1
        return done

    client(time.perf_counter() + seconds / 10)
    began = time.perf_counter()
    with ThreadPoolExecutor(clients) as threads:
        done = sum(threads.map(client, [began + seconds] * clients))
    commands = done / (time.perf_counter() - began)
    notebooks.close()
    return commands


def pyeventsourcing_replayed(url: str, size: int) -> float:
    """Of so many events, read and decoded to what they were: events a second."""
    notebooks = Notebooks(env=_environment(url))
    for _ in range(size // PAGE):
        written = [Notebook(1, TEXT) for _ in range(PAGE // STREAM_LENGTH)]
        for notebook in written:
            for _ in range(STREAM_LENGTH - 1):
                notebook.note(1, TEXT)
        notebooks.save(*written)
    began, read, after = time.perf_counter(), 0, 0
    while page := notebooks.recorder.select_notifications(after + 1, PAGE):
        for notification in page:
            notebooks.mapper.to_domain_event(notification)
        read, after = read + len(page), page[-1].id
    took = time.perf_counter() - began
    notebooks.close()
    return read / took


def _environment(url: str) -> dict[str, str]:
    place = make_url(url)
    if place.get_backend_name() == "sqlite":
        return {"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": str(place.database)}
    return {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_DBNAME": str(place.database),
        "POSTGRES_HOST": str(place.host),
        "POSTGRES_PORT": str(place.port),
        "POSTGRES_USER": str(place.username),
        "POSTGRES_PASSWORD": str(place.password),
        "POSTGRES_POOL_SIZE": str(CONNECTIONS),
        "POSTGRES_MAX_OVERFLOW": "0",
    }


@register_event
class PageNoted(DomainEvent):
    """Of eventsource-py."""

    event_type: str = "PageNoted"
    aggregate_type: str = "Page"
    number: int
    text: str


class PageState(BaseModel):
    """What a page knows."""

    total: int = 0


class Page(AggregateRoot[PageState]):
    """Of eventsource-py."""

    aggregate_type = "Page"

    def _get_initial_state(self) -> PageState:
        return PageState()

    def _apply(self, event: DomainEvent) -> None:
        match event:
            case PageNoted():
                before = self._state or self._get_initial_state()
                self._state = PageState(total=before.total + event.number)

    def note(self, number: int, text: str) -> None:
        """Note it."""
        noted = PageNoted(
            aggregate_id=self.aggregate_id,
            number=number,
            text=text,
            aggregate_version=self.get_next_version(),
        )
        self.apply_event(noted)


def eventsource_py(url: str, clients: int, seconds: float) -> float:
    """Commands a second, in an empty database."""
    return uvloop.run(_eventsource_py(url, clients, seconds))


async def _eventsource_py(url: str, clients: int, seconds: float) -> float:
    place = make_url(url)
    store: PostgreSQLEventStore | SQLiteEventStore
    if place.get_backend_name() == "sqlite":
        store = SQLiteEventStore(str(place.database))
    else:
        engine = create_async_engine(url, pool_size=CONNECTIONS, max_overflow=0)
        store = PostgreSQLEventStore(engine, create_schema=True, owns_engine=True)
    pages = AggregateRepository(store, Page, "Page", enable_tracing=False)
    done = 0

    async def client(stop: float) -> None:
        nonlocal done
        while True:
            page = pages.create_new(uuid4())
            for _ in range(STREAM_LENGTH):
                if time.perf_counter() > stop:
                    return
                if page.version:
                    page = await pages.load(page.aggregate_id)
                page.note(1, TEXT)
                await pages.save(page)
                done += 1

    await client(time.perf_counter() + seconds / 10)
    done, began = 0, time.perf_counter()
    await asyncio.gather(*(client(began + seconds) for _ in range(clients)))
    commands = done / (time.perf_counter() - began)
    await store.close()
    return commands
