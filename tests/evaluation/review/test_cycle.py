"""A review opens, collects what closed in its days, and goes round by round, none of which is skipped."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import get_args

import pytest
from hypothesis import given as holds_for
from hypothesis import settings
from hypothesis import strategies as st

from services.evaluation.domain.review.allocation import Award, Quotas
from services.evaluation.domain.review.cycle import CYCLE, Command, Event
from services.evaluation.domain.review.cycle import beginning as b
from services.evaluation.domain.review.cycle import collecting as c
from services.evaluation.domain.review.cycle import judging as j
from services.evaluation.domain.review.cycle import state as s
from shared.codec import Schema
from shared.domain import By, PersonId, Refusal, UnitId
from tests.support.arbitrary import Pools, values
from tests.support.given import Given, given
from tests.support.recorded import recorded

GROUP, PARTY_WORK, OTHER_DEPARTMENT = UnitId("group"), UnitId("party work"), UnitId("discipline")
HOST = UnitId("headquarters branch")
HEADQUARTERS = By(PersonId("zhao"), "headquarters", GROUP)
FIRST, LAST = date(2025, 10, 1), date(2026, 9, 30)
HALF = Decimal("0.5")
QUOTAS = Quotas((Award("first", 1, Decimal(90)), Award("second", 2, Decimal(80))))
ROUNDS = (s.Judging("dossier_review", HALF), s.Judging("on_site", HALF, projects_at_most=2))
OPEN = b.OpenCycle(HEADQUARTERS, GROUP, PARTY_WORK, HOST, 2026, "2026.1", FIRST, LAST, ROUNDS, True)
FIRST_REVIEW = replace(OPEN, unit=UnitId("company"), rounds=())


def entrant(project: str, score: str = "80", branch: str = "") -> s.Entrant:
    unit = UnitId(f"company of {project}")
    branch_ = UnitId(branch or f"branch of {project}")
    return s.Entrant(project, branch_, unit, "safety_quality", Decimal(score), Decimal(30), Decimal(20))


def collect(
    of: s.Entrant, on: date = LAST, *, vetoed: bool = False, exception: str = ""
) -> c.CollectProjects:
    return c.CollectProjects(HEADQUARTERS, (c.Closed(of, on, vetoed, exception),))


def panel(name: str, *projects: str, department: UnitId = PARTY_WORK) -> j.NamePanel:
    return j.NamePanel(HEADQUARTERS, name, department, projects, able=True)


def sealed(*withdrawn: tuple[str, str], **panels: dict[str, str]) -> j.CloseRound:
    """Scores by panel; `withdrawn` are a panel and a project of it each."""
    return j.CloseRound(
        HEADQUARTERS,
        tuple(
            j.SealedPanel(
                name,
                tuple((project, Decimal(score)) for project, score in scores.items()),
                tuple(project for of, project in withdrawn if of == name),
            )
            for name, scores in panels.items()
        ),
    )


CLOSE = c.CloseCollection(HEADQUARTERS)


def opened() -> Given[Command, Event, s.State]:
    return given(CYCLE).after(OPEN)


def collected(*entrants: s.Entrant) -> Given[Command, Event, s.State]:
    of = entrants or tuple(entrant(name) for name in "abc")
    return opened().after(*(collect(one) for one in of), CLOSE)


def of_scheme(project: str, scheme: str, score: str = "85") -> s.Entrant:
    return replace(entrant(project, score), scheme=scheme)


# What is reviewed


@pytest.mark.parametrize("year", [1999, 2201, -5, 2**40])
def test_a_review_is_of_a_year_that_can_be(year: int) -> None:
    given(CYCLE).when(replace(OPEN, year=year)).then_refused(b.NoSuchYear)


def test_the_group_shows_its_awards_before_they_are_confirmed() -> None:
    """R62: a company's review may recommend without."""
    without = replace(OPEN, has_notice=False)
    given(CYCLE).when(replace(without, of_group=True)).then_refused(b.GroupShowsItsAwards)
    given(CYCLE).when(without).then_names(b.CycleOpened)


def test_nothing_is_converted_where_closing_scores_are_ranked_as_they_are() -> None:
    """R20: a conversion touches what a panel is given, so a review without panels has none."""
    mixed = given(CYCLE).after(FIRST_REVIEW, collect(of_scheme("a", "2026")), collect(of_scheme("b", "2025")))
    converted = s.Unlike("〔2026〕30号", conversion="computed points in proportion to their weight")
    mixed.when(replace(CLOSE, unlike=converted)).then_refused(c.ClosingScoresStand)
    apart = s.Unlike("〔2026〕30号", (s.Apart("2025", {"first": 1}),))
    mixed.when(replace(CLOSE, unlike=apart)).then_names(c.CollectionClosed)


