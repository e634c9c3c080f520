"""Which unit a text means: by code, name, former name, or with the unit above it, within one's reach."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from services.projects.ids import unit_id
from services.projects.roster.faults import UnitNotClear, UnitNotFound
from services.projects.roster.words import folded
from shared.domain import UnitId
from shared.organisation import Organisation

COMMITTEES = ("党委", "委员会", "党组织")  # what is said behind a company's name for its organisation


@dataclass(frozen=True, slots=True)
class Place:
    """A unit, in force or about to be established by the same workbook."""

    id: UnitId
    code: str
    name: str
    parent: UnitId | None
    kind: str
    organisation: str
    new: bool = False


class Places:
    """The units within reach, and those that the workbook adds."""

    def __init__(self, organisation: Organisation, units: Iterable[UnitId], scope: UnitId) -> None:
        self.scope = scope
        self._by_name: defaultdict[str, list[UnitId]] = defaultdict(list)
        self._by_former_name: defaultdict[str, list[UnitId]] = defaultdict(list)
        self.known: dict[UnitId, Place] = {}
        for id_ in units:
            unit = organisation.units[id_]
            self.add(Place(id_, unit.code, unit.name, unit.parent, unit.kind, unit.organisation))
            for name in dict.fromkeys(map(folded, unit.names_before)):
                self._by_former_name[name].append(id_)

    def add(self, place: Place) -> None:
        """Take in a unit whose parent is known already."""
        self.known[place.id] = place
        keys = {folded(place.code), folded(place.name)}
        keys |= {folded(above.name + place.name) for above in self.above(place.id) if above.id != place.id}
        for key in keys:
            self._by_name[key].append(place.id)

    def above(self, unit: UnitId) -> Iterator[Place]:
        """The unit and those above it within reach."""
        at: UnitId | None = unit
        while at is not None and (place := self.known.get(at)):
            yield place
            at = place.parent

    def of_code(self, code: str) -> Place | None:
        """The unit within reach that has this code."""
        return self.known.get(unit_id(code))

    def one(self, said: str, under: UnitId | None = None) -> Place:
        """The unit that is meant; UnitNotFound, UnitNotClear."""
        found = self._named(said)
        if under is not None:
            found = [unit for unit in found if any(above.id == under for above in self.above(unit))]
        if not found:
            raise UnitNotFound(got=said[:80])
        if len(found) > 1:
            raise UnitNotClear(got=said[:80], count=len(found))
        return self.known[found[0]]

    def _named(self, said: str) -> list[UnitId]:
        """A former name means a unit only where none is called so now."""
        key = folded(said)
        for names in (self._by_name, self._by_former_name):
            for ending in ("", *COMMITTEES):
                if key.endswith(ending) and (found := names.get(key.removesuffix(ending) if ending else key)):
                    return found
        return []
