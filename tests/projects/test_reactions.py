"""What follows a confirmed meeting: each item decides, goes up, or is noted as not carried out."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest

from services.projects.acting import Asking
from services.projects.api.meetings import CONVENE, organises
from services.projects.domain.body import Kind
from services.projects.domain.meeting import MEETING, Meeting
from services.projects.domain.meeting.acts import (
    ConfirmMeeting,
    ConveneMeeting,
    MeetingConfirmed,
    RecordMeeting,
)
from services.projects.domain.meeting.votes import Absence, Item, Outcome, Vote
from services.projects.domain.project import PROJECT
from services.projects.domain.project.content import Partner, Seat
from services.projects.domain.project.route import Onward, RequiredChange, Wanted
from services.projects.domain.project.state import State, Task
from services.projects.domain.texts import TEXTS, WithdrawRecordText
from services.projects.facts import second_key_units
from services.projects.ids import texts_id
from services.projects.minutes import decided_on
from services.projects.reactions import on_meeting_confirmed
from shared.codec import canonical
from shared.domain import By, NotAllowed, PersonId, UnitId
from shared.organisation import Organisation
from shared.withdrawn import MARK, hash_of
from tests.projects.a_desk import Desk
from tests.projects.a_group import (
    OTHER_BRANCH,
    OTHER_COMPANY,
    PARTNER,
    TODAY,
    appointed,
    organisation,
    person,
    registered,
)
from tests.projects.a_project import (
    BRANCH,
    COMMITTEE_SEAT,
    COMPANY,
    CONTENT,
    DRAFT,
    FINANCE_AGREES,
    GROUP,
    PRECHECK,
    PRECHECK_SEAT,
    PRECHECKER_REVIEWS,
    QUALITY_AGREES,
    REVISE,
    ROUTE,
    SUBMIT,
    before_the_meeting,
    in_closing,
)
from tests.projects.test_emergency import HEAD_AGREES, IN_CHARGE_AGREES
from tests.projects.test_emergency import ROUTE as EMERGENCY
from tests.support.living import THE_PROJECT

OPENED = date(2026, 2, 2)
MEETING_STEP_OPENS = replace(FINANCE_AGREES, onward=Onward(on=OPENED))
BEFORE_THE_MEETING = (DRAFT, REVISE, SUBMIT, PRECHECK, QUALITY_AGREES, MEETING_STEP_OPENS)
ANOTHER, SITTING = UUID(int=13), UUID(int=300)
MEMBERS = tuple(PersonId(f"member {number}") for number in range(5))
CLERK = By(PersonId("clerk"), "clerk", COMPANY)
DAY = date(2026, 3, 2)


def with_committee_above() -> Organisation:
    return organisation(registered("chief", BRANCH), appointed("chief", "committee_member", GROUP))


@pytest.fixture
async def desk(desk: Desk) -> Desk:
    await desk.house.does(*BEFORE_THE_MEETING)
    return desk


async def meets(
    desk: Desk,
    *items: Item,
    body: UnitId = COMPANY,
    kind: Kind = "party_committee",
    outcome: Outcome = "passed",
    changes: tuple[Wanted, ...] = (),
    times: int = 1,
    day: date = DAY,
) -> None:
    """A whole meeting, and what follows from it as often as told."""
    name = str(SITTING)
    votes = tuple(
        Vote(item.number, "named", 4, 0, 0, outcome, "同意", changes=changes)
        for item in items
        if not item.withdrawn
    )
    absent = (Absence(MEMBERS[4], "出差"),)
    await desk.house.does(
        ConveneMeeting(CLERK, name, body, kind, day, "会议室", MEMBERS[0], CLERK.person, items, MEMBERS, ()),
        RecordMeeting(CLERK, name, MEMBERS[:4], absent, (), votes, "〔2026〕3号", today=day),
        ConfirmMeeting(By(MEMBERS[0], "party_secretary", body), name),
        decider=MEETING,
        stream=SITTING,
    )
    confirmed = (await desk.parts.ledgers.read_stream(SITTING))[-1]
    assert isinstance(confirmed.event, MeetingConfirmed)
    for _ in range(times):
        await on_meeting_confirmed(desk.parts, confirmed, confirmed.event)


async def project_of(desk: Desk, stream: UUID = THE_PROJECT) -> State:
    state = PROJECT.initial
    for recorded in await desk.parts.ledgers.read_stream(stream):
        assert recorded.event is not None
        state = PROJECT.evolve(state, recorded.event)
    return state


async def noted(desk: Desk) -> list[tuple[int, str]]:
    """Which items the meeting says were not carried out, and why."""
    state: Meeting = MEETING.initial
    for recorded in await desk.parts.ledgers.read_stream(SITTING):
        assert recorded.event is not None
        state = MEETING.evolve(state, recorded.event)
    return [(item.number, item.refusal) for item in state.not_applied]


def about(project: UUID = THE_PROJECT, number: int = 1, content_hash: str = "h1") -> Item:
    return Item(number, str(project), "审议立项", content_hash)


CANNOT_PASS = replace(about(), withdrawn=MEMBERS[1:4])


async def test_the_body_that_is_asked_decides(desk: Desk) -> None:
    await meets(desk, about(), times=2)
    assert ((await project_of(desk)).phase, await noted(desk)) == ("in_implementation", [])


@pytest.mark.parametrize(
    ("body", "kind"),
    [(OTHER_COMPANY, "party_committee"), (BRANCH, "branch_committee"), (COMPANY, "member_meeting")],
)
@pytest.mark.parametrize("item", [about(), CANNOT_PASS], ids=["passed", "referred up"])
async def test_the_meeting_of_another_body_does_nothing(
    desk: Desk, body: UnitId, kind: Kind, item: Item
) -> None:
    parts = replace(desk.parts, organisation=with_committee_above())
    await meets(replace(desk, parts=parts), item, body=body, kind=kind)
    assert (await project_of(desk)).approval.seats == (COMMITTEE_SEAT,)
    assert await noted(desk) == [(1, "NotTheDecidingBody")]


async def test_a_refused_item_is_noted_once_and_the_later_ones_go_on(desk: Desk) -> None:
    await desk.house.does(*BEFORE_THE_MEETING, stream=ANOTHER)
    await meets(desk, about(content_hash="old"), about(ANOTHER, 2), times=2)
    assert (await project_of(desk)).phase == "in_approval"
    assert (await project_of(desk, ANOTHER)).phase == "in_implementation"
    assert await noted(desk) == [(1, "ContentHasChanged")]


async def test_changes_that_a_meeting_asks_for_have_their_field_and_who_confirms_them(desk: Desk) -> None:
    wanted = Wanted("写明由谁每周检查", "measures")
    await meets(desk, about(), outcome="passed_with_changes", changes=(wanted,))
    asked = RequiredChange(1, wanted.text, wanted.field, PRECHECK_SEAT)
    assert (await project_of(desk)).approval.conditions == (asked,)
    assert not (await decided_on(desk.parts.ledgers, str(SITTING), 1, THE_PROJECT)).passed


async def test_an_item_that_cannot_pass_goes_to_the_next_committee_above(desk: Desk) -> None:
    parts = replace(desk.parts, organisation=with_committee_above())
    await meets(replace(desk, parts=parts), CANNOT_PASS)
    assert (await project_of(desk)).approval.seats == (Seat("committee_member", GROUP),)
    assert await noted(desk) == []


@pytest.mark.parametrize("item", [about(), CANNOT_PASS], ids=["passed", "referred up"])
async def test_a_meeting_of_before_the_step_opened_is_noted_as_not_carried_out(
    desk: Desk, item: Item
) -> None:
    early = replace(desk, parts=replace(desk.parts, organisation=with_committee_above()))
    await meets(early, item, day=OPENED - timedelta(1))
    assert (await project_of(desk)).approval.seats == (COMMITTEE_SEAT,)
    assert await noted(desk) == [(1, "MeetingBeforeStep")]


async def test_a_meeting_at_the_end_of_the_calendar_refers_up_all_the_same(desk: Desk) -> None:
    """An old one, of before only what has been held was recorded; its limit is the calendar's last day."""
    parts = replace(desk.parts, organisation=with_committee_above())
    await meets(replace(desk, parts=parts), CANNOT_PASS, day=date(9999, 12, 30))
    assert (await project_of(desk)).approval.seats == (Seat("committee_member", GROUP),)


