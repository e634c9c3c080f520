"""A law of panels: what notifications hold to be owed is what evaluation would take, whatever happened."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, get_args

from hypothesis import given as holds_for
from hypothesis import settings
from hypothesis import strategies as st

from services.evaluation.domain.review.panel import PANEL
from services.evaluation.domain.review.panel.cards import TypeScorecard
from services.evaluation.domain.review.panel.changing import (
    Lowered,
    LowerMinimum,
    NameChairs,
    WithdrawDossier,
)
from services.evaluation.domain.review.panel.checks import AskCheck, UpholdScorecard
from services.evaluation.domain.review.panel.joining import AssignJuror
from services.evaluation.domain.review.panel.jurors import Recuse, WithdrawJuror
from services.evaluation.domain.review.panel.sealing import SIGNERS, SignPanel, digest
from services.evaluation.domain.review.panel.state import State, chair_of
from services.notifications.domain import heard
from services.notifications.domain.panel import Owed, Panel, evolve, owed
from shared.codec import Schema
from shared.domain import Refusal
from tests.evaluation.review.a_panel import (
    CLERK,
    DUE,
    HEADQUARTERS,
    OTHER_CLERK,
    SUPERVISOR,
    Life,
    as_juror,
    card,
    declared,
    declares,
    marks,
    opened,
    scored,
)
from tests.evaluation.review.test_panel_laws import SHORT, SigningNow, lived
from tests.support.recorded import recorded

SCHEMA = Schema(get_args(heard.Heard))
LETTERS, NUMBERS = st.sampled_from("ABCDEF"), st.integers(1, 3)
SIGNATURES = st.sampled_from([SigningNow(signing) for signing in SIGNERS])
ACTS = st.one_of(
    SIGNATURES,
    st.builds(card, NUMBERS, LETTERS, st.sampled_from(["6", "7"])),
    st.builds(declares, LETTERS),
    st.builds(AskCheck, st.just(HEADQUARTERS), NUMBERS, LETTERS, st.sampled_from("AB"), st.just("far off")),
    st.builds(UpholdScorecard, st.just(HEADQUARTERS), NUMBERS, LETTERS, st.just("seen again")),
    st.builds(
        TypeScorecard,
        by=st.sampled_from([CLERK, OTHER_CLERK]),
        number=NUMBERS,
        juror=LETTERS,
        marks=st.builds(marks, st.sampled_from(["6", "7"])),
        scan=st.just("scan"),
        signed=st.just(True),
        on=st.just(DUE),
    ),
    st.builds(Recuse, st.just(HEADQUARTERS), NUMBERS, LETTERS, st.just("relative"), st.just("a cousin")),
    st.builds(WithdrawJuror, st.just(HEADQUARTERS), LETTERS, st.just("ill")),
    st.builds(AssignJuror, st.just(HEADQUARTERS), NUMBERS, LETTERS, st.just(False), st.just("seed")),
    st.builds(NameChairs, st.just(HEADQUARTERS), LETTERS, LETTERS),
    st.just(LowerMinimum(HEADQUARTERS, Lowered(3, "conflicts", "no. 3"))),
    st.builds(WithdrawDossier, st.just(HEADQUARTERS), NUMBERS, st.just("accident"), st.just("2026-33")),
)
BEGINNINGS = st.sampled_from([declared(SHORT), scored(command=SHORT), scored(), scored((1, "C")), opened()])


def as_heard(panel: Panel | None, said: Any) -> Panel | None:
    """What is known after an event that evaluation has said; some are not heard."""
    event: heard.OfPanel | None = SCHEMA.read(recorded(1, said).envelope)
    return panel if event is None else evolve(panel, event)


def waiting(panel: State) -> Iterator[Owed]:
    """What evaluation waits for, by its own state and its own refusals."""
    if panel.terms is None or panel.sealed:
        return
    seats = {seat for seat in panel.assigned if seat[1] in panel.jurors}
    yield from (Owed("declare", juror) for _, juror in seats - panel.declared)
    yield from (Owed("score", juror) for _, juror in (seats & panel.declared) - panel.cards.keys())
    yield from (Owed("check", juror, (number,)) for number, juror in panel.checks)
    jurors = Counter(number for number, _ in panel.assigned)
    short = sorted(number for number in panel.dossiers if jurors[number] < panel.terms.minimum_cards)
    if short:
        yield Owed("replace", "", tuple(short))
    yield from _signatures(panel)


def _signatures(panel: State) -> Iterator[Owed]:
    chair = chair_of(panel) or "nobody"
    who = {"chair": (as_juror(chair), chair), "clerk": (CLERK, "clerk")}
    who["supervisor"] = (SUPERVISOR, "supervisor")
    for signing in SIGNERS:
        by, signer = who[signing]
        try:
            PANEL.decide(SignPanel(by, signing, signer, digest(panel)), panel)
        except Refusal:
            continue
        yield Owed("sign", signer)


@holds_for(BEGINNINGS, st.lists(SIGNATURES | ACTS, min_size=8, max_size=30))
@settings(max_examples=600, deadline=None)
def test_what_is_owed_is_what_evaluation_waits_for(begun: Life, commands: list[Any]) -> None:
    """R57, R59: after every command, whichever act did it."""
    panel: Panel | None = None
    for event in begun.past:
        panel = as_heard(panel, event)
    assert owed(panel) == {*waiting(begun.state)}
    for _, events, after in lived(begun.state, commands):
        for event in events:
            panel = as_heard(panel, event)
        assert owed(panel) == {*waiting(after)}
