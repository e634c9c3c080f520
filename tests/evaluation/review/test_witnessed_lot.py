"""A lot is drawn again from its record by whoever audits it; what was altered since is named (R57)."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace

import msgspec
import pytest

from services.evaluation.domain.review.lot import Juror, Lot
from services.evaluation.domain.review.rules import JurorLoad
from services.evaluation.review.witnessed_lot import Record, drawn_of, redraw, seed_of, written
from shared.codec import canonical
from tests.support.running import ROOT

PANEL = "0190a1b2-0000-7000-8000-000000000001"
LOT = Lot(
    dict.fromkeys(range(1, 9), "safety"),
    tuple(Juror(f"J{at}", "safety", ("mines", "coal"), senior=at % 3 == 0) for at in range(7)),
    frozenset({(1, "J0"), (2, "J3"), (8, "J6")}),
    JurorLoad(dossiers_at_most=6, jurors_per_dossier=3, substitutes_per_panel=2),
    minimum_cards=3,
    lowest_minimum=2,
)
HEAD = "denggao.example/evaluation/group\n41\nSW5kZWVkLCBhIHJvb3Qgb2YgMzIgYnl0ZXMsIHlvdSE=\n"
RECORD = drawn_of(PANEL, written(LOT), HEAD)


def test_whoever_has_the_record_draws_the_same() -> None:
    """R57: and has nothing but its bytes."""
    read = msgspec.json.decode(canonical(RECORD), type=Record)
    assert read == RECORD
    assert redraw(read) == ()


def test_it_comes_out_the_same_on_any_machine_in_any_year() -> None:
    """R57: another process, whose sets have another order, and what was drawn when this was written."""
    program = (
        "from tests.evaluation.review.test_witnessed_lot import RECORD; from shared.codec import canonical;"
        "import sys; sys.stdout.buffer.write(canonical(RECORD))"
    )
    environment = os.environ | {"PYTHONPATH": f"{ROOT}:{os.environ.get('PYTHONPATH', '')}"}
    for seed in "17":
        ran = subprocess.run(
            [sys.executable, "-P", "-c", program],
            env=environment | {"PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        )
        assert ran.stdout == canonical(RECORD)
    assert RECORD.put_in_sha256 == "361e07804c0665316ba55f515c43f116e8b8f72bafd808df14d8d930c2877f92"
    assert RECORD.seed == "99779c9d67fc94b7ca387c4e0561d806ab3176e033b56f01bcfe0aea06db6890"
    drawn = "1J2 1J3 1J4 2J0 2J4 2J5 3J0 3J3 3J5 4J0 4J2 4J5 5J3 5J4 5J5 6J0 6J2 6J3 7J0 7J2 7J4 8J2 8J3 8J4"
    assert " ".join(f"{number}{letter}" for number, letter in RECORD.drawn.assigned) == drawn
    assert RECORD.drawn.substitutes == ("J1", "J6")


def test_what_is_put_in_is_hashed_alike_in_whatever_order_it_comes() -> None:
    turned = replace(
        LOT,
        tracks=dict(sorted(LOT.tracks.items(), reverse=True)),
        jurors=tuple(replace(one, fields=one.fields[::-1]) for one in reversed(LOT.jurors)),
    )
    assert written(turned) == written(LOT)
    assert written(replace(LOT, conflicts=frozenset())) != written(LOT)


def test_each_panel_and_each_head_has_a_lot_of_its_own() -> None:
    seeds = {seed_of(PANEL, HEAD), seed_of(f"{PANEL}2", HEAD), seed_of(PANEL, HEAD[:-2])}
    assert len(seeds) == 3


@pytest.mark.parametrize("wrong", ["", "{}", f"{written(LOT)} ", written(LOT).replace('"safety"', "7")])
def test_only_a_lot_as_it_is_written_is_drawn_from(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        drawn_of(PANEL, wrong, HEAD)


@pytest.mark.parametrize(
    ("altered", "said"),
    [
        (replace(RECORD, put_in=written(replace(LOT, conflicts=frozenset()))), ("put_in", "drawn")),
        (replace(RECORD, put_in=f"{RECORD.put_in} "), ("put_in",)),
        (replace(RECORD, put_in_sha256="0" * 64), ("put_in",)),
        (replace(RECORD, panel="another"), ("seed",)),
        (replace(RECORD, head=HEAD.replace("41", "47")), ("seed",)),
        (replace(RECORD, seed="one that pleases"), ("seed", "drawn")),
        (replace(RECORD, drawn=replace(RECORD.drawn, substitutes=("J0", "J1"))), ("drawn",)),
    ],
)
def test_what_was_altered_afterwards_is_named(altered: Record, said: tuple[str, ...]) -> None:
    """R57."""
    assert redraw(altered) == said
