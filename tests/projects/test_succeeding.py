"""R70 in the ledgers: projects of a unit that ends go on with its successor, and its ledger is closed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from msgspec import structs
from structlog.testing import capture_logs

from services.projects.domain.handover import HANDOVER, HandoverLapsed, OpenHandover, Parties
from services.projects.domain.ledger import LEDGER, CloseLedger, LedgerClosed
from services.projects.domain.meeting import MEETING
from services.projects.domain.meeting.acts import ConveneMeeting, MeetingLapsed
from services.projects.domain.meeting.votes import Item
from services.projects.domain.project import PROJECT
from services.projects.domain.project.deadlines import DeadlinePassed
from services.projects.domain.project.succession import (
    LeadMoved,
    LedgerLeft,
    MoveLead,
    ReceiveLead,
    Successor,
)
from services.projects.domain.project.termination import ProjectTerminated, TerminateProject
from services.projects.domain.ratification import (
    RATIFICATION,
    Act,
    AskToRatify,
    RatificationLapsed,
    RatifyActs,
    Whose,
)
from services.projects.domain.unit import ending, tree
from services.projects.handing_over import FOLLOWS
from shared import roster
from shared.decision import LedgerIsClosed, Read
from shared.domain import By, OfficeId, PersonId, UnitId
from shared.envelope import Recorded
from shared.folding import folded
from shared.merkle import leaf_hash
from tests.projects import a_project as p
from tests.projects.a_desk import APPROVAL, Desk
from tests.projects.a_group import (
    LABORATORY,
    OTHER_BRANCH,
    OTHER_COMPANY,
    PARTNER,
    WORKSHOP,
    appointed,
    registered,
)
from tests.projects.a_group import unit as established
from tests.projects.due import DUE, SUBMITTED, all_day, at, shown, told
from tests.support.living import THE_PROJECT
from tests.support.recorded import recorded

ANOTHER, THIRD = UUID(int=13), UUID(int=14)
DAY = date(2026, 1, 1)
HERE, THERE = str(p.COMPANY), str(OTHER_COMPANY)
LEFT_BEHIND = (WORKSHOP, PARTNER)  # lead nothing
TO_LEAD = UnitId("5a0c1f0e-0000-4000-8000-000000000002")  # as it is named over HTTP
ABOVE = (
    registered("above", OTHER_BRANCH),
    appointed("above", "party_department", p.GROUP),
    established(TO_LEAD, OTHER_COMPANY),
)


def tell(desk: Desk, event: Any) -> Recorded:
    """What the organisation hears, as the group's ledger would hold it."""
    known = desk.parts.organisation
    line = recorded(known.position + 1, event)
    known.apply(line)
    return line


def dissolved(desk: Desk, of: UnitId, successor: UnitId | None) -> Recorded:
    """Its day has come."""
    tell(desk, roster.UnitDissolved(of, DAY, successor))
    return ceased(desk, of)


def ceased(desk: Desk, of: UnitId) -> Recorded:
    return structs.replace(tell(desk, roster.UnitCeased(of)), event=ending.UnitCeased(of, DAY))


async def follow(desk: Desk, *begins: Recorded, times: int = 1) -> None:
    """All that follows from these events, and from what follows, each told so many times."""
    for ledger, head in (await desk.house.ledgers.heads()).items():
        assert await desk.parts.runner_projects.wait_for("projects", ledger, head.position, 30)
    waiting, told = list(begins), set[str]()
    while waiting:
        for line in waiting:
            for _ in range(times):
                await FOLLOWS[type(line.event)](desk.parts, line)
        told.update(f"{line.recorded_at}{line.id}" for line in waiting)
        lines = [r for name in await desk.house.ledgers.heads() for r in await all_of(desk, name)]
        waiting = [
            r
            for r in lines
            if isinstance(r.event, LedgerLeft | LeadMoved | ProjectTerminated)
            and f"{r.recorded_at}{r.id}" not in told
        ]


async def all_of(desk: Desk, ledger: str) -> list[Recorded]:
    return await desk.house.ledgers.read_ledger(ledger, 0, 1000)


async def path(desk: Desk, project: UUID) -> list[str]:
    """The ledgers in which a project was recorded, in order."""
    return list(dict.fromkeys(r.ledger for r in await desk.house.ledgers.read_stream(project)))