async def test_with_nobody_above_it_waits_where_it_is(desk: Desk) -> None:
    await meets(desk, CANNOT_PASS)
    assert (await project_of(desk)).approval.seats == (COMMITTEE_SEAT,)
    assert await noted(desk) == [(1, "NobodyAbove")]


# Who convenes, and who assesses


def convened_by(name: str, kind: Kind, unit: UnitId, known: Organisation) -> By:
    meeting = ConveneMeeting(CLERK, "", unit, kind, TODAY, "", CLERK.person, CLERK.person, (), (), ())
    return organises(Asking(person(name), known, TODAY), None, meeting)


def test_a_party_committee_is_convened_by_its_own_organisers_and_not_by_who_proposes() -> None:
    known = organisation(
        appointed("party department", "party_department", GROUP),
        appointed("proposes there", "branch_secretary", COMPANY),
        appointed("from above", "party_department", GROUP),
    )
    signed = convened_by("party department", "party_committee", COMPANY, known)
    assert (signed.office, signed.unit) == ("party_department", COMPANY)
    for name in ("proposes there", "from above"):
        with pytest.raises(NotAllowed):
            convened_by(name, "party_committee", COMPANY, known)
    assert convened_by("secretary of the branch", "branch_committee", BRANCH, known).unit == BRANCH


