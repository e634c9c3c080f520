"""The group of a season: its companies with their people, and an institute from which jurors come."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from math import ceil
from typing import Any

from bench.season.size import JURORS, PER_DOSSIER, Size
from shared import roster
from shared.domain import OfficeId, PersonId, UnitId
from shared.ids import derived

VERSION = "2026.1"
TRACKS = ("safety_quality", "cost_efficiency", "technology", "service")
SINCE = date(2020, 1, 1)
DOSSIERS_AT_MOST = 20  # of a panel of the group, and of a juror (R56)
SPARE = 4  # jurors of a track: two stand by
ON_SITE = 40  # projects, should they all be of one track


def unit(*name: object) -> UnitId:
    """A unit's id: the same in every run."""
    return UnitId(derived("bench unit", *map(str, name)))


def person(*name: object) -> PersonId:
    """Somebody's id: the same in every run."""
    return PersonId(derived("bench person", *map(str, name)))


GROUP, INSTITUTE = unit("group"), unit("institute")
LABORATORY, HOUSE = unit("laboratory"), unit("house")  # of the jurors, and of who runs the group's review
HEADQUARTERS, CLERK, DISCIPLINE = person("headquarters"), person("clerk"), person("discipline")


def company(number: int) -> UnitId:
    """The company of this number; 0 is the heavy one, whose ledger comes before all others."""
    return unit("company", number) if number else UnitId(f"00000000{unit('company', 0)[8:]}")


def branch(number: int, nth: int) -> UnitId:
    """A branch of a company: 0 and 1 lead projects, 2 runs its review."""
    return unit("branch", number, nth)


def jurors_of(size: Size) -> list[tuple[PersonId, str]]:
    """The group's pool with the track of each: enough for any panel of a track."""
    dossiers = min(ON_SITE, size.companies)
    wanted = max(JURORS, ceil(dossiers * PER_DOSSIER / DOSSIERS_AT_MOST) + SPARE)
    return [(person("juror", track, n), track) for track in TRACKS for n in range(wanted)]


def jurors_in(number: int) -> list[PersonId]:
    """A company's pool."""
    return [person("juror", number, n) for n in range(JURORS)]


def runs(number: int) -> PersonId:
    """Who runs a company's review."""
    return person("party department", number)


def clerk(number: int) -> PersonId:
    """Who signs a company's panels as clerk."""
    return person("clerk", number)


def supervisor(number: int) -> PersonId:
    """Who signs them as the meeting's supervisor."""
    return person("discipline", number)


def events(size: Size) -> Iterator[Any]:
    """All that the ledger of the group says of it."""
    yield _unit(GROUP, None, "functional", has_ledger=True)
    yield _unit(INSTITUTE, GROUP, "functional", has_ledger=True)
    yield _unit(LABORATORY, INSTITUTE, "functional")
    yield _unit(HOUSE, GROUP, "functional")
    offices = ((HEADQUARTERS, "headquarters"), (CLERK, "clerk"), (DISCIPLINE, "discipline_officer"))
    for somebody, office in offices:
        yield from _officer(somebody, office, GROUP, HOUSE)
    for juror, _ in jurors_of(size):
        yield _member(juror, LABORATORY)
    for number in range(size.companies):
        yield from _company(number)
    yield roster.ProgrammePublished(VERSION, 2026, SINCE, "{}", "hash")


def _company(number: int) -> Iterator[Any]:
    kind = "production" if number % 2 else "service"
    yield _unit(company(number), GROUP, kind, has_ledger=True)
    for nth in range(3):
        yield _unit(branch(number, nth), company(number), kind)
    home = branch(number, 2)
    yield from _officer(runs(number), "party_department", company(number), home)
    yield from _officer(clerk(number), "clerk", company(number), home)
    yield from _officer(supervisor(number), "discipline_officer", company(number), home)
    for juror in jurors_in(number):
        yield _member(juror, LABORATORY)


def _unit(
    id_: UnitId, parent: UnitId | None, kind: str, *, has_ledger: bool = False
) -> roster.UnitEstablished:
    return roster.UnitEstablished(
        id_, id_[:8], id_[:8], parent, kind, "党支部", (), has_ledger, has_ledger, 5
    )


def _member(somebody: PersonId, home: UnitId) -> roster.PersonRegistered:
    return roster.PersonRegistered(somebody, home, "正式党员", "", "")


def _officer(somebody: PersonId, office: str, where: UnitId, home: UnitId) -> Iterator[Any]:
    yield _member(somebody, home)
    term = OfficeId(derived("bench term", somebody, office))
    yield roster.OfficeAppointed(term, somebody, office, where, SINCE, None, False, False, person("operator"))
