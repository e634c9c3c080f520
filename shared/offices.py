"""The catalogue of offices and their rights: data of the installation, loaded once."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec

PARTY_MEMBERS = frozenset({"正式党员", "预备党员"})  # all others are participants (R14)
FULL_MEMBER = "正式党员"  # the political status that votes in meetings (R26), as rosters write it


class Office(msgspec.Struct, frozen=True):
    """An office of the catalogue; those of real rosters without rights are offices too (R14)."""

    code: str
    zh: str
    en: str
    rights: frozenset[str]


class UnitKind(msgspec.Struct, frozen=True):
    """What a unit does, and the tracks that are therefore expected of it (R66)."""

    code: str
    zh: str
    expected_tracks: tuple[str, ...]


class SizeClass(msgspec.Struct, frozen=True):
    """Units of about the same number of members; the last class has no end (R66)."""

    code: str
    up_to_members: int | None = None


class RosterWords(msgspec.Struct, frozen=True):
    """What real rosters write where no name, date or office stands, and what they hold that is never kept."""

    vacancy: tuple[str, ...]
    still_in_office: tuple[str, ...]
    acting: tuple[str, ...]
    concurrent: tuple[str, ...]
    absence_needs_deputy: tuple[str, ...]
    office_with_end: tuple[str, ...]
    never_store: tuple[str, ...]


class Catalogue(msgspec.Struct, frozen=True):
    """The words that people, units and offices are described in."""

    offices: tuple[Office, ...]
    political_status: tuple[str, ...]
    organisation_kinds: tuple[str, ...]
    unit_kinds: tuple[UnitKind, ...]
    marks: tuple[str, ...]
    exempt_reasons: tuple[str, ...]
    size_classes: tuple[SizeClass, ...]
    roster_words: RosterWords


@cache
def catalogue() -> Catalogue:
    """The shipped catalogue, `shared/default/offices.yaml`."""
    return msgspec.yaml.decode(
        (Path(__file__).parent / "default" / "offices.yaml").read_bytes(), type=Catalogue
    )


def words(of: str) -> tuple[str, ...]:
    """The words of one of the catalogue's lists; none where it has no such list."""
    found = getattr(catalogue(), of, ())
    return tuple(word if isinstance(word, str) else word.code for word in found)


def size_class(members: int) -> str:
    """The class of a unit with so many members."""
    classes = catalogue().size_classes
    return next(c.code for c in classes if c.up_to_members is None or members <= c.up_to_members)


@cache
def offices() -> dict[str, Office]:
    """The offices by code."""
    return {office.code: office for office in catalogue().offices}


def rights_of(office: str) -> frozenset[str]:
    """What an office may; nothing for a code that the catalogue does not know."""
    known = offices().get(office)
    return known.rights if known else frozenset()
