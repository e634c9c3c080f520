"""Meetings are valid by their numbers alone, entered by one and confirmed by another."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from services.projects.domain.meeting import (
    MEETING,
    AttendanceDoesNotMatch,
    ChairDoesNotAttend,
    ConfirmedIsFinal,
    ConvenedAlready,
    ItemsDoNotMatch,
    MeetingHasLapsed,
    NotConvened,
    NothingRecorded,
    OnlyChairOrSecretaryConfirms,
    OnlyTheClerkRecords,
)
from services.projects.domain.meeting.acts import (
    ConfirmMeeting,
    ConveneMeeting,
    ItemNotApplied,
    ItemReferredUp,
    LapseMeeting,
    MeetingConfirmed,
    MeetingConvened,
    MeetingLapsed,
    MeetingRecorded,
    NoteItemNotApplied,
    RecordMeeting,
)
from services.projects.domain.meeting.votes import (
    Absence,
    ChangesNeedTheirOutcome,
    Item,
    ItemResult,
    MoreVotesThanVoters,
    NotAProposalField,
    OnlyWhoVotesWithdraws,
    OutcomeContradictsVotes,
    Vote,
)
from services.projects.domain.project.route import Wanted
from services.projects.domain.project.state import NotInTheFuture
from services.projects.domain.quorum import TooFewPresent, VotesDoNotCarry
from services.projects.ids import person_id
from shared.domain import By, Incomplete
from shared.ids import derived
from tests.projects.people import COMPANY, TODAY, ZHAO
from tests.support.given import given

ID = derived("meeting", "1")
SEATS = tuple(person_id(f"20{n:02}") for n in range(7))
CHAIR, CLERK = SEATS[0], ZHAO
PROJECT = Item(1, "project-1", "降本增效项目立项", "hash-1", withdrawn=(SEATS[6],))
CONVENE = ConveneMeeting(
    By(CLERK, "clerk", COMPANY),
    ID,
    COMPANY,
    "party_committee",
    TODAY,
    "第一会议室",
    CHAIR,
    CLERK,
    (PROJECT,),
    SEATS,
    (),
)
CONVENED = MeetingConvened(
    ID, COMPANY, "party_committee", TODAY, "第一会议室", CHAIR, CLERK, SEATS, (), (PROJECT,)
)
PASSED = Vote(1, "show_of_hands", 4, 0, 0, "passed", "同意立项")


def recording(vote: Vote | None = PASSED, present: int = 5, by: By | None = None) -> RecordMeeting:
    return RecordMeeting(
        by or By(CLERK, "clerk", COMPANY),
        ID,
        SEATS[:present],
        tuple(Absence(person, "出差", "同意") for person in SEATS[present:]),
        (),
        (vote,) if vote else (),
        "纪要〔2026〕3号",
        today=TODAY,
    )


def test_a_meeting_is_convened_once_with_its_items() -> None:
    given(MEETING).when(CONVENE).then(CONVENED)
    given(MEETING, CONVENED).when(CONVENE).then_refused(ConvenedAlready)
    given(MEETING).when(replace(CONVENE, items=(), place="")).then_refused(
        Incomplete, missing=["items", "place"]
    )
    given(MEETING).when(recording()).then_refused(NotConvened)


def test_a_meeting_that_nobody_confirmed_before_its_company_ended_lapses() -> None:
    """R70: called off where it was not held."""
    lapse, confirm = LapseMeeting(None), ConfirmMeeting(By(CHAIR, "party_secretary", COMPANY), ID)
    convened = given(MEETING, CONVENED)
    convened.when(lapse).then(MeetingLapsed(ID, held=False))
    convened.after(recording()).when(lapse).then(MeetingLapsed(ID, held=True))
    convened.after(lapse).when(lapse).then()
    convened.after(lapse).when(recording()).then_refused(MeetingHasLapsed)
    convened.after(recording(), lapse).when(confirm).then_refused(MeetingHasLapsed)
    convened.after(recording(), confirm).when(lapse).then()


def test_an_item_that_could_not_pass_is_referred_up_at_once() -> None:
    nearly_all = replace(PROJECT, withdrawn=SEATS[3:])
    given(MEETING).when(replace(CONVENE, items=(nearly_all,))).then(
        replace(CONVENED, items=(nearly_all,)), ItemReferredUp(ID, 1, "project-1", 7, 3)
    )
    given(MEETING, replace(CONVENED, items=(nearly_all,)), ItemReferredUp(ID, 1, "project-1", 7, 3)).when(
        recording()
    ).then_refused(ItemsDoNotMatch)


def test_an_item_that_cannot_pass_for_who_stepped_aside_in_the_meeting_is_referred_up_too() -> None:
    """R27: it was not voted down; the base is not quietly reduced."""
    aside = replace(PASSED, votes_for=2, outcome="not_passed", withdrawn=SEATS[3:])
    recorded = given(MEETING, CONVENED).after(recording(aside))
    (confirmed,) = recorded.when(ConfirmMeeting(By(CHAIR, "party_secretary", COMPANY), ID)).events
    assert isinstance(confirmed, MeetingConfirmed)
    assert [(result.result, result.withdrawn) for result in confirmed.results] == [("referred_up", 4)]


def test_only_those_who_vote_step_aside() -> None:
    """R26: else the numbers of confirmed minutes would be impossible, and nothing could mend them."""
    guest = replace(PASSED, withdrawn=(CLERK,))
    given(MEETING, CONVENED).when(recording(guest)).then_refused(OnlyWhoVotesWithdraws, number=1)


def test_a_body_with_fewer_than_half_its_seats_filled_refers_up() -> None:
    """R84."""
    command = replace(CONVENE, vacancies=("committee_member",) * 8)
    given(MEETING).when(command).then_names(MeetingConvened, ItemReferredUp)
    command = replace(CONVENE, vacancies=("committee_member",) * 7)
    given(MEETING).when(command).then_names(MeetingConvened)


def test_only_the_clerk_records() -> None:
    given(MEETING, CONVENED).when(recording()).then_names(MeetingRecorded)
    given(MEETING, CONVENED).when(recording(by=By(CHAIR, "clerk", COMPANY))).then_refused(OnlyTheClerkRecords)


def test_nobody_records_a_meeting_that_has_not_been_held() -> None:
    tomorrow = replace(CONVENED, held_on=TODAY + timedelta(1))
    given(MEETING, tomorrow).when(recording()).then_refused(NotInTheFuture, on=tomorrow.held_on)


def test_more_than_half_must_be_present() -> None:
    given(MEETING, CONVENED).when(recording(present=3)).then_refused(
        TooFewPresent, present=3, should_attend=7
    )
    given(MEETING, CONVENED).when(recording(present=4)).then_names(MeetingRecorded)


def test_a_written_view_is_kept_and_not_counted() -> None:
    """R26: nobody votes who is absent, and guests are not among those who should attend."""
    noted = recording(present=4)
    (recorded,) = given(MEETING, CONVENED).when(noted).events
    assert isinstance(recorded, MeetingRecorded)
    assert {absence.written_view for absence in recorded.absent} == {"同意"}
    given(MEETING, CONVENED).when(replace(noted, votes=(replace(PASSED, votes_for=5),))).then_refused(
        MoreVotesThanVoters, may_vote=4
    )
    given(MEETING, CONVENED).when(replace(noted, guests=(CLERK,))).then_names(MeetingRecorded)
    given(MEETING, CONVENED).when(replace(noted, guests=SEATS[:1])).then_refused(AttendanceDoesNotMatch)


def test_some_items_need_two_thirds_and_a_branch_only_half() -> None:
    """R26."""
    strict = replace(CONVENED, items=(replace(PROJECT, two_thirds=True),))
    given(MEETING, strict).when(recording(present=4)).then_refused(TooFewPresent)
    given(MEETING, strict).when(recording(present=5)).then_names(MeetingRecorded)
    branch = replace(CONVENED, kind="member_meeting", should_attend=SEATS[:6])
    deferred = replace(recording(replace(PASSED, votes_for=3, outcome="deferred"), present=3))
    half = replace(deferred, absent=deferred.absent[:3])
    given(MEETING, branch).when(half).then_names(MeetingRecorded)
    given(MEETING, replace(branch, kind="party_committee")).when(half).then_refused(TooFewPresent)


def test_it_passes_by_more_than_half_of_those_who_should_attend() -> None:
    three = replace(PASSED, votes_for=3)
    given(MEETING, CONVENED).when(recording(three)).then_refused(
        VotesDoNotCarry, votes_for=3, should_attend=7
    )
    given(MEETING, CONVENED).when(recording(replace(three, outcome="not_passed"))).then_names(MeetingRecorded)
    given(MEETING, CONVENED).when(recording(replace(PASSED, outcome="not_passed"))).then_refused(
        OutcomeContradictsVotes
    )


def test_deferring_needs_no_votes_and_changes_need_a_text() -> None:
    deferred = Vote(1, "spoken", 0, 0, 0, "deferred")
    given(MEETING, CONVENED).when(recording(deferred)).then_names(MeetingRecorded)
    bare = replace(PASSED, outcome="passed_with_changes", text=" ")
    given(MEETING, CONVENED).when(recording(bare)).then_refused(
        Incomplete, missing=["votes.1.text", "votes.1.changes"]
    )


def test_a_pass_with_changes_lists_each_with_the_field_that_it_touches() -> None:
    change = Wanted("写明由谁每周检查", "measures")
    passed = replace(PASSED, outcome="passed_with_changes", changes=(change,))
    minutes = given(MEETING, CONVENED).after(recording(passed))
    confirmed = minutes.after(ConfirmMeeting(By(CHAIR, "party_secretary", COMPANY), ID)).past[-1]
    assert isinstance(confirmed, MeetingConfirmed)
    assert confirmed.results[0].changes == (change,)
    meeting = given(MEETING, CONVENED)
    for missing in ((), (replace(change, text=" "),)):
        unsaid = replace(passed, changes=missing)
        meeting.when(recording(unsaid)).then_refused(Incomplete, missing=["votes.1.changes"])
    nowhere = replace(passed, changes=(replace(change, field=""),))
    meeting.when(recording(nowhere)).then_refused(NotAProposalField, number=1, field="")
    unconditional = replace(passed, outcome="passed")
    meeting.when(recording(unconditional)).then_refused(ChangesNeedTheirOutcome, number=1)


def test_the_chair_is_of_the_body() -> None:
    given(MEETING).when(replace(CONVENE, chair=CLERK)).then_refused(ChairDoesNotAttend)


def test_what_could_not_be_carried_out_is_noted_in_confirmed_minutes() -> None:
    note = NoteItemNotApplied(None, ID, 1, "project-1", "ContentHasChanged")
    minutes = given(MEETING, CONVENED).after(recording())
    minutes.when(note).then_refused(NothingRecorded)
    final = minutes.after(ConfirmMeeting(By(CHAIR, "party_secretary", COMPANY), ID))
    noted = ItemNotApplied(ID, 1, "project-1", "ContentHasChanged")
    final.when(note).then(noted)
    assert final.after(note).state.not_applied == (noted,)


@pytest.mark.parametrize("numbers", [(5, 1, 0), (4, 1, 1), (5, 0, -1)])
def test_nobody_votes_who_is_absent_or_has_withdrawn(numbers: tuple[int, int, int]) -> None:
    votes_for, against, abstain = numbers
    vote = Vote(1, "secret", votes_for, against, abstain, "passed", withdrawn=(SEATS[1],))
    given(MEETING, CONVENED).when(recording(vote)).then_refused(MoreVotesThanVoters)


def test_everybody_who_should_attend_is_present_or_absent_and_guests_have_no_seat() -> None:
    doubled = replace(recording(), present=SEATS[:6])
    given(MEETING, CONVENED).when(doubled).then_refused(AttendanceDoesNotMatch)
    given(MEETING, CONVENED).when(replace(recording(), guests=(SEATS[6],))).then_refused(
        AttendanceDoesNotMatch
    )
    given(MEETING, CONVENED).when(replace(recording(), guests=(ZHAO,))).then_names(MeetingRecorded)


def test_every_item_is_recorded_once() -> None:
    given(MEETING, CONVENED).when(recording(None)).then_refused(ItemsDoNotMatch, recorded=[], expected=[1])
    twice = replace(recording(), votes=(PASSED, PASSED))
    given(MEETING, CONVENED).when(twice).then_refused(ItemsDoNotMatch)


def test_the_chair_or_the_secretary_confirms_and_never_who_recorded() -> None:
    minutes = given(MEETING, CONVENED).after(recording())
    result = ItemResult(1, "project-1", "hash-1", "passed", 7, 5, 1, 4, 0, 0, "同意立项")
    confirmed = MeetingConfirmed(ID, COMPANY, "party_committee", TODAY, "纪要〔2026〕3号", (result,))
    minutes.when(ConfirmMeeting(By(CHAIR, "deputy_party_secretary", COMPANY), ID)).then(confirmed)
    minutes.when(ConfirmMeeting(By(SEATS[1], "party_secretary", COMPANY), ID)).then(confirmed)
    for refused in (
        By(SEATS[1], "committee_member", COMPANY),
        By(CLERK, "party_secretary", COMPANY),
        By(SEATS[2], "party_secretary", COMPANY, on_behalf_of=SEATS[1]),
    ):
        minutes.when(ConfirmMeeting(refused, ID)).then_refused(OnlyChairOrSecretaryConfirms)


def test_confirmed_minutes_are_final_and_until_then_may_be_mended() -> None:
    confirm = ConfirmMeeting(By(CHAIR, "party_secretary", COMPANY), ID)
    given(MEETING, CONVENED).when(confirm).then_refused(NothingRecorded)
    mended = given(MEETING, CONVENED).after(recording(), recording(replace(PASSED, votes_for=5)))
    mended.when(confirm).then_names(MeetingConfirmed)
    mended.after(confirm).when(recording()).then_refused(ConfirmedIsFinal)
