"""Texts at the border: what a receiver said, fit to be kept; what it is told, in one line that is seen."""

from __future__ import annotations

import re
from collections.abc import Iterable

from shared.strict_json import INVISIBLE

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


def one_line(text: str, characters: int = 2000) -> str:
    """What can be seen of a text, without line breaks, which would begin a header; cut where it is longer."""
    line = " ".join(INVISIBLE.sub("", re.sub(r"[\s\u2028\u2029]+", " ", text[: 4 * characters])).split())
    return line if len(line) <= characters else f"{line[: characters - 1]}…"
