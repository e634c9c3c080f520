"""The one place that loads, decides, hashes and appends: concurrent commands are committed in groups."""

from __future__ import annotations

import asyncio
import contextvars
from collections import Counter as Counted
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from uuid import UUID

import structlog
from msgspec import Struct
from msgspec.structs import replace
from prometheus_client import Counter, Histogram
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.clock import Clock, SystemClock, seconds_apart
from shared.decision import (
    Folded,
    KeyUsedForAnother,
    LedgerIsClosed,
    LiesElsewhere,
    Line,
    Outcome,
    Read,
    Stamp,
    Submission,
    closes,
    decide,
)
from shared.domain import Refusal, Stale
from shared.engines import is_sqlite
from shared.envelope import Recorded, micros
from shared.kept import Kept
from shared.ledger import Block, HeadMoved, Ledgers
from shared.logs import about
from shared.passing import Unavailable, is_passing
from shared.traces import shared_span

log = structlog.get_logger()

EVENTS = Counter("denggao_events_appended", "Events appended to the ledgers")
APPEND_SECONDS = Histogram("denggao_append_seconds", "Seconds of one append, to the disk")
GROUP_EVENTS = Histogram(
    "denggao_append_group_events", "Events appended together", buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
)

COMMANDS = Counter("denggao_commands", "Commands answered", ["outcome"])
for _outcome in ("recorded", "repeated", "nothing new", "refused", "led on", "put off", "failed"):
    COMMANDS.labels(_outcome)  # told as 0 before the first
