"""Signing: private keys as files, checkpoints as a log signs them, cosignatures as a witness adds them."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from shared.made_once import made_once
from shared.verifier import COSIGNS, SIGNS, Key, cosigned_message, is_name

_PRIVATE = "PRIVATE+KEY+"


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key with its name; `kind` says whether it signs for a log or cosigns as a witness."""

    name: str
    kind: int
    private: Ed25519PrivateKey

    @property
    def key(self) -> Key:
        """What others verify with."""
        return Key(self.name, self.kind, self.private.public_key().public_bytes_raw())

    @classmethod
    def new(cls, name: str, kind: int) -> Signer:
        """A fresh key; ValueError where a key cannot be called so."""
        if not is_name(name):
            raise ValueError(f"{name!r} is no name of a key: it has spaces or a plus, or is empty")
        return cls(name, kind, Ed25519PrivateKey.generate())

    @classmethod
    def read(cls, text: str) -> Signer:
        """From the line that `written` gives, as golang.org/x/mod/sumdb/note has it; raises ValueError."""
        name, _, rest = text.strip().removeprefix(_PRIVATE).partition("+")
        identity, _, encoded = rest.partition("+")
        data = base64.b64decode(encoded, validate=True)
        if not text.startswith(_PRIVATE) or len(data) != 33 or data[0] not in (SIGNS, COSIGNS):
            raise ValueError("this is no private key for signatures or cosignatures by Ed25519")
        signer = cls(name, data[0], Ed25519PrivateKey.from_private_bytes(data[1:]))
        if not is_name(name) or signer.key.id.hex() != identity:
            raise ValueError("this private key does not have the name and id that it says")
        return signer

    def written(self) -> str:
        """The secret line of a key's file."""
        data = bytes([self.kind]) + self.private.private_bytes_raw()
        return f"{_PRIVATE}{self.name}+{self.key.id.hex()}+{base64.b64encode(data).decode()}"

    def line(self, text: str, at: int | None = None) -> str:
        """The signature below a note's text; a witness says when, in seconds since 1970 UTC."""
        if (at is None) == (self.kind == COSIGNS):
            raise ValueError("a cosignature has a time, and nothing else has")
        if at is None:
            signature = self.private.sign(text.encode())
        else:
            signature = at.to_bytes(8, "big") + self.private.sign(cosigned_message(text, at))
        return f"\N{EM DASH} {self.name} {base64.b64encode(self.key.id + signature).decode()}\n"


def signed(text: str, *signers: Signer) -> bytes:
    """A note: its text and the signatures below."""
    return f"{text}\n{''.join(signer.line(text) for signer in signers)}".encode()


def cosigned(note: bytes, signer: Signer, at: int) -> bytes:
    """A note with one more signature below; the text is what stands in it, verified by the caller."""
    text = note.decode().rpartition("\n\n")[0] + "\n"
    return note + signer.line(text, at).encode()


def origin(group: str, service: str, ledger: str) -> str:
    """What the checkpoints of a ledger are called."""
    return f"{group}/{service}/{ledger}"


def key_in(file: Path, name: str, kind: int) -> Signer:
    """The key of this name in a file, made where there is none; ValueError where another is in it."""
    content = made_once(file, f"{Signer.new(name, kind).written()}\n".encode)
    signer = Signer.read(content.decode())
    if (signer.name, signer.kind) != (name, kind):
        raise ValueError(f"{file} holds the key of {signer.name}, not that of {name}")
    return signer
