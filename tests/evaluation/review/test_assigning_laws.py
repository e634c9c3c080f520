"""Laws of the lot for jurors: against every assignment that there is, the one drawn is the best (R5, R57)."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import combinations, product

from hypothesis import given, settings
from hypothesis import strategies as st

from services.evaluation.domain.review.lot import Juror, Lot
from services.evaluation.domain.review.rules import JurorLoad
from services.evaluation.review import assigning
from services.evaluation.review.assigning import draw

TRACKS = ("safety", "mines")
Of = tuple[tuple[str, ...], ...]


@st.composite
def lots(draws: st.DrawFn, substitutes: int = 0) -> Lot:
    dossiers, letters = draws(st.integers(1, 3)), "ABCDE"[: draws(st.integers(0, 5))]
    jurors = st.builds(
        Juror,
        st.just("?"),
        st.sampled_from(TRACKS),
        fields=st.sampled_from([(), ("safety",), TRACKS]),
        senior=st.booleans(),
        external=st.sampled_from([False, False, True]),
    )
    numbers = range(1, dossiers + 1)
    seats = [(number, letter) for number in numbers for letter in letters]
    wanted = draws(st.integers(1, 3))
    return Lot(
        {number: draws(st.sampled_from(TRACKS[: draws(st.integers(1, 2))])) for number in numbers},
        tuple(replace(draws(jurors), letter=letter) for letter in letters),
        frozenset(draws(st.sets(st.sampled_from(seats))) if seats else ()),
        JurorLoad(draws(st.integers(1, 3)), wanted, substitutes),
        minimum_cards=draws(st.integers(1, wanted)),
        lowest_minimum=1,
        called_in=frozenset(draws(st.sets(st.sampled_from(assigning.CALLED_IN)))),
    )


def every(lot: Lot) -> list[Of]:
    """All assignments that keep conflicts and loads, with as few jurors as one likes."""
    choices = [
        [
            letters
            for size in range(lot.load.jurors_per_dossier + 1)
            for letters in combinations(
                [one.letter for one in lot.admitted() if lot.may_judge(one, number)], size
            )
        ]
        for number in sorted(lot.tracks)
    ]
    most = lot.load.dossiers_at_most
    return [of for of in product(*choices) if all(load <= most for load in loads(of).values())]


def drawn(lot: Lot, seed: str) -> Of:
    found = draw(lot, seed).assigned
    return tuple(tuple(letter for at, letter in found if at == number) for number in sorted(lot.tracks))


def loads(of: Of) -> Counter[str]:
    return Counter(letter for letters in of for letter in letters)


def aims(lot: Lot, of: Of, seed: str) -> tuple[int, ...]:
    """What is to be as little as can be, the weightiest first."""
    known = {one.letter: one for one in lot.jurors}
    lacking = [lot.load.jurors_per_dossier - len(letters) for letters in of]
    seats = [(number, known[letter]) for number, letters in enumerate(of, 1) for letter in letters]
    return (
        sum(lacking),
        sum(each**2 for each in lacking),
        sum(one.external or one.track != lot.tracks[number] for number, one in seats),
        sum(load**2 for load in loads(of).values()),
        sum(not any(known[letter].senior for letter in letters) for letters in of),
        sum(assigning._lot(seed, str(number), one.letter) for number, one in seats),
    )


@settings(max_examples=150, deadline=None)
@given(lots(), st.sampled_from("abc"))
def test_of_all_assignments_exactly_the_best_is_drawn_so_that_any_solver_draws_the_same(
    lot: Lot, seed: str
) -> None:
    """R57: conflicts never; then as many as can be, own track, evenly, mixed, and by lot."""
    found = draw(lot, seed)
    every_one = every(lot)
    assert drawn(lot, seed) == min(every_one, key=lambda of: aims(lot, of, seed))
    assert found.lacking == min(aims(lot, of, seed)[0] for of in every_one)


@settings(max_examples=150, deadline=None)
@given(lots(), st.sampled_from("abc"))
def test_that_it_cannot_be_is_said_exactly_when_no_assignment_does_it(lot: Lot, seed: str) -> None:
    """R57: and that a panel cannot open, exactly when none gives each dossier the minimum."""
    found, every_one = draw(lot, seed), every(lot)
    wanted = lot.load.jurors_per_dossier
    assert bool(found.short) != any(all(len(letters) == wanted for letters in of) for of in every_one)
    cannot_open = any(one.below_minimum for one in found.short)
    least = lot.minimum_cards
    assert cannot_open != any(all(len(letters) >= least for letters in of) for of in every_one)


@settings(max_examples=150, deadline=None)
@given(lots(), st.sampled_from("abc"))
def test_loads_differ_by_one_at_most_whenever_all_can_be_seated_so(lot: Lot, seed: str) -> None:
    """R57: of one track, where no juror has to be preferred."""
    alone = replace(
        lot,
        tracks=dict.fromkeys(lot.tracks, "safety"),
        jurors=tuple(replace(one, track="safety", external=False) for one in lot.jurors),
    )
    letters = [one.letter for one in alone.jurors]

    def is_even(of: Of) -> bool:
        each = [loads(of)[letter] for letter in letters]
        return max(each, default=0) - min(each, default=0) <= 1

    wanted = alone.load.jurors_per_dossier
    full = [of for of in every(alone) if all(len(one) == wanted for one in of)]
    if any(map(is_even, full)):
        assert is_even(drawn(alone, seed))


@settings(max_examples=150, deadline=None)
@given(lots(substitutes=2), st.sampled_from("abc"), st.data())
def test_the_order_in_which_things_come_changes_nothing(lot: Lot, seed: str, data: st.DataObject) -> None:
    """R57."""
    again = replace(
        lot,
        tracks={number: lot.tracks[number] for number in data.draw(st.permutations([*lot.tracks]))},
        jurors=tuple(data.draw(st.permutations(lot.jurors))),
    )
    assert draw(again, seed) == draw(lot, seed)


@settings(max_examples=150, deadline=None)
@given(lots(substitutes=2), st.sampled_from("abc"))
def test_substitutes_cost_nobody_a_juror_and_judge_nothing(lot: Lot, seed: str) -> None:
    """R57."""
    found, with_all = (
        draw(lot, seed),
        draw(replace(lot, load=replace(lot.load, substitutes_per_panel=0)), seed),
    )
    assert found.lacking == with_all.lacking
    assert not {*found.substitutes} & {letter for _, letter in found.assigned}
    assert len(found.substitutes) <= 2
