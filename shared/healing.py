"""Asking the sources for what the bus has lost, and whether a ledger still is the one that was read."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence, Set

import structlog
from prometheus_client import Counter
from sqlalchemy.exc import SQLAlchemyError

from shared.bus import Unanswered
from shared.checkpoints import Place
from shared.messages import DamagedMessage
from shared.shelf import Shelf
from shared.sources import Source
from shared.waiting import Ledger

log = structlog.get_logger()

ASK_AGAIN_SECONDS = 1.0

_healed = Counter("denggao_view_healed", "Events that a view read from the feed instead of the bus", ["view"])
_silent = Counter("denggao_view_source_silent", "Times that a view's source did not answer", ["view"])


class Healing:
    """Reads what is missing, with one task for each service, so that a silent one stops no other."""

    def __init__(self, view: str, sources: Mapping[str, Source], shelf: Shelf, wake: asyncio.Event) -> None:
        self.view = view
        self.wanted: Set[Place] = frozenset()  # ledgers that events of others wait for
        self._sources = sources
        self._shelf = shelf
        self._wake = wake
        self._asking: dict[str, asyncio.Task[None]] = {}
        self._healed, self._silent = _healed.labels(view), _silent.labels(view)  # told as 0 before the first

    def ask(self, restless: Sequence[Place]) -> None:
        """Have what is missing in these ledgers read; `wake` is set when something has come."""
        now = asyncio.get_running_loop().time()
        for service, source in self._sources.items():
            if service in self._asking and not self._asking[service].done():
                continue
            due = [place for place in restless if place[0] == service and self._due(place, now)]
            if due:
                due.sort(key=lambda place: (place not in self.wanted, place))
                self._asking[service] = asyncio.create_task(self._read(source, due), name=f"asking {service}")

    async def close(self) -> None:
        """Ask no more."""
        for task in self._asking.values():
            task.cancel()
        await asyncio.gather(*self._asking.values(), return_exceptions=True)

    def _due(self, place: Place, now: float) -> bool:
        ledger = self._shelf[place]
        if ledger.ask_at > now or not (ledger.suspect or ledger.missing):
            return False
        # A ledger that others wait for is read even without room, or nothing would ever make room.
        return self._shelf.room or ledger.suspect or (place in self.wanted and not ledger.waiting)

    async def _read(self, source: Source, places: Sequence[Place]) -> None:
        try:
            for place in places:
                ledger = self._shelf[place]
                if ledger.suspect:
                    await self._verify(source, place, ledger)
                if ledger.missing:
                    await self._read_on(source, place, ledger)
                if not self._shelf.room and place not in self.wanted:
                    return
        except (Unanswered, SQLAlchemyError, OSError, DamagedMessage) as error:
            self._silent.inc()
            log.info("view.source_silent", view=self.view, source=source.service, error=repr(error))
            self._ask_later(places)
        except Exception:
            log.exception("view.source_failed", view=self.view, source=source.service)
            self._ask_later(places)
        finally:
            self._wake.set()

    async def _read_on(self, source: Source, place: Place, ledger: Ledger) -> None:
        page = await source.read(place[1], ledger.end)
        self._shelf.announce(place, page.head)
        self._healed.inc(len(page.events))
        for arrived in page.events:
            ledger.keep(arrived)
        if not page.events:  # announced and not there: a source that lags
            self._ask_later([place])
        self._shelf.restless()  # measures the room
        self._wake.set()

    async def _verify(self, source: Source, place: Place, ledger: Ledger) -> None:
        """Whether the source still has the event at the checkpoint; if not, the ledger is held and said."""
        mark, same = ledger.mark, True
        if mark.position:
            page = await source.read(place[1], mark.position - 1)
            there = page.events[0] if page.events else None
            same = there is not None and (there.recorded.position, there.leaf) == (mark.position, mark.leaf)
            if mark != ledger.mark:
                return  # moved on meanwhile: look again
        if ledger.forked and same:
            log.warning("view.ledger_whole_again", view=self.view, ledger="/".join(place))
        if not same and not ledger.forked:
            log.error("view.ledger_forked", view=self.view, ledger="/".join(place), position=mark.position)
        ledger.forked, ledger.suspect = not same, False
        ledger.drop()

    def _ask_later(self, places: Sequence[Place]) -> None:
        later = asyncio.get_running_loop().time() + ASK_AGAIN_SECONDS
        for place in places:
            self._shelf[place].ask_at = later
