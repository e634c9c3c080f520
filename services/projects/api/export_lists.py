"""The lists that can be taken as files: their addresses, what answers them, and their columns (R74, R76)."""

from __future__ import annotations

import inspect
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from pydantic import BaseModel

from services.projects.api import (
    burden,
    counting,
    coverage,
    deadlines,
    handovers,
    inspecting,
    leads,
    looks,
    organisation_reading,
    outcomes,
    portfolio,
    practices,
    problems,
    ratifications,
    reading,
    suspicions,
    transfers,
)
from services.projects.parts import Parts
from services.projects.sheets import beside_names
from shared.domain import PersonId

UNSAID = frozenset({"id", "version", "position"})  # what stands in a list for programs alone
Read = Callable[..., Awaitable[Any]]
Count = Callable[[Parts, PersonId, Mapping[str, Any]], Awaitable[int]]
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Listed:
    """A list that can be taken: its address, what answers it, and the field in which its rows stand.

    `each`: a field of a row whose parts have a line each; `count`: of a list that may be long.
    """

    path: str
    read: Read
    field: str
    each: str = ""
    count: Count | None = None

    @property
    def name(self) -> str:
        """What the list is called in catalogues."""
        return "_".join(part.strip("{}") for part in self.path.strip("/").split("/"))

    @property
    def places(self) -> list[str]:
        """What stands in its address for one of many lists, as the year in `/archive/{company}/{year}`."""
        return re.findall(r"{(\w+)}", self.path)

    def taken(self, given: Mapping[str, Any], kind: str) -> str:
        """What was taken, in the record of looks."""
        return f"{self.path.format(**given).strip('/').replace('/', '_')}.{kind}"

    @property
    def row(self) -> type[BaseModel]:
        """The type of its rows."""
        return _held_in(inspect.signature(self.read, eval_str=True).return_annotation, self.field)

    @property
    def fields(self) -> list[str]:
        """The fields of a line that people read: no id beside its name."""
        known = [name for name in self.row.model_fields if name != self.each]
        if self.each:
            known += _held_in(self.row, self.each).model_fields
        beside = beside_names(known)
        return [name for name in known if name not in UNSAID | beside]

    def lines(self, row: Row) -> Iterator[Row]:
        """A row as the lines of a sheet; one without parts is a line all the same."""
        parts: Sequence[Row] = row[self.each] if self.each else ()
        whole = {name: value for name, value in row.items() if name != self.each}
        for part in parts or ({},):
            yield {**whole, **part}


def _held_in(answer: Any, field: str) -> type[BaseModel]:
    (row,) = get_args(answer.model_fields[field].annotation)
    found: type[BaseModel] = row
    return found


LISTS = (
    Listed("/projects", reading.read_projects, "projects", count=counting.projects),
    Listed("/replay/portfolio", portfolio.replay_portfolio, "projects", count=counting.portfolio),
    Listed("/deadlines", deadlines.read_deadlines, "deadlines", count=counting.dates),
    Listed("/coverage", coverage.read_coverage, "lines"),
    Listed("/burden", burden.read_burden, "lines"),
    Listed("/problems", problems.read_problems, "problems"),
    Listed("/practices", practices.read_practices, "practices"),
    Listed("/outcomes", outcomes.read_outcomes, "outcomes"),
    Listed("/inspections", inspecting.read_inspections, "inspections"),
    Listed("/leads", leads.read_leads, "leads"),
    Listed("/handovers", handovers.my_handovers, "handovers"),
    Listed("/ratifications", ratifications.my_ratifications, "ratifications"),
    Listed("/units", organisation_reading.list_units, "units"),
    Listed("/looks", looks.read_looks, "looks"),
    Listed("/suspicions/{code}", suspicions.read_cases, "cases", count=counting.cases),
    Listed("/archive", transfers.read_archive_years, "lines", each="years"),
    Listed("/archive/{company}/{year}", transfers.read_transfers, "transfers", count=counting.transferred),
)
