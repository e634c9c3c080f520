"""Last days are counted again: a meeting passed without the item, a calendar was set, a year announced."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from structlog.testing import capture_logs

from services.projects.domain.meeting import MEETING
from services.projects.domain.meeting.acts import ConfirmMeeting, ConveneMeeting, RecordMeeting
from services.projects.domain.meeting.votes import Absence, Item, Vote
from services.projects.domain.project.approval import ReferStepUp, StepReferredUp
from services.projects.domain.project.change_route import (
    ChangeDeadlinePassed,
    ChangeDeadlineRecounted,
    ChangeReferredUp,
)
from services.projects.domain.project.content import Seat
from services.projects.domain.project.deadlines import DeadlinePassed, DeadlineRecounted
from services.projects.domain.project.pause import ResumeProject, SuspendProject
from services.projects.domain.project.route import Onward
from services.projects.timers import on_calendar_set, recount
from shared.decision import Outcome, Submission, WrittenByNewerCode
from shared.domain import By, Calendar, PersonId
from shared.roster import CalendarSet
from shared.working_days import working_day_after
from tests.projects.a_desk import APPROVAL, Desk
from tests.projects.a_group import appointed, organisation, registered
from tests.projects.a_project import (
    BRANCH,
    COMMITTEE_SEAT,
    COMPANY,
    FINANCE_AGREES,
    GROUP,
    PRECHECK,
    PRECHECKER,
    QUALITY_AGREES,
    REVISE,
    SUBMIT,
)
from tests.projects.due import SUBMITTED, all_day, at, projects, shown, told
from tests.projects.test_change_route import DEPARTMENT, request
from tests.projects.test_change_route import MEETING as BEFORE_A_BODY
from tests.support.living import THE_PROJECT
from tests.support.recorded import recorded

# Meetings

MEETING_DUE = date(2026, 3, 16)
MEMBERS = tuple(PersonId(f"member {number}") for number in range(5))
CLERK = By(PersonId("clerk"), "clerk", COMPANY)
COMMITTEE_ABOVE = organisation(registered("chief", BRANCH), appointed("chief", "committee_member", GROUP))


async def meets(desk: Desk, day: date, *items: Item) -> None:
    """A confirmed meeting of the company's committee on this day."""
    name = UUID(int=day.toordinal())
    votes = tuple(Vote(item.number, "named", 4, 0, 0, "deferred", "缓议") for item in items)
    await desk.house.does(
        ConveneMeeting(
            CLERK,
            str(name),
            COMPANY,
            "party_committee",
            day,
            "会议室",
            MEMBERS[0],
            CLERK.person,
            items,
            MEMBERS,
            (),
        ),
        RecordMeeting(
            CLERK, str(name), MEMBERS[:4], (Absence(MEMBERS[4], "出差"),), (), votes, "〔2026〕3号", today=day
        ),
        ConfirmMeeting(By(MEMBERS[0], "party_secretary", COMPANY), str(name)),
        decider=MEETING,
        stream=name,
    )


async def test_a_meeting_step_goes_up_once_a_meeting_passed_without_it(desk: Desk) -> None:
    """R32: the body's next regular meeting; it escalates only when a meeting passed without the item."""
    parts = replace(desk.parts, organisation=COMMITTEE_ABOVE)
    meeting_opens = replace(FINANCE_AGREES, onward=Onward(due=MEETING_DUE, on=date(2026, 2, 2)))
    await desk.house.does(*SUBMITTED, PRECHECK, QUALITY_AGREES, meeting_opens)
    at(desk, date(2026, 3, 20))
    await all_day(desk, parts)
    at(desk, date(2026, 3, 24))
    await all_day(desk, parts)
    assert [r.event for r in await told(desk, DeadlinePassed)] == [
        DeadlinePassed(2, MEETING_DUE, date(2026, 3, 20), "meeting", (COMMITTEE_SEAT,))
    ]
    assert await told(desk, StepReferredUp) == [], "the body has not met"
    for day, on_the_agenda in (
        (21, (Item(1, str(THE_PROJECT), "审议立项", "h1"),)),
        (22, (Item(1, "x", "别的", "h"),)),
    ):
        await meets(desk, date(2026, 3, day), *on_the_agenda)
        at(desk, date(2026, 3, day + 4))
        await all_day(desk, parts)
        assert len(await told(desk, StepReferredUp)) == (day == 22), "a deferred item was on the agenda"
    (raised,) = await told(desk, StepReferredUp)
    assert raised.event.seats == (Seat("committee_member", GROUP),)