async def ends(desk: Desk, ledger: str = HERE) -> Any:
    """The last event of a ledger."""
    return (await all_of(desk, ledger))[-1].event


async def without_what_leads_nothing(desk: Desk) -> None:
    for gone in LEFT_BEHIND:
        await follow(desk, dissolved(desk, gone, OTHER_BRANCH))


@pytest.mark.parametrize("times", [1, 2], ids=["told once", "told twice"])
async def test_a_merged_companys_projects_go_on_in_the_successors_ledger_and_its_own_is_closed(
    desk: Desk, times: int
) -> None:
    """Running ones are led by the successor; what has ended only lies there."""
    await desk.house.does(*APPROVAL)
    await desk.house.does(*APPROVAL[:4], stream=ANOTHER)
    await desk.house.does(*APPROVAL, TerminateProject(p.PRECHECKER, "停产", p.MAY), stream=THIRD)
    await without_what_leads_nothing(desk)
    branch = dissolved(desk, p.BRANCH, OTHER_BRANCH)
    await follow(desk, branch, times=times)
    assert [await path(desk, project) for project in (THE_PROJECT, ANOTHER, THIRD)] == [
        [HERE, THERE],
        [HERE, THERE],
        [HERE],
    ]
    company = dissolved(desk, p.COMPANY, OTHER_COMPANY)
    await follow(desk, company, times=times)
    assert await path(desk, THIRD) == [HERE, THERE]
    assert await ends(desk) == LedgerClosed(p.COMPANY, (THERE,))
    assert [type(r.event) for r in await all_of(desk, HERE)].count(LedgerLeft) == 3
    assert [type(r.event) for r in await all_of(desk, THERE)].count(LeadMoved) == 3
    running, ended = [await folded(desk.parts.ledgers, PROJECT, one) for one in (ANOTHER, THIRD)]
    assert (running.unit, running.company) == (OTHER_BRANCH, OTHER_COMPANY)
    assert (ended.unit, ended.company, ended.ledger) == (p.BRANCH, p.COMPANY, THERE)


async def test_the_first_event_there_names_the_last_one_here_and_the_view_reads_on(desk: Desk) -> None:
    await desk.house.does(*APPROVAL)
    await follow(desk, dissolved(desk, p.BRANCH, OTHER_BRANCH))
    left = (await all_of(desk, HERE))[-1]
    (moved,) = await all_of(desk, THERE)
    assert isinstance(moved.event, LeadMoved)
    leaf = leaf_hash(left.stream, left.version, left.body).hex()
    assert (moved.event.ledger, moved.event.position, moved.event.leaf) == (HERE, left.position, leaf)
    assert moved.envelope.after[f"projects/{HERE}"] == left.position
    shown = (await desk.read("headquarters"))["project"]
    assert (shown["unit"], shown["company"], shown["version"]) == (OTHER_BRANCH, OTHER_COMPANY, moved.version)
    await desk.parts.runner_projects.rebuild()
    assert (await desk.read("headquarters"))["project"] == shown
    told = await desk.read("headquarters", f"/api/projects/projects/{THE_PROJECT}/history")
    assert "由其他单位接续牵头" in str(told)


async def test_a_late_act_is_decided_in_the_successors_ledger(desk: Desk) -> None:
    await desk.house.does(*APPROVAL)
    await follow(desk, dissolved(desk, p.BRANCH, OTHER_BRANCH))
    late = await desk.house.does(TerminateProject(p.PRECHECKER, "停产", p.MAY), ledger=HERE)
    assert late.ledger == THERE


async def test_to_the_closed_ledger_nothing_is_added(desk: Desk) -> None:
    await desk.house.does(p.DRAFT)
    await without_what_leads_nothing(desk)
    await follow(desk, dissolved(desk, p.BRANCH, OTHER_BRANCH))
    await follow(desk, dissolved(desk, p.COMPANY, OTHER_COMPANY))
    with pytest.raises(LedgerIsClosed):
        await desk.house.does(p.DRAFT, stream=ANOTHER)
    assert isinstance(await ends(desk), LedgerClosed)


