"""A project folded from some of its events, and what differs between two of its pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.projects.differences import leaves
from services.projects.projections.page import Page, page
from shared.envelope import Recorded

BESIDE = ("version", "position", "recorded_at", "next")  # of a page: where it stands, and what follows


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
