"""What a receiver said, fit to be kept: without addresses and secrets."""

from __future__ import annotations

import re
from collections.abc import Iterable

_HIDDEN = re.compile(
    r"[^\s<>\"'@]{1,256}@[^\s<>\"'@]{1,256}|\bhttps?://[^\s<>\"']+|(?<![\w.])\+?\d{8,}(?![\w.])"
)
_MOST_CHARACTERS = 500


def said(text: str | bytes, secrets: Iterable[str] = ()) -> str:
    """A receiver's own words, at most 500 characters, in which addresses, long numbers and `secrets` are …"""
    words = text[:8000].decode(errors="replace") if isinstance(text, bytes) else text[:8000]
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        words = words.replace(secret, "…")
    shown = "".join(character if character.isprintable() else " " for character in words)
    return " ".join(_HIDDEN.sub("…", shown).split())[:_MOST_CHARACTERS]
