"""One spelling for all that mean the same: how texts are compared and searched."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from opencc import OpenCC

UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\x00-\x08\x0b-\x1f\x7f]")
SPACES = re.compile(r"\s+")


def plain(text: str) -> str:
    """As a person reads it: full-width letters as usual ones, one space for several, nothing invisible."""
    return SPACES.sub(" ", UNSEEN.sub("", unicodedata.normalize("NFKC", text))).strip()


def folded(text: str) -> str:
    """For comparing alone: without case, in simplified characters; never shown.

    Each character by itself, so that a part of a text folds as it does within the whole: OpenCC leaves
    乾 in 乾隆 and makes 干 of it alone, and who searches for one would not find the other.
    """
    return "".join(map(_simplified, plain(text).casefold()))


@cache
def _simplified(character: str) -> str:
    return str(_converter().convert(character))


@cache
def _converter() -> OpenCC:
    return OpenCC("t2s")
