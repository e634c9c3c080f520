"""What is due is done once, in the order of its days, by whoever comes first, whatever dies or jumps."""

from __future__ import annotations

import asyncio
import random
import signal
import sys
from asyncio import create_subprocess_exec
from asyncio.subprocess import DEVNULL
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select, text, update
from structlog.testing import capture_logs

from services.projects.domain.handover import (
    HANDOVER,
    HandoverOverdue,
    OpenHandover,
    Parties,
    Role,
    SignHandover,
)
from services.projects.domain.meeting import (
    MEETING,
    Absence,
    ConfirmMeeting,
    ConveneMeeting,
    Item,
    RecordMeeting,
    Vote,
)
from services.projects.domain.project import Command
from services.projects.domain.project.approval import ReferStepUp, StepReferredUp
from services.projects.domain.project.asking import ReadingDue
from services.projects.domain.project.content import Seat
from services.projects.domain.project.deadlines import (
    DeadlinePassed,
    DeadlineRecounted,
    FilingEnded,
    SuspensionOverran,
)
from services.projects.domain.project.lateness import ItemDueSoon, ItemOverdue, MilestoneMissed
from services.projects.domain.project.pause import SuspendProject
from services.projects.domain.project.route import Onward
from services.projects.domain.project.tasks import AddTask, ClaimExpired, OfferTask
from services.projects.domain.ratification import (
    RATIFICATION,
    Act,
    AskToRatify,
    RatificationOverdue,
    RatifyActs,
    Whose,
)
from services.projects.parts import Parts
from services.projects.projections.projects import PROJECTS
from services.projects.timers import on_calendar_set, recount, see_to_due, timed
from shared.decision import Outcome, Submission, WrittenByNewerCode
from shared.domain import By, Calendar, OfficeId, PersonId
from shared.engines import begin, create_engine
from shared.ledger import Ledgers
from shared.roster import CalendarSet, OfficeEnded
from shared.working_days import working_day_after
from shared.writer import Writer
from tests.projects.a_desk import APPROVAL, Desk
from tests.projects.a_group import appointed, organisation, registered
from tests.projects.a_project import (
    BRANCH,
    COMMITTEE_SEAT,
    COMPANY,
    DRAFT,
    FINANCE_AGREES,
    GROUP,
    JANUARY,
    MARCH,
    PRECHECK,
    PRECHECK_SEAT,
    PRECHECKER,
    QUALITY_AGREES,
    REVISE,
    SECRETARY,
    SUBMIT,
)
from tests.support.engines import Database
from tests.support.living import THE_PROJECT
from tests.support.recorded import recorded
from tests.support.running import ROOT
from tests.support.waiting import eventually

DUE = date(2026, 1, 27)
SUBMITTED = (DRAFT, REVISE, SUBMIT)
SITTING = UUID(int=300)
PARTIES = Parties("branch_secretary", BRANCH, COMPANY, PersonId("one"), PersonId("other"))


def at(desk: Desk, day: date) -> None:
    """Noon in China; a clock of the example runs forward, this one is put where the test says."""
    desk.house.clock._now = datetime(day.year, day.month, day.day, 4, tzinfo=UTC)


async def shown(desk: Desk) -> None:
    """Everything written is in the view."""
    for ledger, head in (await desk.house.ledgers.heads()).items():
        assert await desk.parts.runner_projects.wait_for("projects", ledger, head.position, 30)


async def told(desk: Desk, *kinds: type) -> list[Any]:
    """What was recorded of these kinds in all ledgers of projects, in the order of recording."""
    found: list[Any] = []
    for ledger in sorted(await desk.house.ledgers.heads()):
        page = await desk.house.ledgers.read_ledger(ledger, 0, 10_000)
        found += [recorded for recorded in page if isinstance(recorded.event, kinds)]
    return found


async def all_day(desk: Desk, parts: Parts | None = None) -> int:
    """See to what is due until nothing is left of the day; how many dates were claimed."""
    claimed = 0
    while True:
        await shown(desk)
        now = await see_to_due(parts or desk.parts)
        if not now:
            return claimed
        claimed += now


