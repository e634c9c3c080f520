"""A record as it was at a moment, by when things happened or by when they were entered; and what differs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from services.projects.differences import leaves
from services.projects.projections.page import Page, page
from shared.envelope import EPOCH, Recorded, written

Clock = Literal["entered", "happened"]
THE_END = datetime(9999, 1, 1, tzinfo=UTC)
BESIDE = ("version", "position", "recorded_at", "next")  # of a page: where it stands, and what follows


@dataclass(frozen=True, slots=True)
class Moment:
    """Up to when, by which of the two clocks, and of what was known where.

    `known` is the last position of the ledger that counts; what was entered later does not, however
    early it happened. With it a moment means the same for ever.
    """

    by: Clock = "entered"
    at: datetime | None = None
    known: int | None = None

    def holds(self, recorded: Recorded) -> bool:
        """Whether an event belongs to what was so at this moment."""
        if self.known is not None and recorded.position > self.known:
            return False
        return self.at is None or when(recorded, self.by) <= written(self.at)


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
    return [recorded for recorded in stream if moment.holds(recorded)]


def in_order(events: Sequence[Recorded], by: Clock) -> list[Recorded]:
    """Events in the order of one of their clocks."""
    return sorted(events, key=lambda recorded: (when(recorded, by), recorded.version))


def pinned(stream: Sequence[Recorded], moment: Moment) -> Moment:
    """The same moment, of a stream that has something by then, with all that makes it mean it for ever."""
    there = held(stream, moment)
    last = datetime.fromisoformat(when(in_order(there, moment.by)[-1], moment.by))
    if moment.by == "entered":
        return Moment("entered", moment.at or last, there[-1].position)
    known = [recorded.position for recorded in stream if Moment(known=moment.known).holds(recorded)]
    return Moment("happened", moment.at or last, known[-1])


def steps(stream: Sequence[Recorded], moment: Moment) -> tuple[Moment | None, Moment | None]:
    """The moments of one act less and of one more; None at the beginning and the end of what is known.

    By entering an act is one event; by happening all that happened at once.
    """
    there = held(stream, moment)
    if moment.by == "entered":
        back = there[-2] if len(there) > 1 else None
        on = stream[len(there)] if len(there) < len(stream) else None
        return tuple(one and _entered(one) for one in (back, on))  # type: ignore[return-value] # of two
    known = [recorded for recorded in stream if Moment(known=moment.known).holds(recorded)]
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


# A project


@dataclass(frozen=True, slots=True)
class Folded:
    """A project's page after some of its events, and the positions of those that had no place yet.

    By when things happened, an act may come before that on which it is: the page is shown without it. Every
    part of the page raises LookupError for an act on what is not there.
    """

    page: Page | None
    unplaced: tuple[int, ...] = ()


def folded(events: Sequence[Recorded]) -> Folded:
    """The page of these events of one stream, in the order of the record."""
    *_, last = _pages(events, Folded(None))
    return last


def _pages(events: Sequence[Recorded], before: Folded) -> Iterator[Folded]:
    """What was, and what is after each event."""
    yield before
    for place, recorded in enumerate(events, 1):
        try:
            before = Folded(page(before.page, recorded), before.unplaced)
        except LookupError:
            if recorded.version == place:  # nothing is missing before it: this is no matter of order
                raise
            before = Folded(before.page, (*before.unplaced, recorded.position))
        yield before


def fields(shown: Page | None) -> dict[str, Any]:
    """Every field of a page in which something stands, by its place, in the order of the page."""
    return dict(leaves({name: part for name, part in (shown or {}).items() if name not in BESIDE}))


@dataclass(frozen=True, slots=True)
class Changed:
    """A field that differs between two moments, and by which events between them; None: nothing stands there.

    No event where it differs because of what an act after it in the record made of it.
    """

    place: str
    before: Any
    after: Any
    positions: tuple[int, ...]


def between(
    before: Sequence[Recorded], after: Sequence[Recorded], shown: Callable[[Page], Page]
) -> tuple[list[Changed], int]:
    """What differs between the pages of some events and of more of them, and how many fields do not.

    `shown`: the page as the reader may see it.
    """
    known = {recorded.position for recorded in before}
    by: dict[str, list[int]] = {}

    def seen(one: Folded) -> dict[str, Any]:
        return fields(shown(one.page) if one.page else None)

    pages = _pages(after, Folded(None))
    last: Folded = next(pages)
    for recorded, then in zip(after, pages, strict=True):
        if recorded.position not in known:
            for place in apart(seen(last), seen(then)):
                by.setdefault(place, []).append(recorded.position)
        last = then
    old, new = seen(folded(before)), seen(last)
    places = apart(old, new)
    changed = [Changed(p, old.get(p), new.get(p), tuple(by.get(p, ()))) for p in places]
    return changed, len(old.keys() | new.keys()) - len(changed)


def changes_of(stream: Sequence[Recorded], shown: Callable[[Page], Page]) -> Iterator[list[Changed]]:
    """The fields that each event of a stream changed."""
    before: dict[str, Any] = {}
    pages = _pages(stream, Folded(None))
    next(pages)
    for recorded, then in zip(stream, pages, strict=True):
        after = fields(shown(then.page) if then.page else None)
        places = apart(before, after)
        yield [Changed(p, before.get(p), after.get(p), (recorded.position,)) for p in places]
        before = after


def apart(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """The places in which two differ, those of the later one first."""
    places = dict.fromkeys((*new, *old))
    return [place for place in places if old.get(place) != new.get(place)]
