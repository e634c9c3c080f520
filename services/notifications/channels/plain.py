"""Plain text on its way out: in one line that is seen, and cut to the size that is taken."""

from __future__ import annotations

import re
from collections.abc import Callable

from shared.strict_json import INVISIBLE

ELLIPSIS = "…"


def in_bytes(text: str) -> int:
    """The size in UTF-8."""
    return len(text.encode("utf-8"))


def one_line(text: str, characters: int = 2000) -> str:
    """What can be seen of a text, without line breaks, which would begin a header; cut where it is longer."""
    line = " ".join(INVISIBLE.sub("", re.sub(r"[\s\u2028\u2029]+", " ", text[: 4 * characters])).split())
    return line if len(line) <= characters else f"{line[: characters - 1]}{ELLIPSIS}"


def cut(text: str, most: int, size: Callable[[str], int] = in_bytes) -> str:
    """The text, or as much of its beginning as has room before an ellipsis; never a part of a character."""
    if size(text) <= most:
        return text
    low, high = 0, len(text)
    while low < high:  # the longest beginning that fits: size grows with the text
        middle = (low + high + 1) // 2
        low, high = (middle, high) if size(text[:middle] + ELLIPSIS) <= most else (low, middle - 1)
    return text[:low].rstrip() + ELLIPSIS
