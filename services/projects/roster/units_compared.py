"""Units of a list: new ones in the order of the tree, renamed, moved, unchanged."""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import Any

from services.projects.domain.unit.tree import EstablishedAlready
from services.projects.ids import unit_id
from services.projects.roster import cells
from services.projects.roster.comparison import Item, Options, Planned
from services.projects.roster.faults import AboveItself, CodeTwice
from services.projects.roster.places import Place, Places
from services.projects.roster.table import UnitLine
from services.projects.roster.workbook import Value
from services.projects.spelling import plain
from shared.domain import MODEL_BRANCH, Refusal, UnitId
from shared.offices import catalogue

KINDS = tuple((kind.zh, kind.code) for kind in catalogue().unit_kinds)
ORGANISATIONS = tuple((word, word) for word in catalogue().organisation_kinds)
MARKS = tuple((word, word) for word in catalogue().marks)
BY_NAME = (
    "联合党支部",
    "临时党支部",
    "党支部",
    "党总支",
    "党小组",
)  # endings that say what organisation it is


def compare_units(
    lines: Sequence[UnitLine], places: Places, taken: Container[str], options: Options
) -> list[Item]:
    """Each row's item; those that are new are known to `places` from then on.

    `taken`: the ids of all units of the group.
    """
    items = {
        line.row: Item(line.sheet, line.row, line.name, line.parent, faults=line.faults) for line in lines
    }
    by_code: dict[str, UnitLine] = {}
    for line in lines:
        if line.code and by_code.setdefault(line.code, line) is not line:
            line.wrong("code", CodeTwice(got=cells.shown(line.code)))
    depth: dict[str, int] = {}
    waiting = [line for line in lines if not line.faults]
    while waiting:  # parents first, however the list is ordered
        put_off = []
        for line in waiting:
            above = by_code.get(line.parent)
            if above is line:
                line.wrong("parent", AboveItself())
                continue
            if above is not None and above.code not in depth and not above.faults:
                put_off.append(line)
                continue
            depth[line.code] = depth.get(line.parent, -1) + 1
            _compare(line, items[line.row], places, taken, depth[line.code], options)
        if len(put_off) == len(waiting):
            for line in put_off:
                line.wrong("parent", AboveItself())
            break
        waiting = put_off
    for line in lines:
        if line.faults:
            items[line.row].results.add("faulty")
    return list(items.values())


def _compare(
    line: UnitLine, item: Item, places: Places, taken: Container[str], depth: int, options: Options
) -> None:
    known = places.of_code(line.code)
    parent = None  # of the scope itself: what stands above it is not theirs to say
    if line.parent and (known is None or known.id != places.scope):
        try:
            parent = places.of_code(line.parent) or places.one(line.parent)
        except Refusal as why:
            line.wrong("parent", why)
            return
    if known is None:
        if unit_id(line.code) in taken:  # by a unit that is not theirs, or is dissolved
            line.wrong("code", EstablishedAlready())
        else:
            _establish(line, item, parent or places.known[places.scope], places, depth)
        return
    name = plain(line.name)
    if name != known.name:
        item.results.add("changed")
        given = {"name": name, "document": options.document}
        item.acts.append(Planned(depth, "RenameUnit", known.id, given))
    if parent is not None and parent.id != known.parent:
        if any(above.id == known.id for above in places.above(parent.id)):
            line.wrong("parent", AboveItself())
            return
        item.results.add("moved")
        given = {"parent": parent.id, "document": options.document}
        item.acts.append(Planned(depth, "MoveUnit", known.id, given))


def _establish(line: UnitLine, item: Item, parent: Place, places: Places, depth: int) -> None:
    """Without one above it stands below the scope, without kind it does what that does; both are said."""
    kind = line.read("kind", cells.word, KINDS, empty="")
    organisation = line.read("organisation", cells.word, ORGANISATIONS, empty="")
    no_marks: tuple[str, ...] = ()
    marks = line.read("marks", _marks, empty=no_marks)
    full_members = line.read("full_members", cells.whole, empty=0)
    has_committee = line.read("has_committee", cells.yes, empty=False)
    if line.faults:
        return
    name = plain(line.name)
    if not line.parent:
        item.notes.append("below_own_unit")
    if not kind:
        item.notes.append("kind_of_parent")
    if MODEL_BRANCH in marks:
        item.notes.append("model_branch_by_act")
    place = Place(
        id=unit_id(line.code),
        code=line.code,
        name=name,
        parent=UnitId(parent.id),
        kind=kind or parent.kind,
        organisation=organisation or next((ending for ending in BY_NAME if name.endswith(ending)), ""),
        new=True,
    )
    places.add(place)
    item.results.add("new")
    given: dict[str, Any] = {
        "code": place.code,
        "name": name,
        "parent": place.parent,
        "kind": place.kind,
        "organisation": place.organisation,
        "marks": [mark for mark in marks if mark != MODEL_BRANCH],
        "has_ledger": False,
        "has_committee": has_committee,
        "full_members": full_members,
    }
    item.acts.append(Planned(depth, "EstablishUnit", place.id, given))


def _marks(value: Value) -> tuple[str, ...]:
    said = cells.text(value).replace("，", "、").replace(",", "、")
    return tuple(dict.fromkeys(found for part in said.split("、") if (found := cells.word(part, MARKS))))
