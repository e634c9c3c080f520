"""What a project has earned, what is open and what is lost, and why."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from itertools import count

import pytest

from services.evaluation.domain import heard
from services.evaluation.domain.score import CriterionScore, Score, score, shown
from services.evaluation.domain.tally import Tally
from services.evaluation.domain.tallying import evolve
from services.evaluation.schemes import default_scheme
from shared.domain import PersonId, UnitId
from shared.withdrawn import hash_of

SCHEME = default_scheme()
COMPANY, BRANCH = UnitId("company"), UnitId("branch")
FITTER = PersonId("fitter")
JUNE = date(2026, 6, 1)
DAY = timedelta(days=1)


def milestone(code: str, due: date, weight: str = "1") -> heard.Milestone:
    return heard.Milestone(code, f"节点{code}", due, Decimal(weight))


def indicator(code: str, kind: str, baseline: str, target: str, weight: str = "1") -> heard.Indicator:
    due = JUNE if kind == "by_date" else None
    return heard.Indicator(
        code,
        f"指标{code}",
        kind,  # type: ignore[arg-type]  # a literal in every test
        heard.Seat("source_department", COMPANY),
        Decimal(baseline),
        Decimal(target),
        due,
        Decimal(weight),
    )


def approved(*plan: heard.Milestone, targets: tuple[heard.Indicator, ...] = ()) -> heard.ProjectApproved:
    content = heard.Proposal("攻坚", "safety_quality", plan, targets, heard.Team(()), ())
    return heard.ProjectApproved("2026.1", COMPANY, BRANCH, content)


def confirmed(code: str, period: str, value: str, on: date = JUNE) -> heard.FigureConfirmed:
    return heard.FigureConfirmed(code, period, Decimal(value), on)


def after(*events: heard.OfProject, entered: date = date.min) -> Tally:
    """Everything was entered at once, or on one day long after."""
    tally, positions = Tally(), count(1)
    for event in events:
        tally = evolve(tally, event, f"projects/company/{next(positions)}", entered, by=None)
    return tally


def scored(*events: heard.OfProject, on: date = JUNE, entered: date = date.min) -> Score:
    return score(after(*events, entered=entered), SCHEME, on)


def criterion(
    code: str, *events: heard.OfProject, on: date = JUNE, entered: date = date.min
) -> CriterionScore:
    return next(c for c in scored(*events, on=on, entered=entered).criteria if c.code == code)


def parts(c: CriterionScore) -> tuple[Decimal, Decimal, Decimal]:
    return c.earned, c.open, c.lost


CLOSED = heard.ProjectClosed(date(2026, 9, 1))


def test_at_approval_everything_is_open() -> None:
    found = scored(approved(milestone("1", JUNE)))
    assert (found.earned, found.open, found.lost) == (0, 100, 0)


def test_what_is_not_done_when_the_project_ends_is_lost() -> None:
    found = scored(approved(milestone("1", JUNE)), CLOSED)
    assert (found.earned, found.open, found.lost) == (0, 0, 100)
    assert {loss.reason for loss in found.losses} == {"NotDone", "NotJudged", "NothingLaidDown"}


# milestones: 5 points, 5/17 of the 3 for findings while there are none


@pytest.mark.parametrize(
    ("reached", "expected"),
    [
        (JUNE, ("5.8824", "0", "0")),
        (JUNE + DAY, ("3.5294", "0", "2.3530")),
        (None, ("0", "3.5294", "2.3530")),
    ],
)
def test_a_milestone_in_time_earns_all_a_late_one_six_tenths(
    reached: date | None, expected: tuple[str, str, str]
) -> None:
    events: list[heard.OfProject] = [approved(milestone("1", JUNE))]
    if reached:
        events.append(heard.MilestoneReached("1", reached))
    assert parts(criterion("milestones", *events, on=JUNE + 30 * DAY)) == tuple(map(Decimal, expected))


def test_a_milestone_counts_on_the_day_of_entry_where_that_is_later_and_says_so() -> None:
    events = (approved(milestone("1", JUNE)), heard.MilestoneReached("1", JUNE))
    found = criterion("milestones", *events, on=JUNE + 30 * DAY, entered=JUNE + 2 * DAY)
    assert found.earned == Decimal("3.5294")
    (item,) = found.items
    assert (item.reason, item.facts) == (
        "EnteredLate",
        {"due": "2026-06-01", "done": "2026-06-01", "entered": "2026-06-03"},
    )
    assert criterion("milestones", *events, entered=JUNE).lost == 0


def test_a_granted_extension_sets_the_date_that_counts() -> None:
    late = JUNE + 20 * DAY
    events = (
        approved(milestone("1", JUNE)),
        heard.ExtensionGranted("1", late),
        heard.MilestoneReached("1", late),
    )
    assert criterion("milestones", *events, on=late).lost == 0


def test_while_a_project_is_suspended_nothing_becomes_overdue() -> None:
    events = (approved(milestone("1", JUNE)), heard.ProjectSuspended(JUNE - DAY))
    assert criterion("milestones", *events, on=JUNE + 90 * DAY).lost == 0


def test_resuming_moves_the_open_dates() -> None:
    moved = heard.NewDate("milestone", "1", JUNE + 30 * DAY)
    events = (
        approved(milestone("1", JUNE)),
        heard.ProjectSuspended(JUNE - DAY),
        heard.ProjectResumed((moved,)),
    )
    assert criterion("milestones", *events, on=JUNE + 30 * DAY).lost == 0
    assert criterion("milestones", *events, on=JUNE + 31 * DAY).lost > 0


def test_a_changed_plan_keeps_what_was_reached() -> None:
    changed = heard.PlanChanged((milestone("1", JUNE), milestone("2", JUNE + DAY)))
    events = (approved(milestone("1", JUNE)), heard.MilestoneReached("1", JUNE), changed)
    assert parts(criterion("milestones", *events)) == (Decimal("2.9412"), Decimal("2.9412"), 0)


def test_milestones_count_by_their_weights() -> None:
    events = (
        approved(milestone("1", JUNE, "3"), milestone("2", JUNE)),
        heard.MilestoneReached("1", JUNE),
        CLOSED,
    )
    found = criterion("milestones", *events)
    assert found.earned == Decimal("4.4118")  # three quarters of 100/17


# indicators: 24 points


@pytest.mark.parametrize(
    ("kind", "baseline", "target", "value", "earned"),
    [
        ("raise", "80", "100", "95", "18"),
        ("raise", "80", "100", "105", "24"),
        ("raise", "80", "100", "70", "0"),
        ("raise", "80", "100", "1E+30", "24"),
        ("raise", "80", "100", "-1E+30", "0"),
        ("lower", "18", "0", "-1E+30", "24"),
        ("keep_at_most", "0", "0", "1E+30", "0"),
        ("lower", "18", "0", "6", "16.0008"),  # two thirds of the way, as 0.6667
        ("lower", "18", "0", "-5", "24"),
        ("keep_at_most", "0", "0", "0", "24"),
        ("keep_at_most", "0", "0", "1", "0"),
        ("keep_at_least", "90", "90", "90", "24"),
        ("keep_at_least", "90", "90", "89.9", "0"),
    ],
)
def test_an_indicator_earns_by_its_kind(
    kind: str, baseline: str, target: str, value: str, earned: str
) -> None:
    laid_down = approved(targets=(indicator("a", kind, baseline, target),))
    found = criterion("attainment", laid_down, confirmed("a", "2026-05", value), CLOSED)
    assert parts(found) == (Decimal(earned), 0, 24 - Decimal(earned))


@pytest.mark.parametrize(("days", "earned"), [(0, 24), (1, 12), (30, 12), (31, 0)])
def test_a_result_by_a_date_earns_half_within_30_days_after(days: int, earned: int) -> None:
    laid_down = approved(targets=(indicator("a", "by_date", "0", "1"),))
    on = JUNE + days * DAY
    assert criterion("attainment", laid_down, confirmed("a", "once", "1", on), on=on).earned == earned
    assert criterion("attainment", laid_down, on=on).lost == 24 - earned


def test_resuming_moves_the_day_of_a_result_by_a_date() -> None:
    """R43: the days suspended are nobody's delay."""
    moved = heard.NewDate("indicator", "a", JUNE + 30 * DAY)
    events = (
        approved(targets=(indicator("a", "by_date", "0", "1"),)),
        heard.ProjectSuspended(JUNE - DAY),
        heard.ProjectResumed((moved,)),
    )
    assert criterion("attainment", *events, on=JUNE + 30 * DAY).lost == 0
    assert criterion("attainment", *events, on=JUNE + 31 * DAY).lost == 12


