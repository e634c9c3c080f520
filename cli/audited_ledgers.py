"""All ledgers of a service walked: events, trees, what was signed, what readers say that they had read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Column, Row, func, select, type_coerce
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.types import NullType

from shared.checkpoints import checkpoints, live_views, parked
from shared.engines import is_sqlite
from shared.findings import Findings
from shared.ledger_tables import events, heads, tiles, triggers_lost
from shared.proofs import roots
from shared.settings import Settings
from shared.signed_state import KEYS, Keys, SignedState, keys_in, origin_of
from shared.stored import HEADS, event_at
from shared.verifier import Checkpoint, NotProved, open_checkpoint
from shared.walking import Reached, Signed, Walk

Tell = Callable[[str, int, int], None]  # the ledger, how far, how long
Remembered = dict[str, Reached]


@dataclass(slots=True)
class Walked:
    """What was walked of a service."""

    service: str
    ends: dict[str, int] = field(default_factory=dict)  # by ledger, without the service
    read_now: int = 0
    signed: int = 0
    cosigned: int = 0  # ledgers
    read: dict[str, dict[str, int]] = field(default_factory=dict)  # by ledger: what its decisions had read


class Ledgers:
    """The ledgers of one service, in its database and in what its signer keeps apart."""

    def __init__(
        self, engine: AsyncEngine, settings: Settings, found: Findings, remembered: Remembered
    ) -> None:
        self.walked = Walked(settings.service)
        self._engine = engine
        self._settings = settings
        self._found = found
        self._remembered = remembered

    async def walk(self, tell: Tell, keep: Callable[[], None]) -> Walked:
        """All of them, one after another; `keep` is called when what is remembered has moved."""
        signed = _SignedLedgers(self._settings, self._found)  # before the heads, which only grow
        async with self._engine.connect() as connection:
            await self._see_triggers(connection)
            named = await _named(connection, events.c.ledger) | await _named(connection, tiles.c.ledger)
            await connection.rollback()  # a head is there before its events: it is looked for after them
            ledgers = {row.ledger: row for row in await connection.execute(HEADS)}
        ledgers = {name: row for name, row in ledgers.items() if type(row.position) is int}
        for ledger in sorted(named - ledgers.keys()):
            self._found.add("no_head", self._name(ledger))
        for name in sorted(self._remembered.keys() - set(map(self._name, named | ledgers.keys()))):
            if name.startswith(self._name("")):  # other services are walked in their own databases
                self._found.add("shrunk", name, size=0, known=self._remembered[name].position)
        if not signed.known and any(row.position for row in ledgers.values()):
            self._found.add("nothing_signed", self._settings.service)
        for ledger in sorted(ledgers.keys() | signed.notes.keys()):
            if ledger in ledgers:
                await self._walk(ledgers[ledger], signed, tell, keep)
            else:
                signed.of(ledger, 0)
        self.walked.signed, self.walked.cosigned = signed.events, signed.cosigned
        return self.walked

    async def _walk(
        self, head: Row[Any], signed: _SignedLedgers, tell: Tell, keep: Callable[[], None]
    ) -> None:
        name = self._name(head.ledger)
        self.walked.ends[head.ledger] = head.position
        reached = self._remembered.get(name, Reached())
        if head.position < reached.position:
            self._found.add("shrunk", name, size=head.position, known=reached.position)
            reached = Reached()
        expected = signed.of(head.ledger, head.position)
        if nowhere := await self._without_position(head.ledger):
            self._found.add("no_position", name, count=nowhere)
            return
        await self._see_earlier(head.ledger, {s: e for s, e in expected.items() if s <= reached.position})
        walk = Walk(self._engine, self._settings.service, head, self._found, expected, reached)
        async for position in walk.pages():
            tell(name, position, head.position)
            if not self._found.of(name):
                self._remembered[name] = walk.reached
                keep()
        self.walked.read_now += head.position - reached.position
        self.walked.read[name] = walk.read

    async def _without_position(self, ledger: str) -> int:
        """How many events stand where no event can: SQLite takes any value for a number.

        Such a ledger has no order in which it could be walked.
        """
        async with self._engine.connect() as connection:
            if not is_sqlite(connection):
                return 0
            wrong = func.typeof(events.c.position) != "integer"
            query = select(func.count()).select_from(events).where(events.c.ledger == ledger, wrong)
            return int(await connection.scalar(query) or 0)

    async def _see_earlier(self, ledger: str, expected: Mapping[int, list[Signed]]) -> None:
        """What was signed of events that are not read again: by the tree as it is stored."""
        for size, signed in expected.items():
            async with self._engine.connect() as connection:
                try:
                    (root,) = await roots(connection, ledger, [(0, size)])
                except (KeyError, TypeError, ValueError):  # a tile or an event is missing, or is none
                    root = b""
            for one in signed:
                if one.root != root:
                    self._found.add(one.code, self._name(ledger), size=size, **one.facts)

    async def _see_triggers(self, connection: AsyncConnection) -> None:
        for trigger in await connection.run_sync(triggers_lost):
            self._found.add("triggers", self._settings.service, trigger=trigger)

    def _name(self, ledger: str) -> str:
        return f"{self._settings.service}/{ledger}"


async def _named(connection: AsyncConnection, column: Column[str]) -> set[str]:
    """The different names in a column that leads an index: one question for each."""
    found: set[str] = set()
    name = await connection.scalar(select(func.min(column)))
    while name is not None:
        found.add(name)
        name = await connection.scalar(select(func.min(column)).where(column > name))
    return found


class _SignedLedgers:
    """What was signed and cosigned of a service's ledgers, its signatures verified."""

    def __init__(self, settings: Settings, found: Findings) -> None:
        self.events = 0
        self.cosigned = 0
        self._service = settings.service
        self._found = found
        state = SignedState(settings.signed / settings.service)
        notes = state.signed()
        self.known = notes is not None
        self.notes = notes or {}
        self._cosigned_notes = state.all_cosigned()
        there = (settings.signed / KEYS).exists()  # an audit makes no key
        self._keys = keys_in(settings.signed, settings.group) if there else Keys((), ())

    def of(self, ledger: str, end: int) -> dict[int, list[Signed]]:
        """By size, the trees that the events of a ledger must have; those that are longer are found here."""
        expected: dict[int, list[Signed]] = defaultdict(list)
        name, note = f"{self._service}/{ledger}", self.notes.get(ledger)
        if note is None or not (checkpoint := self._opened(name, note, "signature", {})):
            return expected
        if not f"{checkpoint.origin}@".split("@")[0].endswith(f"/{name}"):
            self._found.add("signed_of_other", name, origin=checkpoint.origin)
        if checkpoint.size > end:
            self._found.add("signed_beyond", name, signed=checkpoint.size, size=end)
        else:
            self.events += checkpoint.size
            expected[checkpoint.size].append(Signed(checkpoint.root, "signed_other"))
        self._cosigned(ledger, name, end, origin_of(note), expected)
        return expected

    def _cosigned(
        self, ledger: str, name: str, end: int, origin: str, expected: dict[int, list[Signed]]
    ) -> None:
        kept = self._cosigned_notes.get(ledger, {})
        notes = {who: note for who, note in kept.items() if origin_of(note) == origin}
        self.cosigned += bool(notes)
        for witness, note in sorted(notes.items()):
            facts = {"witness": witness}
            if (checkpoint := self._opened(name, note, "cosignature", facts)) is None:
                continue
            if checkpoint.size > end:
                self._found.add("cosigned_beyond", name, signed=checkpoint.size, size=end, witness=witness)
            else:
                expected[checkpoint.size].append(Signed(checkpoint.root, "cosigned_other", facts))

    def _opened(self, name: str, note: str, code: str, facts: dict[str, str]) -> Checkpoint | None:
        witnesses = self._keys.of_witnesses if facts else []
        try:
            checkpoint, signed = open_checkpoint(note.encode(), [*self._keys.of_log, *witnesses])
            if facts and not any(one.at is not None for one in signed if one.known):
                raise NotProved("its witness has not signed it", "not_cosigned")
        except NotProved as error:
            self._found.add(code, name, reason=error.code, **error.facts, **facts)
            return None
        return checkpoint


