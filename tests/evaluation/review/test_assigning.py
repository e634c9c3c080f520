"""Jurors are drawn by lot: never in conflict, evenly, seniors mixed; what is missing is said (R5, R57)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

import pytest

from services.evaluation.domain.review.lot import Drawn, Juror, Lot, Short
from services.evaluation.domain.review.rules import JurorLoad
from services.evaluation.review.assigning import draw

SAFETY, MINES = "safety", "mines"


def pool(number: int, seniors: int = 0) -> tuple[Juror, ...]:
    return tuple(Juror(f"J{at}", SAFETY, senior=at < seniors) for at in range(number))


def lot(
    dossiers: int,
    pool_: tuple[Juror, ...],
    conflicts: Iterable[tuple[int, str]] = (),
    wanted: int = 2,
    most: int = 3,
    substitutes: int = 0,
) -> Lot:
    tracks = dict.fromkeys(range(1, dossiers + 1), SAFETY)
    load = JurorLoad(most, wanted, substitutes)
    return Lot(tracks, pool_, frozenset(conflicts), load, minimum_cards=wanted, lowest_minimum=1)


def loads(drawn: Drawn) -> Counter[str]:
    return Counter(letter for _, letter in drawn.assigned)


def jurors(drawn: Drawn) -> dict[int, tuple[str, ...]]:
    numbers = sorted({number for number, _ in drawn.assigned})
    return {at: tuple(letter for number, letter in drawn.assigned if number == at) for at in numbers}


def test_each_dossier_has_its_jurors_and_none_in_conflict() -> None:
    """R5, R57."""
    found = draw(lot(6, pool(4), [(1, "J0"), (1, "J1")]), "a")
    assert {len(letters) for letters in jurors(found).values()} == {2}
    assert jurors(found)[1] == ("J2", "J3")
    assert loads(found) == {f"J{at}": 3 for at in range(4)}
    assert (found.short, found.resorts, found.lacking) == ((), (), 0)


def test_too_few_without_conflict_are_said_as_such_and_so_is_too_little_time() -> None:
    """R57."""
    found = draw(lot(1, pool(2), [(1, "J0")]), "a")
    assert (jurors(found), found.short) == ({1: ("J1",)}, (Short(1, 1, "conflicts", below_minimum=True),))
    assert draw(lot(1, ()), "a").short == (Short(1, 2, "conflicts", below_minimum=True),)
    found = draw(lot(4, pool(2)), "a")
    assert found.lacking == 2
    assert {one.why for one in found.short} == {"load"}


def test_what_is_lacking_is_spread_so_that_no_dossier_falls_below_the_minimum_for_another() -> None:
    """R57, R58: the fewest cards decide for all of a panel."""
    few = replace(lot(4, pool(2), wanted=2, most=2), minimum_cards=1)
    found = draw(few, "a")
    assert [one.lacking for one in found.short] == [1, 1, 1, 1]
    assert not any(one.below_minimum for one in found.short)


def test_each_dossier_has_a_senior_where_that_can_be() -> None:
    """R57."""
    for seed in "abcde":
        found = draw(lot(4, pool(8, seniors=4)), seed)
        assert all({"J0", "J1", "J2", "J3"} & {*letters} for letters in jurors(found).values())


def test_another_seed_is_another_lot() -> None:
    """R57."""
    drawn = {str(draw(lot(12, pool(10)), seed).assigned) for seed in "abcd"}
    assert len(drawn) == 4


def test_a_conflict_changes_the_lot_of_those_whom_it_concerns_and_not_of_all() -> None:
    """R57: whoever adds one cannot draw all the others anew by it."""
    before = {*draw(lot(12, pool(10)), "a").assigned}
    taken = min(before)
    after = {*draw(lot(12, pool(10), [taken]), "a").assigned}
    assert taken not in after
    assert len(before & after) >= 20


def test_two_stand_by_and_which_ones_is_drawn_too() -> None:
    """R57."""
    found = [draw(lot(3, pool(6), substitutes=2), seed) for seed in "abcdef"]
    assert all(len(one.substitutes) == 2 and not {*one.substitutes} & {*loads(one)} for one in found)
    assert len({one.substitutes for one in found}) > 1


def test_nobody_stands_by_whom_a_dossier_lacks() -> None:
    """R57: substitutes are the first resort."""
    for seed in "abcd":
        found = draw(lot(3, pool(3), substitutes=2), seed)
        assert (len(found.substitutes), found.lacking) == (1, 0)
        assert draw(lot(3, pool(2), substitutes=2), seed).substitutes == ()
        tied = draw(lot(3, pool(4), [(3, "J0"), (3, "J1")], substitutes=2), seed)
        assert {*tied.substitutes} == {"J0", "J1"}


def test_the_only_senior_of_a_dossier_does_not_stand_by() -> None:
    """R57."""
    for seed in "abcdef":
        found = draw(lot(2, pool(5, seniors=1), substitutes=2), seed)
        assert "J0" not in found.substitutes


def test_time_that_is_just_enough_leaves_nobody_to_stand_by() -> None:
    """R57."""
    found = draw(lot(6, pool(4), substitutes=2), "a")
    assert (found.substitutes, found.lacking) == ((), 0)


def other(letter: str, **more: bool) -> Juror:
    return Juror(letter, MINES, fields=(SAFETY,), **more)


def test_of_those_who_are_left_the_next_resort_is_said_in_its_order() -> None:
    """R57: another track's of the same field, then an external mandate, then panels merged."""
    tied = [(1, "J1")]
    mine, outside = other("M"), Juror("X", SAFETY, external=True)
    assert draw(lot(1, (*pool(2), mine, outside), tied), "a").resorts[:2] == ("other_track", "external")
    assert draw(lot(1, (*pool(2), outside), tied), "a").resorts[0] == "external"
    assert draw(lot(1, (*pool(2), mine), [*tied, (1, "M")]), "a").resorts == (
        "merged_panels",
        "lower_minimum",
    )
    assert draw(lot(1, (*pool(2), Juror("N", MINES)), tied), "a").resorts[0] == "merged_panels"
    assert draw(lot(1, (), tied), "a").resorts == ("merged_panels",)


