"""Plain text on its way to a provider: fit for JSON, and cut to the size that is taken."""

from __future__ import annotations

import re
from collections.abc import Callable

ELLIPSIS = "…"
_UNFIT = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")  # control characters and what breaks a line


def in_bytes(text: str) -> int:
    """The size in UTF-8."""
    return len(text.encode("utf-8"))


def one_line(text: str) -> str:
    """The text without line breaks, control characters and halves of surrogate pairs, which no JSON holds."""
    return _UNFIT.sub(" ", text.encode("utf-8", "replace").decode("utf-8")).strip()


def cut(text: str, most: int, size: Callable[[str], int] = in_bytes) -> str:
    """The text, or as much of its beginning as has room before an ellipsis; never a part of a character."""
    if size(text) <= most:
        return text
    low, high = 0, len(text)
    while low < high:  # the longest beginning that fits: size grows with the text
        middle = (low + high + 1) // 2
        low, high = (middle, high) if size(text[:middle] + ELLIPSIS) <= most else (low, middle - 1)
    return text[:low].rstrip() + ELLIPSIS