COMMAND_SECONDS = Histogram(
    "denggao_command_seconds",
    "Seconds from a command's arrival to its answer; of each group, for the one that waited longest",
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
RACES_LOST = Counter("denggao_races_lost", "Groups decided again since another process appended first")

GROUP_AT_MOST = 512  # commands decided and committed together
RACES_LOST_AT_MOST = 2  # to other processes; then the head is held while deciding
LED_ON_AT_MOST = 5  # from ledger to ledger behind a stream that moves (R70)
ATTEMPTS = 8  # with a database that comes and goes; waits of 6 s in all
FIRST_WAIT_SECONDS = 0.05  # doubled each time
STAMP_LASTS_SECONDS = 3  # then decided and stamped anew: who asks for five seconds ago must find it there
CLOCK_MAY_DIFFER_SECONDS = 5
CLOCK_CHECKED_EVERY_SECONDS = 10


class _Waiting(Struct, eq=False):
    submission: Submission
    answer: asyncio.Future[Outcome]
    since: float


class _Decided(Struct, frozen=True):
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
        self._kept = Kept(ledgers)
        self._clock_checked = float("-inf")
        self._in_flight: dict[UUID, _Waiting] = {}
        self._closing = False

    async def submit(self, submission: Submission) -> Outcome:
        """Decide and append, in the ledger in which the stream lies; returns when it is on disk.

        Raises the rule's Refusal, KeyUsedForAnother, LedgerIsClosed, or Unavailable. A client that
        hangs up does not take the command back: the writer finishes it.
        """
        for _ in range(LED_ON_AT_MOST):
            try:
                return await self._submit(submission)
            except LiesElsewhere as there:
                self.ledgers.found(submission.stream, there.ledger)
                submission = replace(submission, ledger=there.ledger)
        raise Unavailable(f"stream {submission.stream} moves from ledger to ledger")

    async def _submit(self, submission: Submission) -> Outcome:
        if self._closing:
            raise Unavailable("the service is stopping")
        twin = self._in_flight.get(submission.command_id)
        if twin and not _led_on(twin):
            if twin.submission.request != submission.request:
                raise KeyUsedForAnother()
            return await asyncio.shield(twin.answer)
        lane = "" if self._one_lane else submission.ledger
        loop = asyncio.get_running_loop()
        waiting = _Waiting(submission, loop.create_future(), loop.time())
        self._in_flight[submission.command_id] = waiting
        self._lanes.setdefault(lane, []).append(waiting)
        if lane not in self._tasks:
            nobodys = contextvars.Context()  # a lane outlives the request that happened to start it
            self._tasks[lane] = asyncio.create_task(self._run(lane), name=f"writer {lane}", context=nobodys)
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
                _count(group)
                for waiting in group:
                    if self._in_flight.get(waiting.submission.command_id) is waiting:  # not led on since
                        del self._in_flight[waiting.submission.command_id]
        finally:
            del self._tasks[lane], self._lanes[lane]

    async def _take(self, group: list[_Waiting]) -> None:
        """Answer every command of a group, whatever happens to the others."""
        try:
            with _about(group):
                await self._commit(group)
        except Exception as error:  # noqa: BLE001 - it is answered
            if len(group) > 1 and not isinstance(error, Unavailable):
                log.warning("writer.group_failed", commands=len(group), error=repr(error))
                for waiting in group:
                    await self._take([waiting] if not waiting.answer.done() else [])
                return
            for waiting in group:
                _fail(waiting, error)

    async def _commit(self, group: list[_Waiting]) -> None:
        left, attempt, lost = group, 0, 0
        again = False  # another process was first, or what became of the last attempt is not known
        fresh: set[str] = set()  # ledgers whose head was read, or moved by us, since this group was taken
        while left:
            try:
                if again:
                    await self._answer_repeated(left)
                    fresh |= await self._catch_up(left)
                    left, again = _unanswered(left), False
                    continue
                alone = self.ledgers.alone(_ledgers_of(left)) if lost >= RACES_LOST_AT_MOST else nullcontext()
                async with alone as connection:
                    if connection:
                        fresh |= await self._catch_up(left)
                    states, read = await self._up_to_date(left)
                    give_up_at = asyncio.get_running_loop().time() + STAMP_LASTS_SECONDS
                    decided, outcomes = self._decide_all(left, states, read)
                    if decided:
                        await self._append(decided, give_up_at, connection)
                fresh |= {d.block.head.ledger for d in decided}
                self._announce(decided)
                await self._answer(left, outcomes, fresh)
                left, lost = _unanswered(left), 0
            except HeadMoved:
                again, lost = True, lost + 1
                RACES_LOST.inc()
            except IntegrityError:  # a command id that is already there
                again, attempt = True, attempt + 1
                if attempt == ATTEMPTS:
                    raise
            except Exception as error:
                left = _unanswered(left)
                if not is_passing(error):
                    raise
                again, attempt = True, attempt + 1
                if attempt == ATTEMPTS:
                    raise Unavailable("the database does not answer") from error
                log.warning("writer.database_away", attempt=attempt, error=repr(error))
                await asyncio.sleep(FIRST_WAIT_SECONDS * 2 ** (attempt - 1))

    # -- before deciding ----------------------------------------------------------------------

    async def _up_to_date(self, group: list[_Waiting]) -> tuple[dict[UUID, Folded], Read]:
        await self._check_clock()
        await self._kept.open(_ledgers_of(group))
        return await self._kept.states([w.submission for w in group]), await self.refresh()

    async def _check_clock(self) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._clock_checked < CLOCK_CHECKED_EVERY_SECONDS or not isinstance(self.clock, SystemClock):
            return
        apart = await seconds_apart(self.clock, self.ledgers.clock)
        if apart > CLOCK_MAY_DIFFER_SECONDS:
            raise Unavailable(f"this machine's clock and the database's are {apart:.1f} s apart")
        self._clock_checked = now

    # -- deciding -----------------------------------------------------------------------------

    def _decide_all(
        self, group: list[_Waiting], states: dict[UUID, Folded], read: Read
    ) -> tuple[list[_Decided], dict[UUID, Outcome | Exception]]:
        """Decide each command on the states that those before it leave; nothing kept is touched."""
        service, stamps = self.ledgers.service, self._stamps(group, read)
        changed: dict[str, dict[UUID, Folded]] = {ledger: {} for ledger in stamps}
        lines: dict[str, list[Line]] = {ledger: [] for ledger in stamps}
        outcomes: dict[UUID, Outcome | Exception] = {}
        for waiting in group:
            s = waiting.submission
            stamp, mine, later = stamps[s.ledger], lines[s.ledger], changed[s.ledger]
            try:
                decided, folded = decide(s, later.get(s.stream) or states[s.stream], read, stamp)
                self._refuse_closed(s, bool(decided), mine)
            except Exception as error:  # noqa: BLE001 - whatever it is, it is this client's answer alone
                outcomes[s.command_id] = error
                continue
            later[s.stream] = folded
            mine += decided
            position = self._kept.heads[s.ledger].position + len(mine)
            names = tuple([line.entry.name for line in decided])
            outcomes[s.command_id] = Outcome(
                service, s.ledger, s.stream, folded.version, position, stamp.at, events=names
            )
        return [
            _Decided(
                Block.on(self._kept.heads[ledger], stamps[ledger].at, [line.entry for line in mine]),
                mine,
                changed[ledger],
            )
            for ledger, mine in lines.items()
            if mine
        ], outcomes

    def _refuse_closed(self, s: Submission, appends: bool, mine: list[Line]) -> None:
        """LedgerIsClosed behind its last event; Stale where it has grown since it was looked at."""
        if appends and (s.ledger in self._kept.closed or closes(mine)):
            raise LedgerIsClosed()
        if s.expected_head not in (None, self._kept.heads[s.ledger].position + len(mine)):
            raise Stale()

    def _stamps(self, group: list[_Waiting], read: Read) -> dict[str, Stamp]:
        """One moment for all of a ledger's commands, not before its last event nor what they have read."""
        at: dict[str, int] = {}
        now = max(micros(self.clock.now()), read.not_before)
        for waiting in group:
            s = waiting.submission
            earliest = at.get(s.ledger) or max(now, self._kept.heads[s.ledger].recorded_at)
            at[s.ledger] = max(earliest, s.read.not_before)
        return {
            ledger: Stamp(f"{self.ledgers.service}/{ledger}", moment, read.after)
            for ledger, moment in at.items()
        }

    # -- appending and answering --------------------------------------------------------------

    async def _append(
        self, decided: Sequence[_Decided], give_up_at: float, connection: AsyncConnection | None
    ) -> None:
        lines = [line for of_ledger in decided for line in of_ledger.lines]
        causes = (line.traceparent for line in lines)
        with shared_span("append", causes, events=len(lines)), APPEND_SECONDS.time():
            await self.ledgers.append(
                [d.block for d in decided], self._kept.open_leaves, give_up_at, connection
            )
        EVENTS.inc(len(lines))
        GROUP_EVENTS.observe(len(lines))

    def _announce(self, decided: Sequence[_Decided]) -> None:
        """What has just been appended becomes what we know, and whoever listens hears of it."""
        for of_ledger in decided:
            block, ledger = of_ledger.block, of_ledger.block.head.ledger
            self._kept.advance(block, of_ledger.states, closes(of_ledger.lines))
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
                    line.traceparent,
                )
                for position, line in enumerate(of_ledger.lines, block.head.position + 1)
            ]
            try:
                self.committed(recorded, block.head.leaf, block.leaves)
            except Exception:  # it is on disk: whoever listens heals from the feed
                log.exception("writer.announcing_failed", ledger=ledger)

    async def _answer(
        self, group: list[_Waiting], outcomes: dict[UUID, Outcome | Exception], fresh: set[str]
    ) -> None:
        """Answer a decided group, but for those who must be decided again.

        A command that recorded nothing may repeat one that did: then the first answer stands.
        And its refusal may rest on what another process has changed since: then the head has moved.
        """
        for waiting in group:
            outcome = outcomes[waiting.submission.command_id]
            if isinstance(outcome, Outcome) and outcome.events:
                _resolve(waiting, outcome)
        unrecorded = _unanswered(group)
        if not unrecorded:
            return
        doubtful = _ledgers_of(unrecorded) - fresh
        moved = {ledger for ledger in sorted(doubtful) if await self._kept.catch_up(ledger)}
        fresh |= doubtful
        final = [w for w in unrecorded if w.submission.ledger not in moved]
        await self._answer_repeated(final)
        for waiting in final:
            outcome = outcomes[waiting.submission.command_id]
            if isinstance(outcome, Outcome):
                _resolve(waiting, outcome)
            else:
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

    async def _catch_up(self, group: list[_Waiting]) -> set[str]:
        ledgers = _ledgers_of(group) & self._kept.heads.keys()
        for ledger in sorted(ledgers):
            await self._kept.catch_up(ledger)
        return ledgers


