"""What we prove the verifier accepts, and nothing else; both agree with vectors that others publish."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.consistency import check_consistency
from shared.engines import begin
from shared.merkle import EMPTY_ROOT, TILE, leaf_hash, root_of
from shared.proofs import Span, extension, left_out, roots
from shared.verifier import NotProved, Tree
from tests.shared.test_merkle import LEAVES, ROOTS, VECTORS, naive_root
from tests.support.books import Added, Book

# certificate-transparency's own vectors, as transparency-dev/merkle has them (proof/verify_test.go): leaf
# counted from 0, size, path; then old size, size, proof.
PATHS = [
    (0, 1, []),
    (
        0,
        8,
        [
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ],
    ),
    (
        5,
        8,
        [
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
    (2, 3, ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
    (
        1,
        5,
        [
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ],
    ),
]
EXTENSIONS = [
    (1, 1, []),
    (1, 8, PATHS[1][2]),
    (
        6,
        8,
        [
            "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
    (
        2,
        5,
        [
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ],
    ),
    (
        6,
        7,
        [
            "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
]
PUBLISHED = [sha256(b"\0" + data).digest() for data in VECTORS]


def hashed(spans: list[Span], leaves: list[bytes] = LEAVES) -> list[bytes]:
    return [naive_root(leaves[start:end]) for start, end in spans]


def root_of_some(kept: dict[int, bytes], size: int, proof: list[bytes]) -> bytes:
    """What leaves lead to with the roots of the subtrees without them, as the verifier adds them."""
    tree, spans, rest = Tree(), left_out(kept, [size]), iter(proof)
    while tree.size < size:
        if tree.size in kept:
            tree.add(kept[tree.size])
        else:
            start, end = spans.pop(0)
            tree.add(next(rest, b""), end - start)
    assert next(rest, None) is None
    return tree.root()


def naive_path(index: int, leaves: list[bytes]) -> list[bytes]:
    """PATH of RFC 6962 2.1.1 as it stands there, over leaf hashes."""
    if len(leaves) == 1:
        return []
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    if index < k:
        return [*naive_path(index, leaves[:k]), naive_root(leaves[k:])]
    return [*naive_path(index - k, leaves[k:]), naive_root(leaves[:k])]


def naive_extension(m: int, leaves: list[bytes], *, whole: bool = True) -> list[bytes]:
    """SUBPROOF of RFC 6962 2.1.2 as it stands there, over leaf hashes."""
    if m == len(leaves):
        return [] if whole else [naive_root(leaves)]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    if m <= k:
        return [*naive_extension(m, leaves[:k], whole=whole), naive_root(leaves[k:])]
    return [*naive_extension(m - k, leaves[k:], whole=False), naive_root(leaves[:k])]


@pytest.mark.parametrize(("index", "size", "published"), PATHS)
def test_published_audit_paths(index: int, size: int, published: list[str]) -> None:
    """A published path joins some of our subtrees, where what stands to the right is not perfect."""
    proof = hashed(left_out([index], [size]), PUBLISHED)
    assert [value.hex() for value in naive_path(index, PUBLISHED[:size])] == published
    assert len(proof) >= len(published)
    assert root_of_some({index: PUBLISHED[index]}, size, proof).hex() == ROOTS[size - 1]


@pytest.mark.parametrize(("old", "size", "published"), EXTENSIONS)
def test_published_consistency_proofs(old: int, size: int, published: list[str]) -> None:
    proof = hashed(extension(old, size), PUBLISHED)
    assert [value.hex() for value in proof] == published
    check_consistency(old, bytes.fromhex(ROOTS[old - 1]), size, bytes.fromhex(ROOTS[size - 1]), proof)


@pytest.mark.parametrize("size", range(301))
def test_every_size_agrees_with_the_rfc(size: int) -> None:
    leaves = LEAVES[:size]
    root = naive_root(leaves)
    tree = Tree()
    for leaf in leaves:
        tree.add(leaf)
    assert (tree.size, tree.root()) == (size, root)
    for index in {0, 1, size // 3, size // 2, size - 2, size - 1} & set(range(size)):
        for some in ([index], sorted({index, size // 5, size - 1})):
            proof = hashed(left_out(some, [size]))
            assert root_of_some({i: leaves[i] for i in some}, size, proof) == root
    for old in {1, 2, size // 3, size // 2, size - 1, size} & set(range(1, size + 1)):
        proof = hashed(extension(old, size))
        assert proof == naive_extension(old, leaves)
        check_consistency(old, naive_root(leaves[:old]), size, root, proof)
    check_consistency(0, EMPTY_ROOT, size, root, [])


@given(st.data())
def test_any_flipped_bit_of_a_proof_fails(data: st.DataObject) -> None:
    size = data.draw(st.integers(2, 300))
    leaves, root = LEAVES[:size], root_of(LEAVES[:size])
    some = sorted(data.draw(st.sets(st.integers(0, size - 1), min_size=1, max_size=size - 1)))
    old = data.draw(st.integers(1, size - 1))
    bit = data.draw(st.integers(0, 255))

    def flipped(proof: list[bytes]) -> list[bytes]:
        at = data.draw(st.integers(0, len(proof) - 1))
        changed = (int.from_bytes(proof[at], "big") ^ 1 << bit).to_bytes(32, "big")
        return [*proof[:at], changed, *proof[at + 1 :]]

    known, proof = {i: leaves[i] for i in some}, hashed(left_out(some, [size]))
    assert root_of_some(known, size, flipped(proof)) != root
    (leaf,) = flipped([known[some[0]]])
    assert root_of_some(known | {some[0]: leaf}, size, proof) != root
    with pytest.raises(NotProved):
        check_consistency(old, naive_root(leaves[:old]), size, root, flipped(hashed(extension(old, size))))


@given(st.data())
def test_a_proof_that_is_longer_or_shorter_fails(data: st.DataObject) -> None:
    size = data.draw(st.integers(2, 300))
    old = data.draw(st.integers(1, size - 1))
    before, root = root_of(LEAVES[:old]), root_of(LEAVES[:size])
    proof = hashed(extension(old, size))
    for wrong in ([*proof, LEAVES[0]], proof[:-1]):
        with pytest.raises(NotProved):
            check_consistency(old, before, size, root, wrong)


def test_history_that_was_rewritten_extends_nothing() -> None:
    before, after = LEAVES[:100], [*LEAVES[:50], LEAVES[250], *LEAVES[51:200]]
    with pytest.raises(NotProved, match="history differs"):
        check_consistency(100, root_of(before), 200, root_of(after), hashed(extension(100, 200), after))
    with pytest.raises(NotProved, match="does not extend"):
        check_consistency(200, root_of(after), 100, root_of(before), [])
    with pytest.raises(NotProved, match="history differs"):
        check_consistency(100, root_of(before), 100, root_of(after[:100]), [])


@pytest.mark.parametrize(("node", "leaves"), [(LEAVES[0], 3), (LEAVES[0], 4), (LEAVES[0], 0), (b"", 1)])
def test_a_subtree_stands_only_where_the_tree_has_one(node: bytes, leaves: int) -> None:
    tree = Tree(2, [LEAVES[1]])
    with pytest.raises(NotProved, match="position 2: no subtree"):
        tree.add(node, leaves)


@given(st.data())
def test_what_is_left_out_goes_over_no_size_that_was_signed(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 300))
    kept = data.draw(st.sets(st.integers(0, size - 1)))
    signed = data.draw(st.integers(0, size))
    spans = left_out(kept, [signed, size])
    assert sorted([*kept, *(i for span in spans for i in range(*span))]) == list(range(size))
    assert not any(start < signed < end for start, end in spans)


@pytest.mark.parametrize("size", [1, TILE - 1, TILE, 2 * TILE + 3])
async def test_proofs_come_out_of_tiles_and_events(book: Book, size: int) -> None:
    await book.append("group", *[(f"p{n}", Added(n)) for n in range(size)])
    stored = await book.ledgers.read_ledger("group", 0, size)
    leaves = [leaf_hash(one.stream, one.version, one.body) for one in stored]
    some = sorted({0, size // 2, size - 1})
    spans = [*extension(max(1, size // 3), size), *left_out(some, [size])]
    spans += [(0, size), *left_out([0], [max(1, size - 5)])]
    async with begin(book.ledgers.engine) as connection:
        assert await roots(connection, "group", spans) == hashed(spans, leaves)