def test_the_minimum_is_lowered_only_where_that_opens_the_panel() -> None:
    """R57."""
    one = lot(2, pool(2), [(1, "J1")])
    assert draw(one, "a").resorts == ("merged_panels", "lower_minimum")
    assert draw(replace(one, lowest_minimum=2), "a").resorts == ("merged_panels",)
    assert draw(replace(one, minimum_cards=1), "a").resorts == ("merged_panels",)


@pytest.mark.parametrize("further", [other("M"), Juror("X", SAFETY, external=True)])
def test_who_was_called_in_judges_only_what_the_own_track_cannot(further: Juror) -> None:
    """R57."""
    called = replace(
        lot(3, (*pool(2), further), [(1, "J1")], substitutes=1),
        called_in=frozenset({"other_track", "external"}),
    )
    found = draw(called, "a")
    assert jurors(found) == {
        1: tuple(sorted(("J0", further.letter))),
        2: ("J0", "J1"),
        3: ("J0", "J1"),
    }
    assert found.substitutes == ()


def test_in_merged_panels_each_others_jurors_fill_in_and_conflicts_are_kept() -> None:
    """R57."""
    merged = Lot(
        {1: SAFETY, 2: MINES},
        (*pool(2), Juror("M", MINES), Juror("N", MINES)),
        frozenset({(1, "J0"), (1, "M")}),
        JurorLoad(3, 2, 0),
        minimum_cards=2,
        lowest_minimum=1,
    )
    assert jurors(draw(merged, "a")) == {1: ("J1", "N"), 2: ("M", "N")}
    assert draw(replace(merged, conflicts=merged.conflicts | {(1, "N")}), "a").resorts == ("lower_minimum",)


def test_a_letter_is_one_jurors() -> None:
    with pytest.raises(ValueError, match="more than one juror is J0"):
        lot(1, (*pool(1), *pool(1)))


def test_a_panel_without_dossiers_lacks_nobody() -> None:
    assert draw(lot(0, pool(2)), "a") == Drawn((), ())


def test_the_largest_panel_of_a_group_is_drawn_whole_and_with_all_its_jurors_time() -> None:
    """R57: 200 dossiers, 50 jurors of 20 each, which is all the time that they have."""
    conflicts = [(at, f"J{at * times % 50}") for at in range(1, 201) for times in (1, 7)]
    found = draw(lot(200, pool(50, seniors=15), conflicts, wanted=5, most=20, substitutes=2), "a")
    assert (found.short, found.substitutes) == ((), ())
    assert {*loads(found).values()} == {20}
