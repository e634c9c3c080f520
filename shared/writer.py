"""The one place that loads, decides, hashes and appends: concurrent commands are committed in groups."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

import structlog
from sqlalchemy.exc import DBAPIError, IntegrityError

from shared.clock import Clock, SystemClock
from shared.decision import (
    Folded,
    KeyUsedForAnother,
    Line,
    Outcome,
    Read,
    Submission,
    Unavailable,
    decide,
    evolved,
    folded_from,
)
from shared.engines import is_sqlite
from shared.envelope import Recorded, micros
from shared.ledger import Block, Head, HeadMoved, Ledgers
from shared.merkle import TILE

log = structlog.get_logger()

GROUP_AT_MOST = 512  # commands decided and committed together
STATES_AT_MOST = 20_000  # folded streams kept in memory
TAIL_AT_MOST = 2_000  # events of others that are folded in; behind that, states are dropped instead
ATTEMPTS = 8  # with a database that comes and goes; about 6 s in all
CLOCK_MAY_DIFFER_SECONDS = 5
CLOCK_CHECKED_EVERY_SECONDS = 10


@dataclass(slots=True)
class _Waiting:
    submission: Submission
    answer: asyncio.Future[Outcome]


@dataclass(frozen=True, slots=True)
class _Decided:
    """What a group means for one ledger: the block to append, and the states once it is there."""

    block: Block
    lines: list[Line]
    states: dict[UUID, Folded]


async def _nothing_to_refresh() -> Read:
    return Read()


class Writer:
    """Takes all commands that wait for a ledger, decides each in turn, appends their events at once.

    One lane per ledger on PostgreSQL; one for all on SQLite, which has one writer per file.
    """

    def __init__(
        self,
        ledgers: Ledgers,
        clock: Clock,
        *,
        refresh: Callable[[], Awaitable[Read]] = _nothing_to_refresh,
        committed: Callable[[Sequence[Recorded], bytes, Sequence[bytes]], None] = lambda *_: None,
    ) -> None:
        self.ledgers = ledgers
        self.clock = clock
        self.refresh = refresh
        self.committed = committed
        self._one_lane = is_sqlite(ledgers.engine)
        self._lanes: dict[str, list[_Waiting]] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._heads: dict[str, Head] = {}
        self._open_leaves: dict[str, list[bytes]] = {}
        self._states: OrderedDict[UUID, Folded] = OrderedDict()
        self._clock_checked = float("-inf")
        self._in_flight: dict[UUID, _Waiting] = {}
        self._closing = False

    async def submit(self, submission: Submission) -> Outcome:
        """Decide and append; returns when it is on disk.

        Raises the rule's Refusal, KeyUsedForAnother, or Unavailable. A client that hangs up does
        not take the command back: the writer finishes it.
        """
        if self._closing:
            raise Unavailable("the service is stopping")
        if twin := self._in_flight.get(submission.command_id):
            if twin.submission.request != submission.request:
                raise KeyUsedForAnother()
            return await asyncio.shield(twin.answer)
        lane = "" if self._one_lane else submission.ledger
        waiting = _Waiting(submission, asyncio.get_running_loop().create_future())
        self._in_flight[submission.command_id] = waiting
        self._lanes.setdefault(lane, []).append(waiting)
        if lane not in self._tasks:
            self._tasks[lane] = asyncio.create_task(self._run(lane), name=f"writer {lane}")
        return await asyncio.shield(waiting.answer)

    async def close(self) -> None:
        """Take no more commands and finish those that wait."""
        self._closing = True
        while self._tasks:
            await asyncio.gather(*self._tasks.values())

    async def _run(self, lane: str) -> None:
        try:
            while queue := self._lanes[lane]:
                group, self._lanes[lane] = queue[:GROUP_AT_MOST], queue[GROUP_AT_MOST:]
                await self._take(group)
                for waiting in group:
                    del self._in_flight[waiting.submission.command_id]
        finally:
            del self._tasks[lane], self._lanes[lane]

    async def _take(self, group: list[_Waiting]) -> None:
        """Answer every command of a group, whatever happens to the others."""
        try:
            await self._commit(group)
        except Exception as error:
            if len(group) > 1 and not isinstance(error, Unavailable):
                log.warning("writer.group_failed", commands=len(group), error=repr(error))
                for waiting in group:
                    await self._take([waiting] if not waiting.answer.done() else [])
                return
            for waiting in group:
                _fail(waiting, error)

    async def _commit(self, group: list[_Waiting]) -> None:
        left, attempt = group, 0
        while left:
            try:
                read = await self._up_to_date(left)
                decided, outcomes = self._decide_all(left, read)
                await self._refuse_unless_repeated(left, outcomes)
                left = [w for w in left if not w.answer.done()]
                if not left:
                    return
                if decided:
                    await self.ledgers.append([d.block for d in decided], self._open_leaves)
                self._answer(left, outcomes, decided)
                return
            except HeadMoved:
                await self._read_tails({w.submission.ledger for w in left})
            except IntegrityError as error:  # a command id, or the head was older than we knew
                if not await self._answer_repeated(left):
                    attempt += 1
                    if attempt == ATTEMPTS:
                        raise
                    log.info("writer.key_conflict", error=str(error.orig))
                await self._read_tails({w.submission.ledger for w in left})
                left = [w for w in left if not w.answer.done()]
            except (DBAPIError, OSError) as error:
                if isinstance(error, DBAPIError) and not error.connection_invalidated and not _passing(error):
                    raise
                attempt += 1
                if attempt == ATTEMPTS:
                    raise Unavailable("the database does not answer") from error
                log.warning("writer.database_away", attempt=attempt, error=repr(error))
                await asyncio.sleep(0.05 * 2**attempt)
                left = await self._after_unknown_commit(left)

    # -- before deciding ----------------------------------------------------------------------

    async def _up_to_date(self, group: list[_Waiting]) -> Read:
        await self._check_clock()
        for ledger in sorted({w.submission.ledger for w in group} - self._heads.keys()):
            self._heads[ledger] = await self.ledgers.open(ledger)
            self._open_leaves[ledger] = await self.ledgers.open_leaves(self._heads[ledger])
        missing = {
            w.submission.stream: w.submission for w in group if w.submission.stream not in self._states
        }
        found = await self.ledgers.read_streams(
            (stream, s.ledger, self._heads[s.ledger].position) for stream, s in missing.items()
        )
        for stream, submission in missing.items():
            self._states[stream] = folded_from(submission, found[stream])
        for waiting in group:
            self._states.move_to_end(waiting.submission.stream)
        while len(self._states) > max(STATES_AT_MOST, len(group)):
            self._states.popitem(last=False)
        return await self.refresh()

    async def _check_clock(self) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._clock_checked < CLOCK_CHECKED_EVERY_SECONDS:
            return
        theirs = await self.ledgers.clock()
        if theirs is not None and isinstance(self.clock, SystemClock):
            apart = abs(micros(self.clock.now()) - theirs) / 1_000_000
            if apart > CLOCK_MAY_DIFFER_SECONDS:
                raise Unavailable(f"this machine's clock and the database's are {apart:.1f} s apart")
        self._clock_checked = now

    # -- deciding -----------------------------------------------------------------------------

    def _decide_all(
        self, group: list[_Waiting], read: Read
    ) -> tuple[list[_Decided], dict[UUID, Outcome | Exception]]:
        """Decide each command on the states that those before it leave; nothing kept is touched."""
        states: dict[UUID, Folded] = {}
        outcomes: dict[UUID, Outcome | Exception] = {}
        lines: dict[str, list[Line]] = {}
        times: dict[str, int] = {}
        for waiting in group:
            s = waiting.submission
            head = self._heads[s.ledger]
            folded = states.get(s.stream) or self._states[s.stream]
            reading = read.joined(s.read)
            at = max(micros(self.clock.now()), head.recorded_at, reading.not_before, times.get(s.ledger, 0))
            try:
                decided, folded = decide(self.ledgers.service, s, folded, reading.after, at)
            except Exception as error:
                outcomes[s.command_id] = error
                continue
            states[s.stream] = folded
            times[s.ledger] = at
            mine = lines.setdefault(s.ledger, [])
            mine += decided
            outcomes[s.command_id] = Outcome(
                self.ledgers.service,
                s.ledger,
                s.stream,
                folded.version,
                head.position + len(mine),
                at,
                events=tuple(line.envelope.name for line in decided),
            )
        decided_of = [
            _Decided(
                Block.on(self._heads[ledger], times[ledger], [line.entry for line in mine]),
                mine,
                {stream: folded for stream, folded in states.items() if folded.ledger == ledger},
            )
            for ledger, mine in lines.items()
            if mine
        ]
        return decided_of, outcomes

    # -- appending and answering --------------------------------------------------------------

    def _answer(
        self,
        group: list[_Waiting],
        outcomes: dict[UUID, Outcome | Exception],
        decided: list[_Decided],
    ) -> None:
        for of_ledger in decided:
            block, ledger = of_ledger.block, of_ledger.block.head.ledger
            self._heads[ledger] = block.after
            self._remember_leaves(ledger, block.leaves)
            self._states.update(of_ledger.states)
            recorded = [
                Recorded(
                    self.ledgers.service,
                    ledger,
                    position,
                    line.entry.stream,
                    line.entry.version,
                    line.entry.body,
                    line.envelope,
                    line.event,
                )
                for position, line in enumerate(of_ledger.lines, block.head.position + 1)
            ]
            try:
                self.committed(recorded, block.head.leaf, block.leaves)
            except Exception:  # it is on disk: whoever listens heals from the feed
                log.exception("writer.announcing_failed", ledger=ledger)
        for waiting in group:
            outcome = outcomes[waiting.submission.command_id]
            if isinstance(outcome, Outcome):
                _resolve(waiting, outcome)
            else:
                _fail(waiting, outcome)

    async def _refuse_unless_repeated(
        self, group: list[_Waiting], outcomes: dict[UUID, Outcome | Exception]
    ) -> None:
        """A refused command may be the repeat of one that was accepted: then the first answer stands."""
        refused = [w for w in group if isinstance(outcomes[w.submission.command_id], Exception)]
        keyed = [w for w in refused if w.submission.request is not None]
        if keyed:
            await self._answer_repeated(keyed)
        for waiting in refused:
            outcome = outcomes[waiting.submission.command_id]
            assert isinstance(outcome, Exception)
            _fail(waiting, outcome)

    async def _answer_repeated(self, group: Sequence[_Waiting]) -> int:
        """Give those whose command is already recorded their first answer; returns how many."""
        found = await self.ledgers.find_commands([w.submission.command_id for w in group])
        for waiting in group:
            first = found.get(waiting.submission.command_id)
            if first is None:
                continue
            if first.envelope.request != waiting.submission.request:
                _fail(waiting, KeyUsedForAnother())
                continue
            more = first.envelope.count - 1
            _resolve(
                waiting,
                Outcome(
                    first.service,
                    first.ledger,
                    first.stream,
                    first.version + more,
                    first.position + more,
                    micros(first.recorded_at),
                    repeated=True,
                ),
            )
        return len(found)

    async def _after_unknown_commit(self, group: list[_Waiting]) -> list[_Waiting]:
        """The connection died, perhaps at COMMIT: what is recorded is answered, the rest decided again."""
        try:
            await self._answer_repeated(group)
            await self._read_tails({w.submission.ledger for w in group} & self._heads.keys())
        except (DBAPIError, OSError) as error:
            log.warning("writer.database_still_away", error=repr(error))
        return [w for w in group if not w.answer.done()]

    # -- what others have appended ------------------------------------------------------------

    async def _read_tails(self, ledgers: Iterable[str]) -> None:
        """Fold in what other processes appended, so that kept states are true again."""
        for ledger in ledgers:
            known, head = self._heads[ledger], await self.ledgers.head(ledger)
            if head.position - known.position > TAIL_AT_MOST:
                for stream in [s for s, folded in self._states.items() if folded.ledger == ledger]:
                    del self._states[stream]
                self._open_leaves[ledger] = await self.ledgers.open_leaves(head)
            else:
                tail = await self.ledgers.read_ledger(ledger, known.position, TAIL_AT_MOST, head.position)
                for recorded in tail:
                    folded = self._states.get(recorded.stream)
                    if folded and recorded.event is None:
                        del self._states[recorded.stream]
                    elif folded:
                        self._states[recorded.stream] = evolved(folded, recorded)
                if tail:
                    self._open_leaves[ledger] = await self.ledgers.open_leaves(head)
            self._heads[ledger] = head

    def _remember_leaves(self, ledger: str, leaves: Sequence[bytes]) -> None:
        kept = [*self._open_leaves[ledger], *leaves]
        self._open_leaves[ledger] = kept[len(kept) - len(kept) % TILE :]


def _resolve(waiting: _Waiting, outcome: Outcome) -> None:
    if not waiting.answer.done():
        waiting.answer.set_result(outcome)


def _fail(waiting: _Waiting, error: Exception) -> None:
    if not waiting.answer.done():
        waiting.answer.set_exception(error)
        waiting.answer.exception()  # looked at, so that a client that hung up leaves no warning behind


def _passing(error: DBAPIError) -> bool:
    """Errors that go away: a lock held too long, a server starting or shutting down, a full pool."""
    text = str(error.orig).lower()
    return any(word in text for word in ("locked", "starting up", "shutting down", "terminating", "too many"))
