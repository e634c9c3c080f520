"""Who judges which project: drawn by lot among all assignments that are as even as can be (R57).

Solved by HiGHS through SciPy as a flow of least cost, whose corners are whole numbers; checked afterwards.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array

LOTS = 1000  # how finely the lot decides between assignments that are equally even
Lack = Literal["conflicts", "load"]


@dataclass(frozen=True, slots=True)
class Juror:
    """Somebody of the pool, known by an id; `seniors` are mixed with others on each project."""

    id: str
    senior: bool = False


@dataclass(frozen=True, slots=True)
class Demand:
    """What a panel needs: so many jurors for each project, and no more projects for each juror."""

    jurors_per_project: int = 5
    projects_at_most: int = 20


@dataclass(frozen=True, slots=True)
class Short:
    """A project without enough jurors, and what is lacking: those without conflict, or their time."""

    project: str
    missing: int
    lack: Lack


@dataclass(frozen=True, slots=True)
class Assignment:
    """Jurors by project, each list by id; `short` says where some are missing."""

    of: dict[str, tuple[str, ...]]
    short: tuple[Short, ...]

    @property
    def load(self) -> dict[str, int]:
        """Projects by juror; who has none is not in it."""
        return dict(Counter(juror for jurors in self.of.values() for juror in jurors))


def assign(
    projects: Sequence[str],
    pool: Sequence[Juror],
    conflicts: Mapping[str, Collection[str]],
    demand: Demand,
    seed: int,
) -> Assignment:
    """Conflicts never; then as many as wanted, as evenly as can be, with a senior on each project, by lot.

    What comes first of these weighs more than all that follows. `conflicts` are jurors by project. The same
    arguments give the same assignment, in any order of them.
    """
    projects, pool = sorted(projects), sorted(pool, key=lambda juror: juror.id)
    pairs = [
        (p, j)
        for p, project in enumerate(projects)
        for j, juror in enumerate(pool)
        if juror.id not in conflicts.get(project, ())
    ]
    chosen = _solve(len(projects), pool, pairs, demand, seed) if pairs else []
    of = {project: tuple(pool[j].id for p, j in chosen if p == at) for at, project in enumerate(projects)}
    found = Assignment(of, tuple(_short(projects, of, pairs, demand)))
    _refuse_wrong(found, conflicts, demand)
    return found


def _solve(
    projects: int, pool: Sequence[Juror], pairs: Sequence[tuple[int, int]], demand: Demand, seed: int
) -> list[tuple[int, int]]:
    """Columns: pairs; a juror's first, second … project; of each project what is missing, and unmixed."""
    lots = Random(seed)
    wanted, at_most = demand.jurors_per_project, demand.projects_at_most
    units = [(j, n) for j in range(len(pool)) for n in range(at_most)]
    first_unit = len(pairs)
    first_missing = first_unit + len(units)
    first_unmixed = first_missing + projects
    columns = first_unmixed + projects
    unmixed = 1 + projects * wanted  # so that no lot outweighs one project that is mixed, and so on
    uneven = unmixed * (projects + 1)
    missing = uneven * 2 * at_most * (projects + 1)
    cost = np.zeros(columns)
    cost[:first_unit] = [lots.randrange(LOTS) / LOTS for _ in pairs]
    cost[first_unit:first_missing] = [uneven * n for _, n in units]
    cost[first_missing:first_unmixed] = missing
    cost[first_unmixed:] = unmixed
    equal: list[tuple[int, int, float]] = []
    below: list[tuple[int, int, float]] = []
    for column, (p, j) in enumerate(pairs):
        equal += [(p, column, 1), (projects + j, column, 1)]
        if pool[j].senior:
            below.append((p, column, -1))
    equal += [(projects + j, first_unit + at, -1) for at, (j, _) in enumerate(units)]
    equal += [(p, first_missing + p, 1) for p in range(projects)]
    below += [(p, first_unmixed + p, -1) for p in range(projects)]
    upper = np.ones(columns)
    upper[first_missing:first_unmixed] = wanted
    solved = linprog(
        cost,
        A_eq=_matrix(equal, projects + len(pool), columns),
        b_eq=np.concatenate([np.full(projects, wanted), np.zeros(len(pool))]),
        A_ub=_matrix(below, projects, columns),
        b_ub=np.full(projects, -1.0),
        bounds=np.column_stack([np.zeros(columns), upper]),
        method="highs-ds",
    )
    if solved.status != 0:
        raise RuntimeError(f"the solver found no assignment: {solved.message}")
    return [pair for pair, part in zip(pairs, solved.x, strict=False) if part > 0.5]


def _matrix(entries: Sequence[tuple[int, int, float]], rows: int, columns: int) -> csr_array:
    at_row, at_column, values = zip(*entries, strict=True)
    return csr_array((values, (at_row, at_column)), shape=(rows, columns))


def _short(
    projects: Sequence[str],
    of: Mapping[str, tuple[str, ...]],
    pairs: Sequence[tuple[int, int]],
    demand: Demand,
) -> list[Short]:
    able = Counter(p for p, _ in pairs)
    wanted = demand.jurors_per_project
    return [
        Short(project, wanted - len(of[project]), "conflicts" if able[at] < wanted else "load")
        for at, project in enumerate(projects)
        if len(of[project]) < wanted
    ]


def _refuse_wrong(found: Assignment, conflicts: Mapping[str, Collection[str]], demand: Demand) -> None:
    """A solver is not trusted with this: RuntimeError where a juror in conflict or an overload came out."""
    for project, jurors in found.of.items():
        if set(jurors) & set(conflicts.get(project, ())) or len(set(jurors)) > demand.jurors_per_project:
            raise RuntimeError(f"{project} was assigned {jurors}")
    if overloaded := [juror for juror, load in found.load.items() if load > demand.projects_at_most]:
        raise RuntimeError(f"{overloaded} were assigned too much")