def test_from_the_assessment_withdraws_whom_the_second_key_bars_and_from_the_approval_who_has_a_part() -> (
    None
):
    """R4: who reviewed or did a task assesses nothing; until closing only a part in the project counts."""
    names = ("reviewer", "helper", "free")
    known = organisation(
        *(registered(name, BRANCH) for name in (*names, "party department")),
        *(appointed(name, "committee_member", COMPANY) for name in names),
    )
    reviewed = in_closing.after(
        replace(PRECHECKER_REVIEWS, by=By(person("reviewer"), "party_department", COMPANY))
    )
    helped = replace(reviewed.state, tasks={"T9": Task(holder=person("helper"))})
    asked = {
        "body": THE_PROJECT,
        "kind": "party_committee",
        "held_on": TODAY,
        "place": "会议室",
        "chair": person("free"),
        "clerk": person("party department"),
        "items": [about()],
    }
    body = CONVENE.body().model_validate_json(canonical(asked))
    body = body.model_copy(update={"body": COMPANY})  # the units of these tests have names for ids
    asking = Asking(person("party department"), known, TODAY)

    def withdrawn(state: State) -> set[PersonId]:
        (item,) = CONVENE.command_from(asking, None, body, {str(THE_PROJECT): state}).items
        return set(item.withdrawn)

    assert withdrawn(helped) == {person("reviewer"), person("helper")}
    assert withdrawn(replace(helped, phase="in_approval")) == set()