def _ledgers_of(group: list[_Waiting]) -> set[str]:
    return {w.submission.ledger for w in group}


def _about(group: list[_Waiting]) -> AbstractContextManager[None]:
    """What is said of one command names its request; what is said of several names none."""
    if len(group) > 1:
        return nullcontext()
    submission = group[0].submission
    return about(submission.correlation, submission.causation or str(submission.command_id))


def _count(group: Sequence[_Waiting]) -> None:
    """Once for a group: counting each command by itself would take a tenth of its time."""
    COMMAND_SECONDS.observe(asyncio.get_running_loop().time() - group[0].since)
    for outcome, times in Counted(_how(waiting.answer) for waiting in group).items():
        COMMANDS.labels(outcome).inc(times)


def _led_on(waiting: _Waiting) -> bool:
    return waiting.answer.done() and isinstance(waiting.answer.exception(), LiesElsewhere)


def _how(answer: asyncio.Future[Outcome]) -> str:
    match answer.exception():
        case None:
            outcome = answer.result()
            return "repeated" if outcome.repeated else "recorded" if outcome.events else "nothing new"
        case Refusal():
            return "refused"
        case LiesElsewhere():
            return "led on"
        case error:
            return "put off" if isinstance(error, Unavailable) else "failed"


def _unanswered(group: list[_Waiting]) -> list[_Waiting]:
    return [w for w in group if not w.answer.done()]


def _resolve(waiting: _Waiting, outcome: Outcome) -> None:
    if not waiting.answer.done():
        waiting.answer.set_result(outcome)


def _fail(waiting: _Waiting, error: Exception) -> None:
    if not waiting.answer.done():
        waiting.answer.set_exception(error)
        waiting.answer.exception()  # looked at, so that a client that hung up leaves no warning behind
