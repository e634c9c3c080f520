"""Texts withdrawn from what is shown: each is known by its hash, and a mark stands where it stood.

The record keeps the text, since proofs are over its bytes; whatever shows it takes it out.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import fields, is_dataclass, replace
from hashlib import sha256
from typing import Any, TypeVar

MARK = "withdrawn:"  # followed by the hash
CODE = re.compile(r"[!-~]*")  # one Latin word: codes, ids, dates, numbers, hashes

T = TypeVar("T")


def hash_of(text: str) -> str:
    """SHA-256 of a text in UTF-8, in hexadecimal."""
    return sha256(text.encode()).hexdigest()


def says(value: Any, wanted: str) -> bool:
    """Whether a JSON value has the free text of this hash in it; a code is none."""
    match value:
        case str():
            return not CODE.fullmatch(value) and hash_of(value) == wanted
        case dict():
            return any(says(part, wanted) for part in value.values())
        case list() | tuple():
            return any(says(part, wanted) for part in value)
    return False


def without(value: T, hashes: Collection[str]) -> T:
    """A JSON value or a dataclass with a mark for each withdrawn text; its type and keys stay."""
    return _without(value, hashes) if hashes else value  # hashed by nobody where nothing was withdrawn


def _without(value: Any, hashes: Collection[str]) -> Any:
    match value:
        case str() if not CODE.fullmatch(value) and (known := hash_of(value)) in hashes:
            return MARK + known
        case dict():
            return {key: _without(part, hashes) for key, part in value.items()}
        case list():
            return [_without(part, hashes) for part in value]
        case tuple():
            return tuple(_without(part, hashes) for part in value)
    if is_dataclass(value):
        return replace(
            value, **{part.name: _without(getattr(value, part.name), hashes) for part in fields(value)}
        )  # type: ignore[type-var]
    return value