async def test_a_change_before_a_body_goes_up_once_a_meeting_passed_without_it(desk: Desk) -> None:
    """R32: another change of the same project on the agenda is another matter."""
    parts = replace(desk.parts, organisation=COMMITTEE_ABOVE)
    await desk.house.does(*APPROVAL, request(BEFORE_A_BODY))
    at(desk, date(2026, 3, 6))
    await all_day(desk, parts)
    assert [r.event.late for r in await told(desk, ChangeDeadlinePassed)] == [(COMMITTEE_SEAT,)]
    for day, change in ((10, "C1"), (17, "C2")):
        await meets(desk, date(2026, 3, day), Item(1, str(THE_PROJECT), "审议变更", "h2", change=change))
        at(desk, date(2026, 3, day + 1))
        await all_day(desk, parts)
        assert len(await told(desk, ChangeReferredUp)) == (day == 17), "a deferred item was on the agenda"
    (raised,) = await told(desk, ChangeReferredUp)
    assert raised.event.seats == (Seat("committee_member", GROUP),)


# The calendar


async def test_a_last_day_counted_by_weekends_is_counted_again_once_its_year_is_known(desk: Desk) -> None:
    """R38: over the National Day of 2026 five working days are more than five weekdays; once, as an act."""
    began, by_weekends = date(2026, 9, 29), date(2026, 10, 6)
    await desk.house.does(*SUBMITTED[:2], replace(SUBMIT, today=began, due=by_weekends))
    await desk.house.does(
        *SUBMITTED[:2], replace(SUBMIT, today=began, due=date(2026, 10, 5)), stream=UUID(int=13)
    )
    await shown(desk)
    await recount(desk.parts)
    await shown(desk)
    await recount(desk.parts)
    assert [r.event for r in await told(desk, DeadlineRecounted)] == [
        DeadlineRecounted(0, by_weekends, working_day_after(began, 5))
    ], "and one that was not counted so stays"
    at(desk, date(2026, 10, 9))
    assert [d["due"] for d in (await desk.read("headquarters"))["overdue"]] == []


async def test_a_step_that_a_meeting_passed_on_is_counted_again_as_well(desk: Desk) -> None:
    """R27, R38: its last day counts from the meeting, though nobody had been late."""
    met, by_weekends = date(2026, 9, 29), date(2026, 10, 6)
    above = (Seat("headquarters", GROUP),)
    await desk.house.does(*SUBMITTED, ReferStepUp(PRECHECKER, 0, "R27", above, by_weekends, met))
    await shown(desk)
    await recount(desk.parts)
    counted = [r.event for r in await told(desk, DeadlineRecounted)]
    assert counted == [DeadlineRecounted(0, by_weekends, working_day_after(met, 5))]


async def test_an_open_step_is_counted_again_when_a_calendar_is_set(desk: Desk) -> None:
    """R38: once, as an act; then its day is over at 24:00 where it is to be acted."""
    shifts = CalendarSet(COMPANY, Calendar("Africa/Luanda", chinese=False, rest=()))
    began = SUBMIT.today
    await desk.house.does(*SUBMITTED[:2], replace(SUBMIT, due=working_day_after(began, 5)))
    await shown(desk)
    await recount(desk.parts)
    assert await told(desk, DeadlineRecounted) == []
    known = desk.parts.organisation
    known.apply(recorded(known.position + 1, shifts))
    for _ in range(2):
        await on_calendar_set(desk.parts, recorded(known.position, shifts))
        await shown(desk)
    due = began + timedelta(5)
    assert [r.event for r in await told(desk, DeadlineRecounted)] == [
        DeadlineRecounted(0, working_day_after(began, 5), due)
    ]
    (line,) = (await desk.read("headquarters", "/api/projects/deadlines"))["deadlines"]
    assert line["ends_at"] == f"{due + timedelta(1)}T00:00:00+01:00"
    desk.house.clock._now = datetime.combine(due, time(17), UTC)  # the next day in China
    await all_day(desk)
    assert await told(desk, DeadlinePassed) == []
    desk.house.clock._now += timedelta(days=1)
    await all_day(desk)
    (passed,) = await told(desk, DeadlinePassed)
    assert passed.envelope.happened_at == f"{due}T23:00:00.000000Z"


