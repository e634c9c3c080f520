"""One decision: a command on its way, the state it meets, and the stored events that come of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from msgspec import Raw, Struct, field

from shared.codec import canonical, schema_of, seal, settled
from shared.domain import By, Closes, Decider, Leaves, NotKnown, Refusal, Stale
from shared.envelope import NOTHING, Envelope, Recorded, moment, written
from shared.ledger import Entry
from shared.passing import Unavailable


class KeyUsedForAnother(Refusal):
    """This Idempotency-Key was already used for a different request.

    Use a new key for a new request; repeat a request with its own key and the same body."""


class LedgerIsClosed(Refusal):
    """This record is closed: its company has ended.

    Go on in the record of the unit that succeeds it."""


class LiesElsewhere(Exception):
    """The stream lies in another ledger than the command names: there it is decided."""

    def __init__(self, ledger: str) -> None:
        self.ledger = ledger
        super().__init__(ledger)


class OnItsWay(Unavailable):
    """The stream has left one ledger and has not arrived in another: it alone waits."""


class WrittenByNewerCode(Exception):
    """A stream holds events that this process does not know: upgrade it; other streams go on."""


class Read(Struct, frozen=True):
    """What a decision had read of other ledgers: their positions, and the time of the newest event there."""

    after: dict[str, int] = field(default_factory=dict)
    not_before: int = 0  # microseconds since 1970 UTC

    def joined(self, other: Read) -> Read:
        """Both readings in one: the later position of each ledger."""
        after = dict(self.after)
        for ledger, position in other.after.items():
            after[ledger] = max(position, after.get(ledger, 0))
        return Read(after, max(self.not_before, other.not_before))


class Submission(Struct, frozen=True, kw_only=True):
    """A command on its way: which stream of which ledger, and how the command is made from its state.

    `prepare` runs just before `decide`, when everything that the decision reads is up to date, so
    the facts that it puts into the command (who may, which day it is) are true at that moment.
    """

    ledger: str
    stream: UUID
    decider: Decider[Any, Any, Any]
    prepare: Callable[[Any], Any]
    by: By | None = None  # for commands that do not carry it themselves
    command_id: UUID = field(default_factory=uuid4)
    request: str | None = None  # hash of the request's body; None where nothing can repeat it
    correlation: str = ""
    causation: str = ""
    happened_at: datetime | None = None  # the act itself; what follows from it happens as it is recorded
    expected_version: int | None = None
    expected_head: int | None = None  # position at which the ledger must still end
    arrives: bool = False  # the stream goes on here, having left another ledger
    programme: Callable[[Any], str | None] = lambda _state: None
    read: Read = field(default_factory=Read)
    traceparent: str = ""


class Outcome(Struct, frozen=True):
    """The answer to a command: where its last event lies."""

    service: str
    ledger: str
    stream: UUID
    version: int
    position: int
    recorded_at: int  # microseconds since 1970 UTC
    repeated: bool = False
    events: tuple[str, ...] = ()  # names; empty in a repeated answer


class Line(Struct, frozen=True):
    """An event as it goes to the ledger, and as it was before it became bytes."""

    entry: Entry
    envelope: Envelope
    event: Any
    traceparent: str


class Folded(Struct, frozen=True):
    """A stream's state, folded from its events up to a version."""

    decider: Decider[Any, Any, Any]
    aggregate: str  # of the stream's events; where it is not the decider's, the state says nothing
    ledger: str  # of its last event
    version: int
    state: Any
    left: bool = False  # with its last event, and it has not arrived in another yet


class Stamp:
    """When a ledger's commands of one group are recorded, and what of other ledgers had been read before."""

    __slots__ = ("after", "at", "own", "recorded_at")

    def __init__(self, own: str, at: int, after: dict[str, int]) -> None:
        self.own = own  # full name of the ledger, which stands in no `after` of its own
        self.at = at  # microseconds since 1970 UTC
        self.recorded_at = written(moment(at))
        self.after = self.others(after)

    def others(self, after: dict[str, int]) -> dict[str, int]:
        """Positions of all ledgers but the own."""
        return {ledger: position for ledger, position in after.items() if ledger != self.own}


def decide(s: Submission, folded: Folded, read: Read, stamp: Stamp) -> tuple[list[Line], Folded]:
    """The stored events that a command causes, and the state after them; raises what the decider raises."""
    if folded.left and not s.arrives:
        raise OnItsWay(f"stream {s.stream} is on its way from {folded.ledger} to another ledger")
    if folded.version and folded.ledger != s.ledger and not folded.left:
        raise LiesElsewhere(folded.ledger)
    if folded.aggregate != s.decider.aggregate:
        raise NotKnown()  # there is something under this id, but not of this kind
    command = s.prepare(folded.state)
    if s.expected_version is not None and s.expected_version != folded.version:
        raise Stale()  # only now: a version tells of something that `prepare` may not let be known
    decided = s.decider.decide(command, folded.state)
    state, version = folded.state, folded.version
    happened_at = written(s.happened_at) if s.happened_at else stamp.recorded_at
    after = stamp.others(read.joined(s.read).after) if s.read.after else stamp.after
    by = s.by or getattr(command, "by", None)
    command_id = str(s.command_id)
    lines: list[Line] = []
    for new in decided:
        first = not lines
        data, event = settled(new)
        version += 1
        state = s.decider.evolve(state, event)
        name = type(event).__name__
        envelope = Envelope(
            aggregate=s.decider.aggregate,
            name=name,
            schema=schema_of(type(event)),
            data=Raw(data),
            recorded_at=stamp.recorded_at,
            happened_at=happened_at if first else stamp.recorded_at,
            after=after,
            correlation=s.correlation,
            causation=s.causation or command_id,
            by=by,
            programme=s.programme(state),
            command_id=command_id if first else None,
            request=s.request if first else None,
            command=Raw(canonical({"name": type(command).__name__, "data": command})) if first else NOTHING,
            count=len(decided),
        )
        entry = Entry(s.stream, version, name, s.command_id if first else None, seal(envelope))
        lines.append(Line(entry, envelope, event, s.traceparent))
    left = folded.left if not lines else isinstance(lines[-1].event, Leaves)
    ledger = s.ledger if lines else folded.ledger
    return lines, Folded(s.decider, s.decider.aggregate, ledger, version, state, left)


def closes(lines: list[Line]) -> bool:
    """Whether these are the last events of their ledger."""
    return bool(lines) and isinstance(lines[-1].event, Closes)


def folded_from(submission: Submission, events: Iterable[Recorded]) -> Folded:
    """The state that these events of a stream leave; WrittenByNewerCode where one is not known.

    Where the events of one ledger are known further than those of another there is a gap: it ends there.
    """
    decider = submission.decider
    folded = Folded(decider, decider.aggregate, submission.ledger, 0, decider.initial)
    for recorded in events:
        if recorded.version != folded.version + 1:
            break
        if recorded.envelope.aggregate != decider.aggregate:
            return Folded(decider, recorded.envelope.aggregate, submission.ledger, 0, decider.initial)
        folded = evolved(folded, recorded)
    return folded


def evolved(folded: Folded, recorded: Recorded) -> Folded:
    """The state after one more event; WrittenByNewerCode where it is not known."""
    if recorded.event is None:
        raise WrittenByNewerCode(recorded.id)
    state = folded.decider.evolve(folded.state, recorded.event)
    left = isinstance(recorded.event, Leaves)
    return Folded(folded.decider, folded.aggregate, recorded.ledger, recorded.version, state, left)
