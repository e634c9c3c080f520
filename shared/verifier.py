"""What an auditor needs to check our proofs, in one file that depends on nothing of ours.

Trees and proofs are those of RFC 6962 2.1, read literally: the functions follow the RFC's own recursion, so
that they can be laid beside the text. Leaves are counted from 0; a position in a ledger is one more.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from itertools import pairwise
from struct import Struct

HASH_BYTES = 32
RECORD = Struct(">16sQ32s")  # one event in its tree: stream, version, SHA-256 of its bytes


class NotProved(Exception):
    """The proof does not prove what it is for; the text says why."""


# -- hashes ---------------------------------------------------------------------------------------


def hash_of_record(record: bytes) -> bytes:
    """The leaf of an event from its 56 bytes."""
    return sha256(b"\0" + record).digest()


def hash_of_event(stream: bytes, version: int, body: bytes) -> bytes:
    """The leaf of an event from its bytes as they are stored."""
    return hash_of_record(RECORD.pack(stream, version, sha256(body).digest()))


def _join(left: bytes, right: bytes) -> bytes:
    return sha256(b"\1" + left + right).digest()


def _split(size: int) -> int:
    """The largest power of two below the size: how many leaves stand to the left."""
    return 1 << (size - 1).bit_length() - 1


def root_of_all(leaves: Iterable[bytes]) -> tuple[int, bytes]:
    """The size and the root of the tree over all these leaves, which are read once and not kept."""
    size, nodes = 0, list[bytes]()
    for leaf in leaves:
        carry, node = size, leaf
        while carry & 1:  # a perfect subtree of the same height stands to the left
            carry, node = carry >> 1, _join(nodes.pop(), node)
        nodes.append(node)
        size += 1
    if not nodes:
        return 0, sha256(b"").digest()
    root = nodes.pop()
    while nodes:
        root = _join(nodes.pop(), root)
    return size, root


# -- proofs ---------------------------------------------------------------------------------------


def root_from_path(index: int, size: int, leaf: bytes, path: Sequence[bytes]) -> bytes:
    """The root that a leaf and its audit path lead to (PATH of RFC 6962 2.1.1)."""
    if not 0 <= index < size:
        raise NotProved(f"a tree of {size} leaves has none at {index}")
    if size == 1:
        if path:
            raise NotProved("the proof is longer than its path")
        return leaf
    if not path:
        raise NotProved("the proof ends before its path")
    *lower, sibling = path
    k = _split(size)
    if index < k:
        return _join(root_from_path(index, k, leaf, lower), _hash(sibling))
    return _join(_hash(sibling), root_from_path(index - k, size - k, leaf, lower))


def check_consistency(old_size: int, old: bytes, size: int, root: bytes, proof: Sequence[bytes]) -> None:
    """That the tree of `size` only adds to the older one (PROOF of RFC 6962 2.1.2); raises NotProved."""
    if not 0 <= old_size <= size:
        raise NotProved(f"a tree of {size} leaves does not extend one of {old_size}")
    if old_size == 0:
        if proof or old != sha256(b"").digest():
            raise NotProved("everything extends the empty tree, whose root is the hash of nothing")
        if size == 0 and root != old:
            raise NotProved("two trees of the same size have different roots")
        return
    if (old, root) != _roots(old_size, size, old, proof, whole=True):
        raise NotProved(f"the tree of {size} leaves does not extend the one of {old_size}: history differs")


def _roots(m: int, n: int, known: bytes, proof: Sequence[bytes], *, whole: bool) -> tuple[bytes, bytes]:
    """Both roots that SUBPROOF(m, D[n], whole) leads to: of the first m leaves and of all n."""
    if m == n and whole:
        if proof:
            raise NotProved("the proof is longer than its path")
        return known, known
    if not proof:
        raise NotProved("the proof ends before its path")
    *lower, last = proof
    if m == n:
        if lower:
            raise NotProved("the proof is longer than its path")
        return _hash(last), _hash(last)
    k = _split(n)
    if m <= k:
        before, after = _roots(m, k, known, lower, whole=whole)
        return before, _join(after, _hash(last))
    before, after = _roots(m - k, n - k, known, lower, whole=False)
    return _join(_hash(last), before), _join(_hash(last), after)


def root_from_some(leaves: Sequence[tuple[int, bytes]], size: int, proof: Iterable[bytes]) -> bytes:
    """The root that many leaves, by rising index, and one proof for all of them lead to.

    The proof holds the root of every largest subtree without any of the leaves, from left to right.
    """
    indexes = [index for index, _ in leaves]
    if not indexes or indexes[0] < 0 or indexes[-1] >= size:
        raise NotProved(f"a tree of {size} leaves has not all of those that are to be proved")
    if any(left >= right for left, right in pairwise(indexes)):
        raise NotProved("the leaves do not stand in their order")
    rest = iter(proof)
    root = _node(0, size, 0, len(leaves), indexes, leaves, rest)
    if next(rest, None) is not None:
        raise NotProved("the proof is longer than its paths")
    return root


def _node(
    start: int,
    end: int,
    low: int,
    high: int,
    indexes: Sequence[int],
    leaves: Sequence[tuple[int, bytes]],
    proof: Iterator[bytes],
) -> bytes:
    """The root over the leaves from start to end, of which those from low to high are known."""
    if low == high:
        return _hash(next(proof, b""))
    if end - start == 1:
        return leaves[low][1]
    middle = start + _split(end - start)
    cut = bisect_left(indexes, middle, low, high)
    left = _node(start, middle, low, cut, indexes, leaves, proof)
    return _join(left, _node(middle, end, cut, high, indexes, leaves, proof))


def _hash(value: bytes) -> bytes:
    if len(value) != HASH_BYTES:
        raise NotProved("the proof holds something that is not a hash, or ends before its path")
    return value
