"""Reading JSON without letting through what would come back different, or not at all, from the ledger."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any, NoReturn

from shared.problems import Malformed

DEPTH_AT_MOST = 64
EXACT_BELOW = 2**53
# Invisible: NUL and other controls but tab and newlines, zero-width and direction signs, lone surrogates.
INVISIBLE = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e"
    r"\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\ud800-\udfff"
    r"\U000e0000-\U000e007f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a]"
)


class NotJson(Malformed):
    """The body is no JSON object in UTF-8 (near position {position}).

    Check the body with a JSON formatter."""


class TooDeep(Malformed):
    """The JSON is nested deeper than {limit} levels.

    Send a flatter structure."""


class FieldTwice(Malformed):
    """The field {field} stands twice in the same object.

    Name every field once."""


class NumberNotExact(Malformed):
    """The number {number} cannot be kept exactly.

    Whole numbers lie between -9007199254740991 and 9007199254740991; send figures as strings, as "12.50"."""


class SignNotVisible(Malformed):
    """The text at {field} holds a sign that nobody can see or that is no character: {sign}.

    Type the text again instead of pasting it."""


def read_object(body: bytes) -> dict[str, Any]:
    """The object in a request's body; raises a Malformed that says what is wrong with it."""
    try:
        text = body.decode("utf-8")
        value = _decoder.decode(text)
    except UnicodeDecodeError as error:
        raise NotJson(position=error.start) from None
    except json.JSONDecodeError as error:
        raise NotJson(position=error.pos) from None
    except RecursionError:
        raise TooDeep(limit=DEPTH_AT_MOST) from None
    if not isinstance(value, dict):
        raise NotJson(position=0)
    if not _surely_clean(text):
        _look_through(value)
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        counts = Counter(name for name, _ in pairs)  # in one go: the sender chooses how many there are
        twice = next(name for name, count in counts.items() if count > 1)
        raise FieldTwice(field=ascii(twice[:80]))
    return found


def _integer(digits: str) -> int:
    # the length first: turning a million digits into a number takes seconds
    if len(digits) > 17 or abs(number := int(digits)) >= EXACT_BELOW:
        raise NumberNotExact(number=digits[:40])
    return number


def _fraction(digits: str) -> float:
    number = float(digits)
    if len(digits) > 40 or number in (float("inf"), float("-inf")):
        raise NumberNotExact(number=digits[:40])
    return number


def _not_a_number(name: str) -> NoReturn:
    raise NumberNotExact(number=name)


_decoder = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_float=_fraction, parse_constant=_not_a_number
)


def _surely_clean(text: str) -> bool:
    """Whether the text as a whole shows that no part of it can be wrong; most requests do."""
    visible = (text.isascii() and text.isprintable()) or not INVISIBLE.search(text)
    return visible and "\\" not in text and text.count("{") + text.count("[") <= DEPTH_AT_MOST


def _look_through(value: dict[str, Any]) -> None:
    """Every text and every depth, without recursion: the sender chooses the depth."""
    waiting: list[tuple[str, int, Any]] = [("", 1, value)]
    while waiting:
        path, depth, part = waiting.pop()
        if isinstance(part, str):
            if bad := INVISIBLE.search(part):
                raise SignNotVisible(field=path, sign=f"U+{ord(bad[0]):04X}")
        elif isinstance(part, dict | list):
            if depth > DEPTH_AT_MOST:
                raise TooDeep(limit=DEPTH_AT_MOST)
            if isinstance(part, dict):
                for name, inner in part.items():
                    if bad := INVISIBLE.search(name):
                        raise SignNotVisible(field=path or ascii(name[:80]), sign=f"U+{ord(bad[0]):04X}")
                    waiting.append((f"{path}.{name}"[:200].lstrip("."), depth + 1, inner))
            else:
                waiting.extend((f"{path}[{at}]"[:200], depth + 1, inner) for at, inner in enumerate(part))
