"""Jurors are drawn by lot: never in conflict, evenly, seniors mixed, and what is missing is said (R57)."""

from __future__ import annotations

from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from services.evaluation.assigning import Assignment, Demand, Juror, Short, assign

TWO = Demand(jurors_per_project=2, projects_at_most=3)


def pool(number: int, seniors: int = 0) -> list[Juror]:
    return [Juror(f"juror {n}", n < seniors) for n in range(number)]


def named(number: int) -> list[str]:
    return [f"project {n}" for n in range(number)]


def test_each_project_has_its_jurors_and_nobody_one_in_conflict() -> None:
    found = assign(named(6), pool(4), {"project 1": ["juror 0", "juror 1"]}, TWO, seed=1)
    assert {len(jurors) for jurors in found.of.values()} == {2}
    assert set(found.of["project 1"]) == {"juror 2", "juror 3"}
    assert found.load == {f"juror {n}": 3 for n in range(4)}
    assert found.short == ()


def test_too_few_without_conflict_are_said_as_such_and_so_is_too_little_time() -> None:
    found = assign(["a"], pool(2), {"a": ["juror 0"]}, TWO, seed=1)
    assert found == Assignment({"a": ("juror 1",)}, (Short("a", 1, "conflicts"),))
    assert assign(["a"], [], {}, TWO, seed=1).short == (Short("a", 2, "conflicts"),)
    found = assign(named(4), pool(2), {}, TWO, seed=1)
    assert (sum(short.missing for short in found.short), {short.lack for short in found.short}) == (
        2,
        {"load"},
    )


def test_each_project_has_a_senior_where_that_can_be() -> None:
    seniors = {juror.id for juror in pool(8, 2)}
    for seed in range(5):
        found = assign(named(4), pool(8, 2), {}, TWO, seed)
        assert all(seniors & set(jurors) for jurors in found.of.values())


def test_the_seed_is_the_lot_and_gives_the_same_again() -> None:
    drawn = [assign(named(12), pool(10), {}, TWO, seed).of for seed in range(4)]
    assert len({str(of) for of in drawn}) == 4
    assert assign(named(12)[::-1], pool(10)[::-1], {}, TWO, 2).of == drawn[2]


def test_a_whole_panel_of_a_group_is_drawn_at_once() -> None:
    conflicts = {f"project {n}": [f"juror {n % 50}", f"juror {(n * 7) % 50}"] for n in range(200)}
    found = assign(named(200), pool(50, 15), conflicts, Demand(), seed=11)
    assert found.short == ()
    assert set(found.load.values()) == {20}


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 6), st.integers(1, 6), st.data())
def test_loads_differ_by_one_at_most_whenever_that_is_possible(
    projects: int, jurors: int, data: st.DataObject
) -> None:
    """Against all loads there are: no other assignment of as many is more even."""
    conflicts = {
        project: data.draw(st.sets(st.sampled_from([j.id for j in pool(jurors)]), max_size=jurors))
        for project in named(projects)
    }
    seed = data.draw(st.integers(0, 9))
    one = Demand(jurors_per_project=1, projects_at_most=4)
    found = assign(named(projects), pool(jurors), conflicts, one, seed)
    able: list[list[str | None]] = [
        [j.id for j in pool(jurors) if j.id not in conflicts[p]] or [None] for p in named(projects)
    ]
    best = min((sum(not juror for juror in of) + _over(of), _squares(of)) for of in product(*able))
    missing = sum(short.missing for short in found.short)
    assert missing == best[0]
    if not missing:
        assert _squares([jurors[0] for jurors in found.of.values()]) == best[1]


def _over(of: tuple[str | None, ...]) -> int:
    """How many of these must be left out so that nobody has more than four."""
    return sum(max(0, of.count(juror) - 4) for juror in set(of) if juror)


def _squares(of: object) -> int:
    given_to = [juror for juror in of if juror]  # type: ignore[attr-defined]
    return sum(given_to.count(juror) ** 2 for juror in set(given_to))