@pytest.mark.parametrize("of_the_step", [False, True])
def test_an_item_for_which_the_programme_wants_two_thirds_is_convened_so(of_the_step: bool) -> None:
    """R26: the open step's bar is the item's, whatever who convenes says of it."""
    known = organisation(
        *(registered(name, BRANCH) for name in ("party department", "member")),
        appointed("party department", "party_department", COMPANY),
        appointed("member", "committee_member", COMPANY),
    )
    asked = {
        "body": THE_PROJECT,
        "kind": "party_committee",
        "held_on": TODAY,
        "place": "会议室",
        "chair": person("member"),
        "clerk": person("party department"),
        "items": [about()],
    }
    body = CONVENE.body().model_validate_json(canonical(asked)).model_copy(update={"body": COMPANY})
    route = tuple(replace(step, two_thirds=of_the_step and step.decides == "meeting") for step in ROUTE)
    number = next(n for n, step in enumerate(route) if step.decides == "meeting")
    waits = before_the_meeting.state
    waits = replace(waits, approval=replace(waits.approval, route=route, open=number))
    asking = Asking(person("party department"), known, TODAY)
    (item,) = CONVENE.command_from(asking, None, body, {str(THE_PROJECT): waits}).items
    assert item.two_thirds == of_the_step


def test_the_committee_above_assesses_only_where_the_company_has_too_few() -> None:
    chief = (registered("chief", BRANCH), appointed("chief", "committee_member", GROUP))
    members = [
        event
        for name in ("one", "two", "three")
        for event in (registered(name, BRANCH), appointed(name, "committee_member", COMPANY))
    ]
    few = Asking(person("x"), organisation(*chief), TODAY)
    enough = replace(few, organisation=organisation(*chief, *members))
    assert second_key_units(few, in_closing.state, TODAY) == (COMPANY, GROUP)
    assert second_key_units(enough, in_closing.state, TODAY) == (COMPANY,)


def test_the_strong_partners_committee_may_assess_a_pair_that_the_company_cannot() -> None:
    """R52: never the weak side's, nor an outside organisation's."""
    asking = Asking(person("x"), organisation(), TODAY)
    for partners, units in (
        ((Partner("强", OTHER_BRANCH), Partner("高校")), (COMPANY, OTHER_COMPANY)),
        ((Partner("弱", OTHER_BRANCH, weak=True), Partner("近", PARTNER)), (COMPANY,)),
    ):
        pair = replace(in_closing.state, proposal=replace(CONTENT, pair=True, partners=partners))
        assert second_key_units(asking, pair, TODAY) == units
        alliance = replace(pair, proposal=replace(pair.proposal, pair=False))
        assert second_key_units(asking, alliance, TODAY) == (COMPANY,)


async def test_a_meeting_ratifies_an_emergency_project_that_runs_already(desk: Desk) -> None:
    """R33: what it does not pass ends, and what was done stays."""
    running = (DRAFT, REVISE, replace(SUBMIT, route=EMERGENCY), HEAD_AGREES, IN_CHARGE_AGREES)
    await desk.house.does(*running, stream=ANOTHER)
    await meets(desk, about(ANOTHER), outcome="passed")
    ratified = await project_of(desk, ANOTHER)
    assert (ratified.phase, ratified.ratifying, await noted(desk)) == ("in_implementation", False, [])


async def test_what_was_withdrawn_from_a_meeting_before_it_was_confirmed_is_not_said_in_a_project(
    desk: Desk,
) -> None:
    """R74."""
    wanted = Wanted("因李某住院，改期", "plan")
    reviewer = By(PersonId("reviewer"), "secrecy_reviewer", COMPANY)
    withdraw = WithdrawRecordText(reviewer, str(SITTING), hash_of(wanted.text), "病情", DAY, said=(2,))
    await desk.house.does(withdraw, decider=TEXTS, stream=UUID(texts_id(str(SITTING))))
    await meets(desk, about(), outcome="passed_with_changes", changes=(wanted,))
    told = await desk.parts.ledgers.read_stream(THE_PROJECT)
    texts = [bytes(one.envelope.data).decode() for one in told]
    assert sum(MARK + hash_of(wanted.text) in text for text in texts) == 1
    assert not any(wanted.text in text for text in texts)
