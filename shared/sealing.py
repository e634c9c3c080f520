"""Sealing a person's name and contact for an event that stays for ever, under a key that can be erased.

AES-256-GCM with a key for each field, derived by HKDF-SHA256 from the person's key. GCM alone lets one
ciphertext open under two keys; so a commitment, derived along with the field's key, stands before it.
"""

from __future__ import annotations

import hmac
import os
from base64 import b64decode, b64encode
from binascii import Error as NotBase64

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
PREFIX = "sealed.1."  # tells a sealed text from a clear one, and names the way it was sealed
NONCE_BYTES = 12


class CannotUnseal(Exception):
    """Another key, another field, or the text was changed; which of them is not told."""


def new_key() -> bytes:
    """A fresh key for one person."""
    return os.urandom(KEY_BYTES)


def key_of_one(person_key: bytes, field: str) -> bytes:
    """What is left of a person's key when all fields but one are erased: it unseals that field alone."""
    return b"".join(_derived(person_key, field))


def is_of_one(key: bytes) -> bool:
    """Whether a key is what is left when all fields but one were erased."""
    return len(key) == 2 * KEY_BYTES


def seal(person_key: bytes, field: str, plaintext: str) -> str:
    """The sealed text of one field ("name", "phone", "mail"): prefix and base64; "" stays "".

    ValueError for what is left of a key.
    """
    if len(person_key) != KEY_BYTES:
        raise ValueError(f"a person's key has {KEY_BYTES} bytes")
    return _seal(person_key, field, plaintext, os.urandom(NONCE_BYTES)) if plaintext else ""


def unseal(person_key: bytes, field: str, sealed: str) -> str:
    """What was sealed; CannotUnseal where it is not exactly this field of this person as it was sealed.

    The key is the person's, or what `key_of_one` left of it.
    """
    if not sealed:
        return ""
    if not sealed.startswith(PREFIX):
        raise CannotUnseal
    try:
        body = b64decode(sealed.removeprefix(PREFIX), validate=True)
    except (NotBase64, ValueError) as error:
        raise CannotUnseal from error
    commitment, nonce, ciphertext = body[:32], body[32 : 32 + NONCE_BYTES], body[32 + NONCE_BYTES :]
    key, expected = _derived(person_key, field)
    if not hmac.compare_digest(commitment, expected):
        raise CannotUnseal
    try:
        return AESGCM(key).decrypt(nonce, ciphertext, _bound(field)).decode()
    except (InvalidTag, ValueError) as error:
        raise CannotUnseal from error


def _seal(person_key: bytes, field: str, plaintext: str, nonce: bytes) -> str:
    key, commitment = _derived(person_key, field)
    ciphertext = AESGCM(key).encrypt(nonce, plaintext.encode(), _bound(field))
    return PREFIX + b64encode(commitment + nonce + ciphertext).decode()


def _derived(person_key: bytes, field: str) -> tuple[bytes, bytes]:
    """The field's key and its commitment, which are independent of each other."""
    if is_of_one(person_key):  # of one field, whichever: another's commitment differs
        return person_key[:KEY_BYTES], person_key[KEY_BYTES:]
    if len(person_key) != KEY_BYTES:
        raise ValueError(f"a person's key has {KEY_BYTES} bytes")
    both = HKDF(SHA256(), 2 * KEY_BYTES, salt=None, info=_bound(field)).derive(person_key)
    return both[:KEY_BYTES], both[KEY_BYTES:]


def _bound(field: str) -> bytes:
    return f"denggao/{PREFIX}{field}".encode()
