"""The tree over a ledger: RFC 6962 hashing, the frontier that grows with every append, and tiles."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from struct import Struct
from uuid import UUID

ALGORITHM = "rfc6962-sha256"
HASH_BYTES = 32
TILE = 256  # hashes in one full tile
EMPTY_ROOT = sha256(b"").digest()
_LEAF = Struct(">c16sQ32s").pack


def leaf_hash(stream: UUID, version: int, body: bytes) -> bytes:
    """Hash of one event: stream (16 bytes) ‖ version (8) ‖ SHA-256 of its bytes (32).

    Hashed with the leaf's prefix of RFC 6962 2.1.
    """
    return sha256(_LEAF(b"\0", stream.bytes, version, sha256(body).digest())).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of an inner node, RFC 6962 2.1."""
    return sha256(b"\1" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Frontier:
    """The roots of the perfect subtrees of a tree, largest first: all that growing it needs.

    One subtree for every 1 in the binary form of the size, so at most 63 hashes.
    """

    size: int = 0
    nodes: tuple[bytes, ...] = ()

    def grown(self, leaves: Iterable[bytes]) -> Frontier:
        """The frontier after these leaf hashes."""
        size, nodes = self.size, list(self.nodes)
        for leaf in leaves:
            carry, node = size, leaf
            while carry & 1:  # a perfect subtree of the same height stands to the left: join
                node = node_hash(nodes.pop(), node)
                carry >>= 1
            nodes.append(node)
            size += 1
        return Frontier(size, tuple(nodes))

    def root(self) -> bytes:
        """The tree's root hash; SHA-256 of nothing when it is empty."""
        if not self.nodes:
            return EMPTY_ROOT
        root = self.nodes[-1]
        for node in reversed(self.nodes[:-1]):
            root = node_hash(node, root)
        return root

    def differing(self, other: Frontier) -> tuple[int, int]:
        """The first and last position under the first subtree in which two trees of one size differ."""
        heights = [height for height in reversed(range(self.size.bit_length())) if self.size >> height & 1]
        start = 0
        for mine, theirs, height in zip(self.nodes, other.nodes, heights, strict=True):
            if mine != theirs:
                return start + 1, start + (1 << height)
            start += 1 << height
        raise ValueError("these trees are the same")

    def packed(self) -> bytes:
        """The nodes one after another, for the head row."""
        return b"".join(self.nodes)

    @classmethod
    def unpacked(cls, size: int, data: bytes) -> Frontier:
        """The frontier in a head row; ValueError where it cannot be one of this size."""
        if len(data) != HASH_BYTES * size.bit_count():
            raise ValueError(f"a frontier of size {size} has {size.bit_count()} nodes, not {len(data)} bytes")
        return cls(size, tuple(data[i : i + HASH_BYTES] for i in range(0, len(data), HASH_BYTES)))


def root_of(hashes: Iterable[bytes]) -> bytes:
    """Root of the tree over these leaf (or tile) hashes."""
    return Frontier().grown(hashes).root()


class Growing:
    """A tree that grows by whole tiles: what is open at each level, and so all that growing it needs."""

    def __init__(self, levels: Iterable[Sequence[bytes]] = ()) -> None:
        self.levels = [list(hashes) for hashes in levels]  # above the leaves: roots of tiles, fewer than 256

    @property
    def size(self) -> int:
        """How many leaves its tiles hold."""
        return sum(len(hashes) * TILE**level for level, hashes in enumerate(self.levels, 1))

    def add(self, root: bytes) -> Iterator[tuple[int, int, list[bytes]]]:
        """The next full tile of leaves, by its root; each tile above that it fills: level, number, hashes."""
        for level in range(1, len(self.levels) + 2):
            if level > len(self.levels):
                self.levels.append([])
            hashes = self.levels[level - 1]
            hashes.append(root)
            if len(hashes) < TILE:
                return
            full, self.levels[level - 1] = hashes, []
            above = sum(len(more) * TILE**up for up, more in enumerate(self.levels[level:]))
            yield level, above, full
            root = root_of(full)

    def frontier(self, leaves: Sequence[bytes] = ()) -> Frontier:
        """The frontier with these leaves behind its tiles."""
        parts = [*reversed(self.levels), leaves]
        nodes = [node for hashes in parts for node in Frontier().grown(hashes).nodes]
        return Frontier(self.size + len(leaves), tuple(nodes))