def test_an_unconfirmed_indicator_scores_nothing() -> None:
    found = criterion("attainment", approved(targets=(indicator("a", "raise", "0", "1"),)), CLOSED)
    assert (found.lost, found.items[0].reason) == (24, "NoConfirmedFigure")


def test_while_a_project_runs_what_the_last_reading_lacks_is_open() -> None:
    laid_down = approved(targets=(indicator("a", "raise", "80", "100"),))
    assert parts(criterion("attainment", laid_down, confirmed("a", "2026-05", "90"))) == (12, 12, 0)


def test_the_reading_of_the_latest_day_counts() -> None:
    laid_down = approved(targets=(indicator("a", "raise", "80", "100"),))
    events = (confirmed("a", "2026-06", "100", JUNE + DAY), confirmed("a", "2026-05", "80", JUNE))
    assert criterion("attainment", laid_down, *events).earned == 24


def test_a_bound_once_broken_stays_broken_and_names_the_reading() -> None:
    laid_down = approved(targets=(indicator("a", "keep_at_most", "0", "0"),))
    found = criterion("attainment", laid_down, confirmed("a", "2026-05", "1"), confirmed("a", "2026-06", "0"))
    assert (found.lost, found.items[0].event) == (24, "projects/company/2")
    assert found.items[0].facts == {"value": "1", "period": "2026-05", "target": "0"}


