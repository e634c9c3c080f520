"""What rules would have told whom: the past folded from the feeds as the reaction does; nothing changes."""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import get_args
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncEngine

from services.notifications.domain import heard
from services.notifications.domain.known import Known, evolve
from services.notifications.domain.notice import notices
from services.notifications.domain.obligation import Obligation, obligations
from services.notifications.domain.rules import Rules
from services.notifications.reactions import OF_A_CYCLE, about, counted, means_nothing
from services.notifications.reading_rules import read_rules
from shared.checkpoints import checkpoints
from shared.codec import Schema
from shared.envelope import Recorded
from shared.making import Making
from shared.organisation import Organisation
from shared.sources import Source
from shared.withdrawn import without

LINES_AT_MOST = 200
KEEP_EVERY = 2000  # events, between two notes of how far it is

Told = dict[tuple[str, str, str], Obligation]  # by rule, occurrence and recipient


class Line(msgspec.Struct, frozen=True):
    """One thing that somebody would have been told; facts hold ids."""

    event: str
    rule: str
    recipient: str
    kind: str
    facts: dict[str, str]
    new: bool  # the rules in force did not tell it


class OfRule(msgspec.Struct):
    """What one rule would have told, and what is new and gone beside the rules in force."""

    count: int = 0
    people: int = 0
    new: int = 0
    gone: int = 0


class Result(msgspec.Struct):
    """What a trial came to."""

    events: int = 0  # of those days
    count: int = 0
    rules: dict[str, OfRule] = {}
    lines: list[Line] = []  # without what is sealed or concerns one person's delay


@dataclass
class Trial:
    """One walk over all that notifications have heard: ledger after ledger, projects first."""

    rules: Rules
    in_force: Rules
    first: date
    last: date
    organisation: Organisation
    zone: ZoneInfo
    known: KnownThen
    result: Result = field(default_factory=Result)
    people: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def hear(self, recorded: Recorded) -> None:
        """What is known after an event and, where it is of those days, whom it would have obliged."""
        event: heard.Heard = recorded.event
        if means_nothing(event):
            return
        key = str(about(recorded))
        before = self.known.get(key)
        if isinstance(event, OF_A_CYCLE):
            before = replace(before, unit=self.known.get(event.cycle).unit)
        after = evolve(before, event)
        on = recorded.recorded_at.astimezone(self.zone).date()
        if self.first <= on <= self.last:
            self.result.events += 1
            self._count(recorded, (before, after), on)
        self.known.put(key, after)

    def _count(self, recorded: Recorded, known: tuple[Known, Known], on: date) -> None:
        told, told_now = Told(), Told()
        name, (before, after) = recorded.envelope.name, known
        for notice in notices(recorded.event, before, after, partial(counted, self.organisation, on, after)):
            of = self.known.get(notice.about) if notice.about else after
            for rules, found in ((self.rules, told), (self.in_force, told_now)):
                owed = obligations(rules.on(name), notice.titled(of.title), of, self.organisation, on)
                found |= {(one.rule, one.occurrence, one.recipient): one for one in owed}
        for one in told.values():
            self._of(one.rule).count += 1
            self.people[one.rule].add(one.recipient)
        for rule, *_ in told.keys() - told_now.keys():
            self._of(rule).new += 1
        for rule, *_ in told_now.keys() - told.keys():
            self._of(rule).gone += 1
        self.result.count += len(told)
        hidden = self._hidden(name)
        room = LINES_AT_MOST - len(self.result.lines)
        self.result.lines += [
            Line(
                recorded.id,
                o.rule,
                o.recipient,
                o.kind,
                without(o.facts, after.withdrawn),
                key not in told_now,
            )
            for key, o in [one for one in told.items() if one[0][0] not in hidden][:room]
        ]

    def _hidden(self, event: str) -> frozenset[str]:
        """The rules of an event that are counted alone: who publishes rules may not see these matters.

        What is sealed or one person's in the rules in force stays so, whatever those that are tried say.
        """
        mine, in_force = self.rules.on(event), self.in_force.on(event)
        if any(rule.sealed or rule.private for rule in in_force):
            return frozenset(rule.id for rule in mine)
        return frozenset(rule.id for rule in mine if rule.sealed or rule.private)

    def _of(self, rule: str) -> OfRule:
        return self.result.rules.setdefault(rule, OfRule())

    def ended(self) -> Result:
        """All that was counted."""
        for rule, people in self.people.items():
            self._of(rule).people = len(people)
        return self.result


class KnownThen:
    """What is known of each project as the walk comes by, in a file: memory stays flat."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        connection.execute("CREATE TABLE known (id TEXT PRIMARY KEY, facts BLOB NOT NULL) WITHOUT ROWID")
        self._decoder = msgspec.json.Decoder(Known)

    def get(self, id_: str) -> Known:
        """Nothing of what was not heard of yet."""
        row = self._connection.execute("SELECT facts FROM known WHERE id = ?", (id_,)).fetchone()
        return self._decoder.decode(row[0]) if row else Known()

    def put(self, id_: str, known: Known) -> None:
        """As it is after an event."""
        self._connection.execute("REPLACE INTO known VALUES (?, ?)", (id_, msgspec.json.encode(known)))


@contextmanager
def known_then() -> Iterator[KnownThen]:
    """An empty one, gone afterwards."""
    with (
        tempfile.TemporaryDirectory(prefix="denggao-trial-") as folder,
        closing(sqlite3.connect(Path(folder) / "known.sqlite3", isolation_level=None)) as connection,
    ):
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("PRAGMA synchronous = OFF")
        yield KnownThen(connection)


@dataclass(frozen=True, slots=True)
class Past:
    """Where the events are read, up to where the reaction has heard them."""

    truth: AsyncEngine
    sources: Iterable[Source]

    async def ends(self) -> list[tuple[Source, str, int]]:
        """Every ledger with its source and end, those of projects first."""
        query = select(checkpoints.c.service, checkpoints.c.ledger, checkpoints.c.position)
        async with self.truth.connect() as connection:
            rows = (await connection.execute(query)).all()
        return [
            (source, row.ledger, row.position)
            for source in self.sources
            for row in sorted(rows, key=lambda row: (row.ledger != "group", row.ledger))
            if row.service == source.service
        ]

    async def events(self, source: Source, ledger: str, end: int) -> AsyncIterator[Recorded | None]:
        """Those that are heard; None for each that is not."""
        schema, after = Schema(get_args(heard.Heard)), 0
        while after < end:
            page = await source.read(ledger, after)
            if not page.events:
                return
            for arrived in page.events:
                recorded = arrived.recorded
                after = recorded.position
                if after > end:
                    return
                event = schema.read(recorded.envelope)
                yield None if event is None else msgspec.structs.replace(recorded, event=event)


async def tried(
    making: Making, past: Past, in_force: Rules, organisation: Organisation, zone: ZoneInfo
) -> None:
    """Make what a job asks for, from the beginning: what it needs to know of a project lies there."""
    row: Row[tuple[object, ...]] = making.row
    ends, done = await past.ends(), 0
    await making.keep(done=0, of=sum(end for _, _, end in ends))
    rules = read_rules(row.text, check=False)
    with known_then() as known:
        trial = Trial(rules, in_force, row.first, row.last, organisation, zone, known)
        for source, ledger, end in ends:
            async for recorded in past.events(source, ledger, end):
                if recorded is not None:
                    trial.hear(recorded)
                done += 1
                if done % KEEP_EVERY == 0:
                    await making.keep(done=done)
                    await asyncio.sleep(0)
        result = trial.ended()
    await making.end(done=done, result=msgspec.json.encode(result).decode())
