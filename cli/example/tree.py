"""A group in a given tree of units: people and offices only where projects are to live."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from random import Random

import yaml

from cli.example.group import Group, Unit
from cli.example.inventing import CONTENT, Invention

KINDS = ("production", "construction", "research", "service", "functional")
DIVISION, COMPANY, GENERAL_BRANCH, BRANCH = 1, 2, 3, 4
ORGANISATIONS = {DIVISION: "", COMPANY: "所属单位党委", GENERAL_BRANCH: "党总支", BRANCH: "党支部"}
MEMBERS = (24, 31, 5, 17, 12, 9)
COLUMNS = ("code", "name", "parent", "level")


class NotATree(Exception):
    """The file cannot be used; the text is the one sentence."""


def read_tree(path: Path, projects: int, seed: str, until: date) -> Group:
    """The group of a CSV file: code, name, parent (or parent_code), level 1 to 4; raises NotATree."""
    content = yaml.safe_load(CONTENT.read_text(encoding="utf-8"))
    invention = Invention(content, Random(f"{seed}/tree"), until - timedelta(days=365))
    root = invention.begin()
    units = _units(path, root)
    invention.units += units
    companies = [unit for unit in units if unit.has_ledger]
    if not companies:
        raise NotATree(f"{path} has no unit of level 2: nothing in it could keep a ledger.")
    below = _branches_of(units)
    living = [company for company in companies if below.get(company.code)][:projects]
    for place, company in enumerate(living):
        share = projects // len(living) + (place < projects % len(living))
        branches = below[company.code]
        step = max(1, len(branches) // max(1, share))
        chosen = branches[::step][: max(1, share)]
        invention.officials(company.code, "small", (), chosen[0].code)
        for branch in chosen:
            invention.branch_people(branch.code)
        if place == 0:
            invention.show(company.code, ("party_department", "party_secretary", "inspector"))
            invention.show(chosen[0].code, ("branch_secretary",))
    pairs = {a.code: b.code for a, b in zip(living, living[1:] + living[:1], strict=True)}
    return invention.made(pairs)


def _units(path: Path, root: str) -> list[Unit]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise NotATree(f"{path} cannot be read: {error}.") from None
    units: list[Unit] = []
    levels: dict[str, int] = {}
    for number, row in enumerate(rows, 2):
        try:
            code, name, level = row["code"].strip(), row["name"].strip(), int(row["level"])
            parent = (row.get("parent_code") or row.get("parent") or "").strip()
        except (KeyError, ValueError, AttributeError):
            raise NotATree(f"{path}, line {number}: the columns are {', '.join(COLUMNS)}.") from None
        if level not in ORGANISATIONS or not code or not name or code in levels:
            raise NotATree(f"{path}, line {number}: a new code, a name and a level from 1 to 4 are needed.")
        levels[code] = level
        units.append(_unit(code, name, parent or root, level, number))
    if lost := next((u for u in units if u.parent != root and u.parent not in levels), None):
        raise NotATree(f"{path}: the parent {lost.parent} of {lost.code} is not in the file.")
    return sorted(units, key=lambda unit: levels[unit.code])


def _unit(code: str, name: str, parent: str, level: int, number: int) -> Unit:
    unit = Unit(code, name, parent, "functional", ORGANISATIONS[level])
    if level == COMPANY:
        return replace(unit, kind="production", has_ledger=True, has_committee=True)
    if level == BRANCH:
        members = MEMBERS[number % len(MEMBERS)]
        return replace(
            unit,
            name=f"{name}党支部",
            kind=KINDS[number % len(KINDS)],
            marks=("小", "远") if members < 7 else (),
            has_committee=members >= 7,
            full_members=members,
        )
    return unit


def _branches_of(units: list[Unit]) -> dict[str, list[Unit]]:
    known = {unit.code: unit for unit in units}
    found: dict[str, list[Unit]] = {}
    for branch in units:
        if branch.organisation == ORGANISATIONS[BRANCH]:
            at: Unit | None = branch
            while at is not None and not at.has_ledger:
                at = known.get(at.parent or "")
            if at is not None:
                found.setdefault(at.code, []).append(branch)
    return found
