"""What an auditor needs to check our proofs, in one file that depends on nothing of ours.

`python verifier.py FILE` checks a dossier or a ledger's file, with Python and the package cryptography.
Checkpoints, signatures and keys are those of C2SP: signed-note, tlog-checkpoint, tlog-cosignature (Ed25519).
Trees are those of RFC 6962 2.1; they grow leaf by leaf, or by perfect subtrees where leaves are left out.
A leaf is one event: the position in its ledger is its place in the tree, counted from 1.
"""

from __future__ import annotations

import argparse
import base64
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial, reduce
from hashlib import sha256
from operator import ne
from struct import Struct
from tempfile import TemporaryFile
from time import gmtime, strftime
from typing import BinaryIO
from zipfile import BadZipFile, ZipFile, ZipInfo

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

HASH_BYTES = 32
RECORD = Struct(">16sQ32s")  # one event in its tree: stream, version, SHA-256 of its bytes


class NotProved(Exception):
    """The proof does not prove what it is for; the text says why, and so do its `code` and `facts`."""

    def __init__(self, text: str, code: str, **facts: object) -> None:
        super().__init__(text.format(**facts))
        self.code, self.facts = code, {name: str(fact) for name, fact in facts.items()}


@dataclass(slots=True)
class Tree:
    """A tree that grows to the right, of which only the roots of its perfect subtrees are kept."""

    size: int = 0
    nodes: list[bytes] = field(default_factory=list)

    def add(self, node: bytes, leaves: int = 1) -> None:
        """One more leaf, or a perfect subtree of so many that may stand at this place; else NotProved."""
        if len(node) != HASH_BYTES or leaves < 1 or leaves & leaves - 1 or self.size % leaves:
            raise NotProved(_AT + "no subtree of {size} fits", "no_subtree", position=self.size, size=leaves)
        carry, self.size = self.size // leaves, self.size + leaves
        while carry & 1:  # a perfect subtree of the same height stands to the left
            carry, node = carry >> 1, sha256(b"\1" + self.nodes.pop() + node).digest()
        self.nodes.append(node)

    def root(self) -> bytes:
        """The root as it is now."""
        if not self.nodes:
            return sha256(b"").digest()
        return reduce(lambda right, left: sha256(b"\1" + left + right).digest(), reversed(self.nodes))


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
            raise NotProved("the signature of {name} cannot be read", "unreadable", name=name) from error
        if not line.startswith(_DASH) or not is_name(name) or len(data) < 5:
            raise NotProved("what stands below the note is not a signature", "no_signature")
        key = by_name_and_id.get((name, data[:4]))
        at = _verified(key, text, data[4:]) if key else None
        signed.append(Signed(name, data[:4].hex(), key is not None, at))
    if not any(one.known for one in signed):
        raise NotProved("the note is not signed by any of the keys that were given", "unknown_keys")
    return text, signed


def open_checkpoint(note: bytes, keys: Sequence[Key]) -> Opened:
    """The checkpoint in a note that its log has signed: by a key whose name leads the origin."""
    text, signed = open_note(note, keys)
    checkpoint = _checkpoint(text)
    names = [f"{one.name}/" for one in signed if one.known and one.at is None]
    if not any(f"{checkpoint.origin}/".startswith(name) for name in names):
        why, origin = "the checkpoint is not signed by a key of {origin}", checkpoint.origin
        raise NotProved(why, "not_of_its_log", origin=origin)
    return checkpoint, signed


def _parts(note: bytes) -> tuple[str, list[str]]:
    try:
        whole = note.decode()
    except UnicodeDecodeError as error:
        raise NotProved("the note is not text", "no_text") from error
    text, blank, signatures = whole.rpartition("\n\n")
    if len(note) > NOTE_BYTES_AT_MOST or any(sign < " " for sign in whole.replace("\n", "")):
        raise NotProved("the note is too long, or holds signs that no note may hold", "no_note")
    if not blank or not text or not signatures.endswith("\n"):
        raise NotProved("the note has no signatures below its text", "unsigned")
    return f"{text}\n", signatures[:-1].split("\n")


def _verified(key: Key, text: str, signature: bytes) -> int | None:
    """The time of a cosignature, None of a signature; raises NotProved."""
    at, message = None, text.encode()
    if key.kind == COSIGNS:
        at, signature = int.from_bytes(signature[:8], "big"), signature[8:]
        message = cosigned_message(text, at)
        if at > NUMBER_AT_MOST:
            raise NotProved("the cosignature of {name} has no time", "no_time", name=key.name)
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(signature, message)
    except InvalidSignature as error:
        raise NotProved("{name}'s signature is not one of this text", "other_text", name=key.name) from error
    return at