def test_the_readings_that_were_counted_are_named() -> None:
    laid_down = approved(targets=(indicator("a", "raise", "0", "1"),))
    events = (laid_down, confirmed("a", "2026-05", "0"), confirmed("b", "2026-05", "0"))
    assert scored(*events).readings == ("projects/company/2",)


# tasks: 8 points


def task(code: str, due: date = JUNE) -> heard.TaskAdded:
    return heard.TaskAdded(code, f"任务{code}", due, Decimal(1))


def test_a_task_counts_when_another_person_has_accepted_it() -> None:
    done = (task("1"), heard.TaskAssigned("1", FITTER), heard.TaskCompleted("1", JUNE))
    assert parts(criterion("tasks", *done)) == (0, 8, 0)
    assert parts(criterion("tasks", *done, heard.TaskAccepted("1"))) == (8, 0, 0)


def test_a_late_acceptance_is_not_the_delay_of_who_did_the_task() -> None:
    done = (task("1"), heard.TaskCompleted("1", JUNE), heard.TaskAccepted("1"))
    assert criterion("tasks", *done, on=JUNE + 30 * DAY).earned == 8


def test_a_task_sent_back_and_done_late_counts_six_tenths() -> None:
    again = JUNE + DAY
    events = (
        task("1"),
        heard.TaskCompleted("1", JUNE),
        heard.TaskSentBack("1"),
        heard.TaskCompleted("1", again),
        heard.TaskAccepted("1"),
    )
    assert parts(criterion("tasks", *events, on=again)) == (Decimal("4.8"), 0, Decimal("3.2"))


