"""What a comparison consists of: each row's result, the acts that it takes, the ends that are offered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from services.projects.roster.faults import Fault
from services.projects.roster.identity import Contact
from shared.domain import OfficeId, PersonId, UnitId
from shared.organisation import Organisation, Term

Result = Literal["new", "moved", "changed", "ended", "unchanged", "asked", "faulty", "left"]
WEIGHT: tuple[Result, ...] = (  # of several that a row would have, the first
    *("faulty", "asked", "left", "new", "moved", "changed", "ended", "unchanged"),
)
PEOPLE, CHANGES, ENDS, APPOINTMENTS, VACANCIES = 1000, 1001, 1002, 1003, 1004  # before them units, by depth


@dataclass(frozen=True, slots=True)
class Standing:
    """The organisation as it stands, and who compares with it.

    It grows while a large workbook is compared in a thread: what is gone through was copied before.
    """

    organisation: Organisation  # for looking up alone
    units: tuple[UnitId, ...]  # within the scope, parents first
    terms: tuple[Term, ...]
    contacts: Mapping[PersonId, Contact]  # of the people within the scope
    scope: UnitId
    today: date
    person: PersonId
    office: str


@dataclass(frozen=True, slots=True)
class End:
    """A ticked end."""

    term: OfficeId
    ended_on: date | None = None  # the first day without the office; None: as the row says, or today


@dataclass(frozen=True, slots=True)
class Options:
    """What was said along with the workbook."""

    document: str = ""  # number of the document behind rows that name none
    answers: Mapping[tuple[str, int], PersonId | Literal["new", "later"]] = field(default_factory=dict)
    ends: tuple[End, ...] = ()


@dataclass(frozen=True, slots=True)
class Planned:
    """An act of an existing aggregate: its command, stream and what a person would give for it."""

    stage: int  # acts of a lower one come first
    command: str
    stream: str
    given: dict[str, Any]


@dataclass(slots=True)
class Item:
    """A row and what becomes of it."""

    sheet: str
    row: int
    name: str
    place: str
    results: set[Result] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    candidates: tuple[PersonId, ...] = ()
    acts: list[Planned] = field(default_factory=list)

    @property
    def result(self) -> Result:
        """The weightiest of its results."""
        return next((result for result in WEIGHT if result in self.results), "unchanged")

    @property
    def is_right(self) -> bool:
        """Whether it can be imported."""
        return self.result not in ("faulty", "asked", "left")


@dataclass(frozen=True, slots=True)
class Offered:
    """A term of office that the list no longer holds, to be ended if that is ticked."""

    term: OfficeId
    person: PersonId
    office: str
    unit: UnitId
    since: date
    ended_on: date
    vacant: bool
    ticked: bool
    row: tuple[str, int] | None  # which says that it ended


@dataclass(slots=True)
class Comparison:
    """A workbook beside the organisation as it stands."""

    items: list[Item] = field(default_factory=list)
    offered: list[Offered] = field(default_factory=list)
    ends: list[Planned] = field(default_factory=list)
    not_stored: list[str] = field(default_factory=list)  # headings
    without_table: list[str] = field(default_factory=list)  # sheets

    def counts(self) -> dict[str, int]:
        """How many rows have each result; "ended" counts the ends that are offered."""
        found = Counter(str(item.result) for item in self.items)
        return {result: found[result] for result in map(str, WEIGHT)} | {"ended": len(self.offered)}

    def acts(self) -> list[Planned]:
        """All acts of the rows that are right, in the order in which they can be taken."""
        of_rows = [act for item in self.items if item.is_right for act in item.acts]
        return sorted([*of_rows, *self.ends], key=lambda act: act.stage)
