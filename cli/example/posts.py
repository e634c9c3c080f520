"""One request of the example: who asks for what, when; and the ids that its answer will have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from random import Random
from typing import Any
from uuid import NAMESPACE_URL, uuid5
from zoneinfo import ZoneInfo

import msgspec

from cli.example.group import Person
from shared.codec import canonical
from shared.ids import DENGGAO

ZONE = ZoneInfo("Asia/Shanghai")
MORNING = time(8, 30)
SLOT = timedelta(minutes=9)  # from one act of a project to its next on the same day
SECONDS_AT_MOST = 8 * 60  # into a slot
SLOTS_A_DAY = 60
NEVER = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Post:
    """A POST below `/api/projects`; `slot` orders the acts of one day, those of one slot go side by side."""

    day: date
    slot: int
    who: Person
    path: str
    body: Mapping[str, Any]
    label: str  # names this request among all of the example, so that its key is the same in every run
    stream: str  # id of what it is on: a project, a meeting, a unit …
    decides: tuple[str, ...] = ()  # ids of the projects that move on by themselves when this is done
    file: str = ""  # text to upload before
    at: datetime = NEVER  # set when all are in order

    def key(self, seed: str) -> str:
        """The Idempotency-Key."""
        return str(uuid5(DENGGAO, f"example/{seed}/{self.label}"))


def plain(value: Any) -> Any:
    """What a body holds of domain's values: the same JSON that would be recorded of them."""
    return msgspec.json.decode(canonical(value))


def begun(person: str, key: str, what: str) -> str:
    """The id of what a request begins (a project, a meeting), as the service derives it."""
    command = uuid5(NAMESPACE_URL, f"urn:denggao:command:{person}:{key}")
    return str(uuid5(command, what))


def in_order(posts: Iterable[Post]) -> list[Post]:
    """By day and slot, and each with its moment; what goes side by side has one, whoever comes first."""
    ordered = sorted(posts, key=lambda post: (post.day, post.slot, post.label))
    return [replace(post, at=_moment(post.day, post.slot)) for post in ordered]


def rounds(posts: Iterable[Post]) -> Iterator[tuple[date, list[Post]]]:
    """What goes side by side, in order."""
    for (day, _), together in groupby(posts, key=lambda post: (post.day, post.slot)):
        yield day, list(together)


def _moment(day: date, slot: int) -> datetime:
    assert 0 <= slot < SLOTS_A_DAY, f"{slot} is too late in the day"
    seconds = Random(f"{day}/{slot}").randrange(SECONDS_AT_MOST)  # nobody acts on the dot
    begins = datetime.combine(day, MORNING, ZONE).astimezone(UTC) + slot * SLOT
    return begins + timedelta(seconds=seconds)