async def test_what_nobody_can_end_in_a_closed_ledger_ends_before_it_is_closed(desk: Desk) -> None:
    """Handovers, lists to ratify and meetings; what is done stays as it is, and no date is left."""
    due = date(2026, 2, 10)
    parties = Parties("branch_secretary", p.BRANCH, p.COMPANY, PersonId("one"), PersonId("other"))
    opened = OpenHandover(None, parties, OfficeId("T"), (), "h", p.JANUARY, due)
    whose = Whose("party_secretary", p.COMPANY, p.COMPANY, PersonId("other"))
    act = Act("e", "P", "题", "TaskAccepted", PersonId("one"), p.JANUARY, decides=True)
    ask = AskToRatify(None, whose, p.JANUARY, p.JANUARY, due, (act,))
    ratified = RatifyActs(By(PersonId("other"), "party_secretary", p.COMPANY), (), p.JANUARY)
    base = (PersonId("one"), PersonId("other"), PersonId("third"))
    convene = ConveneMeeting(
        p.by("clerk", "party_department", p.COMPANY), str(THIRD), p.COMPANY, "party_committee", due, "室",
        base[0], base[1], (Item(1, "m", "题", "h"),), base, (),
    )  # fmt: skip
    await desk.house.does(opened, decider=HANDOVER, stream=ANOTHER)
    await desk.house.does(ask, decider=RATIFICATION, stream=UUID(int=15))
    await desk.house.does(ask, ratified, decider=RATIFICATION, stream=UUID(int=16))
    await desk.house.does(convene, decider=MEETING, stream=THIRD)
    await without_what_leads_nothing(desk)
    await follow(desk, dissolved(desk, p.BRANCH, OTHER_BRANCH))
    assert isinstance(await ends(desk), HandoverLapsed), "as soon as its unit has ended"
    await follow(desk, dissolved(desk, p.COMPANY, OTHER_COMPANY), times=2)
    assert [r.event for r in await all_of(desk, HERE)][-3:] == [
        RatificationLapsed(whose, ("e",)),
        MeetingLapsed(str(THIRD), held=False),
        LedgerClosed(p.COMPANY, (THERE,)),
    ]
    at(desk, date(2027, 1, 1))
    assert await all_day(desk) == 0


async def test_a_date_in_a_closed_ledger_is_tried_once_and_rests(desk: Desk) -> None:
    """Of a ledger that was closed before there was an act that ends it."""
    parties = Parties("branch_secretary", p.BRANCH, p.COMPANY, PersonId("one"), PersonId("other"))
    opened = OpenHandover(None, parties, OfficeId("T"), (), "h", p.JANUARY, date(2026, 2, 10))
    await desk.house.does(opened, decider=HANDOVER, stream=ANOTHER)
    await desk.house.does(CloseLedger(None, p.COMPANY, (THERE,)), decider=LEDGER, stream=THIRD)
    at(desk, date(2026, 3, 2))
    with capture_logs() as said:
        assert await all_day(desk) == 1
        for number in range(1, 4):
            at(desk, date(2026, 3, 2 + number))
            assert await all_day(desk) == 0
    assert [line["rule"] for line in said if line["event"] == "timer.refused"] == ["LedgerIsClosed"]


async def test_one_that_was_drafted_meanwhile_follows_before_the_ledger_is_closed(desk: Desk) -> None:
    await without_what_leads_nothing(desk)
    branch = dissolved(desk, p.BRANCH, OTHER_BRANCH)
    await follow(desk, branch)
    await desk.house.does(p.DRAFT)  # decided before the branch was dissolved, and recorded after
    company = dissolved(desk, p.COMPANY, OTHER_COMPANY)
    await follow(desk, company)
    assert await path(desk, THE_PROJECT) == [HERE, THERE]
    assert await ends(desk) == LedgerClosed(p.COMPANY, (THERE,))


async def test_one_that_was_drafted_for_a_branch_that_has_moved_follows_it(desk: Desk) -> None:
    tell(desk, roster.UnitMoved(p.BRANCH, OTHER_COMPANY))
    await desk.house.does(p.DRAFT)
    (drafted,) = await all_of(desk, HERE)
    await follow(desk, drafted)
    assert await path(desk, THE_PROJECT) == [HERE, THERE]


