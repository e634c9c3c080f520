"""A seat's work on a change is passed to a colleague of the same office, as in an approval (R29)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from services.projects.domain.project.approval import (
    DeputyMayNotPassOn,
    HandledByAnother,
    MeetingMayNotBeReplacedBySigning,
    NoTransferIntoConflict,
    OpinionAlreadyGiven,
    StepNotOpen,
    TransferStaysInTheOffice,
)
from services.projects.domain.project.change import (
    ApproveChange,
    ChangeRejected,
    NoSuchChange,
    RejectChange,
)
from services.projects.domain.project.change_deadlines import PassChangeDeadline, RaiseChange
from services.projects.domain.project.change_route import (
    ChangeOpinionGiven,
    ChangeOpinionWithdrawn,
    ChangeSignerAdded,
    ChangeStepTransferred,
)
from services.projects.domain.project.change_waiting import (
    AddChangeSigner,
    TransferChangeStep,
    WithdrawChangeOpinion,
)
from services.projects.domain.project.content import Seat
from services.projects.domain.project.state import ProposerMayNotApprove, SeatNotAddressed
from shared.domain import PersonId, Refusal
from shared.roster import OfficeEnded
from tests.projects.a_group import TODAY, appointed, organisation, person, registered
from tests.projects.a_project import (
    BRANCH,
    COMPANY,
    GROUP,
    PRECHECK_SEAT,
    QUALITY,
    QUALITY_SEAT,
    by,
)
from tests.projects.edge import asked
from tests.projects.lived import page_after
from tests.projects.test_change_route import (
    CHIEF_SEAT,
    COMMITTEE,
    MEETING,
    WORDS,
    agrees,
    disagrees,
    on,
    step,
)

EXPERT = by("expert", "source_department")
TRANSFER = TransferChangeStep(
    QUALITY,
    "C1",
    0,
    EXPERT.person,
    QUALITY_SEAT,
    (QUALITY.person, EXPERT.person),
    reason="由专人办理",
)
ADD = AddChangeSigner(QUALITY, "C1", 0, CHIEF_SEAT, "before", QUALITY_SEAT, can_sign=True)
WITHDRAW = WithdrawChangeOpinion(EXPERT, "C1", 0, "数据已核实", QUALITY_SEAT)
waiting = on(step("all"), step("any"))


def test_after_a_transfer_the_colleague_decides_on_the_change_and_the_other_no_more() -> None:
    """R29, as of a proposal; the page says who passed it to whom."""
    waiting.when(TRANSFER).then(
        ChangeStepTransferred(
            "C1", 0, QUALITY_SEAT, QUALITY.person, EXPERT.person, QUALITY_SEAT, "由专人办理"
        )
    )
    passed_on = waiting.after(TRANSFER)
    for act in (WORDS[1], disagrees(QUALITY, QUALITY_SEAT), ADD, TRANSFER):
        passed_on.when(act).then_refused(HandledByAnother)
    passed_on.when(agrees(EXPERT, QUALITY_SEAT)).then_names(ChangeOpinionGiven)
    passed_on.when(disagrees(EXPERT, QUALITY_SEAT)).then_names(ChangeOpinionGiven, ChangeRejected)
    passed_on.when(replace(ADD, by=EXPERT)).then_names(ChangeSignerAdded)
    passed_on.when(WORDS[0]).then_names(ChangeOpinionGiven)
    first, _ = page_after(passed_on)["changes"]["C1"]["steps"]
    (transfer,) = first["transferred"]
    assert (transfer["from_person"], transfer["to_person"]) == (QUALITY.person, EXPERT.person)
    assert transfer["reason"] == "由专人办理"


def test_a_word_is_taken_back_by_who_took_over_and_nobody_passes_on_what_is_said() -> None:
    """R82."""
    spoken = waiting.after(TRANSFER, agrees(EXPERT, QUALITY_SEAT))
    spoken.when(replace(WITHDRAW, by=QUALITY)).then_refused(HandledByAnother)
    spoken.when(replace(TRANSFER, by=EXPERT, to=QUALITY.person)).then_refused(OpinionAlreadyGiven)
    spoken.when(WITHDRAW).then_names(ChangeOpinionWithdrawn)


def test_who_took_over_passes_it_back_and_a_term_that_ended_lets_the_office_act_again() -> None:
    back = replace(TRANSFER, by=EXPERT, to=QUALITY.person)
    waiting.after(TRANSFER, back).when(WORDS[1]).then_names(ChangeOpinionGiven)
    waiting.after(TRANSFER).when(replace(WORDS[1], handler_acts=False)).then_names(ChangeOpinionGiven)
    deputy = by("stand-in", "source_department", deputising="expert")
    waiting.after(TRANSFER).when(agrees(deputy, QUALITY_SEAT)).then_names(ChangeOpinionGiven)


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"to": PersonId("accountant")}, TransferStaysInTheOffice),
        ({"to": QUALITY.person}, TransferStaysInTheOffice),
        ({"to": PersonId("fitter"), "colleagues": (PersonId("fitter"),)}, NoTransferIntoConflict),
        ({"their_ties": (PersonId("secretary"),)}, NoTransferIntoConflict),
        ({"by": by("stand-in", "source_department", deputising="quality")}, DeputyMayNotPassOn),
        ({"by": by("fitter", "source_department")}, ProposerMayNotApprove),
        ({"tied_to": (PersonId("fitter"),)}, ProposerMayNotApprove),
        ({"seat": CHIEF_SEAT}, SeatNotAddressed),
        ({"step": 1}, StepNotOpen),
        ({"change": "C2"}, NoSuchChange),
    ],
)
def test_a_change_is_passed_on_in_person_within_the_office_and_into_no_conflict(
    changed: dict[str, Any], rule: type[Refusal]
) -> None:
    """R4, R8, R29: the same refusals as of a proposal."""
    waiting.when(replace(TRANSFER, **changed)).then_refused(rule)


def test_what_a_meeting_decides_on_a_change_is_passed_to_nobody() -> None:
    """R28."""
    on(MEETING).when(replace(TRANSFER, seat=COMMITTEE)).then_refused(MeetingMayNotBeReplacedBySigning)


def test_a_transfer_holds_where_the_change_goes_up_for_another_seat_and_ends_with_the_step() -> None:
    """R23: as in an approval; the next step is everybody's own again."""
    due = date(2026, 3, 5)
    above = (PRECHECK_SEAT, QUALITY_SEAT, Seat("headquarters", GROUP))
    passed = PassChangeDeadline(None, "C1", 0, due, due + timedelta(1))
    raised = RaiseChange(None, "C1", 0, due, due + timedelta(2), above, due + timedelta(6))
    up = waiting.after(TRANSFER, passed, raised)
    up.when(WORDS[1]).then_refused(HandledByAnother)
    through = up.after(
        agrees(EXPERT, QUALITY_SEAT), WORDS[0], agrees(by("hq", "headquarters", GROUP), above[2])
    )
    through.when(WORDS[1]).then_names(ChangeOpinionGiven, *APPLIED)