def _checkpoint(text: str) -> Checkpoint:
    origin, size, root, *_ = [*text.split("\n"), "", ""]
    try:
        checkpoint = Checkpoint(origin, int(size), _unbase64(root))
        possible = 0 <= checkpoint.size <= NUMBER_AT_MOST and len(checkpoint.root) == HASH_BYTES
        if not possible or str(checkpoint) != text:
            raise ValueError("no tree is of that, or it is not the one way to write it")
    except ValueError as error:
        why = "the note is not a checkpoint of three lines, each written as it must be"
        raise NotProved(why, "no_checkpoint") from error
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
LEDGER = ".ledger"  # how the names of those files of a dossier end that are proved
_AT = "position {position}: "
METADATA, ROOT = "metadata.xml", b"<ledgerRoot>"  # beside a dossier that is an archive package


def verify_ledger(lines: Iterable[bytes], given: Sequence[Key] = ()) -> list[str]:
    """What a ledger's file proves, in sentences; NotProved names the first place that is wrong.

    Lines of keys, of checkpoints by rising size, an empty one, a line for each event, the SHA-256 of all
    that. In a file of some projects only the hash of another's event may stand, or one for many (the root
    of a perfect subtree). Keys that are `given` count alone; each witness among them must have cosigned.
    """
    source, seen, number = iter(lines), sha256(), 0
    keys, signed, read = list[Key](), list[Opened](), _Events()

    def line(what: str) -> bytes:
        nonlocal number
        found, number = next(source, b""), number + 1
        if not found.endswith(b"\n"):
            raise NotProved("line {line}: the file ends before {what}", "ends", line=number, what=what)
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
            raise NotProved("line {line}: {why}", "at_line", line=number, why=error) from error
    if len({checkpoint.origin for checkpoint, _ in signed}) != 1:
        raise NotProved("line {line}: no checkpoint, or those of several ledgers", "origins", line=number)
    for checkpoint, _ in signed:
        first, tree = read.tree.size + 1, read.tree
        while tree.size < checkpoint.size:
            read.next(line(f"position {tree.size + 1}"))
        if (tree.size, tree.root()) != (checkpoint.size, checkpoint.root):
            why = "position {position} or later: the events up to {size} are not those signed"
            raise NotProved(why, "other_events", position=first, size=tree.size)
    end = f"end {seen.hexdigest()}".encode()
    if line("its last line") != end or next(source, None) is not None:
        why = "line {line}: it is not the end with the sum of all above; something was changed"
        raise NotProved(why, "no_end", line=number)
    return [*read.said(checkpoint), *_signers(signed, keys, given)]


@dataclass(slots=True)
class _Events:
    """What has been read of a ledger's events."""

    tree: Tree = field(default_factory=Tree)
    count: int = 0  # of those with their bytes
    shown: dict[bytes, int] = field(default_factory=dict)  # the first position of each of their streams
    others: dict[bytes, int] = field(default_factory=dict)  # the same of those with their hash alone
    left_out: int = 0  # of which there is not even that

    def next(self, line: bytes) -> None:
        """The next event; or what stands for it, or for all up to some later one."""
        position, (told, *parts) = self.tree.size + 1, line.split(b" ", 4)
        try:
            if len(parts) == 1:
                many = int(told[:18]) - self.tree.size
                self.tree.add(bytes.fromhex(parts[0].decode()), many)
                self.left_out += many
                return
            stream, version, hash_, *body = parts
            id_, number = bytes.fromhex(stream.decode()), abs(int(version[:18]))
            hashed = sha256(body[0]).digest() if body else bytes.fromhex(hash_.decode())
            leaf = sha256(b"\0" + RECORD.pack(id_, number, hashed)).digest()
        except ValueError as error:
            raise NotProved(_AT + "the line is not one of an event", "no_event", position=position) from error
        if told != b"%d" % position:
            raise NotProved(_AT + "there stands {told}", "other_position", position=position, told=told[:20])
        again = (id_.hex().encode(), b"%d" % number, (leaf if body else hashed).hex().encode())
        if again != (stream, version, hash_) or (len(id_), len(hashed)) != (16, HASH_BYTES):
            raise NotProved(_AT + "the event is not that of its leaf", "other_leaf", position=position)
        self.tree.add(leaf)
        self.count += len(body)
        (self.shown if body else self.others).setdefault(id_, position)

    def said(self, of: Checkpoint) -> Iterator[str]:
        """In sentences; NotProved where an event is left out."""
        if missing := [self.others[stream] for stream in self.shown if stream in self.others]:
            raise NotProved(_AT + "an event of its stream is left out", "left_out", position=min(missing))
        part = f"{self.count} of " if self.count < of.size else ""
        yield f"verified: {of.origin}, {part}{of.size} events, root {_base64(of.root)}"
        if self.left_out:
            yield f"complete as claimed, not proven: {self.left_out} events stand for nothing but a sum"
        elif part:
            yield "complete: the ledger holds no other event of these projects"