async def projects(desk: Desk, count: int, *commands: Command) -> list[UUID]:
    streams = [UUID(int=1000 + number) for number in range(count)]
    for number, stream in enumerate(streams):
        mine = (replace(DRAFT, reference=f"2026-A-{number:04}"), *commands)
        await desk.house.does(*mine, stream=stream)
    return streams


async def test_nothing_is_done_before_its_day_is_over(desk: Desk) -> None:
    await desk.house.does(*SUBMITTED)
    at(desk, DUE)
    assert await all_day(desk) == 0
    assert await told(desk, DeadlinePassed) == []


async def test_a_passed_deadline_is_recorded_once_and_happened_when_its_day_ended(desk: Desk) -> None:
    """R38: at 24:00 in China, however late it is noted."""
    await desk.house.does(*SUBMITTED)
    at(desk, DUE + timedelta(1))
    assert await all_day(desk) == 1
    assert await all_day(desk) == 0
    (passed,) = await told(desk, DeadlinePassed)
    assert passed.event == DeadlinePassed(0, DUE, DUE + timedelta(1), "any", (PRECHECK_SEAT,))
    assert passed.envelope.by is None
    assert passed.envelope.happened_at == "2026-01-27T16:00:00.000000Z"
    assert passed.envelope.programme == "2026.1"


async def test_every_kind_of_date_brings_what_follows(desk: Desk) -> None:
    """Claim window (R39), milestone, filing (R34)."""
    task = AddTask(SECRETARY, "T1", "定标", "签认", date(2026, 4, 30), 30)  # type: ignore[arg-type]
    offer = OfferTask(SECRETARY, "T1", "班组", "车间", (BRANCH,), window_ends=date(2026, 3, 5), today=MARCH)
    filing_opens = replace(APPROVAL[-1], onward=Onward(number="N", on=MARCH))
    await desk.house.does(*APPROVAL[:-1], filing_opens, task, offer)
    at(desk, date(2026, 6, 1))
    await all_day(desk)
    done = await told(desk, ClaimExpired, FilingEnded, MilestoneMissed)
    assert [type(recorded.event) for recorded in done] == [ClaimExpired, FilingEnded, MilestoneMissed]
    assert await told(desk, ItemDueSoon) == [], "what is over is not called near"


async def test_who_holds_a_task_hears_that_it_comes_near_then_the_leader_then_that_it_is_over(
    desk: Desk,
) -> None:
    """R42: each once, however often the day is looked at; a month's figure once it is over (R41)."""
    task = AddTask(SECRETARY, "T1", "定标", "签认", date(2026, 4, 10), Decimal(30))
    await desk.house.does(*APPROVAL, task)
    for day in (date(2026, 4, 1), date(2026, 4, 6), date(2026, 4, 11)):
        at(desk, day)
        await all_day(desk)
        assert await all_day(desk) == 0
    near = [r.event.told for r in await told(desk, ItemDueSoon) if r.event.subject == "task"]
    assert near == ["holder", "leader"]
    (late,) = await told(desk, ItemOverdue)
    assert late.envelope.happened_at == "2026-04-10T16:00:00.000000Z"
    read = [r.event.period for r in await told(desk, ReadingDue) if r.event.indicator == "rework"]
    assert read == ["2026-01", "2026-02", "2026-03"], "caught up in order"


async def test_a_pause_that_lasts_too_long_is_said(desk: Desk) -> None:
    """R43."""
    await desk.house.does(*APPROVAL, SuspendProject(PRECHECKER, "停产", today=MARCH))
    at(desk, date(2026, 9, 2))
    await all_day(desk)
    assert await told(desk, SuspensionOverran, MilestoneMissed) == [], "clocks stand still"
    at(desk, date(2026, 9, 3))
    await all_day(desk)
    assert [r.event for r in await told(desk, SuspensionOverran, MilestoneMissed)] == [
        SuspensionOverran(MARCH, date(2026, 9, 2))
    ]