APPLIED = tuple(type(event) for event in on(step("any")).when(WORDS[1]).events[1:])
COLLEAGUES = (
    appointed("quality", "source_department", COMPANY),
    appointed("expert", "source_department", COMPANY),
    registered("quality", BRANCH),
    registered("expert", BRANCH),
)


def test_only_the_colleague_finds_the_seat_of_the_change_theirs_until_their_term_ends() -> None:
    """R29; who is asked for another seat as well speaks for that one (R6)."""
    group = organisation(*COLLEAGUES, appointed("quality", "finance", COMPANY))
    it: dict[str, Any] = {"change": "C1"}
    transfer = asked(TransferChangeStep, "quality", waiting, group, **it, step=0, to=person("expert"))
    assert transfer.colleagues == (person("quality"), person("expert"))
    passed_on = waiting.after(transfer)
    mine = asked(ApproveChange, "expert", passed_on, group, **it)
    assert (mine.seat, mine.by.office) == (QUALITY_SEAT, "source_department")
    other = asked(ApproveChange, "quality", passed_on, group, **it)
    assert other.seat.office == "finance"
    passed_on.when(mine).then_names(ChangeOpinionGiven)
    alone = organisation(*COLLEAGUES)
    late = asked(RejectChange, "quality", passed_on, alone, **it, reason="不妥")
    passed_on.when(late).then_refused(HandledByAnother)
    gone = organisation(*COLLEAGUES, OfficeEnded(COLLEAGUES[1].term, TODAY))
    passed_on.when(asked(ApproveChange, "quality", passed_on, gone, **it)).then_names(ChangeOpinionGiven)