def _signers(signed: Sequence[Opened], keys: Sequence[Key], given: Sequence[Key]) -> Iterator[str]:
    by = {(of.name, of.id): (one.size, of) for one, signatures in signed for of in signatures}
    for size, of in by.values():  # the last of each
        how = "signed" if of.at is None else f"cosigned {strftime('%Y-%m-%d %H:%M:%SZ', gmtime(of.at))}"
        yield f"{how} by {of.name}, up to {size}{'' if of.known else ': NOT VERIFIED, its key was not given'}"
    for key in given:
        if key.kind == COSIGNS and (key.name, key.id.hex()) not in by:
            raise NotProved("{name} has cosigned no checkpoint in it", "no_cosignature", name=key.name)
    yield from [] if given else ["Keys came with the file; compare them with what you know:", *map(str, keys)]


def verify_dossier(file: BinaryIO, given: Sequence[Key] = ()) -> list[str]:
    """What the ledgers' files in a dossier prove, in sentences; NotProved too where any other byte is wrong.

    It is, byte for byte, the ZIP that comes of packing its files anew; metadata beside it name a root of it.
    """
    said, claimed, name = list[str](), list[bytes](), "its list of files"
    with TemporaryFile() as anew:
        try:
            with ZipFile(anew, "w") as packed:
                for part in ZipFile(file).infolist():
                    name = part.filename
                    with packed.open(entry(name, part.file_size), "w") as out:
                        lines = partial(_lines, file, anew.tell(), part.file_size)
                        if name.endswith(LEDGER):
                            said += [f"{name}: {proved}" for proved in verify_ledger(lines(), given)]
                        elif name == METADATA:
                            told = (line.partition(ROOT)[2].partition(b"<")[0] for line in lines())
                            claimed = [*filter(None, told)] or [b""]
                        out.writelines(lines())
        except (NotProved, ValueError, BadZipFile, NotImplementedError, OverflowError) as error:
            raise NotProved("{name}: {why}", "in_file", name=name, why=error) from error
        size = anew.seek(0, 2)
        if any(map(ne, _lines(anew, 0, size), _lines(file, 0, size))) or file.read(1):
            raise NotProved("its files are not packed as they were; something was changed", "other_packing")
    if not said:
        raise NotProved("it holds nothing that is proved", "nothing")
    if not all(any(one.encode().endswith(b" root " + root) for one in said) for root in claimed):
        raise NotProved("{name}: its ledgerRoot is of no ledger in the dossier", "other_root", name=METADATA)
    return said


def entry(name: str, size: int) -> ZipInfo:
    """A file of a dossier: not compressed, without a date."""
    part = ZipInfo(name)
    part.file_size, part.create_system = size, 3
    return part


def _lines(file: BinaryIO, start: int, size: int) -> Iterator[bytes]:
    file.seek(start)
    while size > 0 and (line := file.readline(min(size, 1 << 20))):
        size -= len(line)
        yield line


def main(arguments: Sequence[str], program: str = "verifier.py") -> int:
    """0 verified, 1 not, 2 there is no such file, it is none of ours, or a key is none."""
    parser = argparse.ArgumentParser(program, description="Verify a dossier or a ledger's file, offline.")
    parser.add_argument("file", metavar="FILE", help="made by ./denggao dossier or ./denggao ledger")
    parser.add_argument("--key", action="append", default=[], help="of the log or a witness: name+id+base64")
    asked = parser.parse_args(arguments)
    try:
        with open(asked.file, "rb") as file:
            verify = verify_dossier if file.read(2) == b"PK" else verify_ledger
            file.seek(0)
            print("\n".join(verify(file, [Key.read(text) for text in asked.key])))
        return 0
    except NotProved as error:
        print(f"NOT VERIFIED: {asked.file}: {error}")
        return 1
    except (OSError, ValueError, OverflowError) as error:
        print(f"{program}: {asked.file} cannot be verified: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