async def ends_of(truths: Mapping[str, AsyncEngine]) -> dict[str, int]:
    """Where every ledger ends now, by its name with its service."""
    ends: dict[str, int] = {}
    for service, engine in truths.items():
        async with engine.connect() as connection:
            query = select(heads.c.ledger, heads.c.position)
            ends |= {f"{service}/{row.ledger}": row.position for row in await connection.execute(query)}
    return ends


async def see_readers(
    engine: AsyncEngine, whose: str, truths: Mapping[str, AsyncEngine], found: Findings
) -> None:
    """Views and reactions stand at events that are there, and that are the ones which they had read."""
    async with engine.connect() as connection:
        at = checkpoints.c
        leaf = type_coerce(at.leaf, NullType()).label("leaf")
        query = select(at.view, at.service, at.ledger, at.position, leaf).where(at.position > 0)
        marks = (await connection.execute(query)).all()
        waiting = (await connection.execute(select(parked).order_by(parked.c.at))).all()
        live = {row.name: row.live_version for row in await connection.execute(select(live_views))}
    ends = await ends_of(truths)  # after the marks, since ledgers grow meanwhile
    for row in marks:
        ledger, place = f"{row.service}/{row.ledger}", f"{whose}:{row.view}"
        end = ends.get(ledger, 0)
        if row.position > end:
            found.add("mark_beyond", place, ledger=ledger, position_read=row.position, size=end)
        else:
            async with truths[row.service].connect() as connection:
                event = await event_at(connection, row.ledger, row.position)
            if event is None or event.leaf != row.leaf:
                found.add("mark_other", place, ledger=ledger, position_read=row.position)
    for row in waiting:
        if live.get(row.view, row.version) == row.version:
            waits_at = f"{row.service}/{row.ledger}/{row.position}"
            found.add("parked", f"{whose}:{row.view}", held=row.held, event=waits_at, cause=row.cause)
