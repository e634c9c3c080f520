"""A change takes its own route: every step in its order, each word an act, the last makes it (R28, R29)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from services.projects.domain.body import NotTheDecidingBody
from services.projects.domain.project import Event
from services.projects.domain.project.approval import (
    MeetingMayNotBeReplacedBySigning,
    NotYourTurn,
    OnlyAMeetingStepMeets,
    OpinionAlreadyGiven,
    StepNotOpen,
)
from services.projects.domain.project.change import (
    ApproveChange,
    ChangeApproved,
    ChangeRejected,
    ChangeRequested,
    NoSuchChange,
    RejectChange,
    RequestChange,
    TargetChanged,
    TeamChanged,
)
from services.projects.domain.project.change_meeting import (
    ChangePassesAsItIs,
    RecordChangeDecision,
    ReferChangeUp,
)
from services.projects.domain.project.change_route import (
    ChangeMeetingDecided,
    ChangeOpinionGiven,
    ChangeReferredUp,
    ChangeStepOpened,
)
from services.projects.domain.project.content import Alteration, Seat, Team
from services.projects.domain.project.route import Decides, Onward, Share, Step
from services.projects.domain.project.state import (
    ContentHasChanged,
    ProposerMayNotApprove,
    SeatNotAddressed,
)
from services.projects.domain.quorum import Numbers
from tests.projects.a_project import (
    COMPANY,
    CONTENT,
    FINANCE_SEAT,
    GROUP,
    MARCH,
    PRECHECK_SEAT,
    PRECHECKER,
    QUALITY,
    QUALITY_SEAT,
    SECRETARY,
    Project,
    approved,
    by,
)
from tests.projects.lived import page_after
from tests.projects.test_change import TARGETS
from tests.projects.test_succession import MOVE, NEW_COMPANY, RECEIVE

FINANCE, CHIEF = by("finance", "finance"), by("chief", "leader_in_charge")
CHIEF_SEAT, COMMITTEE = Seat("leader_in_charge", COMPANY), Seat("committee_member", COMPANY)
DEPARTMENT = Step("党委工作部审核", "any", (PRECHECK_SEAT,), 3)
LEADER = Step("分管领导审批", "any", (CHIEF_SEAT,), 3)
MEETING = Step("党委会审议", "meeting", (COMMITTEE,))
FILED = Step("报备案", "filing", (Seat("headquarters", GROUP),), 5)
DUE = Onward(date(2026, 3, 5), on=MARCH)
FIRST, OPENED = DUE.due, DUE.on
NUMBERS = Numbers(should_attend=5, present=4, votes_for=3, votes_against=1, abstain=0, withdrawn=0)
MEETS = RecordChangeDecision(
    by("clerk", "party_department"),
    "C1",
    0,
    "M7",
    1,
    "会7号",
    "h2",
    "h2",
    NUMBERS,
    "party_committee",
    COMPANY,
    MARCH,
)


def request(*route: Step) -> RequestChange:
    return RequestChange(
        SECRETARY, "C1", "设备已更新", Alteration(targets=TARGETS), route=route, onward=DUE, content_hash="h2"
    )


def on(*route: Step) -> Project:
    return approved.after(request(*route))


def agrees(who: object, seat: Seat) -> ApproveChange:
    return ApproveChange(who, "C1", "h2", seat=seat, onward=DUE)  # type: ignore[arg-type]


def disagrees(who: object, seat: Seat) -> RejectChange:
    return RejectChange(who, "C1", "目标仍偏低", seat=seat, content_hash="h2")  # type: ignore[arg-type]


def step(decides: Decides, share: Share | None = None) -> Step:
    return Step("会签", decides, (PRECHECK_SEAT, QUALITY_SEAT, FINANCE_SEAT), 3, share=share)


def opened(place: int, of: Step, due: date | None = FIRST) -> ChangeStepOpened:
    return ChangeStepOpened("C1", place, of.name, of.seats, of.decides, due, OPENED, of.share)


MADE: tuple[Event, ...] = (ChangeApproved("C1", "h2"), TargetChanged(TARGETS))
WORDS = (
    agrees(PRECHECKER, PRECHECK_SEAT),
    agrees(QUALITY, QUALITY_SEAT),
    agrees(FINANCE, FINANCE_SEAT),
)


def test_a_change_goes_through_all_steps_in_their_order_and_the_last_makes_it() -> None:
    asked = request(DEPARTMENT, LEADER)
    requested = ChangeRequested(
        "C1", asked.reason, asked.alteration, SECRETARY.person, route=(DEPARTMENT, LEADER)
    )
    approved.when(asked).then(requested, opened(0, DEPARTMENT))
    waiting, first, second = on(DEPARTMENT, LEADER), WORDS[0], agrees(CHIEF, CHIEF_SEAT)
    waiting.when(second).then_refused(SeatNotAddressed)
    word = ChangeOpinionGiven("C1", 0, PRECHECK_SEAT, PRECHECKER.person, "agree", "h2")
    waiting.when(first).then(word, opened(1, LEADER))
    checked = waiting.after(first)
    assert checked.state.proposal.targets == CONTENT.targets
    checked.when(first).then_refused(SeatNotAddressed)
    checked.when(second).then(ChangeOpinionGiven("C1", 1, CHIEF_SEAT, CHIEF.person, "agree", "h2"), *MADE)
    assert checked.after(second).state.content_hash == "h2"
    checked.after(second).when(second).then_refused(NoSuchChange)


@pytest.mark.parametrize("place", [0, 1], ids=["first step", "last step"])
def test_a_disagreement_refuses_the_change_with_its_reason(place: int) -> None:
    who, seat = ((PRECHECKER, PRECHECK_SEAT), (CHIEF, CHIEF_SEAT))[place]
    waiting = on(DEPARTMENT, LEADER).after(*WORDS[:place])
    waiting.when(disagrees(who, seat)).then(
        ChangeOpinionGiven("C1", place, seat, who.person, "disagree", "h2", "目标仍偏低"),
        ChangeRejected("C1", "目标仍偏低"),
    )
    refused = waiting.after(disagrees(who, seat))
    assert refused.state.content_hash == approved.state.content_hash
    refused.when(agrees(who, seat)).then_refused(NoSuchChange)


@pytest.mark.parametrize(
    ("decides", "share", "words"),
    [("any", None, 1), ("all", None, 3), ("in_order", None, 3), ("share", Share(2, 3), 2)],
    ids=str,
)
def test_as_many_words_make_a_step_as_the_programme_says(
    decides: Decides, share: Share | None, words: int
) -> None:
    """R29, by the same count as in an approval."""
    waiting = on(step(decides, share))
    for before in range(words - 1):
        waiting.after(*WORDS[:before]).when(WORDS[before]).then_names(ChangeOpinionGiven)
    waiting.after(*WORDS[: words - 1]).when(WORDS[words - 1]).then_names(
        ChangeOpinionGiven, ChangeApproved, TargetChanged
    )


def test_in_order_nobody_speaks_before_their_turn_and_no_seat_twice() -> None:
    on(step("in_order")).when(WORDS[1]).then_refused(NotYourTurn)
    on(step("all")).after(WORDS[0]).when(WORDS[0]).then_refused(OpinionAlreadyGiven)


def test_a_share_is_refused_once_it_cannot_be_reached() -> None:
    waiting = on(step("share", Share(2, 3)))
    one = disagrees(PRECHECKER, PRECHECK_SEAT)
    waiting.when(one).then_names(ChangeOpinionGiven)
    waiting.after(one).when(disagrees(QUALITY, QUALITY_SEAT)).then_names(ChangeOpinionGiven, ChangeRejected)


def test_nobody_with_a_part_in_the_project_gives_a_word_on_its_change() -> None:
    """R4, with whom they stand in for or have a tie to (R5, R8)."""
    waiting = on(DEPARTMENT)
    for command in (agrees(SECRETARY, PRECHECK_SEAT), replace(WORDS[0], tied_to=(SECRETARY.person,))):
        waiting.when(command).then_refused(ProposerMayNotApprove)


def test_a_filing_informs_and_asks_for_no_word() -> None:
    """R34: what the secretary decides is made at once; between others it holds nothing up."""
    team = Team("突击队", "新组", CONTENT.team.members)
    decides = replace(request(FILED), alteration=Alteration(team=team))
    approved.when(decides).then(
        ChangeRequested("C1", decides.reason, decides.alteration, SECRETARY.person, route=(FILED,)),
        opened(0, FILED, None),
        ChangeApproved("C1", "h2"),
        TeamChanged(team),
    )
    on(DEPARTMENT, FILED).when(WORDS[0]).then_names(
        ChangeOpinionGiven, ChangeStepOpened, ChangeApproved, TargetChanged
    )
    on(FILED, DEPARTMENT).when(WORDS[0]).then_names(ChangeOpinionGiven, ChangeApproved, TargetChanged)


def test_what_a_meeting_must_decide_nobody_signs_and_its_numbers_make_the_change() -> None:
    """R26, R28."""
    waiting = on(MEETING)
    member = by("member", "committee_member")
    waiting.when(agrees(member, COMMITTEE)).then_refused(MeetingMayNotBeReplacedBySigning)
    held = ChangeMeetingDecided("C1", 0, "M7", 1, "会7号", NUMBERS, "passed", "h2")
    waiting.when(MEETS).then(held, *MADE)
    lost = replace(MEETS, numbers=replace(NUMBERS, votes_for=2, votes_against=2))
    waiting.when(lost).then(
        replace(held, result="not_passed", numbers=lost.numbers), ChangeRejected("C1", "会7号")
    )
    waiting.when(replace(MEETS, deferred=True)).then(replace(held, result="deferred"))
    assert waiting.after(replace(MEETS, deferred=True)).state.changes["C1"] is not None


def test_a_meeting_decides_on_the_change_as_it_was_put_before_it() -> None:
    waiting = on(MEETING)
    waiting.when(replace(MEETS, hash_now="h3")).then_refused(ContentHasChanged)
    waiting.when(replace(MEETS, on_condition=True)).then_refused(ChangePassesAsItIs)
    waiting.when(replace(MEETS, body=GROUP)).then_refused(NotTheDecidingBody)
    waiting.when(replace(MEETS, voters=(SECRETARY.person,))).then_refused(ProposerMayNotApprove)
    waiting.when(replace(MEETS, step=1)).then_refused(StepNotOpen)
    on(DEPARTMENT).when(MEETS).then_refused(OnlyAMeetingStepMeets)


def test_a_change_that_too_few_may_vote_on_is_for_the_body_above() -> None:
    """R27."""
    above = Seat("committee_member", GROUP)
    refer = ReferChangeUp(MEETS.by, "C1", 0, "R27", (above,), FIRST, MARCH)
    on(MEETING).when(refer).then(ChangeReferredUp("C1", 0, (above,), "R27", FIRST, MARCH))
    referred = on(MEETING).after(refer)
    referred.when(MEETS).then_refused(NotTheDecidingBody)
    referred.when(replace(MEETS, body=GROUP)).then_names(ChangeMeetingDecided, ChangeApproved, TargetChanged)
    on(MEETING).when(replace(refer, seats=())).then_refused(SeatNotAddressed)


def test_the_page_shows_the_steps_of_a_change_with_every_word() -> None:
    waiting = on(DEPARTMENT, LEADER).after(WORDS[0])
    first, second = page_after(waiting)["changes"]["C1"]["steps"]
    assert (first["state"], second["state"], second["due"]) == ("passed", "open", "2026-03-05")
    assert [(word["person"], word["opinion"]) for word in first["opinions"]] == [("prechecker", "agree")]
    refused = page_after(waiting.after(disagrees(CHIEF, CHIEF_SEAT)))["changes"]["C1"]
    assert (refused["state"], refused["steps"][1]["state"]) == ("rejected", "rejected")
    assert refused["steps"][1]["opinions"][0]["note"] == "目标仍偏低"
    through = page_after(waiting.after(agrees(CHIEF, CHIEF_SEAT)))["changes"]["C1"]
    assert (through["state"], through["steps"][1]["state"]) == ("approved", "passed")
    met = page_after(on(MEETING).after(MEETS))["changes"]["C1"]["steps"][0]
    assert (met["state"], met["meetings"][0]["minutes"]) == ("passed", "会7号")


def test_the_open_step_of_a_change_is_among_the_dates_of_its_project() -> None:
    waiting = page_after(on(DEPARTMENT, LEADER))
    dated = {"subject": "change", "code": "C1", "due": "2026-03-05"}
    assert waiting["next"][0] == dated
    assert dated not in page_after(on(DEPARTMENT).after(WORDS[0]))["next"]


def test_a_change_falls_to_the_successors_same_offices() -> None:
    """R70."""
    moved = on(DEPARTMENT, LEADER).after(WORDS[0], MOVE, RECEIVE)
    assert moved.state.deciding["C1"].seats == (Seat("leader_in_charge", NEW_COMPANY),)
    first, second = page_after(moved)["changes"]["C1"]["steps"]
    assert second["seats"] == [{"office": "leader_in_charge", "unit": NEW_COMPANY}]
    assert first["opinions"][0]["seat"]["unit"] == COMPANY  # an act stays with the office of who took it