def test_a_task_counts_on_the_day_of_entry_where_that_is_later_and_says_so() -> None:
    """R36: nobody wins points by dating a task back; accepting it does not move the day."""
    done = (task("1"), heard.TaskCompleted("1", JUNE - DAY))
    for events in (done, (*done, heard.TaskAccepted("1"))):
        found = criterion("tasks", *events, on=JUNE + 90 * DAY, entered=JUNE + 60 * DAY)
        (item,) = found.items
        assert found.lost == Decimal("3.2")
        assert (item.reason, item.facts) == (
            "EnteredLate",
            {"due": "2026-06-01", "done": "2026-05-31", "entered": "2026-07-31"},
        )
    assert criterion("tasks", *done, heard.TaskAccepted("1"), entered=JUNE).earned == 8


def test_a_climbing_item_that_nobody_claims_is_no_ones_fault() -> None:
    found = criterion("tasks", task("1"), task("2"), heard.TaskOffered("2", (BRANCH,)), on=JUNE + DAY)
    assert [item.code for item in found.items] == ["1"]


def test_giving_a_climbing_item_back_takes_nothing_out_of_the_score() -> None:
    events = (
        task("1"),
        heard.TaskOffered("1", (BRANCH,)),
        heard.ClaimGranted("1", FITTER),
        heard.TaskReleased("1"),
    )
    assert criterion("tasks", *events, on=JUNE + DAY).items[0].reason == "Overdue"


def test_the_halves_of_a_split_climbing_item_weigh_together_what_it_weighed() -> None:
    """R39."""
    split = (
        task("1"),
        task("2"),
        heard.TaskOffered("1", (BRANCH,)),
        heard.TaskSplit("1", "清洁", "1-2", "复检", Decimal("0.5")),
        heard.ClaimGranted("1", FITTER),
        heard.ClaimGranted("1-2", FITTER),
    )
    found = criterion("tasks", *split, heard.TaskCompleted("1-2", JUNE), heard.TaskAccepted("1-2"))
    points = {item.name: item.earned + item.open for item in found.items}
    assert points == {"清洁": 2, "复检": 2, "任务2": 4}
    assert found.earned == 2


# findings: 3 points, if there are any


def finding(code: str, due: date = JUNE) -> heard.FindingRecorded:
    return heard.FindingRecorded(code, f"问题{code}", due)


def test_without_findings_their_points_go_to_the_rest_of_the_group() -> None:
    group = scored(approved()).groups[1]
    assert [c.weight for c in group.criteria] == [Decimal("7.0588"), Decimal("7.0588"), Decimal("5.8824"), 0]
    assert [c.applies for c in group.criteria] == [True, True, True, False]


def test_a_withdrawn_text_is_no_reason_that_anybody_reads() -> None:
    withdrawn = heard.TextWithdrawn(hash_of("问题1"))
    late = criterion("findings", finding("1"), withdrawn, finding("2"), on=JUNE + 30 * DAY)
    assert [item.name for item in late.items] == [f"withdrawn:{hash_of('问题1')}", "问题2"]


def test_a_finding_put_right_in_time_earns_however_late_the_verifier_is() -> None:
    events = (finding("1"), heard.RectificationReported("1", JUNE), heard.FindingClosed("1", JUNE + 30 * DAY))
    assert parts(criterion("findings", *events, on=JUNE + 30 * DAY)) == (3, 0, 0)


def test_a_finding_put_right_late_is_lost() -> None:
    found = criterion("findings", finding("1"), heard.FindingClosed("1", JUNE + DAY))
    assert (found.lost, found.items[0].reason) == (3, "FindingMendedLate")


def test_a_finding_counts_as_put_right_on_the_day_of_entry_where_that_is_later_and_says_so() -> None:
    events = (finding("1"), heard.RectificationReported("1", JUNE))
    (item,) = criterion("findings", *events, entered=JUNE + 2 * DAY).items
    assert (item.reason, item.facts) == (
        "FindingEnteredLate",
        {"due": "2026-06-01", "done": "2026-06-01", "entered": "2026-06-03"},
    )
    assert criterion("findings", *events, entered=JUNE).lost == 0


