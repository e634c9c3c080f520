"""The signer of a service's ledgers: it reads again what is stored, and signs what extends what it signed.

Of several replicas one is at work at a time, whichever holds the lock.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

import structlog
from prometheus_client import Gauge
from sqlalchemy.exc import SQLAlchemyError

from shared.ledger import Head, Ledgers
from shared.merkle import EMPTY_ROOT, Frontier
from shared.notes import origin, signed
from shared.problems import FieldsWrong
from shared.proofs import extension, roots
from shared.settings import Settings
from shared.signed_state import SignedState, keys_in, origin_of, size_of
from shared.starting import refuse_start
from shared.verifier import Checkpoint, NotProved, open_checkpoint

log = structlog.get_logger()

ROUND_SECONDS = 5.0
READ_AT_ONCE = 500
READ_AGAIN = 2000  # events in a round, of all that was ever signed
NOTHING_KNOWN = "what was signed before is not known here, as after a restore"

refused_ledgers = Gauge("denggao_signing_refused", "Ledgers that this process refuses to sign")
unsigned_events = Gauge("denggao_signing_unsigned", "Events that no checkpoint covers yet")


class NotExtended(Exception):
    """The stored ledger does not extend what was signed of it; the text says how."""


class NotRefused(FieldsWrong):
    """These are not the ledgers that this process refuses to sign, or another process signs just now.

    Take all of them from /health of this service, `signing` and `refused`, and try again."""


@dataclass(slots=True)
class _Again:
    """A ledger that is being read once more, up to what was signed of it when that began."""

    ledger: str
    target: Checkpoint
    tree: Frontier = field(default_factory=Frontier)

    @property
    def done(self) -> bool:
        return self.tree.size == self.target.size


class Signing:
    """Signs the ledgers of one service; what it has refused it refuses until an operator says otherwise."""

    def __init__(self, ledgers: Ledgers, settings: Settings) -> None:
        self.state = SignedState(settings.signed / ledgers.service)
        self.keys = keys_in(settings.signed, settings.group)  # read anew in every round
        self._ledgers = ledgers
        self._settings = settings
        self._refused: dict[str, tuple[str, str | None]] = {}  # why, and on top of which note
        self._trees: dict[str, tuple[str, Frontier]] = {}  # with the note of each, as they were read here
        self._again: _Again | None = None

    @property
    def refused(self) -> dict[str, str]:
        """Why, by ledger."""
        return {ledger: why for ledger, (why, _) in self._refused.items()}

    async def extension(self, ledger: str, old_size: int, size: int) -> list[bytes]:
        """The consistency proof between two sizes of a ledger's tree."""
        async with self._ledgers.engine.connect() as connection:
            return await roots(connection, ledger, extension(old_size, size))

    async def measure(self) -> None:
        """Set the gauges; what the database would have to say is left out while it is away."""
        refused_ledgers.set(len(self._refused))
        with suppress(SQLAlchemyError, OSError):  # another metric says so
            heads, signed_ones = await self._ledgers.heads(), self.state.signed() or {}
            sizes = {ledger: size_of(note) for ledger, note in signed_ones.items()}
            unsigned_events.set(sum(max(0, h.position - sizes.get(name, 0)) for name, h in heads.items()))

    async def begin(self) -> None:
        """Where no ledger holds anything yet, it is known from here on that nothing was signed before."""
        with self.state.alone() as mine:
            if mine and self.state.signed() is None:
                heads = await self._ledgers.heads()
                if not any(head.position for head in heads.values()):
                    self.state.sign({})

    async def run(self) -> None:
        """A round every few seconds, for ever; what fails is tried again in the next, and said once."""
        failing = False
        while True:
            try:
                await self.round()
                failing = False
            except (SQLAlchemyError, OSError, ValueError) as error:
                if not failing:
                    log.warning("signing.failed", error=repr(error))
                failing = True
            await asyncio.sleep(ROUND_SECONDS)

    async def round(self) -> None:
        """Sign what was appended since the last; nothing where another replica is at it."""
        with self.state.alone() as mine:
            if mine:
                self.keys = keys_in(self._settings.signed, self._settings.group)
                await self._sign(await self._ledgers.heads())
                await self._read_again()

    async def _sign(self, heads: dict[str, Head]) -> None:
        before = self.state.signed()
        notes = dict(before or {})
        for ledger in sorted(heads.keys() | notes.keys()):
            note = notes.get(ledger)
            if ledger in self._refused:
                if self._refused[ledger][1] == note:
                    continue
                del self._refused[ledger]  # begun anew, at another replica
            try:
                if before is None and heads[ledger].position:
                    raise NotExtended(NOTHING_KNOWN)
                if following := await self._next(heads.get(ledger, Head(ledger)), note):
                    notes[ledger] = following
            except (NotExtended, NotProved) as error:
                self._refuse(ledger, str(error), note)
        if before is not None and notes != before:
            self.state.sign(notes)

    async def _next(self, head: Head, note: str | None) -> str | None:
        """The checkpoint that follows on a note; None where nothing was appended."""
        noted, tree = self._trees.get(head.ledger, ("", Frontier()))
        if noted == note and tree == head.frontier:
            return None
        if note is None and not head.position:
            return None
        last = self._opened(note) if note else Checkpoint(self._origin(head.ledger), 0, EMPTY_ROOT)
        if head.position < last.size:
            raise NotExtended(f"it ends at {head.position}, and {last.size} events were signed")
        tree = await self._grown(head.ledger, tree if tree.size <= last.size else Frontier(), last.size)
        if tree.root() != last.root:
            raise NotExtended(f"its first {last.size} events are not those that were signed")
        tree = await self._grown(head.ledger, tree, head.position)
        if tree != head.frontier:
            raise NotExtended(f"its {head.position} events are not those of its head")
        if head.position > last.size or note is None:
            note = self._signed(Checkpoint(last.origin, tree.size, tree.root()))
        self._trees[head.ledger] = note, tree
        return note

    async def _grown(self, ledger: str, tree: Frontier, upto: int) -> Frontier:
        """The tree over the stored events up to a position, from one that was read before."""
        while tree.size < upto:
            until = min(upto, tree.size + READ_AT_ONCE)
            leaves = await self._ledgers.leaves(ledger, tree.size, until)
            if len(leaves) != until - tree.size:
                raise NotExtended(f"events between {tree.size + 1} and {until} are missing")
            tree = tree.grown(leaves)
        return tree

    async def _read_again(self) -> None:
        """A part of what was signed long ago, ledger after ledger: who changes old events is found too."""
        notes = {name: n for name, n in (self.state.signed() or {}).items() if name not in self._refused}
        again = self._again
        if (
            again is None
            or again.done
            or not notes.get(again.ledger, "").startswith(again.target.origin + "\n")
        ):
            names = sorted(notes)
            if not names:
                return
            after = again.ledger if again else ""
            ledger = next((name for name in names if name > after), names[0])
            again = _Again(ledger, self._opened(notes[ledger]))
        target = again.target
        try:
            upto = min(target.size, again.tree.size + READ_AGAIN)
            again.tree = await self._grown(again.ledger, again.tree, upto)
            if again.done and again.tree.root() != target.root:
                raise NotExtended(f"its first {target.size} events are not those that were signed")
        except NotExtended as error:
            self._refuse(again.ledger, str(error), notes[again.ledger])
        self._again = again

    def _refuse(self, ledger: str, why: str, note: str | None) -> None:
        self._refused[ledger] = why, note
        self._trees.pop(ledger, None)
        log.error("signing.refused", ledger=ledger, cause=why)

    # -- an operator's word -------------------------------------------------------------------

    async def begin_anew(self, ledgers: Sequence[str]) -> list[str]:
        """Sign all that is refused as it is now, under new origins: whoever knew the old ones sees it.

        Returns the origins; NotRefused where these are not all that is refused here.
        """
        since = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
        with self.state.alone() as mine:
            if not mine or set(ledgers) != self._refused.keys():
                raise NotRefused(fields=["ledgers"])
            heads, notes = await self._ledgers.heads(), dict(self.state.signed() or {})
            for ledger in ledgers:
                tree = await self._grown(ledger, Frontier(), heads.get(ledger, Head(ledger)).position)
                notes[ledger] = self._signed(
                    Checkpoint(self._origin(f"{ledger}@{since}"), tree.size, tree.root())
                )
            self.state.sign(notes)
            self._refused.clear()
        return [origin_of(notes[ledger]) for ledger in ledgers]

    def _origin(self, ledger: str) -> str:
        return origin(self.keys.signers[0].name, self._ledgers.service, ledger)

    def _signed(self, checkpoint: Checkpoint) -> str:
        return signed(str(checkpoint), *self.keys.signers).decode()

    def _opened(self, note: str) -> Checkpoint:
        return open_checkpoint(note.encode(), self.keys.of_log)[0]


@asynccontextmanager
async def signing(ledgers: Ledgers, settings: Settings) -> AsyncIterator[Signing]:
    """Sign these ledgers for as long as the block lasts."""
    try:
        signer = Signing(ledgers, settings)
        await signer.begin()
    except (OSError, ValueError) as error:
        refuse_start(settings, f"What was signed cannot be used: {error}. See DENGGAO_SIGNED_DIR.")
    task = asyncio.create_task(signer.run(), name="signing")
    try:
        yield signer
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
