"""That a ledger's tree only adds to an older one, by a proof as RFC 6962 2.1.2 has it, read literally."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from shared.verifier import HASH_BYTES, NotProved

_EMPTY = sha256(b"").digest()  # the root of a tree without leaves


def check_consistency(old_size: int, old: bytes, size: int, root: bytes, proof: Sequence[bytes]) -> None:
    """That the tree of `size` only adds to the older one (PROOF of RFC 6962 2.1.2); raises NotProved."""
    if not 0 <= old_size <= size:
        why = "a tree of {size} leaves does not extend one of {old}"
        raise NotProved(why, "smaller", size=size, old=old_size)
    if old_size == 0:
        if proof or old != _EMPTY or (size == 0 and root != old):
            raise NotProved("everything extends the empty tree, whose root is the hash of nothing", "empty")
    elif (old, root) != _roots(old_size, size, old, proof, whole=True):
        why = "the tree of {size} leaves does not extend the one of {old}: history differs"
        raise NotProved(why, "history", size=size, old=old_size)


def _roots(m: int, n: int, known: bytes, proof: Sequence[bytes], *, whole: bool) -> tuple[bytes, bytes]:
    """Both roots that SUBPROOF(m, D[n], whole) leads to: of the first m leaves and of all n."""
    if not proof and not (m == n and whole):
        raise NotProved("the proof ends before its path", "short_proof")
    if m == n:
        if len(proof) > (not whole):
            raise NotProved("the proof is longer than its path", "long_proof")
        return (known, known) if whole else (_hash(proof[0]), _hash(proof[0]))
    k, (*lower, last) = _split(n), proof
    if m <= k:
        before, after = _roots(m, k, known, lower, whole=whole)
        return before, _join(after, _hash(last))
    before, after = _roots(m - k, n - k, known, lower, whole=False)
    return _join(_hash(last), before), _join(_hash(last), after)


def _hash(value: bytes) -> bytes:
    if len(value) != HASH_BYTES:
        raise NotProved("the proof holds something that is not a hash, or ends before its path", "no_hash")
    return value


def _join(left: bytes, right: bytes) -> bytes:
    return sha256(b"\1" + left + right).digest()


def _split(size: int) -> int:
    return 1 << (size - 1).bit_length() - 1  # how many leaves stand to the left
