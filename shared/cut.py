"""All ledgers of a service as of one moment: positions that belong together, under a name that lasts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy import select, tuple_

from shared.codec import canonical
from shared.domain import NotKnown
from shared.engines import rows_of
from shared.envelope import EPOCH, Recorded, micros, moment
from shared.ledger import RESTRICTED, Ledgers
from shared.ledger_tables import events

NAME = r"^([0-9]{1,17})-([0-9a-f]{16})$"  # <microseconds since 1970>-<how a hash of the positions begins>
AT_ONCE = 400  # ledgers asked for in one query


class NoSuchCut(NotKnown):
    """These ledgers were never in the state that this name stands for.

    Use a name exactly as an answer gave it, or ask for a moment."""


@dataclass(frozen=True, slots=True)
class Cut:
    """How far each ledger had come at a moment; a ledger that had not begun is left out.

    It is consistent: no event is recorded before one that its decision had read, so that what stands
    in its `after` was recorded by then as well.
    """

    at: datetime
    positions: Mapping[str, int]

    @property
    def name(self) -> str:
        """Short enough for an address: the moment, and by what the positions are known again."""
        return f"{micros(self.at)}-{sha256(canonical(self.positions)).hexdigest()[:16]}"

    def holds(self, recorded: Recorded) -> bool:
        """Whether an event is in it."""
        return recorded.position <= self.positions.get(recorded.ledger, 0)


async def cut_at(ledgers: Ledgers, at: datetime) -> Cut:
    """The cut at a moment, which is the same for ever once nothing of that moment can be on its way.

    Ledgers grow in the order of time, so each is halved until the place is found; those that only
    some may know of are left out.
    """
    at = max(at, EPOCH)
    limit = micros(at)
    known = {name: head for name, head in (await ledgers.heads()).items() if name not in RESTRICTED}
    low = {name: head.position if head.recorded_at <= limit else 0 for name, head in known.items()}
    high = {name: head.position for name, head in known.items()}  # the first that may be too late
    while open_ := {n: (low[n] + high[n]) // 2 for n in known if high[n] - low[n] > 1}:
        times = await _times(ledgers, open_)
        for name, middle in open_.items():
            (low if times[name] <= limit else high)[name] = middle
    return Cut(at, {name: position for name, position in sorted(low.items()) if position})


async def cut_of(ledgers: Ledgers, name: str) -> Cut:
    """The cut of a name that an answer gave; NoSuchCut for any other, and where a ledger is another now."""
    found = re.match(NAME, name)
    cut = await cut_at(ledgers, moment(int(found[1]))) if found else None
    if cut is None or cut.name != name:
        raise NoSuchCut()
    return cut


async def _times(ledgers: Ledgers, places: Mapping[str, int]) -> dict[str, int]:
    """When the event at a position of each of these ledgers was recorded, in microseconds since 1970."""
    times: dict[str, int] = {}
    wanted = list(places.items())
    for first in range(0, len(wanted), AT_ONCE):
        here = tuple_(events.c.ledger, events.c.position).in_(wanted[first : first + AT_ONCE])
        rows = await rows_of(ledgers.engine, select(events.c.ledger, events.c.recorded_at).where(here))
        times |= {row["ledger"]: row["recorded_at"] for row in rows}
    return times
