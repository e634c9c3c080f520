"""What an auditor needs to check our proofs, in one file that depends on nothing of ours.

`python verifier.py FILE` checks a ledger's file: with Python, the package cryptography and nothing else.
Checkpoints, signatures and keys are those of C2SP: signed-note, tlog-checkpoint, tlog-cosignature (Ed25519).
Trees and proofs are those of RFC 6962 2.1, read literally: the functions follow the RFC's own recursion, so
that they can be laid beside the text. Leaves are counted from 0; a position in a ledger is one more.
"""

from __future__ import annotations

import argparse
import base64
import sys
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import reduce
from hashlib import sha256
from itertools import pairwise
from operator import itemgetter
from struct import Struct
from time import gmtime, strftime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

HASH_BYTES = 32
_EMPTY = sha256(b"").digest()  # the root of a tree without leaves
RECORD = Struct(">16sQ32s")  # one event in its tree: stream, version, SHA-256 of its bytes
Leaves = Sequence[tuple[int, bytes]]  # with their indexes, which rise


class NotProved(Exception):
    """The proof does not prove what it is for; the text says why."""


def hash_of_event(stream: bytes, version: int, body: bytes) -> bytes:
    """The leaf of an event from its bytes as they are stored."""
    return sha256(b"\0" + RECORD.pack(stream, version, sha256(body).digest())).digest()


def _join(left: bytes, right: bytes) -> bytes:
    return sha256(b"\1" + left + right).digest()


def _split(size: int) -> int:
    return 1 << (size - 1).bit_length() - 1  # how many leaves stand to the left


@dataclass(slots=True)
class Tree:
    """A tree that grows leaf by leaf, of which only the roots of its perfect subtrees are kept."""

    size: int = 0
    nodes: list[bytes] = field(default_factory=list)

    def add(self, leaf: bytes) -> None:
        """One more leaf."""
        carry, self.size = self.size, self.size + 1
        while carry & 1:  # a perfect subtree of the same height stands to the left
            carry, leaf = carry >> 1, _join(self.nodes.pop(), leaf)
        self.nodes.append(leaf)

    def root(self) -> bytes:
        """The root as it is now."""
        return reduce(lambda right, left: _join(left, right), reversed(self.nodes)) if self.nodes else _EMPTY


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
        if proof or old != _EMPTY or (size == 0 and root != old):
            raise NotProved("everything extends the empty tree, whose root is the hash of nothing")
    elif (old, root) != _roots(old_size, size, old, proof, whole=True):
        raise NotProved(f"the tree of {size} leaves does not extend the one of {old_size}: history differs")


def _roots(m: int, n: int, known: bytes, proof: Sequence[bytes], *, whole: bool) -> tuple[bytes, bytes]:
    """Both roots that SUBPROOF(m, D[n], whole) leads to: of the first m leaves and of all n."""
    if not proof and not (m == n and whole):
        raise NotProved("the proof ends before its path")
    if m == n:
        if len(proof) > (not whole):
            raise NotProved("the proof is longer than its path")
        return (known, known) if whole else (_hash(proof[0]), _hash(proof[0]))
    k, (*lower, last) = _split(n), proof
    if m <= k:
        before, after = _roots(m, k, known, lower, whole=whole)
        return before, _join(after, _hash(last))
    before, after = _roots(m - k, n - k, known, lower, whole=False)
    return _join(_hash(last), before), _join(_hash(last), after)


def root_from_some(leaves: Leaves, size: int, proof: Iterable[bytes]) -> bytes:
    """The root that many leaves, by rising index, and one proof for all of them lead to.

    The proof holds the root of every largest subtree without any of the leaves, from left to right.
    """
    indexes = [index for index, _ in leaves]
    if not indexes or indexes[0] < 0 or indexes[-1] >= size:
        raise NotProved(f"a tree of {size} leaves has not all of those that are to be proved")
    if any(left >= right for left, right in pairwise(indexes)):
        raise NotProved("the leaves do not stand in their order")
    rest = iter(proof)
    root = _node(0, size, 0, len(leaves), leaves, rest)
    if next(rest, None) is not None:
        raise NotProved("the proof is longer than its paths")
    return root


def _node(start: int, end: int, low: int, high: int, leaves: Leaves, proof: Iterator[bytes]) -> bytes:
    """The root over the leaves from start to end, of which those from low to high are known."""
    if low == high:
        return _hash(next(proof, b""))
    if end - start == 1:
        return leaves[low][1]
    middle = start + _split(end - start)
    cut = bisect_left(leaves, middle, low, high, key=itemgetter(0))
    left = _node(start, middle, low, cut, leaves, proof)
    return _join(left, _node(middle, end, cut, high, leaves, proof))


def _hash(value: bytes) -> bytes:
    if len(value) != HASH_BYTES:
        raise NotProved("the proof holds something that is not a hash, or ends before its path")
    return value


SIGNS, COSIGNS = 1, 4  # what a key is for: a log's own signatures, a witness's with their time
NOTE_BYTES_AT_MOST = 64 * 1024
NUMBER_AT_MOST = 2**63 - 1  # leaves of a tree, seconds of a time
_DASH = "\N{EM DASH} "