def test_projects_of_unlike_schemes_are_not_ranked_together_unless_it_was_decided_how() -> None:
    """R20: in lists of their own, or by a conversion that the decision states."""
    mixed = opened().after(collect(of_scheme("a", "2026")), collect(of_scheme("b", "2025")))
    mixed.when(CLOSE).then_refused(c.SchemesDiffer, count=1)
    apart = s.Unlike("〔2026〕30号", (s.Apart("2025", {"first": 1}),))
    mixed.when(replace(CLOSE, unlike=apart)).then(c.CollectionClosed(2, apart))
    converted = s.Unlike("〔2026〕30号", conversion="computed points in proportion to their weight")
    mixed.when(replace(CLOSE, unlike=converted)).then(c.CollectionClosed(2, converted))
    for undecided in (
        replace(apart, document=" "),
        replace(apart, apart=()),
        replace(apart, apart=apart.apart * 2),
    ):
        mixed.when(replace(CLOSE, unlike=undecided)).then_refused(c.UnlikeIsDecided)
    other = replace(apart, apart=(s.Apart("2019", {}),))
    mixed.when(replace(CLOSE, unlike=other)).then_refused(c.NoSuchScheme, count=1)


def test_it_opens_once() -> None:
    given(CYCLE).when(OPEN).then_names(b.CycleOpened)
    opened().when(OPEN).then_refused(b.CycleIsOpen)
    given(CYCLE).when(CLOSE).then_refused(s.NoSuchCycle)


@pytest.mark.parametrize(
    ("wrong", "rule"),
    [
        (replace(OPEN, closed_until=date(2025, 9, 30)), b.YearEndsBeforeItBegins),
        (replace(OPEN, rounds=(s.Judging("on_site", Decimal("1.01")),)), b.SharesAreBetween),
        (replace(OPEN, rounds=(s.Judging("on_site", Decimal("NaN")),)), b.SharesAreBetween),
        (replace(OPEN, rounds=(s.Judging("on_site", HALF, 0),)), b.SharesAreBetween),
    ],
)
def test_a_review_that_cannot_be_held_does_not_open(wrong: b.OpenCycle, rule: type[Refusal]) -> None:
    given(CYCLE).when(wrong).then_refused(rule)


def test_what_closed_in_its_days_is_collected_once() -> None:
    opened().when(collect(entrant("a"), FIRST)).then(c.ProjectCollected(entrant("a"), FIRST, ""))
    opened().after(collect(entrant("a"))).when(collect(entrant("a"))).then_refused(c.CollectedAlready)


def test_what_closed_a_day_late_because_its_bodies_were_late_is_an_exception_with_its_reason() -> None:
    """R37: forty projects closed one day after the cut."""
    late = date(2026, 10, 1)
    opened().when(collect(entrant("a"), late)).then_refused(
        c.ClosedOnAnotherDay, closed_on=late, since=FIRST, until=LAST
    )
    excepted = collect(entrant("a"), late, exception="the second key was late")
    opened().when(excepted).then(c.ProjectCollected(entrant("a"), late, "the second key was late"))


def test_what_is_vetoed_takes_no_part_whatever_the_reason() -> None:
    opened().when(collect(entrant("a"), vetoed=True, exception="please")).then_refused(c.VetoedIsNotReviewed)


def test_what_took_part_in_another_years_review_takes_no_part_whatever_the_reason() -> None:
    """R24."""
    again = collect(entrant("a"), date(2025, 9, 30), exception="please")
    competed = replace(again, closed=tuple(replace(one, other_year=2025) for one in again.closed))
    opened().when(competed).then_refused(c.ReviewedInAnotherYear, year=2025)


def test_whoever_leaves_out_a_project_says_why() -> None:
    two = opened().after(collect(entrant("a")), collect(entrant("b")))
    two.when(c.LeaveOut(HEADQUARTERS, "a", " ")).then_refused(c.ExceptionNeedsReason)
    two.when(c.LeaveOut(HEADQUARTERS, "z", "why")).then_refused(c.NotInTheReview)
    two.when(c.LeaveOut(HEADQUARTERS, "a", "withdrawn")).then(c.ProjectLeftOut("a", "withdrawn"))
    two.after(c.LeaveOut(HEADQUARTERS, "a", "withdrawn")).when(CLOSE).then(c.CollectionClosed(1))


