"""What is due is done once, in the order of its days, and time never approves."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from services.projects.domain.handover import (
    HANDOVER,
    HandoverOverdue,
    OpenHandover,
    Parties,
    Role,
    SignHandover,
)
from services.projects.domain.project.approval import StepReferredUp
from services.projects.domain.project.asking import ReadingDue
from services.projects.domain.project.change_route import ChangeDeadlinePassed, ChangeReferredUp
from services.projects.domain.project.content import Seat
from services.projects.domain.project.deadlines import DeadlinePassed, FilingEnded, SuspensionOverran
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
from services.projects.domain.unit import UNIT
from services.projects.domain.unit.ending import DissolveUnit, UnitCeased, WithdrawDissolution
from services.projects.domain.unit.tree import EstablishUnit
from shared.domain import By, OfficeId, PersonId, UnitId
from shared.roster import OfficeEnded
from tests.projects.a_desk import APPROVAL, Desk
from tests.projects.a_group import organisation
from tests.projects.a_project import (
    BRANCH,
    COMPANY,
    DRAFT,
    GROUP,
    JANUARY,
    MARCH,
    PRECHECK_SEAT,
    PRECHECKER,
    REVISE,
    SECRETARY,
    SUBMIT,
)
from tests.projects.due import DUE, SUBMITTED, all_day, at, projects, told
from tests.projects.test_change_route import DEPARTMENT, LEADER, request

SITTING = UUID(int=300)
BY = By(PersonId("keeper"), "headquarters", GROUP)
PARTIES = Parties("branch_secretary", BRANCH, COMPANY, PersonId("one"), PersonId("other"))


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


async def test_a_dissolution_takes_effect_when_the_last_day_is_over(desk: Desk) -> None:
    """R70: once; one that was recorded for a day that had come does so at once."""
    gone = UnitId(str(SITTING))
    establish = EstablishUnit(
        BY, gone, "B9", "九支部", GROUP, "production", "党支部", (), False, False, 5, None, True
    )
    dissolve = DissolveUnit(BY, gone, DUE + timedelta(1), None, "9号", 0, today=JANUARY)
    await desk.house.does(establish, dissolve, decider=UNIT, stream=SITTING, ledger="group")
    at(desk, DUE)
    assert await all_day(desk) == 0
    at(desk, DUE + timedelta(1))
    assert [await all_day(desk), await all_day(desk)] == [1, 0]
    (ceased,) = await told(desk, UnitCeased)
    assert ceased.event == UnitCeased(gone, DUE + timedelta(1))
    assert ceased.envelope.happened_at == "2026-01-27T16:00:00.000000Z"
    at_once = replace(dissolve, today=DUE + timedelta(1))
    await desk.house.does(establish, at_once, decider=UNIT, stream=UUID(int=301), ledger="group")
    assert await all_day(desk) == 0


async def test_a_dissolution_that_was_withdrawn_takes_no_effect(desk: Desk) -> None:
    """R70."""
    stays = UnitId(str(SITTING))
    establish = EstablishUnit(
        BY, stays, "B9", "九支部", GROUP, "production", "党支部", (), False, False, 5, None, True
    )
    dissolve = DissolveUnit(BY, stays, DUE + timedelta(1), None, "9号", 0, today=JANUARY)
    withdraw = WithdrawDissolution(BY, stays, "方案撤回", "10号", over=False, parent_in_force=True)
    await desk.house.does(establish, dissolve, withdraw, decider=UNIT, stream=SITTING, ledger="group")
    at(desk, DUE + timedelta(60))
    assert await all_day(desk) == 0
    assert not await told(desk, UnitCeased)


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


async def test_an_overdue_change_goes_to_the_office_above_and_is_never_decided_by_time(desk: Desk) -> None:
    """R23, R38: reminded, then up a working day later, by whose calendar it is; a year of days."""
    await desk.house.does(*APPROVAL, request(DEPARTMENT, LEADER))
    at(desk, date(2026, 3, 5))
    await all_day(desk)
    assert await told(desk, ChangeDeadlinePassed) == []
    at(desk, date(2026, 3, 6))
    await all_day(desk)
    (passed,) = await told(desk, ChangeDeadlinePassed)
    due, late = date(2026, 3, 5), (PRECHECK_SEAT,)
    assert passed.event == ChangeDeadlinePassed("C1", 0, due, date(2026, 3, 6), "any", late)
    assert (passed.envelope.by, passed.envelope.happened_at) == (None, "2026-03-05T16:00:00.000000Z")
    assert await told(desk, ChangeReferredUp) == []
    for number in range(0, 360, 5):
        at(desk, date(2026, 3, 7) + timedelta(number))
        await all_day(desk)
    (raised,) = await told(desk, ChangeReferredUp)
    above, on = (Seat("headquarters", GROUP),), date(2026, 3, 7)
    assert raised.event == ChangeReferredUp("C1", 0, above, "overdue", date(2026, 3, 11), on=on)
    assert raised.envelope.by is None
    noted = [recorded.event.due for recorded in await told(desk, ChangeDeadlinePassed)]
    assert noted == [date(2026, 3, 5), date(2026, 3, 11)], "nobody is above headquarters"
    change = (await desk.read("headquarters"))["project"]["changes"]["C1"]
    assert (change["state"], [step["state"] for step in change["steps"]]) == (
        "requested",
        ["open", "waiting"],
    )


async def test_after_a_downtime_of_weeks_who_decides_on_a_change_is_reminded_before_it_goes_up(
    desk: Desk,
) -> None:
    """R38: what is caught up is counted from the day on which it is done, and nothing comes twice."""
    await desk.house.does(*APPROVAL, request(DEPARTMENT, LEADER))
    back = date(2026, 6, 15)
    for day in (back, back, date(2026, 6, 1)):
        at(desk, day)
        await all_day(desk)
    assert [recorded.event.on for recorded in await told(desk, ChangeDeadlinePassed)] == [back]
    assert await told(desk, ChangeReferredUp) == []
    for day in (back + timedelta(1), back + timedelta(1), back + timedelta(2)):
        at(desk, day)
        await all_day(desk)
    (raised,) = await told(desk, ChangeReferredUp)
    assert (raised.event.on, raised.event.due) == (back + timedelta(1), date(2026, 6, 22))
    assert len(await told(desk, ChangeDeadlinePassed)) == 1


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
