"""Draws who judges which dossier: by lot among the best assignments, the same one each time (R57).

A flow of least cost, in whole numbers of any size: each aim outweighs all that come after it, and the lot of
64 bits a seat is the last. So there is one cheapest assignment, whatever finds it and wherever (0080).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from functools import partial
from hashlib import sha256

import networkx

from services.evaluation.domain.review.lot import CalledIn, Drawn, Juror, Lack, Lot, Resort, Short

LOT_BITS = 64
SINK = ("sink",)
CALLED_IN: tuple[CalledIn, ...] = ("other_track", "external")  # in the order of R57

Seated = dict[int, tuple[str, ...]]


def draw(lot: Lot, seed: str) -> Drawn:
    """The assignment of this seed, whatever order things come in; `seed` is of one line.

    No juror in conflict, none with more dossiers than they can read. Then, one after the other: as many
    jurors as wanted and none much fewer than another; of the dossier's own track; as even a load as can
    be; a senior with each dossier. Who stands by is drawn first, and judges where one is lacking.
    """
    aside, seated = _stand_by(lot, seed)
    short = tuple(_short(lot, seated))
    resorts = tuple(_resorts(lot, short)) if short else ()
    assigned = tuple((number, letter) for number, letters in seated.items() for letter in letters)
    return Drawn(assigned, tuple(sorted(one.letter for one in aside)), short, resorts)


def _stand_by(lot: Lot, seed: str) -> tuple[list[Juror], Seated]:
    """The first of the lot whom no dossier lacks, nor as its only senior; and who judges without them."""
    by_lot = sorted(filter(lot.may_stand_by, lot.admitted()), key=lambda one: _lot(seed, "-", one.letter))
    wanted, aside = lot.load.substitutes_per_panel, list[Juror]()
    for one in by_lot:
        if len(aside) < wanted and not _is_missed(lot, aside, one):
            aside.append(one)
    seated = _seated(lot, seed, aside)
    if not aside or _costs(lot, seated) == (0, 0):  # then none of them is lacked one by one either
        return aside, seated
    aside, seated = [], _seated(lot, seed, ())
    least = _costs(lot, seated)
    spare = len(lot.admitted()) * lot.dossiers_at_most - lot.seats + least[0]
    for one in by_lot:
        if len(aside) < min(wanted, spare // lot.dossiers_at_most) and not _is_missed(lot, aside, one):
            without = _seated(lot, seed, [*aside, one])
            if _costs(lot, without) == least:
                aside, seated = [*aside, one], without
    return aside, seated


def _is_missed(lot: Lot, aside: Collection[Juror], one: Juror) -> bool:
    """Whether a dossier has no more jurors that may judge it than it wants, or no other senior, with them."""
    left = [other for other in lot.admitted() if other not in aside]
    for number in filter(partial(lot.may_judge, one), lot.tracks):
        free = [other for other in left if lot.may_judge(other, number)]
        only_senior = one.senior and sum(other.senior for other in free) == 1
        if only_senior or len(free) <= lot.load.jurors_per_dossier:
            return True
    return False


def _seated(lot: Lot, seed: str, aside: Collection[Juror]) -> Seated:
    jurors = [one for one in lot.admitted() if one not in aside]
    _, flow = networkx.network_simplex(_network(lot, jurors, seed))
    found = {
        number: tuple(
            one.letter
            for one in jurors
            if sum(flow[_seniors(number) if one.senior else number].get(one.letter, {}).values())
        )
        for number in sorted(lot.tracks)
    }
    _refuse_wrong(lot, found)
    return found


def _network(lot: Lot, jurors: Collection[Juror], seed: str) -> networkx.MultiDiGraph:
    """From each dossier as much flow as it wants jurors, through them into the sink; the rest is lacking."""
    wanted, most = lot.load.jurors_per_dossier, lot.dossiers_at_most
    mixed = lot.seats << LOT_BITS  # more than all lots together, and so on
    uneven = mixed * (len(lot.tracks) + 1)
    resort = uneven * (lot.seats * most + 1)
    lacking = resort * (lot.seats + 1)
    network = networkx.MultiDiGraph()
    network.add_node(SINK, demand=lot.seats)
    for one in jurors:
        for nth in range(most):
            network.add_edge(one.letter, SINK, capacity=1, weight=uneven * nth)
    for number in sorted(lot.tracks):
        network.add_node(number, demand=-wanted)
        for nth in range(1, wanted + 1):
            network.add_edge(number, SINK, capacity=1, weight=lacking * nth)
        network.add_edge(number, _seniors(number), capacity=1, weight=-mixed)
        network.add_edge(number, _seniors(number), capacity=wanted, weight=0)
        for one in jurors:
            if lot.may_judge(one, number):
                weight = _lot(seed, str(number), one.letter) + resort * lot.is_resort(one, number)
                start = _seniors(number) if one.senior else number
                network.add_edge(start, one.letter, capacity=1, weight=weight)
    return network


def _seniors(number: int) -> tuple[str, int]:
    return ("seniors", number)


def _lot(seed: str, of: str, letter: str) -> int:
    """One seat's: it stays the same whatever else the lot is drawn from."""
    return int.from_bytes(sha256(f"{seed}\n{of}\n{letter}".encode()).digest()[: LOT_BITS // 8])


def _costs(lot: Lot, seated: Mapping[int, tuple[str, ...]]) -> tuple[int, int]:
    """Seats that are empty, and those that a resort takes."""
    known = {one.letter: one for one in lot.jurors}
    taken = [(known[letter], number) for number, letters in seated.items() for letter in letters]
    return lot.seats - len(taken), sum(lot.is_resort(juror, number) for juror, number in taken)


def _short(lot: Lot, seated: Mapping[int, tuple[str, ...]]) -> Iterable[Short]:
    wanted = lot.load.jurors_per_dossier
    for number, letters in seated.items():
        if lacking := wanted - len(letters):
            free = sum(lot.may_judge(one, number) for one in lot.admitted())
            why: Lack = "conflicts" if free < wanted else "load"
            yield Short(number, lacking, why, len(letters) < lot.minimum_cards)


def _resorts(lot: Lot, short: Collection[Short]) -> Iterable[Resort]:
    """Those of R57 that are left and of which nothing says that they would not help."""
    empty = sum(one.lacking for one in short)
    for source in CALLED_IN:
        wider = replace(lot, called_in=lot.called_in | {source})
        more = len(wider.admitted()) > len(lot.admitted())
        if more and _costs(wider, _seated(wider, "", ()))[0] < empty:
            yield source
    if len({*lot.tracks.values()}) == 1:
        yield "merged_panels"
    fewest = lot.load.jurors_per_dossier - max(one.lacking for one in short)
    if lot.lowest_minimum <= fewest < lot.minimum_cards:
        yield "lower_minimum"


def _refuse_wrong(lot: Lot, seated: Mapping[int, tuple[str, ...]]) -> None:
    """A solver is not trusted with this: RuntimeError where a juror in conflict or an overload came out."""
    loads = Counter(letter for letters in seated.values() for letter in letters)
    if overloaded := sorted(one for one, load in loads.items() if load > lot.dossiers_at_most):
        raise RuntimeError(f"{overloaded} were assigned too much")
    for number, letters in seated.items():
        conflict = any((number, letter) in lot.conflicts for letter in letters)
        if conflict or len(letters) > lot.load.jurors_per_dossier:
            raise RuntimeError(f"dossier {number} was assigned {letters}")
