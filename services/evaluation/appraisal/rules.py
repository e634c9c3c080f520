"""What a programme says of appraisals: grades and shares, the meeting's own words, the year's window."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Annotated

import msgspec
import yaml
from msgspec import Meta, Struct

from services.evaluation.domain.appraisal import DAY, Days
from services.evaluation.domain.grading import Grade, faults
from services.evaluation.schemes import default_text
from shared.domain import Refusal
from shared.organisation import Organisation, Programme
from shared.scheme import scheme_section


class AppraisalRulesUnreadable(Refusal):
    """What the programme says of appraisal grades cannot be used.

    Ask headquarters to correct what is listed under "faults" in a new version of the programme."""


class _Grade(Struct, frozen=True):
    zh: str
    from_: Decimal = msgspec.field(name="from")
    share_at_most: Decimal | None = None


class _Said(Struct, frozen=True):
    grades: tuple[_Grade, ...]
    appraisal_grades: tuple[str, ...]


class _Window(Struct, frozen=True):
    to: Annotated[str, Meta(pattern="^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$")] = "09-30"

    def ends(self, year: int) -> date:
        month, day = map(int, self.to.split("-"))
        return date(year, month, min(day, monthrange(year, month)[1]))


class _Deadlines(Struct, frozen=True):
    year_window: _Window = _Window()


class _Content(Struct, frozen=True):
    deadlines: _Deadlines = _Deadlines()


@dataclass(frozen=True, slots=True)
class AppraisalRules:
    """Of one year: its days (R25), grades of figures, and the words in which the meeting itself grades."""

    programme: str  # version; "" where none was published for the year
    year: Days
    grades: tuple[Grade, ...]
    words: tuple[str, ...]


def rules_of(organisation: Organisation, year: int) -> AppraisalRules:
    """By the year's last version, else the shipped rules; AppraisalRulesUnreadable names what is wrong."""
    programme = _of_year(organisation, year)
    section = scheme_section(programme.content) if programme else ""
    window = _window(programme.content) if programme else _Window()
    days = Days(window.ends(year - 1) + DAY, window.ends(year) + DAY)
    grades, words = _grades(section)
    return AppraisalRules(programme.version if programme else "", days, grades, words)


def _of_year(organisation: Organisation, year: int) -> Programme | None:
    of_year = (p for p in reversed(organisation.programmes) if p.year == year and not p.corrects)
    found = next(of_year, None)
    return organisation.version(found.version) if found else None


def _window(content: str) -> _Window:
    try:
        return msgspec.json.decode(content, type=_Content).deadlines.year_window
    except msgspec.ValidationError as error:
        raise AppraisalRulesUnreadable(faults=[str(error)]) from error


@cache
def _grades(section: str) -> tuple[tuple[Grade, ...], tuple[str, ...]]:
    """Figures are read as text, so no float is ever made."""
    try:
        parts = _parts(default_text()) | _parts(section)
        said = msgspec.convert(parts, _Said, strict=False)
    except (msgspec.ValidationError, ArithmeticError, yaml.YAMLError, RecursionError) as error:
        raise AppraisalRulesUnreadable(faults=[str(error)]) from error
    grades = tuple(Grade(one.zh, one.from_, one.share_at_most) for one in said.grades)
    if found := faults(grades):
        raise AppraisalRulesUnreadable(faults=found)
    return grades, said.appraisal_grades


def _parts(section: str) -> dict[str, object]:
    read = yaml.load(section, Loader=yaml.BaseLoader)
    known = read if isinstance(read, dict) else {}
    return {part: known[part] for part in _Said.__struct_fields__ if part in known}