@dataclass(frozen=True, slots=True)
class Key:
    """A public key with its name and what it is for; written `name+id+base64` as in signed-note."""

    name: str
    kind: int
    public: bytes

    @property
    def id(self) -> bytes:
        """The four bytes that lead its signatures; two keys of one name differ in it."""
        return sha256(f"{self.name}\n".encode() + bytes([self.kind]) + self.public).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{_base64(bytes([self.kind]) + self.public)}"

    @classmethod
    def read(cls, text: str) -> Key:
        """The key in such a line; raises ValueError."""
        name, _, rest = text.strip().partition("+")
        identity, _, encoded = rest.partition("+")
        data = _unbase64(encoded)
        key = cls(name, data[0] if data else 0, data[1:])
        if not is_name(name) or key.kind not in (SIGNS, COSIGNS) or len(key.public) != HASH_BYTES:
            raise ValueError(f"{text!r} is no key for signatures or cosignatures by Ed25519")
        if key.id.hex() != identity:
            raise ValueError(f"the key {name} does not have the id {identity}")
        return key


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature that was verified, or (not `known`) one of a key that was not given."""

    name: str
    id: str
    known: bool = True
    at: int | None = None  # of a cosignature: seconds since 1970 UTC


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A ledger's tree as somebody signed it."""

    origin: str
    size: int
    root: bytes

    def __str__(self) -> str:
        return f"{self.origin}\n{self.size}\n{_base64(self.root)}\n"


Opened = tuple[Checkpoint, list[Signed]]


def is_name(name: str) -> bool:
    """Whether a key or an origin may be called so."""
    return bool(name) and "+" not in name and name.isprintable() and not any(map(str.isspace, name))


def cosigned_message(text: str, at: int) -> bytes:
    """What a witness signs at a time of a note's text (tlog-cosignature)."""
    return f"cosignature/v1\ntime {at}\n{text}".encode()


def open_note(note: bytes, keys: Iterable[Key]) -> tuple[str, list[Signed]]:
    """The text of a note and whose signatures stand below it; raises NotProved.

    Each signature by a key that is given must verify, and at least one must be by such a key.
    """
    text, lines = _parts(note)
    by_name_and_id = {(key.name, key.id): key for key in keys}
    signed = []
    for line in lines:
        name, _, encoded = line.removeprefix(_DASH).partition(" ")
        try:
            data = _unbase64(encoded)
        except ValueError as error:
            raise NotProved(f"the signature of {name} cannot be read") from error
        if not line.startswith(_DASH) or not is_name(name) or len(data) < 5:
            raise NotProved("what stands below the note is not a signature")
        key = by_name_and_id.get((name, data[:4]))
        at = _verified(key, text, data[4:]) if key else None
        signed.append(Signed(name, data[:4].hex(), key is not None, at))
    if not any(one.known for one in signed):
        raise NotProved("the note is not signed by any of the keys that were given")
    return text, signed


def open_checkpoint(note: bytes, keys: Sequence[Key]) -> Opened:
    """The checkpoint in a note that its log has signed: by a key whose name leads the origin."""
    text, signed = open_note(note, keys)
    checkpoint = _checkpoint(text)
    names = [f"{one.name}/" for one in signed if one.known and one.at is None]
    if not any(f"{checkpoint.origin}/".startswith(name) for name in names):
        raise NotProved(f"the checkpoint is not signed by a key of {checkpoint.origin}")
    return checkpoint, signed


def _parts(note: bytes) -> tuple[str, list[str]]:
    try:
        whole = note.decode()
    except UnicodeDecodeError as error:
        raise NotProved("the note is not text") from error
    text, blank, signatures = whole.rpartition("\n\n")
    if len(note) > NOTE_BYTES_AT_MOST or any(sign < " " for sign in whole.replace("\n", "")):
        raise NotProved("the note is too long, or holds signs that no note may hold")
    if not blank or not text or not signatures.endswith("\n"):
        raise NotProved("the note has no signatures below its text")
    return f"{text}\n", signatures[:-1].split("\n")


def _verified(key: Key, text: str, signature: bytes) -> int | None:
    """The time of a cosignature, None of a signature; raises NotProved."""
    at, message = None, text.encode()
    if key.kind == COSIGNS:
        at, signature = int.from_bytes(signature[:8], "big"), signature[8:]
        message = cosigned_message(text, at)
        if at > NUMBER_AT_MOST:
            raise NotProved(f"the cosignature of {key.name} has no time")
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(signature, message)
    except InvalidSignature as error:
        raise NotProved(f"the signature of {key.name} is not one of this text") from error
    return at