async def test_an_overdue_handover_goes_to_the_party_department_and_makes_no_project_late(desk: Desk) -> None:
    """R11."""
    opened = OpenHandover(None, PARTIES, OfficeId("T"), (), "h", JANUARY, DUE)
    await desk.house.does(*APPROVAL)
    await desk.house.does(opened, decider=HANDOVER, stream=SITTING)
    at(desk, DUE)
    await all_day(desk)
    assert await told(desk, HandoverOverdue) == []
    at(desk, DUE + timedelta(1))
    await all_day(desk)
    assert await all_day(desk) == 0
    (over,) = await told(desk, HandoverOverdue)
    assert over.event == HandoverOverdue(PARTIES, DUE, ("outgoing", "incoming", "witness"))
    late = await desk.read("headquarters", "/api/projects/deadlines", colour="red")
    assert late["deadlines"] == []


async def test_a_handover_that_is_done_in_time_is_never_overdue(desk: Desk) -> None:
    """R11."""
    roles: tuple[tuple[Role, By], ...] = (
        ("outgoing", By(PARTIES.outgoing, "member", BRANCH)),
        ("incoming", By(PARTIES.incoming, "member", BRANCH)),
        ("witness", PRECHECKER),
    )
    opened = OpenHandover(None, PARTIES, OfficeId("T"), (), "h", JANUARY, DUE)
    signatures = [SignHandover(by, role, "h", JANUARY) for role, by in roles]
    await desk.house.does(opened, *signatures, decider=HANDOVER, stream=SITTING)
    at(desk, DUE + timedelta(60))
    assert await all_day(desk) == 0


async def test_deciding_acts_that_nobody_ratified_in_time_are_told_once(desk: Desk) -> None:
    """R12."""
    whose = Whose("branch_secretary", BRANCH, COMPANY, PARTIES.incoming)
    act = Act("e", "P", "题", "TaskAccepted", PARTIES.outgoing, JANUARY, decides=True)
    ask = AskToRatify(None, whose, JANUARY, JANUARY, DUE, (act,))
    done = RatifyActs(By(PARTIES.incoming, "branch_secretary", BRANCH), (), JANUARY)
    await desk.house.does(ask, decider=RATIFICATION, stream=SITTING)
    await desk.house.does(ask, done, decider=RATIFICATION, stream=UUID(int=301))
    at(desk, DUE)
    assert await all_day(desk) == 0
    at(desk, DUE + timedelta(1))
    assert await all_day(desk) == 1
    assert await all_day(desk) == 0
    (over,) = await told(desk, RatificationOverdue)
    assert (over.stream, over.event.acts) == (SITTING, ("e",))


async def test_downtime_of_weeks_is_caught_up_in_the_order_of_days(desk: Desk, seed: int) -> None:
    """Whatever the order in which the projects were written."""
    days = [DUE + timedelta(number) for number in range(30)]
    random.Random(seed).shuffle(days)
    for number, day in enumerate(days):
        mine = (replace(DRAFT, reference=f"2026-A-{number:04}"), REVISE, replace(SUBMIT, due=day))
        await desk.house.does(*mine, stream=UUID(int=1000 + number))
    back = date(2026, 4, 1)
    at(desk, back)
    assert await all_day(desk) == 30
    assert [recorded.event.due for recorded in await told(desk, DeadlinePassed)] == sorted(days)
    at(desk, back + timedelta(1))
    assert await all_day(desk) == 30, "and reminded first: a working day later they go up"
    assert len(await told(desk, StepReferredUp)) == 30


