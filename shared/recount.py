"""Whether rows are whole ledgers: every position, every hash, every tile, the head that they must lead to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Row

from shared.checkpoints import checkpoints
from shared.ledger_tables import events, heads, tiles
from shared.merkle import HASH_BYTES, TILE, Frontier, leaf_hash, root_of


class NotWhole(Exception):
    """The rows are not whole ledgers; the text says which one and where."""


class Counted(msgspec.Struct, frozen=True):
    """A ledger that is whole: how long it is, and the root of its tree."""

    service: str
    ledger: str
    position: int
    root: str  # hexadecimal


class _Read(msgspec.Struct):
    """What an event says its decision had read."""

    after: dict[str, int]


class Came(msgspec.Struct):
    """Where an event that goes on in another ledger says that its stream was before."""

    ledger: str
    position: int
    leaf: str  # hexadecimal


class _Arrived(msgspec.Struct):
    data: Came


_read = msgspec.json.Decoder(_Read)
_arrived = msgspec.json.Decoder(_Arrived)


@dataclass(slots=True)
class _Piece:
    """What of a stream lies in one ledger without a gap: its last event, and where the first comes from."""

    at: str  # id of its first event
    first: int  # version
    came: Came | None
    ledger: str
    version: int = 0  # of its last event, as are the next two
    position: int = 0
    leaf: bytes = b""

    def follows(self, before: _Piece) -> bool:
        came = self.came
        if came is None or self.first != before.version + 1:
            return False
        return (came.ledger, came.position, came.leaf) == (before.ledger, before.position, before.leaf.hex())


@dataclass(slots=True)
class _Tree:
    """A ledger's tree, grown by a tile at a time."""

    frontier: Frontier = field(default_factory=Frontier)
    open: list[bytes] = field(default_factory=list)
    roots: list[bytes] = field(default_factory=list)  # of the full tiles of leaves
    position: int = 0
    recorded_at: int = 0
    leaf: bytes = b""

    def add(self, row: Row[Any]) -> None:
        self.position, self.recorded_at = row.position, row.recorded_at
        self.leaf = leaf_hash(row.stream, row.version, row.body)
        self.open.append(self.leaf)
        if len(self.open) == TILE:
            self.roots.append(root_of(self.open))
            self.close()

    def close(self) -> None:
        self.frontier, self.open = self.frontier.grown(self.open), []

    def tiles(self) -> dict[tuple[int, int], bytes]:
        """The root of every full tile, by level and number."""
        found: dict[tuple[int, int], bytes] = {}
        level, roots = 0, self.roots
        while roots:
            found |= {(level, number): root for number, root in enumerate(roots)}
            full = range(len(roots) // TILE)
            level, roots = level + 1, [root_of(roots[n * TILE : (n + 1) * TILE]) for n in full]
        return found


class Recount:
    """Takes the rows of one or more services' truth, each table in the order of its key."""

    def __init__(self) -> None:
        self._services: set[str] = set()
        self._trees: dict[str, _Tree] = defaultdict(_Tree)
        self._heads: dict[str, Row[Any]] = {}
        self._tiles: dict[str, dict[tuple[int, int], bytes]] = defaultdict(dict)
        self._streams: dict[str, dict[UUID, list[_Piece]]] = defaultdict(dict)
        self._reached: dict[str, int] = {}  # ledgers that something had read, and how far

    def taking(self, service: str, table: str) -> Callable[[Row[Any]], None]:
        """What takes the rows of a table of a service; raises NotWhole."""
        self._services.add(service)
        takes: dict[str, Callable[[str, Row[Any]], None]] = {
            events.name: self._event,
            tiles.name: self._tile,
            heads.name: self._head,
            checkpoints.name: self._checkpoint,
        }
        take = takes.get(table)
        return (lambda row: take(service, row)) if take else (lambda _row: None)

    def finish(self) -> list[Counted]:
        """All ledgers, each as long as its head says and not read further than that; else NotWhole."""
        if strays := (self._trees.keys() | self._tiles.keys()) - self._heads.keys():
            raise NotWhole(f"{min(strays)} has events and no head")
        for name, position in self._reached.items():
            known = self._heads.get(name)
            if _service(name) in self._services and (known is None or known.position < position):
                raise NotWhole(f"{name} was read up to {position} and is shorter")
        for streams in self._streams.values():
            for pieces in streams.values():
                _refuse_gap(pieces)
        return [self._counted(name, self._heads[name]) for name in sorted(self._heads)]

    def _counted(self, name: str, head: Row[Any]) -> Counted:
        tree = self._trees[name]
        tree.close()
        if (tree.position, tree.recorded_at, tree.leaf) != (head.position, head.recorded_at, head.leaf):
            raise NotWhole(f"{name} ends at {tree.position}, not as its head says at {head.position}")
        if tree.frontier.packed() != head.frontier:
            raise NotWhole(f"the tree of {name} is not the tree of its events")
        if tree.tiles() != self._tiles[name]:
            raise NotWhole(f"the tiles of {name} are not those of its events")
        return Counted(_service(name), head.ledger, head.position, tree.frontier.root().hex())

    def _event(self, service: str, row: Row[Any]) -> None:
        name = f"{service}/{row.ledger}"
        tree = self._trees[name]
        if row.position != tree.position + 1 or row.recorded_at < tree.recorded_at:
            raise NotWhole(f"{name}/{row.position} does not follow on {tree.position}")
        tree.add(row)
        self._in_stream(service, name, row, tree.leaf)
        try:
            self._has_read(_read.decode(row.body).after)
        except msgspec.DecodeError as error:
            raise NotWhole(f"{name}/{row.position} cannot be read") from error

    def _in_stream(self, service: str, name: str, row: Row[Any], leaf: bytes) -> None:
        """The next event of its stream in this ledger, or the first that goes on from another (R70)."""
        pieces = self._streams[service].setdefault(row.stream, [])
        if not pieces or (pieces[-1].ledger, pieces[-1].version + 1) != (row.ledger, row.version):
            at, came = f"{name}/{row.position}", None
            if row.version > 1:
                try:
                    came = _arrived.decode(row.body).data
                except msgspec.DecodeError as error:
                    raise NotWhole(f"{at} is not the next event of its stream") from error
            pieces.append(_Piece(at, row.version, came, row.ledger))
        last = pieces[-1]
        last.version, last.position, last.leaf = row.version, row.position, leaf

    def _tile(self, service: str, row: Row[Any]) -> None:
        hashes = [row.hashes[i : i + HASH_BYTES] for i in range(0, len(row.hashes), HASH_BYTES)]
        if len(hashes) != TILE or root_of(hashes) != row.root:
            raise NotWhole(f"a tile of {service}/{row.ledger} is damaged")
        self._tiles[f"{service}/{row.ledger}"][row.level, row.number] = row.root

    def _head(self, service: str, row: Row[Any]) -> None:
        self._heads[f"{service}/{row.ledger}"] = row

    def _checkpoint(self, _service: str, row: Row[Any]) -> None:
        if row.position:
            self._has_read({f"{row.service}/{row.ledger}": row.position})

    def _has_read(self, after: Mapping[str, int]) -> None:
        for name, position in after.items():
            self._reached[name] = max(position, self._reached.get(name, 0))


def _refuse_gap(pieces: list[_Piece]) -> None:
    """NotWhole where a stream does not begin with its first event, or goes on after another than it says."""
    pieces.sort(key=lambda piece: piece.first)
    if pieces[0].first != 1:
        raise NotWhole(f"{pieces[0].at} is not the next event of its stream")
    for before, after in pairwise(pieces):
        if not after.follows(before):
            raise NotWhole(f"{after.at} is not the next event of its stream")


def _service(name: str) -> str:
    return name.partition("/")[0]