def test_a_finding_that_came_back_is_lost_though_closed_again() -> None:
    events = (
        finding("1"),
        heard.FindingClosed("1", JUNE),
        heard.FindingReopened("1", JUNE + 9 * DAY),
        heard.FindingClosed("1", JUNE),
    )
    assert criterion("findings", *events).items[0].reason == "FindingCameBack"


# judged


def test_marks_are_points_of_the_stated_weight_and_scale_with_the_carried_one() -> None:
    assessed = heard.ClosureAssessed(
        (heard.Mark("responsibility", Decimal(3)), heard.Mark("lasting", Decimal(8)))
    )
    found = {c.code: c for c in scored(approved(), assessed, CLOSED).criteria}
    assert parts(found["lasting"]) == (8, 0, 0)
    assert parts(found["responsibility"]) == (Decimal("3.5294"), 0, Decimal("3.5294"))  # half of 120/17
    assert found["responsibility"].items[0].facts == {"mark": "3", "of": "6", "band": "差"}
    assert found["responsibility"].items[0].event == "projects/company/2"


ASSESSED = heard.ClosureAssessed((heard.Mark("responsibility", Decimal(3)),))


@pytest.mark.parametrize("since", [(), (heard.ClosureReturned(),)])
def test_marks_do_not_show_before_both_keys_are_turned(since: tuple[heard.OfProject, ...]) -> None:
    found = criterion("responsibility", approved(), ASSESSED, *since)
    assert (found.earned, found.lost) == (0, 0)
    assert [item.event for item in found.items] == ["projects/company/1"]


@pytest.mark.parametrize("since", [heard.ClosureReturned(), heard.ProjectTerminated(JUNE)])
def test_marks_of_a_closing_that_came_to_nothing_count_for_nothing(since: heard.OfProject) -> None:
    found = criterion("responsibility", approved(), ASSESSED, since, CLOSED)
    assert [(item.earned, item.reason) for item in found.items] == [(0, "NotJudged")]


def test_people_see_two_digits_half_up() -> None:
    assert [shown(Decimal(p)) for p in ("1.005", "1.0049", "99.995")] == [
        Decimal("1.01"),
        Decimal("1.00"),
        Decimal("100.00"),
    ]


def test_a_finding_beyond_the_branch_counts_for_nothing_until_it_is_the_branchs_again() -> None:
    """R51: while others are asked for support its clock stands still."""
    turned = (finding("W1"), heard.FindingTurnedIntoSupport("W1"))
    later = JUNE + 90 * DAY
    assert not criterion("findings", *turned, CLOSED, on=later).applies
    assert not criterion("findings", *turned, heard.SupportDecided("W1", None), CLOSED, on=later).applies
    declined = heard.SupportDecided("W1", later)
    mended = (heard.RectificationReported("W1", later), heard.FindingClosed("W1", later))
    assert parts(criterion("findings", *turned, declined, *mended, on=later)) == (3, 0, 0)


def test_a_disputed_finding_counts_for_nothing_and_counts_again_only_where_it_stands() -> None:
    """R48: its clock stands still, and a withdrawn one never was."""
    later = JUNE + 90 * DAY
    disputed = (finding("W1"), heard.FindingDisputed("W1", heard.Seat("inspector", UnitId("group"))))
    assert not criterion("findings", *disputed, on=later).applies
    assert not criterion("findings", *disputed, heard.FindingWithdrawn("W1"), CLOSED, on=later).applies
    mended = (heard.RectificationReported("W1", later), heard.FindingClosed("W1", later))
    upheld = heard.FindingUpheld("W1", later)
    assert parts(criterion("findings", *disputed, upheld, *mended, on=later)) == (3, 0, 0)
    too_soon = heard.FindingUpheld("W1", later - DAY)
    assert parts(criterion("findings", *disputed, too_soon, *mended, on=later)) != (3, 0, 0)