async def test_an_overdue_step_is_reminded_of_then_goes_to_the_office_above(desk: Desk) -> None:
    """A working day later; the office above has a time of its own."""
    await desk.house.does(*SUBMITTED)
    for day in (date(2026, 1, 28), date(2026, 1, 28), date(2026, 1, 29), date(2026, 2, 10)):
        at(desk, day)
        await all_day(desk)
    at(desk, DUE + timedelta(60))
    await all_day(desk)
    above = Seat("headquarters", GROUP)
    (raised,) = [recorded.event for recorded in await told(desk, StepReferredUp)]
    assert raised == StepReferredUp(0, (above,), "overdue", date(2026, 2, 5), on=date(2026, 1, 29), stays=())
    assert [recorded.event.due for recorded in await told(desk, DeadlinePassed)] == [DUE, date(2026, 2, 5)]


async def test_time_never_approves(desk: Desk) -> None:
    """Nothing is approved by time: a year of days, one by one."""
    await desk.house.does(*SUBMITTED)
    for number in range(0, 360, 5):
        at(desk, DUE + timedelta(number))
        await all_day(desk)
    page = (await desk.read("headquarters"))["project"]
    assert (page["state"], page["route"]["open"]) == ("in_approval", 0)
    assert [step["state"] for step in page["route"]["steps"]] == ["open", "waiting", "waiting", "waiting"]


async def test_a_clock_that_jumps_does_nothing_twice_and_forgets_nothing(desk: Desk) -> None:
    await desk.house.does(*SUBMITTED)
    for day in (date(2026, 1, 28), date(2027, 1, 1), date(2026, 1, 20), date(2026, 1, 28), date(2026, 1, 29)):
        at(desk, day)
        await all_day(desk)
    assert len(await told(desk, DeadlinePassed)) == len(
        {r.event.due for r in await told(desk, DeadlinePassed)}
    )
    assert (await told(desk, DeadlinePassed))[0].event.due == DUE
    await projects(desk, 1, REVISE, SUBMIT)
    at(desk, date(2026, 1, 28))
    assert await all_day(desk) == 1, "what a jump had put off is not lost"


async def test_what_cannot_be_done_today_is_tried_again_tomorrow(desk: Desk) -> None:
    """Nobody above: the step waits where it is, and is looked at once a day."""
    gone = OfficeEnded(OfficeId(f"headquarters headquarters {GROUP}"), JANUARY)
    alone = replace(desk.parts, organisation=organisation(gone))
    await desk.house.does(*SUBMITTED)
    at(desk, date(2026, 1, 28))
    await all_day(desk, alone)
    at(desk, date(2026, 1, 29))
    assert [await all_day(desk, alone), await all_day(desk, alone)] == [1, 0]
    assert await told(desk, StepReferredUp) == []
    at(desk, date(2026, 1, 30))
    assert await all_day(desk) == 1, "headquarters is held again"
    assert len(await told(desk, StepReferredUp)) == 1


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


# Replicas, and what dies


def another(desk: Desk, database: Database) -> Parts:
    """A second replica: engines and a writer of its own on the same databases."""
    ledgers = Ledgers(
        create_engine(database.url("projects"), durable=True), "projects", desk.parts.ledgers.schema
    )
    return replace(
        desk.parts,
        ledgers=ledgers,
        writer=Writer(ledgers, desk.house.clock),
        views=create_engine(database.url("views"), durable=False),
    )


async def test_replicas_share_what_is_due_and_do_each_date_once(desk: Desk, database: Database) -> None:
    await projects(desk, 60, REVISE, SUBMIT)
    at(desk, date(2026, 1, 28))
    replicas = [desk.parts, *(another(desk, database) for _ in range(3))]
    await shown(desk)
    while sum(await asyncio.gather(*(see_to_due(parts) for parts in replicas))):
        pass
    passed = await told(desk, DeadlinePassed)
    assert len(passed) == len({recorded.stream for recorded in passed}) == 60
    for parts in replicas[1:]:
        await parts.writer.close()
        await parts.ledgers.engine.dispose()
        await parts.views.dispose()