async def test_until_its_day_a_dissolved_unit_leads_on_and_its_ledger_goes_on(desk: Desk) -> None:
    """Also what is drafted meanwhile stays; then all of it passes on."""
    await without_what_leads_nothing(desk)
    await desk.house.does(*APPROVAL)
    for gone, successor in ((p.BRANCH, OTHER_BRANCH), (p.COMPANY, OTHER_COMPANY)):
        tell(desk, roster.UnitDissolved(gone, DAY, successor))
    await desk.house.does(p.DRAFT, stream=ANOTHER)
    await follow(desk, (await all_of(desk, HERE))[-1])
    assert desk.parts.organisation.ledger(p.BRANCH) == HERE
    assert await path(desk, THE_PROJECT) == await path(desk, ANOTHER) == [HERE]
    await follow(desk, ceased(desk, p.COMPANY))
    assert await path(desk, THE_PROJECT) == [HERE]
    assert not isinstance(await ends(desk), LedgerClosed)
    await follow(desk, ceased(desk, p.BRANCH))
    assert await path(desk, THE_PROJECT) == await path(desk, ANOTHER) == [HERE, THERE]
    assert await ends(desk) == LedgerClosed(p.COMPANY, (THERE,))


async def test_a_branch_that_ends_after_its_company_and_leads_nothing_any_more_lets_its_ledger_be_closed(
    desk: Desk,
) -> None:
    await without_what_leads_nothing(desk)
    await desk.house.does(*APPROVAL, TerminateProject(p.PRECHECKER, "停产", p.MAY))
    for gone, successor in ((p.BRANCH, None), (p.COMPANY, OTHER_COMPANY)):
        tell(desk, roster.UnitDissolved(gone, DAY, successor))
    await follow(desk, ceased(desk, p.COMPANY))
    await follow(desk, ceased(desk, p.BRANCH))
    assert await ends(desk) == LedgerClosed(p.COMPANY, (THERE,))


async def test_a_branch_that_moves_to_another_company_takes_its_projects_along(desk: Desk) -> None:
    await desk.house.does(*APPROVAL[:4])
    line = tell(desk, roster.UnitMoved(p.BRANCH, OTHER_COMPANY))
    await follow(desk, structs.replace(line, event=tree.UnitMoved(p.BRANCH, OTHER_COMPANY, "9号")))
    assert await path(desk, THE_PROJECT) == [HERE, THERE]
    state = await folded(desk.parts.ledgers, PROJECT, THE_PROJECT)
    assert (state.unit, state.company) == (p.BRANCH, OTHER_COMPANY)
    assert {seat.unit for seat in state.approval.asked_now} == {OTHER_COMPANY}
    assert not isinstance(await ends(desk), LedgerClosed)  # the company goes on


async def test_within_a_company_a_project_stays_in_its_ledger(desk: Desk) -> None:
    await desk.house.does(*APPROVAL)
    await follow(desk, dissolved(desk, p.BRANCH, PARTNER), times=2)
    assert await path(desk, THE_PROJECT) == [HERE]
    assert (await folded(desk.parts.ledgers, PROJECT, THE_PROJECT)).unit == PARTNER


async def test_a_successor_that_ends_in_turn_passes_on_what_was_under_way(desk: Desk) -> None:
    """Left for a branch that is dissolved before the project has arrived."""
    await desk.house.does(*APPROVAL)
    first = dissolved(desk, p.BRANCH, OTHER_BRANCH)
    await desk.read("headquarters")
    await FOLLOWS[ending.UnitCeased](desk.parts, first)
    second = dissolved(desk, OTHER_BRANCH, LABORATORY)
    await follow(desk, second, (await all_of(desk, HERE))[-1])
    assert (await folded(desk.parts.ledgers, PROJECT, THE_PROJECT)).unit == LABORATORY
    assert await path(desk, THE_PROJECT) == [HERE, THERE]


async def leaves(desk: Desk) -> Recorded:
    """The project is on its way to the other branch."""
    await desk.house.does(*SUBMITTED)
    gone = dissolved(desk, p.BRANCH, OTHER_BRANCH)
    await shown(desk)
    await FOLLOWS[ending.UnitCeased](desk.parts, gone)
    (left,) = [r for r in await all_of(desk, HERE) if isinstance(r.event, LedgerLeft)]
    return left


