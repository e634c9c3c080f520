"""Projects' part of a season, a process of its own: it records, announces, and looks when it shows.

Its ledgers are appended to directly, with what real lives leave behind; keys, heads, events and the feed are
told over NATS as projects tells them. `python -P -m bench.season.projects`, with a Task as its one argument.
"""

from __future__ import annotations

import asyncio
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from itertools import count
from math import pi, sin
from pathlib import Path
from time import perf_counter
from typing import Any
from uuid import UUID

import msgspec
import uvloop

from bench.filling import entry
from bench.season import group, lives
from bench.season.asking import People, Refused
from bench.season.group import HEADQUARTERS, company
from bench.season.lives import Happens
from bench.season.size import LASTS, Size
from services.evaluation.domain import heard
from shared import ledger_tables
from shared.announcer import Announcer
from shared.auth import Signer, load_or_make_key
from shared.bus import Bus
from shared.codec import Schema, unseal
from shared.domain import UnitId
from shared.engines import begin, create_engine
from shared.envelope import Recorded, micros, written
from shared.ids import derived
from shared.ledger import Block, Entry, Head, Ledgers
from shared.logs import configure
from shared.merkle import TILE

EVERY_SECONDS = 0.05
AT_ONCE = 12  # appends, each on a connection
LOOKS_EVERY_SECONDS = 0.1  # for each kind of company
ASKED_AT_ONCE = 100  # scores of which it is looked when they show
TIMES_THE_PEAK = 10
PEAK_OF_A_DAY = 2.0  # times its mean
MEETING, BEGIN, TOLD, MISSED = (f"season.{word}" for word in ("meeting", "begin", "told", "missed"))


class Task(msgspec.Struct, frozen=True):
    """All that the process is to know."""

    size: Size
    begins: datetime
    database: str
    nats: str
    issuer: str
    key: str  # path of the file
    ports: list[int]


class Meeting(msgspec.Struct, frozen=True):
    """A committee that has decided on a review."""

    unit: str
    review: str  # the matter of its item
    kind: str = "party_committee"


class Told(msgspec.Struct):
    """How the season went so far, in seconds since it began."""

    events: int = 0
    fortnight_over_at: float = 0.0
    peak_over_at: float = 0.0
    late: float = 0.0  # at worst, of what was to be recorded
    shown: dict[str, list[float]] = msgspec.field(default_factory=dict)  # seconds from commit to score
    not_asked: int = 0


