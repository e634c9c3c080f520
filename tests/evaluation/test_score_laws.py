"""Laws of every score: nothing is lost between the parts, order of independent events is nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.evaluation.domain import heard
from services.evaluation.domain.score import CriterionScore, GroupScore, Score, cut, score
from services.evaluation.domain.tally import Tally
from services.evaluation.domain.tallying import evolve
from services.evaluation.schemes import default_scheme
from shared.domain import PersonId, UnitId

SCHEME = default_scheme()
LAW = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
CODES = ("1", "2", "3")
KINDS = ("raise", "lower", "keep_at_most", "keep_at_least", "by_date")

codes = st.sampled_from(CODES)
days = st.dates(date(2026, 1, 1), date(2026, 12, 31))
figures = st.decimals(-1000, 1000, places=2)
SOURCE = st.just(heard.Seat("source_department", UnitId("company")))
weights = st.decimals(0, 40, places=1)
milestones = st.builds(heard.Milestone, codes, st.just("节点"), days, weights)
indicators = st.builds(
    heard.Indicator, codes, st.just("指标"), st.sampled_from(KINDS), SOURCE, figures, figures, days, weights
)
approvals = st.builds(
    heard.ProjectApproved,
    st.just("2026.1"),
    st.just(UnitId("company")),
    st.just(UnitId("branch")),
    st.builds(
        heard.Proposal,
        st.just("攻坚"),
        st.just("safety_quality"),
        st.lists(milestones, max_size=4).map(tuple),
        st.lists(indicators, max_size=4).map(tuple),
        st.just(heard.Team(())),
        st.just(()),
    ),
)
marks = st.builds(
    heard.Mark,
    st.sampled_from([c.code for g in SCHEME.groups for c in g.criteria if c.formula is None]),
    st.decimals(0, 8, places=1),
)
of_a_milestone = st.one_of(
    st.builds(heard.ExtensionGranted, codes, days), st.builds(heard.MilestoneReached, codes, days)
)
of_an_indicator = st.builds(
    heard.FigureConfirmed, codes, st.sampled_from(["2026-05", "2026-06"]), figures, days
)
of_a_task = st.one_of(
    st.builds(heard.TaskAdded, codes, st.just("任务"), days, weights),
    *(st.builds(event, codes) for event in (heard.TaskOffered, heard.TaskReleased)),
    st.builds(heard.ClaimGranted, codes, st.just(PersonId("fitter"))),
    st.builds(heard.TaskCompleted, codes, days),
    st.builds(heard.TaskAccepted, codes),
    st.builds(heard.TaskSentBack, codes),
)
of_a_finding = st.one_of(
    st.builds(heard.FindingRecorded, codes, st.just("问题"), days),
    st.builds(heard.RectificationReported, codes, days),
    st.builds(heard.FindingClosed, codes, days),
    st.builds(heard.FindingReopened, codes, days),
    st.builds(heard.FindingDisputed, codes, st.just(heard.Seat("inspector", UnitId("group")))),
    st.builds(heard.FindingUpheld, codes, days),
    st.builds(heard.FindingWithdrawn, codes),
)
of_the_end = st.one_of(
    st.builds(heard.ClosureAssessed, st.lists(marks, max_size=6).map(tuple)),
    st.builds(heard.ProjectSuspended, days),
    st.builds(heard.ProjectResumed, st.just(())),
    st.builds(heard.ProjectClosed, days),
)
KINDS_OF_WORK = (of_a_milestone, of_an_indicator, of_a_task, of_a_finding)
lives = st.lists(st.one_of(*KINDS_OF_WORK, of_the_end), max_size=25)


def fold(events: Sequence[tuple[str, heard.OfProject]]) -> Tally:
    tally = Tally()
    for event_id, event in events:
        tally = evolve(tally, event, event_id, date(2026, 6, 1), by=None)
    return tally


def numbered(events: Sequence[heard.OfProject]) -> list[tuple[str, heard.OfProject]]:
    return [(f"projects/company/{n}", event) for n, event in enumerate(events, 1)]


@LAW
@given(approvals, lives, days)
def test_earned_open_and_lost_are_the_weight_in_every_part(
    approval: heard.ProjectApproved, life: list[heard.OfProject], on: date
) -> None:
    """R85."""
    found = score(fold(numbered([approval, *life])), SCHEME, on)
    assert found.earned + found.open + found.lost == SCHEME.total
    for group in found.groups:
        assert sum(c.weight for c in group.criteria) == group.weight
        parts: list[GroupScore | CriterionScore] = [group, *group.criteria]
        for part in parts:
            assert part.earned + part.open + part.lost == part.weight
            assert min(part.earned, part.open, part.lost) >= 0
        for criterion in group.criteria:
            assert all(min(i.earned, i.open, i.lost) >= 0 for i in criterion.items)


@LAW
@given(approvals, lives, days)
def test_every_lost_point_has_a_reason_and_an_event(
    approval: heard.ProjectApproved, life: list[heard.OfProject], on: date
) -> None:
    found = score(fold(numbered([approval, *life])), SCHEME, on)
    assert all(loss.reason and loss.event for loss in found.losses)


@LAW
@given(approvals, lives, days)
def test_nothing_is_open_once_a_project_has_ended(
    approval: heard.ProjectApproved, life: list[heard.OfProject], on: date
) -> None:
    over = heard.ProjectTerminated(on)
    assert score(fold(numbered([approval, *life, over])), SCHEME, on).open == 0


@LAW
@given(
    approvals,
    st.tuples(*(st.lists(kind, max_size=8) for kind in KINDS_OF_WORK)),
    days,
    st.randoms(use_true_random=False),
)
def test_the_order_of_events_about_different_things_does_not_matter(
    approval: heard.ProjectApproved,
    work: tuple[list[heard.OfProject], ...],
    on: date,
    random: object,
) -> None:
    strands = [list(strand) for strand in work]
    one_after_another = numbered([event for strand in strands for event in strand])
    ids = iter(one_after_another)
    waiting = [[next(ids) for _ in strand] for strand in strands]
    mixed: list[tuple[str, heard.OfProject]] = []
    while any(waiting):
        mixed.append(random.choice([s for s in waiting if s]).pop(0))  # type: ignore[attr-defined]
    first = ("projects/company/0", approval)
    assert score(fold([first, *mixed]), SCHEME, on) == score(fold([first, *one_after_another]), SCHEME, on)


@LAW
@given(approvals, lives, days)
def test_a_tally_and_a_score_come_back_from_their_bytes(
    approval: heard.ProjectApproved, life: list[heard.OfProject], on: date
) -> None:
    tally = fold(numbered([approval, *life]))
    again = msgspec.json.decode(msgspec.json.encode(tally), type=Tally)
    found = score(tally, SCHEME, on)
    assert again == tally
    assert score(again, SCHEME, on) == found
    assert msgspec.json.decode(msgspec.json.encode(found), type=Score) == found


@LAW
@given(approvals, lives, days, st.integers(1, 60))
def test_time_alone_earns_nothing_and_gives_nothing_back(
    approval: heard.ProjectApproved, life: list[heard.OfProject], on: date, later: int
) -> None:
    tally = fold(numbered([approval, *life]))
    before, after = score(tally, SCHEME, on), score(tally, SCHEME, on + timedelta(days=later))
    assert after.lost >= before.lost
    assert after.earned <= before.earned


@LAW
@given(st.decimals(0, 100, places=4), st.lists(st.decimals(0, 40, places=4), min_size=1).filter(any))
def test_a_cut_whole_is_whole_again(whole: Decimal, sizes: list[Decimal]) -> None:
    pieces = cut(whole, sizes)
    assert sum(pieces) == whole
    assert min(pieces) >= 0