def test_nothing_is_skipped() -> None:
    opened().when(CLOSE).then_refused(c.NothingCollected)
    opened().when(panel("p", "a")).then_refused(s.NotAtThisStage, stage="collecting")
    opened().when(sealed()).then_refused(s.NotAtThisStage, stage="collecting")
    collected().when(collect(entrant("d"))).then_refused(s.NotAtThisStage, stage="judging")
    collected().when(CLOSE).then_refused(s.NotAtThisStage, stage="judging")


def test_a_first_review_without_cards_ranks_by_the_scores_fixed_at_closing() -> None:
    """R56."""
    ready = given(CYCLE).after(FIRST_REVIEW, collect(entrant("a", "91.40")), CLOSE)
    assert ready.state.stage == "judged"
    assert ready.state.scores == {"a": Decimal("91.40")}
    ready.when(panel("p", "a")).then_refused(s.NotAtThisStage, stage="judged")


# Round by round


def test_each_project_has_one_panel_in_a_round() -> None:
    named = collected().after(panel("p", "a", "b"))
    named.when(panel("q", "b", "c")).then_refused(j.HasAPanel, count=1)
    named.when(panel("p", "c")).then_refused(j.PanelIsNamed)
    named.when(panel("q", "z")).then_refused(j.NotInThisRound, count=1)
    named.when(panel("q")).then_refused(j.PanelHasNoProjects)
    named.when(panel("q", "c", "c")).then_refused(j.PanelHasNoProjects)
    named.when(panel("q", "c")).then(j.PanelNamed("q", "dossier_review", PARTY_WORK, ("c",)))


def test_whoever_runs_the_review_does_not_judge_their_own_branch() -> None:
    """R61."""
    ready = collected(entrant("a"), entrant("ours", branch=HOST))
    ready.when(panel("p", "a", "ours")).then_refused(j.HostsDoNotCompete)
    other = panel("p", "a", "ours", department=OTHER_DEPARTMENT)
    ready.when(other).then_names(j.PanelNamed)
    ready.when(replace(other, able=False)).then_refused(j.HostsDoNotCompete)
    ready.when(panel("p", "a")).then_names(j.PanelNamed)


def test_a_round_closes_once_all_projects_have_panels_and_all_panels_are_sealed() -> None:
    named = collected().after(panel("p", "a", "b"))
    named.when(sealed(p={"a": "90", "b": "80"})).then_refused(j.WithoutAPanel, count=1)
    both = named.after(panel("q", "c"))
    both.when(sealed(p={"a": "90", "b": "80"})).then_refused(j.PanelsAreOpen, count=1)


def test_a_score_is_so_much_of_the_one_before_and_the_rest_of_the_cards() -> None:
    """R56: half and half, to four digits."""
    named = collected(entrant("a", "81.13"), entrant("b")).after(panel("p", "a", "b"))
    named.when(sealed(p={"a": "90.5001", "b": "80"})).then(
        j.ProjectScored("a", "dossier_review", Decimal("81.13"), Decimal("90.5001"), Decimal("85.8151")),
        j.ProjectScored("b", "dossier_review", Decimal(80), Decimal(80), Decimal("80.0000")),
        j.RoundClosed("dossier_review", (), (), HEADQUARTERS.person),
    )


def test_the_best_go_on_with_those_who_are_equal_at_the_edge() -> None:
    """R56."""
    first = collected(*(entrant(name) for name in "abcd")).after(panel("p", *"abcd"))
    on = first.after(sealed(p={"a": "95", "b": "90", "c": "90", "d": "70"}))
    on.when(panel("stage", *"abcd")).then_refused(j.NotInThisRound, count=1)
    end = on.after(panel("stage", *"abc"), sealed(stage={"a": "96", "b": "91", "c": "90"}))
    assert end.past[-1] == j.RoundClosed("on_site", (), ("d",), HEADQUARTERS.person)
    assert end.state.stage == "judged"
    assert sorted(end.state.scores) == ["a", "b", "c"]


def test_a_panel_of_the_round_before_says_nothing_in_this_one() -> None:
    on = collected().after(panel("p", *"abc"), sealed(p={"a": "95", "b": "90", "c": "80"}))
    again = on.after(panel("stage", *"ab"))
    again.when(sealed(p={"a": "1", "b": "1"})).then_refused(j.PanelsAreOpen, count=1)


