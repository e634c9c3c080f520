"""For conflicts of jurors: all who ever had a part in a project or decided on it (R4, R5, R7, R8)."""

from __future__ import annotations

from datetime import date

import pytest

from services.evaluation.domain import heard
from services.evaluation.domain.tally import Tally
from services.evaluation.domain.tallying import evolve
from services.evaluation.review.conflicts import judged_of
from services.evaluation.sight import circle_of
from shared.domain import By, PersonId, UnitId

BRANCH, OTHER, THIRD = map(UnitId, ("branch", "other branch", "third branch"))
LI, WANG, ZHAO, QIAN, SUN = map(PersonId, ("li", "wang", "zhao", "qian", "sun"))
JUNE = date(2026, 6, 1)
DRAFTED = heard.ProposalDrafted("2026-1", UnitId("company"), BRANCH, LI, LI, "题目", "safety_quality")

Act = tuple[heard.OfProject, By | None]


def by(person: PersonId, for_whom: PersonId | None = None) -> By:
    return By(person, "party_secretary", UnitId("company"), for_whom)


def after(*acts: Act) -> Tally:
    tally = Tally()
    for number, (event, whose) in enumerate([(DRAFTED, by(LI)), *acts], 1):
        tally = evolve(tally, event, f"projects/company/{number}", JUNE, whose)
    return tally


def people(*acts: Act) -> frozenset[PersonId]:
    return judged_of(after(*acts)).people


def team(*members: PersonId) -> heard.TeamChanged:
    return heard.TeamChanged(heard.Team(tuple(map(heard.Member, members))))


@pytest.mark.parametrize(
    "event",
    [
        heard.OpinionGiven(()),
        heard.ProposalReturned(0, False),
        heard.ProjectRejected(),
        heard.DecisionChangedByHigher(0),
        heard.ClosureReviewed(),
        heard.StageReviewed(2026, JUNE, heard.Seat("party_department", BRANCH), "已过半", ()),
        heard.ClosureReturned(),
        heard.FindingRecorded("F1", "某事", JUNE),
    ],
)
def test_whoever_decided_on_it_or_found_something_is_known_and_for_whom(event: heard.OfProject) -> None:
    """R4, R8: whom a deputy stood in for stays responsible."""
    assert people((event, by(WANG))) == {LI, WANG}
    assert people((event, by(WANG, for_whom=ZHAO))) == {LI, WANG, ZHAO}
    assert people((event, None)) == {LI}


def test_of_a_meeting_those_are_who_voted_and_not_who_recorded_it() -> None:
    """R4."""
    assert people((heard.MeetingDecided((), (WANG, ZHAO)), by(SUN))) == {LI, WANG, ZHAO}
    assert people((heard.MeetingDecided(()), by(SUN))) == {LI}
    assert people((heard.ClosureAssessed((), body=(QIAN,)), by(SUN))) == {LI, QIAN}


def test_guidance_and_the_confirming_of_a_figure_are_no_decision_on_it() -> None:
    """R4."""
    confirmed = heard.BaselineConfirmed("I1")
    assert people((confirmed, by(WANG)), (heard.StepOpened(0, ()), by(ZHAO))) == {LI}


def test_whoever_left_the_team_the_lead_or_a_task_has_had_a_part_all_the_same() -> None:
    """R4, R5: it is over for who may see it, and not for who may judge it."""
    left = after(
        (team(WANG, ZHAO), by(LI)),
        (team(ZHAO), by(LI)),
        (heard.TaskAssigned("T1", QIAN), by(LI)),
        (heard.TaskReleased("T1"), by(QIAN)),
        (heard.LeadHandedOver(LI, SUN), by(LI)),
    )
    assert judged_of(left).people == {LI, WANG, ZHAO, QIAN, SUN}
    assert circle_of(left).people == {LI, ZHAO, SUN}


def test_a_decision_opens_the_project_to_nobody() -> None:
    """R67: who decided sees it by their seat."""
    assert circle_of(after((heard.OpinionGiven(()), by(WANG)))) == circle_of(after())


def test_both_units_of_a_pair_are_judged_and_one_that_has_left_too() -> None:
    """R4, R7."""
    partner, guest = heard.Partner(OTHER), heard.Partner(None)
    paired = (heard.PartnersChanged((partner, guest)), by(LI))
    assert judged_of(after(paired)).units == {BRANCH, OTHER}
    left = (heard.PartnerLeft(heard.Partner(THIRD)), by(LI))
    assert judged_of(after(paired, left)).units == {BRANCH, OTHER, THIRD}