async def test_one_that_dies_between_its_act_and_its_commit_is_followed_by_another(
    desk: Desk, database: Database
) -> None:
    """The command is on disk, the claim is not: who comes next finds it done and goes on."""
    await projects(desk, 3, REVISE, SUBMIT)
    at(desk, date(2026, 1, 28))
    await shown(desk)
    dying = asyncio.create_task(see_to_due(desk.parts))
    heard = desk.house.writer.committed

    def dies(*arguments: Any) -> None:
        dying.cancel()
        heard(*arguments)

    desk.house.writer.committed = dies
    with pytest.raises(asyncio.CancelledError):
        await dying
    desk.house.writer.committed = heard
    assert await tried(desk) == 0, "its claim went with it"
    replica = another(desk, database)
    assert await see_to_due(replica) in (2, 3), "the view may know of the first already"
    assert len(await told(desk, DeadlinePassed)) == 3
    await replica.writer.close()
    await replica.ledgers.engine.dispose()
    await replica.views.dispose()


async def test_processes_that_are_killed_at_any_moment_leave_nothing_undone_and_nothing_twice(
    desk: Desk, database: Database, seed: int
) -> None:
    """SIGKILL between an act and its claim's commit, two at once, then one that lives."""
    await projects(desk, 12, REVISE, SUBMIT)
    await shown(desk)
    drawn = random.Random(seed)

    async def keeper(dies_after: int) -> int | None:
        places = (database.url("projects"), database.url("views"), "2026-01-28", str(dies_after))
        command = (sys.executable, "-m", "tests.support.timekeeper", *places)
        return await (await create_subprocess_exec(*command, cwd=ROOT, stderr=DEVNULL)).wait()

    deaths = [drawn.randint(1, 5) for _ in range(2)]
    ended = await asyncio.gather(*map(keeper, deaths))
    assert -signal.SIGKILL in ended
    assert set(ended) <= {-signal.SIGKILL, 0}, "or the other had claimed all that was left"
    assert await keeper(1_000) == 0
    passed = await told(desk, DeadlinePassed)
    assert len(passed) == len({recorded.stream for recorded in passed}) == 12


async def tried(desk: Desk) -> int:
    """How many dates are marked as tried."""
    table = PROJECTS.table("dates")
    async with desk.parts.views.connect() as connection:
        query = select(func.count()).select_from(table).where(table.c.tried_on.is_not(None))
        return int((await connection.execute(query)).scalar_one())


async def test_a_database_that_is_away_is_tried_again(desk: Desk) -> None:
    """Whatever the error is called: the loop says it and goes on."""
    await desk.house.does(*SUBMITTED)
    at(desk, date(2026, 1, 28))
    await shown(desk)
    name = PROJECTS.table("dates").name

    async def renamed(before: str, after: str) -> None:
        async with begin(desk.parts.views) as connection:
            await connection.execute(text(f"ALTER TABLE {before} RENAME TO {after}"))

    await renamed(name, "away")
    with capture_logs() as said:
        async with timed(desk.parts, look_seconds=0.01):
            await eventually(lambda: "timers.failed" in {line["event"] for line in said}, "it has tried")
            await renamed("away", name)
            await eventually(lambda: _passed(desk), "the loop has seen to it")


async def _passed(desk: Desk) -> bool:
    return len(await told(desk, DeadlinePassed)) == 1


async def test_one_that_fails_holds_no_other(desk: Desk) -> None:
    """A date that this code cannot see to is said and left; those after it are done."""
    streams = await projects(desk, 3, REVISE, SUBMIT)
    at(desk, date(2026, 1, 28))
    await shown(desk)
    table = PROJECTS.table("dates")
    async with begin(desk.parts.views) as connection:
        broken = update(table).where(table.c.project == str(streams[0])).values(act="unheard of")
        await connection.execute(broken)
    with capture_logs() as said:
        assert await see_to_due(desk.parts) == 3
    assert [line["event"] for line in said if line["log_level"] == "error"] == ["timer.failed"]
    assert {recorded.stream for recorded in await told(desk, DeadlinePassed)} == set(streams[1:])
