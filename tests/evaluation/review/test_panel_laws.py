"""Laws of a panel: whatever is asked in whatever order, no conflict judges and nothing moves once sealed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.evaluation.domain.review.panel import PANEL, Event, cards, changing, jurors, sealing
from services.evaluation.domain.review.panel.state import Signing, State, Terms
from shared.codec import Schema
from shared.domain import By, Refusal
from tests.evaluation.review.a_panel import (
    CLERK,
    DOSSIERS,
    HEADQUARTERS,
    JURORS,
    OPEN,
    OTHER_CLERK,
    SUPERVISOR,
    TERMS,
    as_juror,
    card,
    declared,
    marks,
    opened,
    scored,
    seal,
    sign,
    with_terms,
)
from tests.support.arbitrary import Pools, values
from tests.support.recorded import recorded

SCHEMA = Schema(PANEL.events)
SHORT = with_terms(minimum_cards=2, lowest_minimum=1, dossiers_at_most=3)
ORDINALS = st.integers(1, 4)
LETTERS = st.sampled_from([*JURORS, "G"])
POOLS: Pools = {
    By: st.sampled_from([HEADQUARTERS, CLERK, OTHER_CLERK, SUPERVISOR, as_juror("A")]),
    Decimal: st.decimals(-1, 9, places=2),
    Terms: st.sampled_from([TERMS, SHORT.terms, with_terms(method="median", minimum_cards=3).terms]),
    int: ORDINALS,
    "fixed": st.just(1),
    date: st.dates(date(2026, 11, 1), date(2026, 11, 30)),
    str: st.sampled_from(["", " ", "reason"]),
    "juror": LETTERS,
    "asking": LETTERS,
    "signer": LETTERS | st.sampled_from(["clerk", "supervisor"]),
    "vice_chair": LETTERS,
    "chair": LETTERS,
    "marks": st.builds(marks, st.sampled_from(["0", "7", "8.01"]), st.sampled_from(["5", "6"])),
    "dossiers": st.just(DOSSIERS),
    "jurors": st.just(JURORS),
    "in_conflict": st.sampled_from([(), ((1, "F"), (2, "F"))]),
    "assigned": st.sampled_from([OPEN.assigned, OPEN.assigned[1:], ()]),
}


@dataclass(frozen=True)
class SigningNow:
    """A signature on whatever the cards are when it comes."""

    signing: Signing


SIGNATURES = st.sampled_from([SigningNow(what) for what in sealing.SIGNERS])
COMMANDS = st.one_of(*(values(command, POOLS) for command in PANEL.commands))
BEGINNINGS = st.sampled_from([opened(SHORT), declared(SHORT), scored(command=SHORT), opened(), scored()]).map(
    lambda begun: begun.state
)


def lived(state: State, commands: list[Any]) -> Iterator[tuple[State, list[Event], State]]:
    """Before, what happened, and after, of every command that was not refused."""
    for command in commands:
        try:
            if isinstance(command, SigningNow):
                command = sign(state, command.signing)  # noqa: PLW2901 - on the cards as they are then
            events = [*PANEL.decide(command, state)]
        except Refusal:
            continue
        before = state
        for event in events:
            state = PANEL.evolve(state, event)
        yield before, events, state


@given(BEGINNINGS | st.just(State()), st.lists(COMMANDS, max_size=25))
@settings(max_examples=200, deadline=None)
def test_whatever_is_asked_only_refusals_escape_and_every_event_is_kept(
    begun: State, commands: list[Any]
) -> None:
    for _, events, _ in lived(begun, commands):
        for position, event in enumerate(events, 1):
            assert SCHEMA.read(recorded(position, event).envelope) == event


@given(BEGINNINGS, st.lists(COMMANDS | SIGNATURES, max_size=40))
@settings(max_examples=200, deadline=None)
def test_no_juror_in_conflict_counts_and_nobody_reads_too_much(begun: State, commands: list[Any]) -> None:
    """R57."""
    for _, _, panel in lived(begun, commands):
        assert not panel.recused & panel.cards.keys()
        assert not panel.recused & panel.assigned
        assert panel.cards.keys() <= panel.assigned
        assert panel.terms is not None
        assert all(panel.load(juror) <= panel.terms.dossiers_at_most for juror in panel.letters)


@given(BEGINNINGS, st.lists(COMMANDS | SIGNATURES, max_size=40))
@settings(max_examples=200, deadline=None)
def test_a_seal_is_of_three_people_over_enough_cards_and_nothing_moves_behind_it(
    begun: State, commands: list[Any]
) -> None:
    """R58, R59."""
    for before, events, panel in lived(begun, [*commands, *(SigningNow(what) for what in sealing.SIGNERS)]):
        assert not before.sealed, "an act was taken behind the seal"
        seals = [event for event in events if isinstance(event, sealing.PanelSealed)]
        assert bool(seals) == panel.sealed
        for sealed in seals:
            assert panel.terms is not None
            assert len({*panel.signed.values()}) == len(sealing.SIGNERS)
            assert [*{*panel.signed.values()} & panel.letters] == [panel.signed["chair"]]
            assert {result.number for result in sealed.results} == panel.dossiers.keys()
            assert all(result.cards >= panel.terms.minimum_cards for result in sealed.results)
            assert not panel.checks
            assert not panel.typed


@given(
    st.permutations([card(*seat) for seat in SHORT.assigned]),
    st.lists(st.sampled_from(["5", "6", "7"]), min_size=15, max_size=15),
)
@settings(max_examples=60, deadline=None)
def test_the_order_in_which_cards_come_changes_no_result(
    order: list[cards.SubmitScorecard], points: list[str]
) -> None:
    """Two jurors who race come to the same, whoever is first."""
    given_ = [card(c.number, c.juror, points[at]) for at, c in enumerate(order)]
    assert seal(declared(SHORT).after(*given_)) == seal(declared(SHORT).after(*reversed(given_)))


@given(BEGINNINGS, st.lists(COMMANDS, max_size=15))
@settings(max_examples=100, deadline=None)
def test_a_change_after_a_signature_takes_it_back(begun: State, commands: list[Any]) -> None:
    """Whoever signs signs what is sealed."""
    changes = (
        cards.ScorecardSubmitted,
        cards.ScorecardCorrected,
        jurors.JurorRecused,
        changing.DossierWithdrawn,
    )
    for _, events, panel in lived(begun, [SigningNow("chair"), *commands]):
        if any(isinstance(event, changes) for event in events):
            assert panel.signed == {}
