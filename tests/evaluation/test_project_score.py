"""A score is fixed once, and adjusted only in the open (R54)."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as holds_for
from hypothesis import strategies as st

from services.evaluation.domain.project_score import (
    PROJECT_SCORE,
    AdjustmentNeedsReason,
    AdjustScore,
    FixScore,
    NoSuchScoreText,
    OnlyTheFixingBodyAdjusts,
    ScoreAdjusted,
    ScoreFixed,
    ScoreIsFixed,
    ScoreNotFixed,
    ScoreOutOfRange,
    ScoreTextIsWithdrawn,
    ScoreTextWithdrawn,
    WithdrawingNeedsReason,
    WithdrawScoreText,
)
from services.evaluation.domain.score import score
from services.evaluation.domain.tally import Tally
from services.evaluation.schemes import default_scheme
from shared.codec import Schema
from shared.domain import By, PersonId, Refusal, UnitId
from shared.withdrawn import hash_of
from tests.support.given import given
from tests.support.recorded import recorded

COMPANY, CLOSED_ON = UnitId("company"), date(2026, 9, 1)
SCORE = score(Tally(over_on=CLOSED_ON, event="projects/company/1"), default_scheme(), CLOSED_ON)
FIX = FixScore(None, "project", COMPANY, SCORE, "2026.1", "projects/company/9", date(2026, 9, 8))
FIXED = ScoreFixed(
    "project",
    COMPANY,
    Decimal("0.00"),
    12,
    SCORE,
    ("indicator_attainment v1", "milestones_on_time v1", "tasks_accepted_on_time v1"),
    "2026.1",
    "projects/company/9",
    date(2026, 9, 8),
)
REVIEWER = By(PersonId("reviewer"), "secrecy_reviewer", COMPANY)
SECRETARY = By(PersonId("chair"), "party_secretary", COMPANY)
ADJUST = AdjustScore(SECRETARY, Decimal("85.50"), "复核后更正读数", "〔2026〕9号")
fixed = given(PROJECT_SCORE, FIXED)
LAW = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def test_a_score_is_fixed_with_its_whole_derivation() -> None:
    (event,) = given(PROJECT_SCORE).when(FIX).events
    assert isinstance(event, ScoreFixed)
    assert (event.total, event.score, event.programme, event.at) == (0, SCORE, "2026.1", "projects/company/9")
    assert event.formulas == (
        "findings_closed_in_time v1",
        "indicator_attainment v1",
        "milestones_on_time v1",
        "tasks_accepted_on_time v1",
    )
    assert event.losses == sum(1 for _ in SCORE.losses) > 0


def test_a_score_is_fixed_once() -> None:
    fixed.when(FIX).then_refused(ScoreIsFixed, total=Decimal("0.00"))


def test_an_adjustment_stands_beside_what_was_fixed() -> None:
    adjusted = ScoreAdjusted("project", Decimal("0.00"), Decimal("85.50"), "复核后更正读数", "〔2026〕9号")
    fixed.when(ADJUST).then(adjusted)
    again = replace(ADJUST, total=Decimal(86))
    (event,) = given(PROJECT_SCORE, FIXED, adjusted).when(again).events
    assert isinstance(event, ScoreAdjusted)
    assert event.before == Decimal("85.50")


def test_what_is_not_fixed_cannot_be_adjusted() -> None:
    given(PROJECT_SCORE).when(ADJUST).then_refused(ScoreNotFixed)


def test_only_the_body_that_fixed_a_score_adjusts_it() -> None:
    other = By(PersonId("x"), "party_secretary", UnitId("another"))
    fixed.when(replace(ADJUST, by=other)).then_refused(OnlyTheFixingBodyAdjusts)


@pytest.mark.parametrize("empty", [replace(ADJUST, reason=" "), replace(ADJUST, document=" ")])
def test_an_adjustment_without_reason_or_document_is_refused(empty: AdjustScore) -> None:
    fixed.when(empty).then_refused(AdjustmentNeedsReason)


def test_why_a_score_was_adjusted_is_withdrawn_once_with_a_reason_and_only_if_it_was_said() -> None:
    """R74; the figures stay, and a document whose number is one Latin word is no free text."""
    withdraw = WithdrawScoreText(REVIEWER, hash_of(ADJUST.reason), "含姓名", CLOSED_ON)
    adjusted = fixed.after(ADJUST)
    adjusted.when(withdraw).then(
        ScoreTextWithdrawn("project", hash_of(ADJUST.reason), "含姓名", CLOSED_ON, REVIEWER.person)
    )
    adjusted.when(replace(withdraw, sha256=hash_of(ADJUST.document))).then_names(ScoreTextWithdrawn)
    adjusted.when(replace(withdraw, reason=" ")).then_refused(WithdrawingNeedsReason)
    adjusted.after(withdraw).when(withdraw).then_refused(ScoreTextIsWithdrawn)
    fixed.when(withdraw).then_refused(NoSuchScoreText)
    latin = replace(ADJUST, document="2026-9")
    fixed.after(latin).when(replace(withdraw, sha256=hash_of("2026-9"))).then_refused(NoSuchScoreText)
    (event,) = adjusted.after(withdraw).when(replace(ADJUST, total=Decimal(86))).events
    assert isinstance(event, ScoreAdjusted)
    assert event.before == Decimal("85.50")


@pytest.mark.parametrize("total", ["-0.01", "100.01", "85.555", "NaN", "Infinity"])
def test_a_score_out_of_range_is_refused(total: str) -> None:
    fixed.when(replace(ADJUST, total=Decimal(total))).then_refused(ScoreOutOfRange)


adjustments = st.builds(
    AdjustScore,
    st.builds(
        By, st.just(PersonId("chair")), st.just("party_secretary"), st.sampled_from([COMPANY, UnitId("b")])
    ),
    st.decimals(-10, 110, places=2) | st.decimals(),
    st.sampled_from(["", "更正"]),
    st.sampled_from(["", "〔2026〕9号"]),
)


@LAW
@holds_for(st.lists(st.one_of(st.just(FIX), adjustments), max_size=6))
def test_only_refusals_escape_and_every_event_comes_back_from_its_bytes(
    commands: list[FixScore | AdjustScore],
) -> None:
    schema, state = Schema(PROJECT_SCORE.events), PROJECT_SCORE.initial
    for command in commands:
        try:
            events = PROJECT_SCORE.decide(command, state)
        except Refusal:
            continue
        for event in events:
            assert schema.read(recorded(1, event).envelope) == event
            state = PROJECT_SCORE.evolve(state, event)
