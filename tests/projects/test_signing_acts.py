"""Who signs, passes on, joins in and changes from above what is to be decided."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from services.projects.acting import Asking
from services.projects.deciding import can_sign as can_sign_in
from services.projects.domain.project.approval import (
    ChangeDecision,
    GiveOpinion,
    HandledByAnother,
    NoTransferIntoConflict,
    OpinionGiven,
    OpinionWithdrawn,
    StepCompleted,
    StepOpened,
    TransferStep,
    WithdrawOpinion,
)
from services.projects.domain.project.content import Seat
from services.projects.domain.project.proposal import WithdrawProposal
from services.projects.domain.project.state import ProposerMayNotApprove, SeatNotAddressed
from shared.domain import NotAllowed, UnitId
from shared.roster import DeputyAppointed, OfficeEnded, TieDeclared
from tests.projects.a_group import NEW_YEAR, OTHER_COMPANY, TODAY, appointed, organisation, person, registered
from tests.projects.a_project import (
    BRANCH,
    COMPANY,
    FINANCE_SEAT,
    GROUP,
    PRECHECK,
    QUALITY_SEAT,
    REVISE,
    ROUTE,
    SECRETARY,
    SUBMIT,
    a_draft,
    by,
    countersigning,
)
from tests.projects.edge import asked

WORD: dict[str, Any] = {"step": 1, "opinion": "agree", "content_hash": "h1"}
TWICE = (
    appointed("holds both", "source_department", COMPANY),
    appointed("holds both", "finance", COMPANY),
)


# -- transfers, added signers, changes from above -----------------------------------------------

COLLEAGUES = (
    appointed("quality", "source_department", COMPANY),
    appointed("expert", "source_department", COMPANY),
    registered("quality", BRANCH),
    registered("expert", BRANCH),
)


def test_after_a_transfer_only_the_colleague_finds_the_seat_theirs() -> None:
    """R29; who holds another seat of the step as well speaks for that one (R6)."""
    group = organisation(*COLLEAGUES, appointed("quality", "finance", COMPANY))
    transfer = asked(TransferStep, "quality", countersigning, group, step=1, to=person("expert"))
    assert transfer.colleagues == (person("quality"), person("expert"))
    passed_on = countersigning.after(transfer)
    mine = asked(GiveOpinion, "expert", passed_on, group, **WORD)
    assert (mine.seat, mine.by.office) == (QUALITY_SEAT, "source_department")
    other = asked(GiveOpinion, "quality", passed_on, group, **WORD)
    assert other.seat == FINANCE_SEAT
    passed_on.after(other).when(mine).then_names(OpinionGiven, StepCompleted, StepOpened)
    early = organisation(*COLLEAGUES)
    passed_on.when(asked(GiveOpinion, "quality", passed_on, early, **WORD)).then_refused(HandledByAnother)


def test_an_office_acts_again_when_the_term_of_who_took_it_over_ended_today() -> None:
    """The last day of a term is the day before it ends; nothing waits for who is gone."""
    group = organisation(*COLLEAGUES)
    passed_on = countersigning.after(
        asked(TransferStep, "quality", countersigning, group, step=1, to=person("expert"))
    )
    term = COLLEAGUES[1].term
    gone = organisation(*COLLEAGUES, OfficeEnded(term, TODAY))
    passed_on.when(asked(GiveOpinion, "quality", passed_on, gone, **WORD)).then_names(OpinionGiven)
    with pytest.raises(SeatNotAddressed):
        asked(GiveOpinion, "expert", passed_on, gone, **WORD)


def test_where_the_nearest_above_acts_it_is_transferred_within_the_office_above() -> None:
    """R3: both hold the office in which the first one acts; the seat stays what was asked."""
    above = (appointed("above", "source_department", GROUP), appointed("beside", "source_department", GROUP))
    group = organisation(*above, registered("beside", BRANCH))
    transfer = asked(TransferStep, "above", countersigning, group, step=1, to=person("beside"))
    passed_on = countersigning.after(transfer)
    taken = asked(GiveOpinion, "beside", passed_on, group, **WORD)
    assert (taken.seat, taken.by.unit) == (QUALITY_SEAT, GROUP)
    passed_on.when(taken).then_names(OpinionGiven)


def test_a_transfer_to_who_stands_in_for_a_player_is_refused() -> None:
    """R8: a deputy has the conflicts of whom they stand in for."""
    players = appointed("player", "branch_secretary", BRANCH)
    stands_in = DeputyAppointed(players.term, person("expert"), NEW_YEAR, TODAY)
    led = countersigning.after(WithdrawProposal(SECRETARY, "换人"))
    led = led.after(replace(REVISE, by=by(person("player"))), SUBMIT, PRECHECK)
    group = organisation(*COLLEAGUES, players, stands_in)
    transfer = asked(TransferStep, "quality", led, group, step=1, to=person("expert"))
    assert transfer.their_ties == (person("player"),)
    led.when(transfer).then_refused(NoTransferIntoConflict)


@pytest.mark.parametrize(
    ("office", "unit", "can_sign"),
    [
        ("inspector", COMPANY, True),
        ("finance", GROUP, True),
        ("inspector", OTHER_COMPANY, False),
        ("branch_secretary", BRANCH, True),
        ("panel_chair", COMPANY, False),
    ],
)
def test_a_signer_is_added_from_the_company_or_above_where_somebody_acts_for_it(
    office: str, unit: UnitId, can_sign: bool
) -> None:
    group = organisation(*COLLEAGUES, appointed("treasurer", "finance", GROUP))
    asking = Asking(person("quality"), group, TODAY)
    assert can_sign_in(asking, countersigning.state, Seat(office, unit)) is can_sign


@pytest.mark.parametrize("kin", [True, False], ids=["kin of who leads", "tied to nobody"])
def test_who_is_kin_of_who_leads_signs_nothing(kin: bool) -> None:
    """R5: whichever of the two declared it."""
    ties = [TieDeclared(SECRETARY.person, person("clerk"), None)] if kin else []
    group = organisation(appointed("clerk", "party_department", COMPANY), *ties)
    word = {"step": 0, "opinion": "agree", "content_hash": "h1"}
    submitted_ = a_draft.after(SUBMIT)
    said = submitted_.when(asked(GiveOpinion, "clerk", submitted_, group, **word))
    if not kin:
        said.then_names(OpinionGiven, StepCompleted, StepOpened)
        return
    said.then_refused(ProposerMayNotApprove)
    barred = group.with_deputies(submitted_.state.players, TODAY)
    assert person("clerk") in barred, "R3: nobody waits for them"


CHANGED = {"step": 1, "reason": "数据已核实", "what_next": "逐月核对", "content_hash": "h1"}


@pytest.mark.parametrize(
    ("office", "unit", "higher"),
    [
        ("leader_in_charge", COMPANY, True),
        ("party_secretary", COMPANY, True),
        ("party_secretary", GROUP, True),
        ("committee_member", COMPANY, None),
        ("party_department", GROUP, None),
        ("leader_in_charge", OTHER_COMPANY, None),
    ],
)
def test_secretary_and_leader_in_charge_stand_above_the_departments_of_their_company(
    office: str, unit: UnitId, higher: bool | None
) -> None:
    group = organisation(*COLLEAGUES, appointed("higher", office, unit))
    if higher is None:
        with pytest.raises(NotAllowed):
            asked(ChangeDecision, "higher", countersigning, group, **CHANGED)
    else:
        assert asked(ChangeDecision, "higher", countersigning, group, **CHANGED).higher is higher


def test_who_decides_at_a_level_is_changed_only_from_the_level_above() -> None:
    leader = replace(ROUTE[1], seats=(Seat("leader_in_charge", COMPANY),))
    asked_leader = a_draft.after(replace(SUBMIT, route=(ROUTE[0], leader)), PRECHECK)
    group = organisation(
        appointed("secretary here", "party_secretary", COMPANY),
        appointed("secretary above", "party_secretary", GROUP),
    )
    assert asked(ChangeDecision, "secretary here", asked_leader, group, **CHANGED).higher is False
    assert asked(ChangeDecision, "secretary above", asked_leader, group, **CHANGED).higher is True


def test_a_deputy_changes_no_decision() -> None:
    """R8: never an override."""
    higher = appointed("higher", "leader_in_charge", COMPANY)
    group = organisation(higher, DeputyAppointed(higher.term, person("friend"), NEW_YEAR, TODAY))
    with pytest.raises(NotAllowed):
        asked(ChangeDecision, "friend", countersigning, group, **CHANGED)


def test_who_gave_a_word_takes_it_back_for_the_seat_for_which_they_gave_it() -> None:
    """R6, R82."""
    group = organisation(*TWICE)
    spoken = countersigning.after(asked(GiveOpinion, "holds both", countersigning, group, **WORD))
    back = asked(WithdrawOpinion, "holds both", spoken, group, step=1, reason="误解")
    assert back.seat == QUALITY_SEAT
    spoken.when(back).then_names(OpinionWithdrawn)


def test_who_stands_in_for_a_player_is_passed_over_to_the_nearest_who_does_not() -> None:
    """R3, R8: else the step would wait until the deputy's days are over."""
    player = appointed("player", "branch_secretary", BRANCH)
    group = organisation(
        player,
        appointed("above", "source_department", GROUP),
        appointed("tied", "source_department", COMPANY),
        DeputyAppointed(player.term, person("tied"), NEW_YEAR, TODAY),
    )
    led = a_draft.after(replace(REVISE, by=by(person("player"))), SUBMIT, PRECHECK)
    led.when(asked(GiveOpinion, "tied", led, group, **WORD)).then_refused(ProposerMayNotApprove)
    led.when(asked(GiveOpinion, "above", led, group, **WORD)).then_names(OpinionGiven)