def _checkpoint(text: str) -> Checkpoint:
    origin, size, root, *_ = [*text.split("\n"), "", ""]
    try:
        checkpoint = Checkpoint(origin, int(size), _unbase64(root))
    except ValueError as error:
        raise NotProved("the note is not a checkpoint") from error
    possible = 0 <= checkpoint.size <= NUMBER_AT_MOST and len(checkpoint.root) == HASH_BYTES
    if not possible or str(checkpoint) != text:
        raise NotProved("the note is not a checkpoint of three lines, each written as it must be")
    return checkpoint


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _unbase64(text: str) -> bytes:
    """Only what base64 itself would write: no second spelling of the same bytes."""
    data = base64.b64decode(text, validate=True)
    if _base64(data) != text:
        raise ValueError("this is not the one way to write it")
    return data


FIRST_LINE = b"denggao-ledger 1\n"


def verify_ledger(lines: Iterable[bytes], given: Sequence[Key] = ()) -> list[str]:
    """What a ledger's file proves, in sentences; NotProved names the first place that is wrong.

    Lines of keys, of checkpoints by rising size, an empty one, a line for each event, the SHA-256 of all
    that. Keys that are `given` count alone, and each witness among them must have cosigned.
    """
    source, seen, number = iter(lines), sha256(), 0
    keys, signed, tree = list[Key](), list[Opened](), Tree()

    def line(what: str) -> bytes:
        nonlocal number
        found, number = next(source, b""), number + 1
        if not found.endswith(b"\n"):
            raise NotProved(f"line {number}: the file ends before {what}")
        seen.update(found)
        return found[:-1]

    if line("its first line") != FIRST_LINE[:-1]:
        raise ValueError(f"its first line is not {FIRST_LINE.decode().strip()!r}")
    while head := line("its events"):
        try:
            word, _, rest = head.decode().partition(" ")
            if word == "key" and not signed:
                keys.append(Key.read(rest))
            elif word == "checkpoint":
                signed.append(open_checkpoint(_unbase64(rest), given or keys))
            else:
                raise ValueError("it is neither a key nor a checkpoint, or not in its place")
        except (ValueError, NotProved) as error:
            raise NotProved(f"line {number}: {error}") from error
    if len({checkpoint.origin for checkpoint, _ in signed}) != 1:
        raise NotProved(f"line {number}: the file has no checkpoint, or those of several ledgers")
    for checkpoint, _ in signed:
        first = tree.size + 1
        while tree.size < checkpoint.size:
            tree.add(_leaf_in(line(f"position {tree.size + 1}"), tree.size + 1))
        if (tree.size, tree.root()) != (checkpoint.size, checkpoint.root):
            raise NotProved(f"position {first} or later: the events up to {tree.size} are not those signed")
    end = f"end {seen.hexdigest()}".encode()
    if line("its last line") != end or next(source, None) is not None:
        raise NotProved(f"line {number}: it is not the end with the sum of all above; something was changed")
    return list(_said(signed, keys, given))


def _leaf_in(line: bytes, position: int) -> bytes:
    try:
        told, stream, version, leaf, body = line.split(b" ", 4)
        id_, count = bytes.fromhex(stream.decode()), int(version[:18])
        computed = hash_of_event(id_, abs(count), body)
    except ValueError as error:
        raise NotProved(f"position {position}: the line is not one of an event") from error
    if told != b"%d" % position:
        raise NotProved(f"position {position}: there stands {told[:20]!r}")
    if [id_.hex().encode(), len(id_), b"%d" % count, leaf] != [stream, 16, version, computed.hex().encode()]:
        raise NotProved(f"position {position}: the event is not that of the leaf beside it")
    return computed


def _said(signed: Sequence[Opened], keys: Sequence[Key], given: Sequence[Key]) -> Iterator[str]:
    last, _ = signed[-1]
    yield f"verified: {last.origin}, {last.size} events, root {_base64(last.root)}"
    by = {(of.name, of.id): (one.size, of) for one, signatures in signed for of in signatures}
    for size, of in by.values():  # the last of each
        how = "signed" if of.at is None else f"cosigned {strftime('%Y-%m-%d %H:%M:%SZ', gmtime(of.at))}"
        yield f"{how} by {of.name}, up to {size}{'' if of.known else ': NOT VERIFIED, its key was not given'}"
    for key in given:
        if key.kind == COSIGNS and (key.name, key.id.hex()) not in by:
            raise NotProved(f"{key.name} has cosigned no checkpoint in it")
    yield from [] if given else ["Keys came with the file; compare them with what you know:", *map(str, keys)]


def main(arguments: Sequence[str], program: str = "verifier.py") -> int:
    """0 verified, 1 not, 2 there is no such file, it is no ledger's, or a key is none."""
    parser = argparse.ArgumentParser(program, description="Verify a ledger's file, offline.")
    parser.add_argument("file", metavar="FILE", help="made by ./denggao ledger")
    parser.add_argument("--key", action="append", default=[], help="of the log or a witness: name+id+base64")
    asked = parser.parse_args(arguments)
    try:
        with open(asked.file, "rb") as file:
            print("\n".join(verify_ledger(file, [Key.read(text) for text in asked.key])))
        return 0
    except NotProved as error:
        print(f"NOT VERIFIED: {asked.file}: {error}")
        return 1
    except (OSError, ValueError, OverflowError) as error:
        print(f"{program}: {asked.file} cannot be verified: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
