"""Proofs from what is stored: which spans of a tree one holds, and their roots out of tiles and events."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Select, Table, select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.ledger_tables import events, tiles
from shared.merkle import HASH_BYTES, TILE, Frontier, leaf_hash, root_of

Span = tuple[int, int]  # the leaves from the first to before the second, counted from 0
_AT_ONCE = 500  # names of one statement
_LEVEL = TILE.bit_length() - 1  # how much higher in the tree the next level of tiles lies


# -- which spans -------------------------------------------------------------


def extension(old_size: int, size: int) -> list[Span]:
    """The consistency proof from a smaller tree to a larger one (2.1.2), lowest first."""
    if old_size == 0:
        return []
    start, end, spans = 0, size, list[Span]()
    while end != old_size:
        middle = start + _split(end - start)
        if old_size <= middle:
            spans.append((middle, end))
            end = middle
        else:
            spans.append((start, middle))
            start = middle
    if start:
        spans.append((start, end))
    return spans[::-1]


def left_out(kept: Iterable[int], sizes: Iterable[int]) -> list[Span]:
    """The perfect subtrees over all leaves but those that are kept, left to right; none goes over a size."""
    cuts = sorted({*((index, index + 1) for index in kept), *((size, size) for size in sizes)})
    starts, ends = [0, *(end for _, end in cuts)], [start for start, _ in cuts]
    return [
        (number << height, (number + 1) << height)
        for span in zip(starts, ends, strict=False)
        for height, number in _perfect(span)
    ]


def _split(size: int) -> int:
    return 1 << (size - 1).bit_length() - 1


# -- their roots, as they are stored --------------------------------------------------------------

_Node = tuple[int, int]  # height and number of a perfect subtree


def _perfect(span: Span) -> Iterator[_Node]:
    """The perfect subtrees that leaves side by side consist of, left to right."""
    start, end = span
    while start < end:
        height = (end - start).bit_length() - 1
        if start:
            height = min(height, (start & -start).bit_length() - 1)  # where such a one may stand
        yield height, start >> height
        start += 1 << height


async def roots(connection: AsyncConnection, ledger: str, spans: Iterable[Span]) -> list[bytes]:
    """The root of each of these spans of a ledger's tree; no more is read than they need."""
    parts = [list(_perfect(span)) for span in spans]
    stored = await _Stored.of(connection, ledger, {node for nodes in parts for node in nodes})
    return [
        Frontier(sum(1 << height for height, _ in nodes), tuple(map(stored.root, nodes))).root()
        for nodes in parts
    ]


class _Stored:
    """Hashes of a tree at the levels of its tiles: 0 are the leaves, each next is 256 times as coarse."""

    def __init__(self, hashes: Mapping[_Node, bytes]) -> None:
        self._hashes = hashes  # by level and number

    @classmethod
    async def of(cls, connection: AsyncConnection, ledger: str, nodes: set[_Node]) -> _Stored:
        wanted: dict[int, set[int]] = {}  # full or open tiles, by level
        for height, number in nodes:
            level, up = divmod(height, _LEVEL)
            wanted.setdefault(level, set()).add((number << up) // TILE)
        hashes: dict[_Node, bytes] = {}
        for level, numbers in wanted.items():
            full = await _full(connection, ledger, level, sorted(numbers))
            for number, packed in full.items():
                for i in range(TILE):
                    hashes[level, number * TILE + i] = packed[i * HASH_BYTES : (i + 1) * HASH_BYTES]
            for number in numbers - full.keys():
                hashes |= await _open(connection, ledger, level, number)
        return cls(hashes)

    def root(self, node: _Node) -> bytes:
        height, number = node
        level, up = divmod(height, _LEVEL)
        return root_of(self._hashes[level, i] for i in range(number << up, (number + 1) << up))


async def _full(
    connection: AsyncConnection, ledger: str, level: int, numbers: Sequence[int]
) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    for start in range(0, len(numbers), _AT_ONCE):
        some = numbers[start : start + _AT_ONCE]
        query = _of(tiles, ledger, tiles.c.number, tiles.c.hashes).where(
            tiles.c.level == level, tiles.c.number.in_(some)
        )
        found |= {row.number: row.hashes for row in await connection.execute(query)}
    return found


async def _open(connection: AsyncConnection, ledger: str, level: int, number: int) -> dict[_Node, bytes]:
    """The hashes of a tile that is not full yet: roots of the tiles below, or the leaves themselves."""
    first = number * TILE
    if level:
        below = _of(tiles, ledger, tiles.c.number, tiles.c.root).where(
            tiles.c.level == level - 1, tiles.c.number >= first, tiles.c.number < first + TILE
        )
        return {(level, row.number): row.root for row in await connection.execute(below)}
    leaves = _of(events, ledger, events.c.position, events.c.stream, events.c.version, events.c.body).where(
        events.c.position > first, events.c.position <= first + TILE
    )
    return {
        (0, row.position - 1): leaf_hash(row.stream, row.version, row.body)
        for row in await connection.execute(leaves)
    }


def _of(table: Table, ledger: str, *columns: Any) -> Select[Any]:
    return select(*columns).where(table.c.ledger == ledger)
