"""The on-site meeting: an order by lot, one turn at a time, and cards that open with the turn."""

from __future__ import annotations

from dataclasses import replace

from services.evaluation.domain.review.panel import stage as g
from services.evaluation.domain.review.panel.changing import WithdrawDossier
from tests.evaluation.review.a_panel import HEADQUARTERS, Life, card, declared, opened, with_terms

DRAW = g.DrawOrder(HEADQUARTERS)
ON_SITE = with_terms(round="on_site")


def begins(number: int, phase: g.Phase = "show") -> g.BeginTurn:
    return g.BeginTurn(HEADQUARTERS, number, phase, 8 if phase == "show" else 4)


def ends(number: int) -> g.EndTurn:
    return g.EndTurn(HEADQUARTERS, number)


def drawn() -> Life:
    return declared(ON_SITE).after(DRAW)


def test_the_order_follows_from_the_panels_seed() -> None:
    def order(seed: str) -> tuple[int, ...]:
        (event,) = opened(replace(ON_SITE, seed=seed)).when(DRAW).events
        assert isinstance(event, g.OrderDrawn)
        return event.order

    assert order("one seed") == order("one seed")
    assert len({order(str(seed)) for seed in range(20)}) > 1
    assert all(sorted(order(str(seed))) == [1, 2, 3] for seed in range(20))


def test_only_the_on_site_round_has_one_and_only_once() -> None:
    opened().when(DRAW).then_refused(g.NoMeetingInThisRound)
    drawn().when(DRAW).then_refused(g.OrderIsDrawn)
    declared(ON_SITE).when(begins(1)).then_refused(g.DrawOrderFirst)


def test_one_has_the_turn_at_a_time_and_questions_follow_the_show() -> None:
    drawn().when(begins(1, "questions")).then_refused(g.ShowComesFirst)
    showing = drawn().after(begins(1))
    showing.when(begins(2)).then_refused(g.AnotherHasTheTurn, number=1)
    showing.when(ends(2)).then_refused(g.NoTurnGoesOn)
    showing.when(begins(1, "questions")).then(g.TurnBegan(1, "questions", 4))
    showing.after(ends(1)).when(begins(2)).then(g.TurnBegan(2, "show", 8))


def test_a_card_opens_with_the_turn_of_its_project() -> None:
    drawn().when(card(1, "A")).then_refused(g.NotShownYet, number=1)
    drawn().after(begins(1)).after(card(1, "A"))


def test_before_the_order_is_drawn_no_card_opens_and_in_other_rounds_each_does() -> None:
    declared(ON_SITE).when(card(1, "A")).then_refused(g.NotShownYet, number=1)
    declared().after(card(1, "A"))


def test_whoever_is_withdrawn_has_no_turn_any_more() -> None:
    gone = drawn().after(begins(1), WithdrawDossier(HEADQUARTERS, 1, "an accident", "2026-33"))
    gone.when(ends(1)).then_refused(g.NoTurnGoesOn)
    gone.when(begins(2)).then(g.TurnBegan(2, "show", 8))
