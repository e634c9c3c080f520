"""A moment of the record: by when things happened or were entered, up to when, and what was known of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from fastapi import Query
from pydantic import BaseModel, Field

from shared.envelope import EPOCH, Recorded, written
from shared.problems import FieldsWrong

BY = Query(description="entered: what was known then; happened: what had happened, as it is known since")
AT = Query(description="The moment (RFC 3339), at least 5 s ago; without it, now")
POSITION = Query(ge=1, le=2**53, description="Only what was entered up to this position of the ledger")
SETTLED_SECONDS = 5  # no event is recorded with a moment longer past than this


class MomentTooRecent(FieldsWrong):
    """Too recent; choose a moment at least {seconds} s ago.

    Choose an earlier moment, or none to see how it is now."""


def refuse_unsettled(now: datetime, at: datetime | None, field: str) -> None:
    """MomentTooRecent while events of that moment may be on their way; the field in which it was given."""
    if at is not None and at > now - timedelta(seconds=SETTLED_SECONDS):
        raise MomentTooRecent(fields=[field], seconds=SETTLED_SECONDS)


Clock = Literal["entered", "happened"]
THE_END = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Moment:
    """Up to when, by which of the two clocks, and of what was known where.

    `known` is the last position of the ledger that counts; what was entered later does not, however
    early it happened. With it a moment means the same for ever.
    """

    by: Clock = "entered"
    at: datetime | None = None
    known: int | None = None


def within(at: datetime | None) -> datetime | None:
    """A moment that envelopes can write; before the first and after the last of these nothing is recorded."""
    return None if at is None else min(max(at, EPOCH), THE_END)


def when(recorded: Recorded, by: Clock) -> str:
    """The time of an event by one of its clocks, as envelopes write it."""
    envelope = recorded.envelope
    return envelope.happened_at if by == "happened" else envelope.recorded_at


def late(recorded: Recorded) -> bool:
    """Whether it was entered after it had happened."""
    return recorded.envelope.happened_at < recorded.envelope.recorded_at


def held(stream: Sequence[Recorded], moment: Moment) -> list[Recorded]:
    """The events of a stream that belong to a moment, in the order of the record."""
    known = _known(stream, moment.known)
    if moment.at is None:
        return known
    until = written(moment.at)
    return [recorded for recorded in known if when(recorded, moment.by) <= until]


def _known(stream: Sequence[Recorded], position: int | None) -> list[Recorded]:
    """What was entered up to a position; where the stream came from another ledger (R70), all that was there.

    Positions of two ledgers say nothing of each other: it is of that in which the stream has an event at it,
    the later one where both have.
    """
    if position is None:
        return list(stream)
    there = [place for place, one in enumerate(stream) if one.position == position]
    there = there or [place for place, one in enumerate(stream) if one.position < position]
    if not there:
        return []
    last = there[-1]
    ledger = stream[last].ledger
    return [
        one
        for place, one in enumerate(stream)
        if (one.position <= position if one.ledger == ledger else place < last)
    ]


def in_order(events: Sequence[Recorded], by: Clock) -> list[Recorded]:
    """Events in the order of one of their clocks."""
    return sorted(events, key=lambda recorded: (when(recorded, by), recorded.version))


def pinned(stream: Sequence[Recorded], moment: Moment) -> Moment:
    """The same moment, of a stream that has something by then, with all that makes it mean it for ever."""
    there = held(stream, moment)
    last = datetime.fromisoformat(when(in_order(there, moment.by)[-1], moment.by))
    if moment.by == "entered":
        return Moment("entered", moment.at or last, there[-1].position)
    known = _known(stream, moment.known)
    return Moment("happened", moment.at or last, known[-1].position)


def steps(stream: Sequence[Recorded], moment: Moment) -> tuple[Moment | None, Moment | None]:
    """The moments of one act less and of one more; None at the beginning and the end of what is known.

    By entering an act is one event; by happening all that happened at once.
    """
    there = held(stream, moment)
    if moment.by == "entered":
        back = there[-2] if len(there) > 1 else None
        on = stream[len(there)] if len(there) < len(stream) else None
        return tuple(one and _entered(one) for one in (back, on))  # type: ignore[return-value] # of two
    known = _known(stream, moment.known)
    times = sorted({when(recorded, "happened") for recorded in known})
    passed = len({when(recorded, "happened") for recorded in there})
    before = times[passed - 2] if passed > 1 else None
    after = times[passed] if passed < len(times) else None
    known_at = known[-1].position
    return tuple(
        time and Moment("happened", datetime.fromisoformat(time), known_at) for time in (before, after)
    )  # type: ignore[return-value]


def _entered(recorded: Recorded) -> Moment:
    return Moment("entered", recorded.recorded_at, recorded.position)


class MomentShown(BaseModel):
    """A moment; asked for again by these three, it is answered the same for ever."""

    by: Clock
    at: datetime
    position: int = Field(description="What was entered up to here was known")


def moment_shown(moment: Moment) -> MomentShown:
    """A pinned moment, as it is asked for again."""
    assert moment.at is not None
    assert moment.known is not None
    return MomentShown(by=moment.by, at=moment.at, position=moment.known)
