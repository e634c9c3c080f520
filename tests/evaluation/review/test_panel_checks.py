"""The chair asks for a look at a card, and only the juror changes it (R59)."""

from __future__ import annotations

from dataclasses import replace

from services.evaluation.domain.review.panel import cards as c
from services.evaluation.domain.review.panel import changing as g
from services.evaluation.domain.review.panel import checks as k
from services.evaluation.domain.review.panel import jurors as j
from services.evaluation.domain.review.panel import sealing as s
from tests.evaluation.review.a_panel import (
    HEADQUARTERS,
    OPEN,
    SPARE,
    as_juror,
    card,
    scored,
    sign,
)


def ask(number: int, juror: str, asking: str, reason: str = "far from the others") -> k.AskCheck:
    return k.AskCheck(as_juror(asking), number, juror, asking, reason)


def test_the_chair_asks_and_only_the_juror_changes() -> None:
    """R59."""
    scored().when(ask(1, "C", "D")).then_refused(k.ChairAsks)
    scored().when(ask(1, "C", "A", " ")).then_refused(k.CheckNeedsReason)
    scored((1, "C")).when(ask(1, "C", "A")).then_refused(k.NothingToCheck)
    asked = scored().after(ask(1, "C", "A"))
    asked.when(sign(asked.state, "chair")).then_refused(s.ChecksAreOpen, numbers=[1])
    asked.when(card(1, "C", "8")).then_names(c.ScorecardCorrected)
    asked.when(k.UpholdScorecard(as_juror("C"), 1, "C", "")).then_refused(k.CheckNeedsReason)
    upheld = k.UpholdScorecard(as_juror("C"), 1, "C", "as it is")
    asked.when(upheld).then(k.ScorecardUpheld(1, "C", "as it is"))
    asked.after(upheld).when(sign(asked.state, "chair")).then_names(s.PanelSigned)
    asked.after(upheld).when(upheld).then_refused(k.NothingToCheck)


def test_where_the_chair_is_in_conflict_the_vice_chair_asks() -> None:
    """R59."""
    tied = scored().after(j.Recuse(as_juror("A"), 1, "A", "own_unit", ""))
    tied.when(ask(1, "C", "A")).then_refused(k.ChairAsks)
    tied.when(ask(1, "C", "B")).then_names(k.CheckAsked)
    tied.when(ask(2, "C", "B")).then_refused(k.ChairAsks)
    gone = scored().after(j.WithdrawJuror(HEADQUARTERS, "A", "ill"))
    gone.when(ask(2, "C", "B")).then_names(k.CheckAsked)


def test_a_chair_whose_conflict_is_on_record_asks_nothing_of_that_dossier() -> None:
    """R59: users.md 3.7, conflicted with two of forty."""
    fifteen = tuple(seat for seat in OPEN.assigned if seat != (1, "A"))
    known = replace(OPEN, assigned=(*fifteen, (1, SPARE)), in_conflict=((1, "A"),))
    life = scored(command=known)
    life.when(ask(1, "C", "A")).then_refused(k.ChairAsks)
    life.when(ask(1, "C", "B")).then_names(k.CheckAsked)
    both = life.after(j.Recuse(HEADQUARTERS, 1, "B", "former_unit", "until last year"))
    both.when(ask(1, "C", "B")).then_refused(k.ChairAsks)
    named = both.after(g.NameChairs(HEADQUARTERS, "A", "D"))
    named.when(ask(1, "C", "D")).then_names(k.CheckAsked)
    both.when(g.NameChairs(HEADQUARTERS, "A", "A")).then_refused(g.ChairsAreTwoJurors)


def test_a_check_of_whoever_withdraws_is_asked_no_more() -> None:
    after = scored().after(ask(1, "C", "A"), j.WithdrawJuror(HEADQUARTERS, "C", "ill"))
    after.when(sign(after.state, "chair")).then_names(s.PanelSigned)
    after.when(ask(1, "C", "A")).then_refused(k.NothingToCheck)
