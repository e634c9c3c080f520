"""The words of real rosters, and the one spelling in which they are looked up."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import msgspec

from services.projects import spelling
from shared.offices import catalogue, offices

AROUND_HEADINGS = re.compile(r"[\s*:()（）]")


class Words(msgspec.Struct, frozen=True):
    """`services/projects/default/roster.yaml`."""

    people: dict[str, tuple[str, ...]]
    units: dict[str, tuple[str, ...]]
    tasks: dict[str, tuple[str, ...]]
    needed: dict[str, tuple[str, ...]]
    titles: dict[str, tuple[str, ...]]
    by_organisation: dict[str, dict[str, str]]
    heads: dict[str, str]
    standings: dict[str, tuple[str, ...]]
    beside_names: tuple[str, ...]
    affirmed: tuple[str, ...]
    denied: tuple[str, ...]


@cache
def words() -> Words:
    """The shipped words."""
    source = Path(__file__).parent.parent / "default" / "roster.yaml"
    return msgspec.yaml.decode(source.read_bytes(), type=Words)


def folded(text: str) -> str:
    """For comparing alone, without spaces; never stored."""
    return spelling.folded(text).replace(" ", "")


def heading(text: str) -> str:
    """A column's name for comparing, without the signs that are put around one."""
    return AROUND_HEADINGS.sub("", folded(text))


@cache
def columns(kind: str) -> Mapping[str, str]:
    """Every name of a column of people, units or tasks, as `heading` gives it, with its field."""
    known: dict[str, tuple[str, ...]] = getattr(words(), kind)
    return {heading(name): field for field, names in known.items() for name in names}


@cache
def titles() -> Mapping[str, str]:
    """Every title that means one office whatever the organisation, with the office's code."""
    found = {folded(office.zh): office.code for office in offices().values()}
    return found | {folded(title): code for code, known in words().titles.items() for title in known}


@cache
def standings() -> Mapping[str, str]:
    """Every name of a political status, with the catalogue's own."""
    found = {folded(status): status for status in catalogue().political_status}
    return found | {folded(name): status for status, names in words().standings.items() for name in names}


def is_never_stored(text: str) -> bool:
    """Whether a column's name says that it holds what must not be kept (an identity card's number, …)."""
    return any(folded(word) in folded(text) for word in catalogue().roster_words.never_store)


def one_of(text: str, known: tuple[str, ...]) -> bool:
    """Whether a text is one of these words."""
    return folded(text) in _all_folded(known)


@cache
def _all_folded(known: tuple[str, ...]) -> frozenset[str]:
    return frozenset(map(folded, known))


@cache
def codes_of(known: tuple[tuple[str, str], ...]) -> Mapping[str, str]:
    """Words and codes, each as it is looked up, with the code."""
    return {folded(said): code for pair in known for said, code in ((pair[0], pair[1]), (pair[1], pair[1]))}