async def test_whoever_comes_to_a_project_on_its_way_lets_it_arrive_first(desk: Desk) -> None:
    """Else its arrival, told later in the same batch, would wait for what waits for it."""
    left = await leaves(desk)
    moved = tell(desk, roster.UnitMoved(p.BRANCH, p.GROUP))
    await FOLLOWS[tree.UnitMoved](
        desk.parts, structs.replace(moved, event=tree.UnitMoved(p.BRANCH, p.GROUP, "9号"))
    )
    assert await path(desk, THE_PROJECT) == [HERE, THERE]
    await follow(desk, left)
    assert [type(r.event) for r in await all_of(desk, THERE)] == [LeadMoved]


async def test_one_that_cannot_arrive_holds_no_other_whose_day_has_come(desk: Desk) -> None:
    """And its own dates are seen to once it has arrived."""
    other = Successor(OTHER_BRANCH, OTHER_COMPANY, "branch_with_committee", "nobody")
    await desk.house.does(CloseLedger(None, OTHER_COMPANY, ()), decider=LEDGER, stream=THIRD, ledger="nobody")
    await desk.house.does(*SUBMITTED, MoveLead(None, other, HERE))
    await desk.house.does(replace(p.DRAFT, reference="2026-A-0002"), *SUBMITTED[1:], stream=ANOTHER)
    at(desk, DUE + timedelta(1))
    assert [await all_day(desk), await all_day(desk)] == [2, 0]
    assert [r.stream for r in await told(desk, DeadlinePassed)] == [ANOTHER]
    (left,) = [r for r in await all_of(desk, HERE) if isinstance(r.event, LedgerLeft)]
    arrives = ReceiveLead(None, HERE, left.position, "", THERE, left.event)
    await desk.house.does(arrives, ledger=THERE, arrives=Read({f"projects/{HERE}": left.position}))
    assert await all_day(desk) == 1
    assert [r.stream for r in await told(desk, DeadlinePassed)] == [ANOTHER, THE_PROJECT]


async def test_what_was_on_its_way_to_a_company_that_ended_without_a_successor_goes_on_above_it(
    desk: Desk,
) -> None:
    left = await leaves(desk)
    for gone in (LABORATORY, OTHER_BRANCH, OTHER_COMPANY):
        await FOLLOWS[ending.UnitCeased](desk.parts, dissolved(desk, gone, None))
    assert await ends(desk, THERE) == LedgerClosed(OTHER_COMPANY, ("group",))
    await FOLLOWS[LedgerLeft](desk.parts, left)
    assert await path(desk, THE_PROJECT) == [HERE, "group"]


async def test_without_a_successor_the_unit_above_ends_or_reassigns_and_then_the_ledger_is_closed(
    desk: Desk,
) -> None:
    for event in ABOVE:
        tell(desk, event)
    await desk.house.does(*APPROVAL)
    await desk.house.does(*APPROVAL, stream=ANOTHER)
    await without_what_leads_nothing(desk)
    branch = dissolved(desk, p.BRANCH, None)
    await follow(desk, branch, dissolved(desk, p.COMPANY, None))
    assert await path(desk, THE_PROJECT) == [HERE]
    body: dict[str, Any] = {"unit": TO_LEAD, "reason": "原单位撤销，由该支部接续"}
    seen = await desk.post("party department", "reassign-lead", **body)
    assert seen.status_code in (403, 404)  # of what is dissolved nobody holds an office
    given = await desk.post("above", "reassign-lead", **body)
    assert given.status_code == 200, given.text
    await follow(desk, *[r for r in await all_of(desk, HERE) if isinstance(r.event, LedgerLeft)])
    assert await path(desk, THE_PROJECT) == [HERE, THERE]
    assert not isinstance(await ends(desk), LedgerClosed)
    again = await desk.post("above", "reassign-lead", **body)
    assert again.json()["code"] == "LeadHasAnHeir"
    ended = await desk.post("above", "terminate-project", project=ANOTHER, reason="单位撤销，目标不再成立")
    assert ended.status_code == 200, ended.text
    await follow(desk, *[r for r in await all_of(desk, HERE) if isinstance(r.event, ProjectTerminated)])
    assert await ends(desk) == LedgerClosed(p.COMPANY, ("group", THERE))
    assert await path(desk, ANOTHER) == [HERE, "group"]
    assert replace(await folded(desk.parts.ledgers, PROJECT, ANOTHER), ledger="").unit == p.BRANCH
