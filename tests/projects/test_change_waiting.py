"""While a step of a change waits: a word is taken back, who is to decide is urged, days are counted again."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from services.projects.domain.project.approval import (
    AlreadyAddressed,
    MeetingMayNotBeReplacedBySigning,
    NobodyCanSign,
    NoOpinionToWithdraw,
    NotYourTurn,
    OnlyWhoGaveItWithdraws,
    OpinionAlreadyGiven,
    StepNotOpen,
    StillAdded,
    UrgedAlready,
)
from services.projects.domain.project.change import (
    ChangeApproved,
    ChangeRejected,
    NoSuchChange,
    TargetChanged,
)
from services.projects.domain.project.change_deadlines import PassChangeDeadline, RaiseChange, RecountChange
from services.projects.domain.project.change_route import (
    ChangeDeadlinePassed,
    ChangeDeadlineRecounted,
    ChangeDeciderUrged,
    ChangeOpinionGiven,
    ChangeOpinionWithdrawn,
    ChangeSignerAdded,
)
from services.projects.domain.project.change_waiting import (
    AddChangeSigner,
    UrgeChangeDecider,
    WithdrawChangeOpinion,
)
from services.projects.domain.project.deadlines import DateHasMoved, NotedAlready
from services.projects.domain.project.pause import SuspendProject
from services.projects.domain.project.route import Share
from services.projects.domain.project.state import (
    NotInImplementation,
    ProposerMayNotApprove,
    SeatNotAddressed,
)
from tests.projects.a_project import (
    FINANCE_SEAT,
    FITTER,
    MARCH,
    PRECHECK_SEAT,
    PRECHECKER,
    QUALITY,
    QUALITY_SEAT,
    SECRETARY,
)
from tests.projects.lived import page_after
from tests.projects.test_change_route import (
    CHIEF,
    CHIEF_SEAT,
    COMMITTEE,
    DEPARTMENT,
    FINANCE,
    LEADER,
    MEETING,
    WORDS,
    agrees,
    disagrees,
    on,
    step,
)

FIRST = date(2026, 3, 5)
WITHDRAW = WithdrawChangeOpinion(QUALITY, "C1", 0, "数据已核实", QUALITY_SEAT)
ADD = AddChangeSigner(QUALITY, "C1", 0, CHIEF_SEAT, "before", QUALITY_SEAT, True, "涉及动火")
URGE = UrgeChangeDecider(SECRETARY, "C1", 0, MARCH)
LATER = FIRST + timedelta(6)
RECOUNT = RecountChange(None, "C1", 0, FIRST, LATER)
PASS = PassChangeDeadline(None, "C1", 0, FIRST, FIRST + timedelta(1))


def test_a_word_on_a_change_is_taken_back_by_who_gave_it_and_both_stay_on_record() -> None:
    """R82: and then the seat is asked again."""
    spoken = on(step("all")).after(WORDS[1])
    spoken.when(WITHDRAW).then(ChangeOpinionWithdrawn("C1", 0, QUALITY_SEAT, QUALITY.person, "数据已核实"))
    back = spoken.after(WITHDRAW)
    assert [type(event) for event in back.past[-2:]] == [ChangeOpinionGiven, ChangeOpinionWithdrawn]
    back.when(WITHDRAW).then_refused(NoOpinionToWithdraw)
    back.after(WORDS[0]).when(WORDS[2]).then_names(ChangeOpinionGiven)
    back.after(WORDS[0], WORDS[2]).when(WORDS[1]).then_names(
        ChangeOpinionGiven, ChangeApproved, TargetChanged
    )


def test_a_disagreement_that_is_taken_back_stops_nothing_any_more() -> None:
    """R29, R82: of three who are asked two must agree, and one has second thoughts."""
    share = on(step("share", Share(2, 3)))
    no = disagrees(QUALITY, QUALITY_SEAT)
    share.after(no).when(disagrees(FINANCE, FINANCE_SEAT)).then_names(ChangeOpinionGiven, ChangeRejected)
    back = share.after(no, WITHDRAW)
    back.when(disagrees(FINANCE, FINANCE_SEAT)).then_names(ChangeOpinionGiven)


def test_nobody_takes_back_what_another_said_or_what_a_step_has_decided() -> None:
    """R82: until the step is decided; R4: and not who has a part in the project by now."""
    spoken = on(step("all"), LEADER).after(WORDS[1])
    other = replace(WITHDRAW, by=replace(QUALITY, person=FINANCE.person))
    spoken.when(other).then_refused(OnlyWhoGaveItWithdraws)
    spoken.when(replace(WITHDRAW, tied_to=(FITTER.person,))).then_refused(ProposerMayNotApprove)
    spoken.when(replace(WITHDRAW, seat=CHIEF_SEAT)).then_refused(SeatNotAddressed)
    spoken.when(replace(WITHDRAW, change="C2")).then_refused(NoSuchChange)
    spoken.after(WORDS[0], WORDS[2]).when(WITHDRAW).then_refused(StepNotOpen)
    paused = spoken.after(SuspendProject(PRECHECKER, "停产", today=MARCH))
    paused.when(WITHDRAW).then_refused(NotInImplementation)
    on(MEETING).when(replace(WITHDRAW, seat=COMMITTEE)).then_refused(MeetingMayNotBeReplacedBySigning)


def test_the_page_shows_a_word_on_a_change_that_was_taken_back() -> None:
    """R82: the word, and why it counts no more."""
    (asked,) = page_after(on(step("all")).after(WORDS[1], WITHDRAW))["changes"]["C1"]["steps"]
    (word,) = asked["opinions"]
    assert word["withdrawn"] is not None
    assert (word["opinion"], word["withdrawn"]["reason"]) == ("agree", "数据已核实")


def test_a_seat_asks_another_office_to_sign_a_change_before_it_and_that_replaces_nobody() -> None:
    """R29: the signer must agree as well, and the one who asked waits for it."""
    waiting = on(step("all"))
    waiting.when(ADD).then(
        ChangeSignerAdded("C1", 0, CHIEF_SEAT, "before", QUALITY_SEAT, QUALITY.person, "涉及动火")
    )
    added = waiting.after(ADD)
    assert added.state.deciding["C1"].seats == (PRECHECK_SEAT, CHIEF_SEAT, QUALITY_SEAT, FINANCE_SEAT)
    added.when(WORDS[1]).then_refused(NotYourTurn)
    added.after(WORDS[0], WORDS[2]).when(agrees(CHIEF, CHIEF_SEAT)).then_names(ChangeOpinionGiven)
    added.after(WORDS[0], WORDS[2], agrees(CHIEF, CHIEF_SEAT)).when(WORDS[1]).then_names(
        ChangeOpinionGiven, ChangeApproved, TargetChanged
    )
    after = on(step("any")).after(replace(ADD, place="after"), WORDS[1])
    after.when(agrees(CHIEF, CHIEF_SEAT)).then_names(ChangeOpinionGiven, ChangeApproved, TargetChanged)
    added.when(disagrees(CHIEF, CHIEF_SEAT)).then_names(ChangeOpinionGiven, ChangeRejected)


def test_nobody_adds_a_signer_in_vain_or_in_a_meeting() -> None:
    """R28, R29."""
    waiting = on(step("all"), LEADER)
    waiting.when(replace(ADD, signer=FINANCE_SEAT)).then_refused(AlreadyAddressed)
    waiting.when(replace(ADD, can_sign=False)).then_refused(NobodyCanSign)
    waiting.when(replace(ADD, step=1)).then_refused(StepNotOpen)
    waiting.when(replace(ADD, seat=COMMITTEE)).then_refused(SeatNotAddressed)
    waiting.when(replace(ADD, tied_to=(FITTER.person,))).then_refused(ProposerMayNotApprove)
    waiting.after(WORDS[1]).when(ADD).then_refused(OpinionAlreadyGiven)
    waiting.after(WORDS[1]).when(replace(ADD, place="after")).then_names(ChangeSignerAdded)
    on(MEETING).when(replace(ADD, seat=COMMITTEE)).then_refused(MeetingMayNotBeReplacedBySigning)


def test_an_added_signer_stays_one_where_the_change_goes_up_and_the_page_names_it() -> None:
    """R29, R23: as in an approval."""
    still = (StillAdded(CHIEF_SEAT, "before", QUALITY_SEAT),)
    raised = RaiseChange(
        None,
        "C1",
        0,
        FIRST,
        FIRST + timedelta(2),
        (PRECHECK_SEAT, CHIEF_SEAT, QUALITY_SEAT),
        LATER,
        added=still,
    )
    up = on(step("all")).after(ADD, PASS, raised)
    up.when(WORDS[1]).then_refused(NotYourTurn)
    (asked,) = page_after(up)["changes"]["C1"]["steps"]
    (added,) = asked["added"]
    assert (added["place"], added["reason"]) == ("before", "涉及动火")
    assert added["signer"] == {"office": CHIEF_SEAT.office, "unit": CHIEF_SEAT.unit}


def test_who_has_not_spoken_on_a_change_is_urged_once_a_step() -> None:
    """As in an approval; the next step may be urged again."""
    waiting = on(step("all"), LEADER).after(WORDS[1])
    asked = (PRECHECK_SEAT, FINANCE_SEAT)
    waiting.when(URGE).then(ChangeDeciderUrged("C1", 0, "会签", asked, MARCH))
    urged = waiting.after(URGE)
    urged.when(URGE).then_refused(UrgedAlready, on=MARCH)
    assert page_after(urged)["changes"]["C1"]["steps"][0]["urged_on"] == MARCH.isoformat()
    went_on = urged.after(WORDS[0], WORDS[2])
    went_on.when(URGE).then_refused(StepNotOpen)
    went_on.when(replace(URGE, step=1)).then_names(ChangeDeciderUrged)
    waiting.when(replace(URGE, change="C2")).then_refused(NoSuchChange)
    on(MEETING).when(URGE).then(ChangeDeciderUrged("C1", 0, "党委会审议", (COMMITTEE,), MARCH))


def test_the_last_day_of_a_change_is_counted_again_unless_it_is_noted_as_over() -> None:
    """R38: as an act, of the step that waits."""
    waiting = on(DEPARTMENT, LEADER)
    waiting.when(RECOUNT).then(ChangeDeadlineRecounted("C1", 0, FIRST, LATER))
    again = waiting.after(RECOUNT)
    assert again.state.deciding["C1"].due == LATER
    assert page_after(again)["changes"]["C1"]["steps"][0]["due"] == LATER.isoformat()
    again.when(RECOUNT).then_refused(DateHasMoved)
    waiting.when(replace(RECOUNT, due=FIRST)).then()
    waiting.after(PASS).when(RECOUNT).then_refused(NotedAlready)
    again.when(PASS).then_refused(DateHasMoved)
    noted = replace(PASS, due=LATER, today=LATER + timedelta(1))
    again.when(noted).then_names(ChangeDeadlinePassed)
    again.after(noted).when(replace(RECOUNT, due_before=LATER, due=FIRST)).then_refused(NotedAlready)
    waiting.when(replace(RECOUNT, step=1)).then_refused(StepNotOpen)
    waiting.after(WORDS[0]).when(RECOUNT).then_refused(StepNotOpen)
