"""A list as a sheet: rows of plain JSON become columns with headings, each cell as people read it."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from pathlib import Path
from typing import Any

from services.projects.replay_words import GROUPS as OF_A_PAGE
from services.projects.replay_words import STOPS, said
from shared import sheets
from shared.sentences import Language, word
from shared.sheets import Value
from shared.withdrawn import MARK

DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T[\d:.]+(?:Z|[+-]\d{2}:\d{2})")
GROUPS = {
    **OF_A_PAGE,
    "midterm": "result",
    "facts.act": "suspicion_value",
    "facts.field": "suspicion_value",
    "facts.party": "suspicion_value",
}
HEADED = {"act": "act_column", "earlier": "act_column", "facts": "suspicion_fact"}  # words of their parts


@dataclass(frozen=True, slots=True)
class Spoken:
    """How a sheet speaks: in a language, in a zone, with names for ids and for codes of the programme."""

    language: Language
    zone: tzinfo
    name: Callable[[str], str]

    def heading(self, place: str) -> str:
        """A place in words; what codes stand in it are named as in the cells."""
        first, _, rest = place.partition(".")
        if rest and first in HEADED:
            return f"{self._part(first)} {word(HEADED[first], rest, self.language)}"
        return " ".join(self._part(part) for part in place.split("."))

    def _part(self, part: str) -> str:
        return word("column", part, self.language, word("page", part, self.language, self.name(part)))

    def cell(self, place: str, value: Any) -> Value:
        """A value as a spreadsheet keeps it: days and moments as such, codes in words."""
        match value:
            case None | "":
                return None
            case bool():
                return said(str(value).lower(), self.language)
            case int() | float():
                return value
            case list():
                parts = (self.cell(place, part) for part in value)
                return STOPS[self.language].join(str(part) for part in parts if part is not None)
            case dict():
                inner = (self.cell(name, part) for name, part in value.items())
                return " ".join(str(part) for part in inner if part is not None)
        if value.startswith(MARK):
            return said("withdrawn", self.language)
        if DAY.fullmatch(value):
            return date.fromisoformat(value)
        if MOMENT.fullmatch(value):
            return datetime.fromisoformat(value).astimezone(self.zone).replace(tzinfo=None, microsecond=0)
        field = place.rpartition(".")[2]
        group = GROUPS.get(place, GROUPS.get(field, field))
        return word(group, value, self.language, self.name(value))


def beside_names(known: Collection[str]) -> set[str]:
    """Of the fields of one thing, the ids and codes that stand beside their names: people read these."""
    found = {name for name in known if f"{name}_name" in known or f"{name}_label" in known}
    for name in known:
        of = name.removesuffix("project")
        if of != name and not {f"{of}reference", f"{of}title"}.isdisjoint(known):
            found.add(name)
    if "name" in known:
        found.add(next((one for one in ("person", "unit", "company") if one in known), ""))
    if "label" in known:
        found.add("event")
    return found


def cells(value: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    """The cells of a row by their places; what has a code has places of its own under it."""
    parts: dict[str, Any] | None = value if isinstance(value, dict) else None
    if isinstance(value, list) and value and all(isinstance(part, dict) and "code" in part for part in value):
        parts = {part["code"]: {n: v for n, v in part.items() if n != "code"} for part in value}
    if not parts:
        yield place, None if value in ({}, []) else value
        return
    beside = beside_names(parts) if place else ()
    for name, part in parts.items():
        if name not in beside:
            yield from cells(part, f"{place}.{name}" if place else name)


class Columns:
    """The columns of a sheet in the order of its fields, found while its rows are read."""

    def __init__(self, fields: Iterable[str]) -> None:
        self._places: dict[str, dict[str, None]] = {field: {} for field in fields}

    def see(self, row: Mapping[str, Any]) -> None:
        """Take note of what a row holds."""
        for field, places in self._places.items():
            places.update((place, None) for place, _ in cells(row.get(field), field))

    @property
    def places(self) -> list[str]:
        """All places; a part that is empty in some rows has no column beside those of what is in it."""
        if not any(self._places.values()):  # nothing is listed
            return list(self._places)
        found = [place for places in self._places.values() for place in places]
        return [place for place in found if not any(other.startswith(f"{place}.") for other in found)]


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is written: its stamp (mark, for whom, when; R74), then a heading for each column, then rows.

    `about`: of what it is a list, beside the stamp.
    """

    title: str
    mark: str
    stamp: str
    places: Sequence[str]
    rows: Callable[[], Iterator[Mapping[str, Any]]]
    spoken: Spoken
    about: Sequence[str] = ()

    @property
    def written(self) -> sheets.Lines:
        """As it is written."""
        head = [self.stamp, *self.about]
        return sheets.Lines(self.title, self.mark, head, len(self.places), self.lines)

    def lines(self) -> Iterator[list[Value]]:
        """Headings, then the cells of each row."""
        yield [self.spoken.heading(place) for place in self.places]
        for row in self.rows():
            found = {place: value for field, part in row.items() for place, value in cells(part, field)}
            yield [self.spoken.cell(place, found.get(place)) for place in self.places]


def write_csv(sheet: Sheet, path: Path) -> None:
    """As CSV in UTF-8 with its mark, by which Excel knows it."""
    sheets.write_csv(sheet.written, path)


def write_xlsx(sheet: Sheet, path: Path) -> None:
    """As a workbook of one sheet; only the row at hand is in memory."""
    sheets.write_xlsx(sheet.written, path)


WRITERS: Mapping[str, Callable[[Sheet, Path], None]] = {"xlsx": write_xlsx, "csv": write_csv}
