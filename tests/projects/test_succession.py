"""R70 in the project itself: who leads and who is asked after a unit was dissolved or moved."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.projects.domain.ledger import LEDGER, CloseLedger, LedgerClosed
from services.projects.domain.project import PROJECT
from services.projects.domain.project.approval import GiveOpinion
from services.projects.domain.project.content import Seat
from services.projects.domain.project.state import ProposerMayNotApprove, SeatNotAddressed
from services.projects.domain.project.succession import (
    LeadHasAnHeir,
    LeadMoved,
    LedgerLeft,
    MoveLead,
    ReassignLead,
    ReceiveLead,
    Succession,
    Successor,
    SuccessorIsNotInForce,
)
from services.projects.projections.page.succession import fold
from services.projects.sight import circle_of
from shared.domain import Incomplete, UnitId
from tests.projects import a_project as p
from tests.projects.lived import page_after
from tests.support.given import given

NEW_BRANCH, NEW_COMPANY = UnitId("new branch"), UnitId("new company")
TO = Successor(NEW_BRANCH, NEW_COMPANY, "general_branch", NEW_COMPANY)
WITHIN = Successor(NEW_BRANCH, p.COMPANY, "general_branch", p.COMPANY)
MOVE = MoveLead(None, TO, p.COMPANY)
BOTH = (Succession(p.BRANCH, NEW_BRANCH), Succession(p.COMPANY, NEW_COMPANY))
LEFT = LedgerLeft(NEW_COMPANY, NEW_BRANCH, NEW_COMPANY, "general_branch", BOTH)
RECEIVE = ReceiveLead(None, p.COMPANY, 7, "ab", NEW_COMPANY, LEFT)
ARRIVED = LeadMoved(
    p.COMPANY, 7, "ab", NEW_COMPANY, NEW_BRANCH, NEW_COMPANY, "general_branch", BOTH, p.BRANCH, p.COMPANY
)
REASSIGN = ReassignLead(
    p.by("above", "party_department", p.GROUP), NEW_BRANCH, "原支部撤销", TO, p.COMPANY, False
)


def test_into_another_ledger_a_project_leaves_and_arrives_naming_where_it_was() -> None:
    p.approved.when(MOVE).then(LEFT)
    p.approved.after(MOVE).when(RECEIVE).then(ARRIVED)
    state = p.approved.after(MOVE, RECEIVE).state
    assert (state.unit, state.company, state.ledger) == (NEW_BRANCH, NEW_COMPANY, NEW_COMPANY)
    assert state.leader == "general_branch"


def test_on_its_way_it_is_as_it_was() -> None:
    assert p.approved.after(MOVE).state == p.approved.state
    assert page_after(p.approved.after(MOVE))["unit"] == p.BRANCH


def test_within_a_ledger_it_only_says_who_leads_now() -> None:
    one = (Succession(p.BRANCH, NEW_BRANCH),)
    p.approved.when(replace(MOVE, successor=WITHIN)).then(
        LeadMoved("", 0, "", p.COMPANY, NEW_BRANCH, p.COMPANY, "general_branch", one, p.BRANCH, p.COMPANY)
    )


def test_it_moves_once_and_without_a_successor_not_at_all() -> None:
    p.approved.when(replace(MOVE, successor=None)).then()
    p.approved.after(MOVE, RECEIVE).when(replace(MOVE, ledger=NEW_COMPANY)).then()


def test_what_has_ended_only_goes_on_in_another_ledger() -> None:
    (left,) = p.closed.when(MOVE).events
    assert left == LedgerLeft(NEW_COMPANY, p.BRANCH, p.COMPANY, "branch_with_committee", ())
    p.closed.when(replace(MOVE, successor=WITHIN)).then()


def test_an_open_step_falls_to_the_same_roles_of_the_successor_by_the_pinned_route() -> None:
    moved = p.countersigning.after(MOVE, RECEIVE)
    asked = (Seat("source_department", NEW_COMPANY), Seat("finance", NEW_COMPANY))
    approval = moved.state.approval
    assert (moved.state.programme, approval.open, approval.asked_now) == ("2026.1", 1, asked)
    assert approval.due == p.countersigning.state.approval.due
    assert [step.name for step in approval.route] == [step.name for step in p.ROUTE]
    moved.when(p.QUALITY_AGREES).then_refused(SeatNotAddressed)
    one, two = (
        GiveOpinion(p.by(seat.office, seat.office, NEW_COMPANY), 1, "agree", "h1", seat) for seat in asked
    )
    meeting = moved.after(one, two)
    assert meeting.state.approval.seats == (Seat("committee_member", NEW_COMPANY),)
    committee = replace(p.MEET, body=NEW_COMPANY, confirmer=Seat("party_department", NEW_COMPANY))
    assert meeting.after(committee).state.phase == "in_implementation"


def test_a_step_that_is_over_keeps_the_seats_that_decided_it() -> None:
    """Whoever goes on for them sees the project instead, also after a second move."""
    steps = page_after(p.countersigning.after(MOVE, RECEIVE))["route"]["steps"]
    assert [step["seats"][0]["unit"] for step in steps[:3]] == [p.COMPANY, NEW_COMPANY, NEW_COMPANY]
    seat = {"office": "party_department", "unit": NEW_COMPANY}
    assert [step["succeeded_by"] for step in steps[:3]] == [[seat], [], []]
    shown = page_after(p.approved.after(MOVE, RECEIVE))
    assert NEW_COMPANY not in {seat["unit"] for step in shown["route"]["steps"] for seat in step["seats"]}
    assert ("finance", NEW_COMPANY) in circle_of(shown).seats
    assert ("finance", p.COMPANY) not in circle_of(shown).seats
    to_third = replace(ARRIVED, units=(Succession(NEW_COMPANY, p.GROUP),), ledger=NEW_COMPANY)
    circle = circle_of(fold(shown, to_third))
    assert ("finance", p.GROUP) in circle.seats
    assert ("finance", NEW_COMPANY) not in circle.seats


def test_a_word_that_was_given_in_an_open_step_stands() -> None:
    moved = p.countersigning.after(p.QUALITY_AGREES, MOVE, RECEIVE)
    assert moved.state.approval.asked_now == (Seat("finance", NEW_COMPANY),)
    shown = page_after(moved)["route"]["steps"]
    assert shown[1]["opinions"][0]["seat"] == {"office": "source_department", "unit": NEW_COMPANY}
    assert shown[0]["opinions"][0]["seat"] == {"office": "party_department", "unit": p.COMPANY}


def test_the_successors_offices_confirm_figures_turn_keys_and_see_the_project() -> None:
    moved = p.finished.after(MOVE, RECEIVE)
    assert moved.state.indicator("rework").source == Seat("source_department", NEW_COMPANY)
    page = page_after(moved)
    assert (page["unit"], page["company"], page["leader"]) == (NEW_BRANCH, NEW_COMPANY, "general_branch")
    circle = circle_of(page)
    assert NEW_BRANCH in circle.units
    assert ("party_department", NEW_COMPANY) in circle.seats


def test_the_unit_above_gives_what_nobody_leads_to_another() -> None:
    p.approved.when(REASSIGN).then(replace(LEFT, reason="原支部撤销"))
    p.approved.when(replace(REASSIGN, has_heir=True)).then_refused(LeadHasAnHeir)
    p.approved.when(replace(REASSIGN, successor=None)).then_refused(SuccessorIsNotInForce)
    p.approved.when(replace(REASSIGN, reason=" ")).then_refused(Incomplete)
    player = p.by("fitter", "party_department", p.GROUP)
    p.approved.when(replace(REASSIGN, by=player)).then_refused(ProposerMayNotApprove)


@pytest.mark.parametrize("life", [p.a_draft, p.submitted, p.approved, p.in_closing, p.closed])
def test_in_every_phase_page_and_rules_agree_on_whom_it_concerns(life: p.Project) -> None:
    moved = life.after(MOVE, RECEIVE)
    assert moved.state.phase == life.state.phase
    seats = {(seat.office, seat.unit) for seat in moved.state.approval.seats}
    assert circle_of(page_after(moved)).seats >= seats


def test_a_ledger_is_closed_once_naming_all_successors() -> None:
    close = CloseLedger(None, p.COMPANY, ("group", NEW_COMPANY))
    closed = LedgerClosed(p.COMPANY, ("group", NEW_COMPANY))
    given(LEDGER).when(close).then(closed)
    given(LEDGER, closed).when(close).then()


def test_of_a_project_that_nobody_drafted_nothing_moves() -> None:
    assert PROJECT.initial.ledger == ""