def test_what_was_withdrawn_from_a_panel_falls_out_and_nobody_moves_up() -> None:
    on = collected().after(panel("p", *"abc"), sealed(p={"a": "95", "b": "90", "c": "80"}))
    end = on.after(panel("stage", *"ab"), sealed(("stage", "b"), stage={"a": "96"}))
    assert end.past[-1] == j.RoundClosed("on_site", ("b",), ("c",), HEADQUARTERS.person)


def test_a_panel_speaks_of_exactly_the_projects_that_it_was_named_for() -> None:
    named = collected().after(panel("p", *"abc"))
    named.when(sealed(p={"a": "90", "b": "80"})).then_refused(j.PanelSaysOtherwise)
    named.when(sealed(p={"a": "90", "b": "80", "c": "70", "x": "99"})).then_refused(j.PanelSaysOtherwise)
    named.when(sealed(("p", "c"), p={"a": "90", "b": "80"})).then_names(
        j.ProjectScored, j.ProjectScored, j.RoundClosed
    )


def test_a_panel_is_dissolved_with_a_reason_and_its_projects_go_to_another() -> None:
    """R57: panels of two tracks merged."""
    named = collected().after(panel("p", "a"), panel("q", "b"))
    dissolve = j.DissolvePanel(HEADQUARTERS, "p", sealed=False, reason="too few jurors")
    named.when(replace(dissolve, reason=" ")).then_refused(c.ExceptionNeedsReason)
    named.when(replace(dissolve, sealed=True)).then_refused(j.NoSuchOpenPanel)
    named.when(replace(dissolve, panel="z")).then_refused(j.NoSuchOpenPanel)
    named.after(dissolve).when(panel("r", "a", "c")).then_names(j.PanelNamed)


# Laws

SCHEMA = Schema(CYCLE.events)
PROJECTS = st.sampled_from("abcd")
POOLS: Pools = {
    By: st.just(HEADQUARTERS),
    UnitId: st.sampled_from([PARTY_WORK, OTHER_DEPARTMENT, HOST, GROUP]),
    Decimal: st.decimals(0, 100, places=2),
    int: st.integers(1, 3),
    str: st.sampled_from(["", "reason"]),
    date: st.sampled_from([FIRST, LAST, date(2026, 10, 1)]),
    "before_share": st.decimals(0, 1, places=1),
    "project": PROJECTS,
    "panel": st.sampled_from("pqr"),
    "projects": st.lists(PROJECTS, max_size=4).map(tuple),
    Quotas: st.sampled_from([QUOTAS, Quotas(())]),
    "award": st.sampled_from(["first", "second", "zzz"]),
    "first": PROJECTS,
    "vetoed": st.lists(PROJECTS, max_size=2).map(tuple),
    "rounds": st.just(ROUNDS),
    "has_notice": st.just(True),
    "year": st.just(2026),
    "working_days": st.just(5),
    "least": st.just(5),
    "most": st.just(60),
    "run": st.just(1),
    "other_year": st.just(0),
    "scores": st.lists(st.tuples(PROJECTS, st.decimals(0, 100, places=2)), max_size=4).map(tuple),
}
COMMANDS = st.one_of(*(values(command, POOLS) for command in CYCLE.commands))
LIVES = st.lists(COMMANDS | st.sampled_from([OPEN, CLOSE]), max_size=40)


@holds_for(st.sampled_from([given(CYCLE), collected(), collected().after(panel("p", *"ab"))]), LIVES)
@settings(max_examples=300, deadline=None)
def test_whatever_is_asked_only_refusals_escape_and_stages_go_one_way(
    begun: Given[Command, Event, s.State], commands: list[Command]
) -> None:
    stages = get_args(s.Stage)
    state = begun.state
    for command in commands:
        try:
            events = CYCLE.decide(command, state)
        except Refusal:
            continue
        for position, event in enumerate(events, 1):
            after = CYCLE.evolve(state, event)
            assert SCHEMA.read(recorded(position, event).envelope) == event
            assert stages.index(after.stage) - stages.index(state.stage) in (0, 1), (state.stage, after.stage)
            assert after.confirmed <= after.awards.keys() <= after.scores.keys()
            assert after.scores.keys() <= after.entrants.keys()
            of_panels = [project for named in after.panels for project in named.projects]
            assert len(of_panels) == len({*of_panels})
            state = after


@holds_for(st.decimals(0, 100, places=4), st.decimals(0, 100, places=4), st.decimals(0, 1, places=2))
def test_a_mix_lies_between_what_it_is_of(before: Decimal, cards: Decimal, share: Decimal) -> None:
    assert min(before, cards) <= j.mixed(before, cards, share) <= max(before, cards)
