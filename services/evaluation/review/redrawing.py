"""Draws the jurors of a review again, from the file of its ledger in a dossier and nothing else (R57)."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

import msgspec

from services.evaluation.domain.review.panel import PANEL
from services.evaluation.domain.review.panel.fixing import LotFixed
from services.evaluation.domain.review.panel.opening import PanelOpened
from services.evaluation.review.witnessed_lot import Difference, record_of, redraw
from shared.codec import Schema
from shared.envelope import Envelope, Recorded
from shared.verifier import RECORD, Checkpoint, Tree

_SCHEMA = Schema(PANEL.events)


@dataclass(frozen=True, slots=True)
class Redrawn:
    """A panel that was opened, and in what its draw comes out otherwise; nothing where it is the same."""

    panel: UUID
    differs: tuple[Difference, ...]


def redrawn(lines: Iterable[bytes]) -> Iterator[Redrawn]:
    """Each panel's draw once more, from a file that was verified before.

    The head from which its seed follows is that of the tree right behind the event that fixed the lot:
    reckoned here from the leaves, so that a seed which somebody chose differs.
    """
    source = iter(lines)
    origin, tree = _origin(source), Tree()
    streams: dict[UUID, list[Recorded]] = {}
    heads: dict[UUID, str] = {}
    for line in source:
        position, *parts = line[:-1].split(b" ", 4)
        if len(parts) == 1 and position != b"end":
            tree.add(bytes.fromhex(parts[0].decode()), int(position) - tree.size)
        elif len(parts) > 1:
            recorded = _added(tree, parts)
            if recorded is None or recorded.event is None:
                continue
            streams.setdefault(recorded.stream, []).append(recorded)
            if isinstance(recorded.event, LotFixed):
                heads[recorded.stream] = str(Checkpoint(origin, tree.size, tree.root()))
    for panel, stream in streams.items():
        if any(isinstance(one.event, PanelOpened) for one in stream):
            yield Redrawn(panel, redraw(record_of(stream, heads[panel])))


def _origin(source: Iterator[bytes]) -> str:
    """Whose tree it is, as its checkpoints say; reads on to the first event.

    Without the moment from which it was signed anew: a draw knows the ledger by its name alone.
    """
    found = ""
    while (line := next(source, b"\n")) != b"\n":
        if line.startswith(b"checkpoint "):
            found = base64.b64decode(line.split()[1]).decode().partition("\n")[0]
    log, _, ledger = found.rpartition("/")
    return f"{log}/{ledger.partition('@')[0]}"


def _added(tree: Tree, parts: list[bytes]) -> Recorded | None:
    """The next event of the tree; None where only its hash is there."""
    stream, version, hash_, *body = parts
    hashed = sha256(body[0]).digest() if body else bytes.fromhex(hash_.decode())
    id_ = bytes.fromhex(stream.decode())
    tree.add(sha256(b"\0" + RECORD.pack(id_, int(version), hashed)).digest())
    if not body:
        return None
    envelope = msgspec.json.decode(body[0], type=Envelope)
    known = _SCHEMA.read(envelope) if envelope.aggregate == PANEL.aggregate else None
    return Recorded("evaluation", "", tree.size, UUID(bytes=id_), int(version), body[0], envelope, known)
