"""A what-if of many projects as a sheet: a row for each, with both scores beside each other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any

from shared.dossier import printed
from shared.sentences import Language, word
from shared.sheets import Lines, Value

PLACES = (
    *("reference", "project", "company", "unit", "track", "state"),
    *("earned_now", "open_now", "lost_now", "earned_under", "open_under", "lost_under", "more", "problem"),
)
POINTS = ("earned", "open", "lost")


def sheet(
    programme: str,
    lines: Sequence[Mapping[str, Any]],
    name: Callable[[str], str],
    stamp: Mapping[str, str],
    language: Language,
) -> Lines:
    """Internal (R74). `lines`: as the list has them; `name`: of a unit; `stamp`: for whom and when."""
    said, mark = partial(word, "what_if", language=language), word("secrecy_mark", "internal", language)

    def written() -> Iterator[Sequence[Value]]:
        yield [said(place).format(programme=programme) for place in PLACES]
        for line in lines:
            yield [
                line["reference"],
                printed(language, line["title"]),
                name(line["company"]),
                name(line["unit"]),
                word("track", line["track"], language),
                said(line["state"]),
                *(_points(line["now"])),
                *(_points(line["under"])),
                _number(line["more"]),
                line["problem"],
            ]

    head = said("stamp").format(mark=mark, **stamp)
    return Lines(said("sheet"), mark, [head], len(PLACES), written)


def _points(points: Mapping[str, Any] | None) -> Iterator[Value]:
    return (_number(points[name]) if points else None for name in POINTS)


def _number(value: str | None) -> Decimal | None:
    return None if value is None else Decimal(value)