async def test_a_meeting_step_is_counted_again_by_the_next_regular_meeting(desk: Desk) -> None:
    """R32, R38: thirty working days are its longest; without days of rest its body meets before."""
    opened, known = date(2026, 2, 2), desk.parts.organisation
    counted = working_day_after(opened, 30)
    await desk.house.does(
        *SUBMITTED, PRECHECK, QUALITY_AGREES, replace(FINANCE_AGREES, onward=Onward(due=counted, on=opened))
    )
    await shown(desk)
    known.apply(
        recorded(known.position + 1, CalendarSet(COMPANY, Calendar("Africa/Luanda", chinese=False, rest=())))
    )
    for _ in range(2):
        await recount(desk.parts)
        await shown(desk)
    again = [r.event for r in await told(desk, DeadlineRecounted)]
    assert again == [DeadlineRecounted(2, counted, date(2026, 3, 2))]


async def test_an_open_step_of_a_change_is_counted_again_by_the_calendar_of_who_is_asked(desk: Desk) -> None:
    """R38: as one of an approval: once, as an act, and by the unit in which it is to be acted."""
    opened, known = date(2026, 3, 2), desk.parts.organisation
    counted = working_day_after(opened, 5)
    asked = request(replace(DEPARTMENT, limit_working_days=5))
    await desk.house.does(*APPROVAL, replace(asked, onward=Onward(due=counted, on=opened)))
    await shown(desk)
    await recount(desk.parts)
    assert await told(desk, ChangeDeadlineRecounted) == []
    known.apply(
        recorded(known.position + 1, CalendarSet(COMPANY, Calendar("Africa/Luanda", chinese=False, rest=())))
    )
    for _ in range(2):
        await recount(desk.parts)
        await shown(desk)
    due = opened + timedelta(5)
    again = [r.event for r in await told(desk, ChangeDeadlineRecounted)]
    assert again == [ChangeDeadlineRecounted("C1", 0, counted, due)]
    desk.house.clock._now = datetime.combine(due, time(17), UTC)  # the next day in China
    await all_day(desk)
    assert await told(desk, ChangeDeadlinePassed) == []
    desk.house.clock._now += timedelta(days=1)
    await all_day(desk)
    (passed,) = await told(desk, ChangeDeadlinePassed)
    assert passed.envelope.happened_at == f"{due}T23:00:00.000000Z"


async def test_a_change_counted_by_weekends_has_its_true_day_once_the_year_is_known(desk: Desk) -> None:
    """R38: over the National Day; and one that went into a pause keeps the days that it was given (R43)."""
    began, by_weekends = date(2026, 9, 29), date(2026, 10, 6)
    asked = request(replace(DEPARTMENT, limit_working_days=5))
    asked = replace(asked, onward=Onward(due=by_weekends, on=began))
    await desk.house.does(*APPROVAL, asked)
    await desk.house.does(
        *APPROVAL,
        asked,
        SuspendProject(PRECHECKER, "停产", today=date(2026, 9, 30)),
        ResumeProject(PRECHECKER, today=date(2026, 10, 30)),
        stream=UUID(int=13),
    )
    await shown(desk)
    for _ in range(2):
        await recount(desk.parts)
        await shown(desk)
    (again,) = await told(desk, ChangeDeadlineRecounted)
    assert again.event == ChangeDeadlineRecounted("C1", 0, by_weekends, working_day_after(began, 5))
    assert (again.stream, again.envelope.by) == (THE_PROJECT, None)


async def test_one_that_cannot_be_counted_again_holds_no_other(desk: Desk) -> None:
    """A stream that a newer process writes already is said and left; the others are counted again."""
    began, by_weekends = date(2026, 9, 29), date(2026, 10, 6)
    first, second = await projects(desk, 2, REVISE, replace(SUBMIT, today=began, due=by_weekends))
    await shown(desk)
    submit = desk.house.writer.submit

    async def knows_one(submission: Submission) -> Outcome:
        if submission.stream == first:
            raise WrittenByNewerCode(submission.stream)
        return await submit(submission)

    desk.house.writer.submit = knows_one  # type: ignore[method-assign]
    with capture_logs() as said:
        await recount(desk.parts)
    assert [line["event"] for line in said if line["log_level"] == "error"] == ["timer.failed"]
    assert [recorded.stream for recorded in await told(desk, DeadlineRecounted)] == [second]
