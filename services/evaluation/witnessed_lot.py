"""The record of a lot, by which an auditor draws it again and compares, without the system (R57).

The seed is nobody's choice: it follows from the panel and from a checkpoint of the review's ledger, the first
that covers the event with which letters, conflicts and terms stood fast. Whoever fixed them could not know
it yet, and whoever draws cannot take another. That it was signed a witness proves, not the record (0080).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Literal

import msgspec

from services.evaluation.assigning import draw
from services.evaluation.domain.review.lot import Drawn, Lot
from shared.codec import canonical

Difference = Literal["put_in", "fixed_late", "seed", "drawn"]


@dataclass(frozen=True, slots=True)
class Record:
    """A lot as it was drawn; `checkpoint` is the text that was signed: origin, size and root, each a line."""

    panel: str
    put_in: str  # the lot, as `written`
    put_in_sha256: str  # which an event may name before there is a seed
    fixed_at: int  # position of the event with which it stood fast
    checkpoint: str
    seed: str
    drawn: Drawn


def drawn_of(panel: str, lot: Lot, fixed_at: int, checkpoint: str) -> Record:
    """The draw of a panel with its record; ValueError for a checkpoint of before the lot stood fast."""
    if not _covers(checkpoint, fixed_at):
        raise ValueError(f"the checkpoint does not cover position {fixed_at}: its root was known before")
    put_in, seed = written(lot), seed_of(panel, checkpoint)
    return Record(panel, put_in, _sha256(put_in), fixed_at, checkpoint, seed, draw(lot, seed))


def redraw(record: Record) -> tuple[Difference, ...]:
    """In what a record is not what comes out when it is drawn again; nothing where all is the same.

    msgspec.ValidationError where what was put in is not a lot at all.
    """
    return tuple(_differences(record))


def _differences(record: Record) -> Iterable[Difference]:
    lot = msgspec.json.decode(record.put_in, type=Lot)
    if written(lot) != record.put_in or _sha256(record.put_in) != record.put_in_sha256:
        yield "put_in"
    if not _covers(record.checkpoint, record.fixed_at):
        yield "fixed_late"
    if record.seed != seed_of(record.panel, record.checkpoint):
        yield "seed"
    if record.drawn != draw(lot, record.seed):
        yield "drawn"


def written(lot: Lot) -> str:
    """A lot in canonical form, the same text in whatever order things were put in."""
    jurors = (replace(one, field=tuple(sorted(one.field))) for one in lot.jurors)
    told = {name: getattr(lot, name) for name in Lot.__slots__} | {
        "tracks": {str(number): track for number, track in lot.tracks.items()},
        "jurors": sorted(jurors, key=lambda one: one.letter),
        "conflicts": sorted(lot.conflicts),
        "called_in": sorted(lot.called_in),
    }
    return canonical(told).decode()


def seed_of(panel: str, checkpoint: str) -> str:
    """SHA-256 of two lines and the checkpoint, in hex: what the lot is for, and which panel's."""
    return _sha256(f"denggao jurors\n{panel}\n{checkpoint}")


def _sha256(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def _covers(checkpoint: str, position: int) -> bool:
    _, size, *_ = checkpoint.split("\n")
    return int(size) >= position
