"""The tree agrees with RFC 6962, read literally, and with the vectors that others publish."""

from __future__ import annotations

from hashlib import sha256
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.merkle import EMPTY_ROOT, HASH_BYTES, TILE, Frontier, Growing, leaf_hash, node_hash, root_of

LEAVES = [sha256(b"\0" + str(n).encode()).digest() for n in range(300)]

# The inputs and roots of certificate-transparency's own tests (merkletree/merkle_tree_test.cc).
VECTORS = [bytes.fromhex(text) for text in ("", "00", "10", "2021", "3031", "40414243")] + [
    bytes(range(0x50, 0x58)),
    bytes(range(0x60, 0x70)),
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def naive_root(leaves: list[bytes]) -> bytes:
    """MTH of RFC 6962 2.1 as it stands there, over leaf hashes."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return sha256(b"\1" + naive_root(leaves[:k]) + naive_root(leaves[k:])).digest()


@pytest.mark.parametrize(("size", "root"), list(enumerate(ROOTS, 1)))
def test_published_vectors(size: int, root: str) -> None:
    leaves = [sha256(b"\0" + data).digest() for data in VECTORS[:size]]
    assert root_of(leaves).hex() == root


def test_the_empty_tree_has_the_hash_of_nothing() -> None:
    assert Frontier().root() == EMPTY_ROOT == sha256().digest()
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.mark.parametrize("size", range(301))
def test_every_size_agrees_with_the_rfc(size: int) -> None:
    assert root_of(LEAVES[:size]) == naive_root(LEAVES[:size])


def test_growing_one_by_one_agrees_at_every_step() -> None:
    frontier = Frontier()
    for size, leaf in enumerate(LEAVES, 1):
        frontier = frontier.grown([leaf])
        assert frontier.size == size
        assert len(frontier.nodes) == size.bit_count()
        assert frontier.root() == naive_root(LEAVES[:size])


@given(st.lists(st.integers(0, 40), max_size=12))
def test_how_leaves_are_grouped_changes_nothing(groups: list[int]) -> None:
    frontier, done = Frontier(), 0
    for group in groups:
        frontier = frontier.grown(LEAVES[done % 200 : done % 200 + group])
        done += group
    again, done = Frontier(), 0
    for group in groups:
        for leaf in LEAVES[done % 200 : done % 200 + group]:
            again = again.grown([leaf])
        done += group
    assert frontier == again


@pytest.mark.parametrize("size", [0, 1, 2, 3, 255, 256, 257, 300])
def test_a_frontier_survives_its_packing(size: int) -> None:
    frontier = Frontier().grown(LEAVES[:size])
    assert Frontier.unpacked(size, frontier.packed()) == frontier


@pytest.mark.parametrize("size", [0, 1, 3, 255, 256])
def test_a_frontier_of_another_size_is_refused(size: int) -> None:
    packed = Frontier().grown(LEAVES[:size]).packed()
    with pytest.raises(ValueError, match=f"a frontier of size {size}"):
        Frontier.unpacked(size, packed + b"\0")
    with pytest.raises(ValueError, match=f"a frontier of size {size}"):
        Frontier.unpacked(size, packed + bytes(HASH_BYTES))


@pytest.mark.parametrize("full", [1, 2, 3])
def test_the_tree_over_full_tiles_is_the_tree_over_their_leaves(full: int) -> None:
    leaves = [sha256(n.to_bytes(4, "big")).digest() for n in range(full * TILE)]
    roots = [root_of(leaves[start : start + TILE]) for start in range(0, len(leaves), TILE)]
    assert root_of(roots) == naive_root(leaves)


def test_a_leaf_binds_stream_version_and_every_byte() -> None:
    stream, other = UUID(int=1), UUID(int=2)
    written_out = sha256(b"\0" + bytes(15) + b"\1" + bytes(7) + b"\7" + sha256(b"body").digest()).digest()
    assert leaf_hash(stream, 7, b"body") == written_out
    variants = {(stream, 7, b"body"), (other, 7, b"body"), (stream, 8, b"body"), (stream, 7, b"bodY")}
    assert len({leaf_hash(*variant) for variant in variants}) == len(variants)


def test_a_node_is_never_a_leaf() -> None:
    left, right = LEAVES[:2]
    assert node_hash(left, right) != sha256(b"\0" + left + right).digest()
    assert node_hash(left, right) != node_hash(right, left)


@pytest.mark.parametrize("size", [0, 1, TILE - 1, TILE, TILE + 1, TILE * TILE + TILE + 3])
def test_a_tree_grown_by_tiles_is_the_tree_grown_by_leaves(size: int) -> None:
    leaves = [number.to_bytes(32, "big") for number in range(size)]
    tiles, grown, filled = size // TILE, Growing(), []
    for number in range(tiles):
        filled += list(grown.add(root_of(leaves[number * TILE : (number + 1) * TILE])))
    assert grown.frontier(leaves[tiles * TILE :]) == Frontier().grown(leaves)
    assert grown.size == tiles * TILE
    assert [(level, number) for level, number, _ in filled] == [(1, n) for n in range(tiles // TILE)]
    again = Growing(grown.levels)
    assert again.frontier(leaves[tiles * TILE :]) == Frontier().grown(leaves)


def test_two_trees_of_one_size_say_where_they_first_differ() -> None:
    leaves = [number.to_bytes(32, "big") for number in range(13)]  # 8 + 4 + 1
    tree = Frontier().grown(leaves)
    for place, span in ((0, (1, 8)), (7, (1, 8)), (8, (9, 12)), (12, (13, 13))):
        changed = [*leaves[:place], b"\xff" * 32, *leaves[place + 1 :]]
        assert tree.differing(Frontier().grown(changed)) == span
    with pytest.raises(ValueError, match="the same"):
        tree.differing(tree)
