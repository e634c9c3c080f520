"""What ties a juror to a dossier: declared, found, and who takes their place (R5, R57)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.evaluation.domain.review.panel import PANEL
from services.evaluation.domain.review.panel import cards as c
from services.evaluation.domain.review.panel import joining as q
from services.evaluation.domain.review.panel import jurors as j
from services.evaluation.domain.review.panel import state as p
from tests.evaluation.review.a_panel import (
    HEADQUARTERS,
    SPARE,
    TERMS,
    as_juror,
    card,
    declared,
    declares,
    opened,
    scored,
    with_terms,
)


def test_before_a_dossier_opens_a_juror_says_what_ties_them() -> None:
    """R5, R57: after reading is too late."""
    opened().when(card(1, "A")).then_refused(c.DeclareFirst)
    opened().after(declares("A")).when(card(1, "A")).then_names(c.ScorecardSubmitted)
    declared().when(declares("A")).then_refused(j.NothingToDeclare)


def test_a_tie_is_a_recusal() -> None:
    """R5."""
    tie = j.JurorTie(2, "relative")
    opened().when(declares("A", tie)).then(
        j.JurorDeclared("A", (1, 2, 3), (tie,)), j.JurorRecused(2, "A", "relative", "", voided=False)
    )
    after = opened().after(declares("A", tie))
    after.when(card(2, "A")).then_refused(p.NotThisJurors)
    after.when(card(3, "A")).then_names(c.ScorecardSubmitted)


def test_another_tie_is_said_in_a_line() -> None:
    opened().when(declares("A", j.JurorTie(2, "other", " "))).then_refused(j.RecusalSaysWhy)


def test_whoever_finds_a_conflict_while_scoring_gives_the_dossier_back_and_the_card_is_void() -> None:
    """R57: kept, not counted; the project's other cards stand."""
    void = scored().when(j.Recuse(as_juror("C"), 1, "C", "paid_guidance", ""))
    void.then(j.JurorRecused(1, "C", "paid_guidance", "", voided=True))
    after = scored().after(void.command)
    assert (1, "C") not in after.state.cards
    assert len([seat for seat in after.state.cards if seat[0] == 1]) == 4
    after.when(card(1, "C")).then_refused(p.NotThisJurors)


def test_a_juror_in_conflict_is_never_assigned_and_nobody_gets_more_than_they_can_read() -> None:
    """R57."""
    after = scored().after(j.Recuse(as_juror("C"), 1, "C", "own_unit", ""))

    def assign(juror: str, *, conflict: bool = False) -> q.AssignJuror:
        return q.AssignJuror(HEADQUARTERS, 1, juror, conflict, "7")

    after.when(assign("C")).then_refused(p.JurorInConflict)
    after.when(assign(SPARE, conflict=True)).then_refused(p.JurorInConflict)
    after.when(assign("A")).then_refused(q.AlreadyAssigned)
    after.when(assign("Z")).then_refused(p.NotOfThePanel)
    after.when(assign(SPARE)).then(q.JurorAssigned(1, SPARE, "7"))
    again = after.after(assign(SPARE))
    again.when(card(1, SPARE)).then_refused(c.DeclareFirst)
    again.after(declares(SPARE)).when(card(1, SPARE)).then_names(c.ScorecardSubmitted)


def test_only_who_is_in_the_pool_and_does_not_run_the_review_joins_the_jurors() -> None:
    """R57, R61."""
    joins = q.AddJuror(HEADQUARTERS, "G", "external", listed=True, runs=False)
    declared().when(joins).then(q.JurorAdded("G", "external"))
    declared().when(replace(joins, listed=False)).then_refused(q.NotOfThePool)
    declared().when(replace(joins, runs=True)).then_refused(q.WhoRunsDoesNotJudge)


def test_whoever_has_as_many_as_they_can_read_gets_no_more() -> None:
    full = with_terms(dossiers_at_most=3)
    after = declared(full).after(q.AddJuror(HEADQUARTERS, "G", "external", listed=True, runs=False))
    after.when(q.AssignJuror(HEADQUARTERS, 1, "G", conflict=False, seed="7")).then_names(q.JurorAssigned)
    assigned = [q.AssignJuror(HEADQUARTERS, n, "G", conflict=False, seed="7") for n in (1, 2, 3)]
    moved = after.after(*assigned, j.Recuse(as_juror("A"), 1, "A", "own_unit", ""))
    moved.when(q.AddJuror(HEADQUARTERS, "G", "substitute", listed=True, runs=False)).then_refused(
        q.LetterIsTaken
    )
    narrow = declared(with_terms(dossiers_at_most=3)).after(
        q.AddJuror(HEADQUARTERS, "G", "other_track", listed=True, runs=False)
    )
    state = replace(narrow.state, terms=replace(TERMS, dossiers_at_most=1))
    one = PANEL.evolve(state, q.JurorAssigned(1, "G", "7"))
    with pytest.raises(p.JurorOverloaded):
        PANEL.decide(q.AssignJuror(HEADQUARTERS, 2, "G", conflict=False, seed="7"), one)


def test_a_conflict_of_whoever_has_withdrawn_voids_the_card_all_the_same() -> None:
    """R5, R57: found a week later, before the seal."""
    gone = scored().after(j.WithdrawJuror(HEADQUARTERS, "C", "ill"))
    late = j.Recuse(HEADQUARTERS, 1, "C", "paid_guidance", "paid by the branch")
    gone.when(late).then(j.JurorRecused(1, "C", "paid_guidance", late.line, voided=True))
    assert (1, "C") not in gone.after(late).state.cards
    gone.after(late).when(late).then_refused(p.JurorInConflict)
    gone.when(replace(late, juror="Z")).then_refused(p.NotOfThePanel)


def test_who_finds_a_conflict_of_another_says_why() -> None:
    """R57: headquarters voided any card by a kind alone."""
    found = j.Recuse(HEADQUARTERS, 1, "C", "own_unit", " ")
    scored().when(found).then_refused(j.RecusalSaysWhy)
    scored().when(replace(found, line="posted there")).then_names(j.JurorRecused)
    scored().when(replace(found, by=as_juror("C"))).then_names(j.JurorRecused)


def test_a_juror_says_all_that_ties_them_to_a_dossier() -> None:
    ties = (j.JurorTie(2, "own_unit"), j.JurorTie(2, "relative", "a brother"))
    opened().when(declares("A", *ties)).then(
        j.JurorDeclared("A", (1, 2, 3), ties), j.JurorRecused(2, "A", "own_unit", "", voided=False)
    )


def test_a_juror_who_withdraws_leaves_the_cards_and_frees_the_rest() -> None:
    half = scored((2, "C"), (3, "C"))
    leaves = j.WithdrawJuror(HEADQUARTERS, "C", "ill")
    half.when(leaves).then(j.JurorWithdrew("C", "ill", (2, 3)))
    after = half.after(leaves)
    assert (1, "C") in after.state.cards
    after.when(card(1, "C", "8")).then_refused(p.NotThisJurors)
    after.when(leaves).then_refused(p.NotOfThePanel)
    after.when(q.AddJuror(HEADQUARTERS, "C", "substitute", listed=True, runs=False)).then_refused(
        q.LetterIsTaken
    )
    half.when(j.WithdrawJuror(HEADQUARTERS, "C", " ")).then_refused(j.RecusalSaysWhy)
