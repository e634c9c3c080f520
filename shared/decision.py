"""One decision: a command on its way, the state it meets, and the stored events that come of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from msgspec import Raw

from shared.codec import canonical, schema_of, seal
from shared.domain import By, Decider, Refusal, Stale
from shared.envelope import NOTHING, Envelope, Recorded, moment, written
from shared.ledger import Entry


class KeyUsedForAnother(Refusal):
    """This Idempotency-Key was already used for a different request.

    Use a new key for a new request; repeat a request with its own key and the same body."""


class WrittenByNewerCode(Exception):
    """A stream holds events that this process does not know: upgrade it; other streams go on."""


class Unavailable(Exception):
    """The act could not be taken now (database away, clocks apart, stopping); nothing was lost: repeat it."""


@dataclass(frozen=True, slots=True)
class Read:
    """What a decision had read of other ledgers: their positions, and the time of the newest event there."""

    after: dict[str, int] = field(default_factory=dict)
    not_before: int = 0  # microseconds since 1970 UTC

    def joined(self, other: Read) -> Read:
        """Both readings in one: the later position of each ledger."""
        after = dict(self.after)
        for ledger, position in other.after.items():
            after[ledger] = max(position, after.get(ledger, 0))
        return Read(after, max(self.not_before, other.not_before))


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """A command on its way: which stream of which ledger, and how the command is made from its state.

    `prepare` runs just before `decide`, when everything that the decision reads is up to date, so
    the facts that it puts into the command (who may, which day it is) are true at that moment.
    """

    ledger: str
    stream: UUID
    decider: Decider[Any, Any, Any]
    prepare: Callable[[Any], Any]
    by: By | None = None
    command_id: UUID = field(default_factory=uuid4)
    request: str | None = None  # hash of the request's body; None where nothing can repeat it
    correlation: str = ""
    causation: str = ""
    happened_at: datetime | None = None
    expected_version: int | None = None
    programme: Callable[[Any], str | None] = lambda _state: None
    read: Read = field(default_factory=Read)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answer to a command: where its last event lies."""

    service: str
    ledger: str
    stream: UUID
    version: int
    position: int
    recorded_at: int  # microseconds since 1970 UTC
    repeated: bool = False
    events: tuple[str, ...] = ()  # names; empty in a repeated answer


@dataclass(frozen=True, slots=True)
class Line:
    entry: Entry
    envelope: Envelope
    event: Any


@dataclass(frozen=True, slots=True)
class Folded:
    decider: Decider[Any, Any, Any]
    ledger: str
    version: int
    state: Any


def decide(
    service: str, s: Submission, folded: Folded, after: dict[str, int], at: int
) -> tuple[list[Line], Folded]:
    if s.expected_version is not None and s.expected_version != folded.version:
        raise Stale()
    command = s.prepare(folded.state)
    decided = s.decider.decide(command, folded.state)
    state, version = folded.state, folded.version
    recorded_at = written(moment(at))
    own = f"{service}/{s.ledger}"
    happened_at = written(s.happened_at) if s.happened_at else recorded_at
    lines: list[Line] = []
    for event in decided:
        first = not lines
        version += 1
        state = s.decider.evolve(state, event)
        envelope = Envelope(
            aggregate=s.decider.aggregate,
            name=type(event).__name__,
            schema=schema_of(type(event)),
            data=Raw(canonical(event)),
            recorded_at=recorded_at,
            happened_at=happened_at,
            after={name: position for name, position in after.items() if name != own},
            correlation=s.correlation,
            causation=s.causation or str(s.command_id),
            by=s.by,
            programme=s.programme(state),
            command_id=str(s.command_id) if first else None,
            request=s.request if first else None,
            command=Raw(canonical({"name": type(command).__name__, "data": command})) if first else NOTHING,
            count=len(decided),
        )
        entry = Entry(s.stream, version, envelope.name, s.command_id if first else None, seal(envelope))
        lines.append(Line(entry, envelope, event))
    return lines, Folded(s.decider, s.ledger, version, state)


def folded_from(submission: Submission, events: Iterable[Recorded]) -> Folded:
    folded = Folded(submission.decider, submission.ledger, 0, submission.decider.initial)
    for recorded in events:
        folded = evolved(folded, recorded)
    return folded


def evolved(folded: Folded, recorded: Recorded) -> Folded:
    if recorded.event is None:
        raise WrittenByNewerCode(recorded.id)
    return Folded(
        folded.decider, folded.ledger, recorded.version, folded.decider.evolve(folded.state, recorded.event)
    )
