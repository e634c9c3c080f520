"""The record of a lot, by which an auditor draws it again and compares, without the system (R57).

The seed is nobody's choice: it follows from the panel and from the head of the review's ledger right behind
the event with which the lot stood fast. Whoever fixed it could not know that head, and whoever draws cannot
take another. That the ledger had it, each checkpoint proves that was signed since, not the record (0080).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Literal

import msgspec

from services.evaluation.domain.review.lot import Drawn, Lot
from services.evaluation.domain.review.panel.fixing import LotFixed
from services.evaluation.domain.review.panel.opening import DossierPlaced, PanelOpened
from services.evaluation.domain.review.panel.state import Seat
from services.evaluation.review.assigning import draw
from shared.codec import canonical
from shared.envelope import Recorded

Difference = Literal["put_in", "seed", "drawn"]


@dataclass(frozen=True, slots=True)
class Record:
    """A lot as it was drawn."""

    panel: str
    put_in: str  # the lot, as `written`
    put_in_sha256: str
    head: str  # as a checkpoint says it: origin, size and root, a line each; its size is that position
    seed: str
    drawn: Drawn


def drawn_of(panel: str, put_in: str, head: str) -> Record:
    """The draw of a panel from what stood fast, with its record; ValueError where it is no lot `written`."""
    lot, seed = _read(put_in), seed_of(panel, head)
    if written(lot) != put_in:
        raise ValueError("what is drawn from was not put in as it is written")
    return Record(panel, put_in, _sha256(put_in), head, seed, draw(lot, seed))


def record_of(stream: Iterable[Recorded], head: str) -> Record:
    """What a panel's own stream says of its draw; ValueError where it has not opened.

    `head` is the ledger's at the position of the last `LotFixed`.
    """
    fixed: Recorded | None = None
    opened: PanelOpened | None = None
    assigned: list[Seat] = []
    for recorded in stream:
        match recorded.event:
            case LotFixed():
                fixed = recorded
            case PanelOpened():
                opened = recorded.event
            case DossierPlaced(dossier, jurors):
                assigned += [(dossier.number, letter) for letter in jurors]
    if fixed is None or opened is None:
        raise ValueError("this panel was not drawn")
    judging = {letter for _, letter in assigned}
    drawn = Drawn(tuple(sorted(assigned)), tuple(sorted({*opened.jurors} - judging)))
    put_in = fixed.event.lot
    return Record(str(fixed.stream), put_in, _sha256(put_in), head, opened.seed, drawn)


def redraw(record: Record) -> tuple[Difference, ...]:
    """In what a record is not what comes out when it is drawn again; nothing where all is the same.

    ValueError where what was put in is no lot at all.
    """
    return tuple(_differences(record))


def _differences(record: Record) -> Iterable[Difference]:
    lot = _read(record.put_in)
    if written(lot) != record.put_in or _sha256(record.put_in) != record.put_in_sha256:
        yield "put_in"
    if record.seed != seed_of(record.panel, record.head):
        yield "seed"
    again, then = draw(lot, record.seed), record.drawn
    if (then.assigned, then.substitutes) != (again.assigned, again.substitutes):
        yield "drawn"


def _read(put_in: str) -> Lot:
    return msgspec.json.decode(put_in, type=Lot)


def written(lot: Lot) -> str:
    """A lot in canonical form, the same text in whatever order things were put in."""
    jurors = (replace(one, fields=tuple(sorted(one.fields))) for one in lot.jurors)
    told = {name: getattr(lot, name) for name in Lot.__slots__} | {
        "tracks": {str(number): track for number, track in lot.tracks.items()},
        "jurors": sorted(jurors, key=lambda one: one.letter),
        "conflicts": sorted(lot.conflicts),
        "called_in": sorted(lot.called_in),
    }
    return canonical(told).decode()


def seed_of(panel: str, head: str) -> str:
    """SHA-256 of two lines and the head, in hex: what the lot is for, and which panel's."""
    return _sha256(f"denggao jurors\n{panel}\n{head}")


def _sha256(text: str) -> str:
    return sha256(text.encode()).hexdigest()
