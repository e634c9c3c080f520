"""What is to be replayed in the terminal: a project, a unit, an office, the programme, the portfolio."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

from cli.reader import Reader, Refused
from services.projects.replay_words import said
from shared.offices import offices

Kind = Literal["project", "unit", "office", "programme", "portfolio"]
UNITS_AT_ONCE = "200"


@dataclass(frozen=True, slots=True)
class What:
    """One of them: as people name it, and where HTTP answers for it."""

    kind: Kind
    named: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)


def find(reader: Reader, wanted: str) -> What:
    """What `portfolio`, `programme`, UNIT/OFFICE, or the name of a project or unit means; raises Refused."""
    if wanted == "portfolio":
        return What("portfolio", said("all_projects", reader.language), "/replay/portfolio")
    if wanted == "programme":
        return What("programme", said("the_programme", reader.language), "/replay/programmes")
    code, stroke, office = wanted.rpartition("/")
    if stroke:
        return _office(reader, code, office)
    if project := _project(reader, wanted):
        return What("project", wanted, f"/projects/{project}/replay")
    if unit := _unit(reader, wanted):
        return What("unit", unit[1], f"/replay/units/{unit[0]}")
    raise Refused(said("nothing_named", reader.language, what=wanted))


def _project(reader: Reader, wanted: str) -> str | None:
    """The id of the one project called so."""
    if (known := _as_id(wanted)) is None:
        return reader.project_named(wanted)
    return None if _is_there(reader, f"/units/{known}") else known


def _office(reader: Reader, code: str, wanted: str) -> What:
    named = [
        office
        for office in offices().values()
        if wanted.casefold() in (office.code, office.zh.casefold(), office.en.casefold())
    ]
    if not named:
        codes = ", ".join(sorted(offices()))
        raise Refused(said("no_office", reader.language, office=wanted, codes=codes))
    if (unit := _unit(reader, code)) is None:
        raise Refused(said("no_unit", reader.language, unit=code))
    office = named[0]
    spoken = office.zh if reader.language == "zh-CN" else office.en
    title = said("office_of", reader.language, office=spoken, unit=unit[1])
    return What("office", title, "/replay/offices", {"unit": unit[0], "office": office.code})


def _unit(reader: Reader, wanted: str) -> tuple[str, str] | None:
    """The id and name of the unit of this id or code, or of the only one of this name."""
    if known := _as_id(wanted):
        there = reader.read(f"/units/{known}", {})["unit"] if _is_there(reader, f"/units/{known}") else None
        return there and (there["id"], there["name"])
    found = reader.read("/units", {"q": wanted, "limit": UNITS_AT_ONCE})["units"]
    coded = [unit for unit in found if unit["code"].casefold() == wanted.casefold()]
    meant = coded or [unit for unit in found if unit["name"] == wanted]
    if len(meant) > 1:
        codes = ", ".join(unit["code"] for unit in meant)
        raise Refused(said("several_units", reader.language, unit=wanted, codes=codes))
    return (meant[0]["id"], meant[0]["name"]) if meant else None


def _as_id(wanted: str) -> str | None:
    try:
        return str(UUID(wanted))
    except ValueError:
        return None


def _is_there(reader: Reader, path: str) -> bool:
    try:
        reader.read(path, {})
    except Refused as refused:
        if refused.code == "NotKnown":
            return False
        raise
    return True
