"""What was signed, in files apart from the database: whoever restores that alone does not restore these."""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import msgspec

from shared.made_once import made_once
from shared.notes import Signer
from shared.passing import Unavailable
from shared.verifier import COSIGNS, SIGNS, Key

KEYS = "keys"

Notes = dict[str, str]  # by ledger


class Keys(msgspec.Struct, frozen=True):
    """The keys of a group: those that sign now, those that signed once, those of its witnesses."""

    signers: tuple[Signer, ...]
    others: tuple[Key, ...]

    @property
    def of_log(self) -> list[Key]:
        """Every key with which a checkpoint of the group may be verified, the newest first."""
        return [*(signer.key for signer in self.signers), *(key for key in self.others if key.kind == SIGNS)]

    @property
    def of_witnesses(self) -> list[Key]:
        """Those whose cosignatures are kept."""
        return [key for key in self.others if key.kind == COSIGNS]

    def written(self) -> bytes:
        """The file of them: a line for each."""
        lines = [*(signer.written() for signer in self.signers), *map(str, self.others)]
        return "".join(f"{line}\n" for line in lines).encode()


def keys_in(directory: Path, group: str) -> Keys:
    """The keys of the file, made with one that is named as the group where there is none; else ValueError."""
    made = made_once(directory / KEYS, Keys((Signer.new(group, SIGNS),), ()).written)
    lines = made.decode().split()
    private = [line for line in lines if line.startswith("PRIVATE+KEY+")]
    keys = Keys(
        tuple(map(Signer.read, private)), tuple(Key.read(line) for line in lines if line not in private)
    )
    if not keys.signers or {signer.kind for signer in keys.signers} != {SIGNS}:
        raise ValueError(f"{directory / KEYS} has no key that signs for a log, or one of a witness")
    return keys


def replaced(file: Path, content: bytes) -> None:
    """The file with this content, on disk and whole whenever somebody reads it, for its owner alone."""
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
    try:
        with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        fresh.replace(file)
    finally:
        fresh.unlink(missing_ok=True)


class SignedState:
    """What one service has signed last of each ledger, and what witnesses have cosigned last."""

    def __init__(self, directory: Path) -> None:
        self._signed = directory / "signed.json"
        self._cosigned = directory / "cosigned.json"
        self._given = directory / "given"
        self._lock = directory / "lock"

    def signed(self) -> Notes | None:
        """The last checkpoint of each ledger; None where nothing is known of what was signed."""
        if not self._signed.exists():
            return None
        return msgspec.json.decode(self._signed.read_bytes(), type=Notes)

    def sign(self, notes: Mapping[str, str]) -> None:
        """From here on these are the last; by whoever is `alone`."""
        replaced(self._signed, msgspec.json.encode(notes))

    def cosigned(self, ledger: str) -> Notes:
        """The last checkpoint of a ledger that each witness has cosigned, by the witness's name."""
        return self.all_cosigned().get(ledger, {})

    def cosign(self, ledger: str, witness: str, note: str) -> None:
        """Keep what a witness cosigned, unless it has cosigned a later one; Unavailable in another's way."""
        with _locked(self._cosigned.with_suffix(".lock")) as mine:
            if not mine:
                raise Unavailable("another replica keeps a cosignature just now")
            found = self.all_cosigned()
            of_ledger = found.setdefault(ledger, {})
            before = of_ledger.get(witness)
            if before is None or size_of(before) < size_of(note) or origin_of(before) != origin_of(note):
                of_ledger[witness] = note
                replaced(self._cosigned, msgspec.json.encode(found))

    def all_cosigned(self) -> dict[str, Notes]:
        """The same of every ledger."""
        if not self._cosigned.exists():
            return {}
        return msgspec.json.decode(self._cosigned.read_bytes(), type=dict[str, Notes])

    def keep(self, name: str, content: bytes) -> None:
        """Keep what was given out under a name, on disk before anybody is given it."""
        made_once(self._given / name, lambda: content)

    def kept(self, name: str) -> bytes | None:
        """What was given out under a name; None where nothing was."""
        place = self._given / name
        return place.read_bytes() if place.is_file() else None

    @contextmanager
    def alone(self) -> Iterator[bool]:
        """Whether nobody else signs for as long as the block lasts; the lock ends with its process."""
        with _locked(self._lock) as mine:
            yield mine


@contextmanager
def _locked(file: Path) -> Iterator[bool]:
    """Whether we have it; nobody waits, since who has it may be stopped."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(lock)


def origin_of(note: str) -> str:
    """What a checkpoint is of; unverified."""
    return note.partition("\n")[0]


def size_of(note: str) -> int:
    """How many events a checkpoint is of; unverified."""
    return int(note.split("\n", 2)[1])