class Projects:
    """The ledgers of projects with their voice."""

    def __init__(self, task: Task) -> None:
        self.task, self.told = (
            task,
            Told(shown={"heavy": [], "others": [], "heavy at the peak": [], "others at the peak": []}),
        )
        self.engine = create_engine(task.database, durable=True)
        self.ledgers = Ledgers(self.engine, "projects", Schema(()))
        self.bus = Bus(task.nats, "projects")
        self.announcer = Announcer(self.bus, self.ledgers)
        self.people = People(Path(task.key), task.issuer, task.ports)
        self.begun = asyncio.Event()
        self._ends: dict[str, tuple[Head, list[bytes]]] = {}
        self._locks: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._versions = count(1)
        self._asking: set[asyncio.Task[None]] = set()
        self._looked: dict[str, float] = {}

    async def lasts(self) -> None:
        """The group is there, then the season from when it is told to begin; until it is ended."""
        task = self.task
        async with begin(self.engine) as connection:
            await connection.run_sync(ledger_tables.create)
        await self.bus.connect()
        signer = Signer(load_or_make_key(Path(task.key)), task.issuer)
        await self._append("group", self._of_group())
        await self._serve("keys.projects", lambda _: signer.jwks())
        await self._serve("names.projects", lambda _: {})
        await self._serve(BEGIN, self._begin)
        await self._serve(TOLD, lambda _: self.told)
        await self.bus.serve(MEETING, "projects", self._meets)
        await self.bus.serve(MISSED, "projects", self._misses)
        await self.announcer.start()
        print("ready", flush=True)
        await self.begun.wait()
        await self._season()
        await asyncio.Event().wait()

    async def _season(self) -> None:
        """The fortnight with its days, each with a peak; then ten times that peak."""
        began, seconds = perf_counter(), self.task.size.minutes * 60
        waiting = lives.happenings(self.task.size, self.task.begins)
        held: Happens | None = next(waiting, None)
        while held is not None:
            gone = (perf_counter() - began) / seconds
            upto, due = _upto(gone), list[Happens]()
            while held is not None and held.at <= upto:
                due.append(held)
                held = next(waiting, None)
            if due:
                at_peak = due[-1].at > 1
                if at_peak and not self.told.fortnight_over_at:
                    self.told.fortnight_over_at = perf_counter() - began
                await self._happen(due, at_peak)
                late = perf_counter() - began - gone * seconds
                self.told.late = max(self.told.late, late)
            await asyncio.sleep(EVERY_SECONDS)
        self.told.peak_over_at = perf_counter() - began

    async def _happen(self, due: Sequence[Happens], at_peak: bool) -> None:
        by_company: dict[int, list[Happens]] = defaultdict(list)
        for one in due:
            by_company[one.company].append(one)
        turns = iter(by_company.items())

        async def appending() -> None:
            for number, happened in turns:
                position = await self._append(company(number), self._entries(happened))
                self.told.events += len(happened)
                self._look(number, happened[-1].stream, position, at_peak)

        await asyncio.gather(*(appending() for _ in range(min(AT_ONCE, len(by_company)))))

    def _entries(self, happened: Iterable[Happens]) -> Iterator[tuple[Entry, datetime]]:
        for one in happened:
            at = lives.recorded(one.at, self.task.begins)
            yield entry(one.stream, one.version, one.event, written(at)), at

    def _of_group(self) -> Iterator[tuple[Entry, datetime]]:
        stream, at = UUID(group.GROUP), self.task.begins
        for event in group.events(self.task.size):
            yield entry(stream, next(self._versions), event, written(at)), at

    def _look(self, number: int, project: UUID, position: int, at_peak: bool) -> None:
        """When the score shows what was committed just now; of few, so that looking is no load."""
        kind, now = ("others" if number else "heavy") + (" at the peak" if at_peak else ""), perf_counter()
        if now - self._looked.get(kind, 0.0) < LOOKS_EVERY_SECONDS:
            return
        if len(self._asking) >= ASKED_AT_ONCE:
            self.told.not_asked += 1
            return
        self._looked[kind] = now
        asking = asyncio.create_task(self._shows(company(number), project, position, self.told.shown[kind]))
        self._asking.add(asking)
        asking.add_done_callback(self._asking.discard)

    async def _shows(self, ledger: str, project: UUID, position: int, took: list[float]) -> None:
        began = perf_counter()
        try:
            await self.people.reads(f"/scores/{project}?wait_for=projects/{ledger}:{position}", HEADQUARTERS)
        except Refused as error:
            print(error, file=sys.stderr, flush=True)
            raise
        took.append(perf_counter() - began)

    async def _append(self, ledger: str, entries: Iterable[tuple[Entry, datetime]]) -> int:
        """The next events of a ledger, committed and announced; where it ends then."""
        async with self._locks[ledger]:
            head, open_leaves = self._ends.get(ledger) or (await self.ledgers.open(ledger), [])
            given = list(entries)
            sealed, at = [one for one, _ in given], micros(given[-1][1])
            block = Block.on(head, max(at, head.recorded_at), sealed)
            await self.ledgers.append([block], {ledger: open_leaves})
            leaves = [*open_leaves, *block.leaves]
            left = block.after.position % TILE
            self._ends[ledger] = block.after, leaves[len(leaves) - left :]
            told = [
                Recorded("projects", ledger, n, one.stream, one.version, one.body, unseal(one.body), None)
                for n, one in enumerate(sealed, head.position + 1)
            ]
            self.announcer.committed(told, head.leaf, block.leaves)
            return block.after.position

    # -- what it is asked ---------------------------------------------------------------------

    async def _serve(self, subject: str, answer: Any) -> None:
        async def answered(_payload: bytes) -> bytes:
            return msgspec.json.encode(answer(None))

        await self.bus.serve(subject, "projects", answered)

    def _begin(self, _asked: None) -> bool:
        self.begun.set()
        return True

    async def _meets(self, payload: bytes) -> bytes:
        """Minutes, in the ledger of the group: that of a company is the same in every run."""
        asked = msgspec.json.decode(payload, type=Meeting)
        meeting, at = derived("bench meeting", asked.review), self.task.begins + 2 * LASTS
        held_on = date(2026, 12, 1)
        event = heard.MeetingConfirmed(
            meeting,
            UnitId(asked.unit),
            asked.kind,
            held_on,
            "〔2026〕1号",
            (heard.ItemResult(1, asked.review, "passed"),),
        )
        sealed = entry(UUID(meeting), 1, event, written(at))
        position = await self._append("group", [(sealed, at)])
        return msgspec.json.encode((meeting, f"projects/group:{position}"))

    async def _misses(self, payload: bytes) -> bytes:
        """So many events more, of projects that are new, recorded as fast as can be; nobody is asked."""
        wanted, at = msgspec.json.decode(payload, type=int), self.task.begins + 2 * LASTS
        written_, size = 0, self.task.size
        for turn in count():
            for number in range(size.companies):
                stream = UUID(derived("bench missed", str(number), str(turn)))
                life = lives.running_life(number, turn, self.task.begins.date())
                await self._append(
                    company(number),
                    [(entry(stream, version, one, written(at)), at) for version, one in enumerate(life, 1)],
                )
                written_ += lives.RUNNING_LENGTH
                if written_ >= wanted:
                    return msgspec.json.encode(written_)
        raise AssertionError("count() has no end")


def _upto(gone: float) -> float:
    """How much has happened when so much of the fortnight has gone: each day has its peak."""
    if gone < 1:
        return gone - sin(2 * pi * LASTS.days * gone) / (2 * pi * LASTS.days)
    return 1 + (gone - 1) * PEAK_OF_A_DAY * TIMES_THE_PEAK


if __name__ == "__main__":
    configure("season", "ERROR")  # its words go to stderr: stdout says that it is ready
    uvloop.run(Projects(msgspec.json.decode(sys.argv[1], type=Task)).lasts())
