"""Laws of the project, whatever is commanded in whatever order."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import reduce
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from services.projects.domain.project import PROJECT, Command, Event
from services.projects.domain.project.approval import (
    AddSigner,
    ChangeDecision,
    GiveOpinion,
    OpenContent,
    RejectProject,
    TransferStep,
    UrgeDecider,
    WithdrawOpinion,
)
from services.projects.domain.project.change import RejectChange, RequestChange
from services.projects.domain.project.change_deadlines import PassChangeDeadline, RaiseChange, RecountChange
from services.projects.domain.project.change_waiting import (
    AddChangeSigner,
    TransferChangeStep,
    UrgeChangeDecider,
    WithdrawChangeOpinion,
)
from services.projects.domain.project.content import FIELDS, Alteration, Partner, Proposal, Seat
from services.projects.domain.project.dispute import DisputeFinding
from services.projects.domain.project.figures import ReportReading
from services.projects.domain.project.partnership import InvitePartner, JoinProject, LeaveProject
from services.projects.domain.project.pause import ResumeProject, SuspendProject
from services.projects.domain.project.proposal import ReviseProposal
from services.projects.domain.project.rectification import CloseFinding, ReportRectification
from services.projects.domain.project.route import Onward, Share, Step, Wanted
from services.projects.domain.project.succession import MoveLead
from services.projects.domain.project.supervision import HoldInspection, RecordFinding
from services.projects.domain.project.support import (
    DecideSupport,
    RequestSupport,
    TurnFindingIntoSupport,
)
from services.projects.domain.project.tasks import AddTask, AssignTask, ClaimTask, CompleteTask, OfferTask
from services.projects.domain.project.work import HoldActivity, RaiseProblem, ReachMilestone
from services.projects.domain.quorum import Numbers
from shared.codec import Schema, canonical
from shared.domain import By, Paper, PersonId, Refusal, Scan, UnitId
from shared.envelope import Envelope
from tests.projects.a_project import (
    ACCOUNTANT,
    BRANCH,
    CLERK,
    COMMITTEE_SEAT,
    COMPANY,
    CONTENT,
    DEPUTY,
    FINANCE_AGREES,
    FINANCE_SEAT,
    FITTER,
    GROUP,
    INSPECTOR,
    MARCH,
    MAY,
    MEET,
    PRECHECK,
    PRECHECK_SEAT,
    PRECHECKER,
    QUALITY,
    QUALITY_AGREES,
    QUALITY_SEAT,
    ROUTE,
    SECRETARY,
    SUBMIT,
    UNANIMOUS,
    WELDER,
    Project,
    a_draft,
    approved,
    before_the_meeting,
    by,
    closed,
    countersigning,
    finished,
    in_closing,
    nothing,
    submitted,
)
from tests.support.arbitrary import texts, values

PEOPLE: tuple[str, ...] = (
    "secretary",
    "fitter",
    "welder",
    "prechecker",
    "quality",
    "accountant",
    "chair",
    "second",
    "third",
)
CFO = by("cfo", "finance")
ACTORS = (SECRETARY, DEPUTY, FITTER, WELDER, PRECHECKER, QUALITY, ACCOUNTANT, CFO, CLERK, INSPECTOR)
CHIEF = by("chief", "leader_in_charge")


def mostly(*likely: Any) -> st.SearchStrategy[Any]:
    """Texts that name something of the project more often than not."""
    return st.sampled_from(likely) | st.sampled_from(likely) | texts


TYPED = Paper(
    MARCH, PersonId("typist"), MARCH, Scan("5c" * 32, "记录.pdf", 4, "application/pdf"), "", MAY, MAY
)
CALLED = Paper(MARCH, PersonId("typist"), MARCH, call="来电", confirm_by=MAY)
POOLS: dict[Any, st.SearchStrategy[Any]] = {
    PersonId: st.sampled_from(PEOPLE),
    UnitId: st.sampled_from((COMPANY, BRANCH, GROUP)),
    By: st.sampled_from(ACTORS)
    | st.builds(replace, st.sampled_from(ACTORS), paper=st.sampled_from((TYPED, CALLED)))
    | st.builds(By, st.sampled_from(PEOPLE), texts, st.just(BRANCH)),
    str: texts,
    int: st.integers(-1, 9),
    date: st.dates(date(2026, 1, 1), date(2026, 12, 31)) | st.dates(),
    Decimal: st.decimals(-10, 110, places=2) | st.sampled_from((Decimal("3.4"), Decimal("6.8"))),
    "step": st.sampled_from((0, 1, 2)),
    "task": mostly("T1", "T2", "T3", "T4", "T5"),
    "milestone": mostly("M1", "M2"),
    "indicator": mostly("rework", "paint"),
    "period": mostly("2026-08", "2026-09"),
    "inspection": mostly("I1"),
    "finding": mostly("W01", "W02", "W03", "W04", "W05"),
    "problem": mostly("P1"),
    "origin": mostly("origin"),
    "instead_of": mostly("partner"),
    "entry": mostly("1", "2"),
    "support": mostly("S1", "S2", "S3"),
    "change": mostly("C1"),
    "code": mostly("", "T1", "M1", "rework", "W01"),
    "content_hash": mostly("h1"),
    "field": st.sampled_from(sorted(FIELDS)),
    "route": st.just(ROUTE),
}
POOLS[Seat] = st.sampled_from((PRECHECK_SEAT, QUALITY_SEAT, FINANCE_SEAT, COMMITTEE_SEAT))
POOLS[Partner] = st.sampled_from((Partner("联合党支部", UnitId("partner"), weak=True), Partner("研究院")))
POOLS[Numbers] = st.just(UNANIMOUS) | values(Numbers, POOLS)
POOLS[Proposal] = st.just(CONTENT) | values(Proposal, POOLS)

busy = approved.after(
    *(AddTask(SECRETARY, f"T{n}", "任务", "标准", MAY, Decimal(10)) for n in range(1, 6)),
    AssignTask(SECRETARY, "T1", FITTER.person),
    AssignTask(SECRETARY, "T2", FITTER.person),
    CompleteTask(FITTER, "T2", on=MARCH, today=MARCH),
    OfferTask(SECRETARY, "T3", "90分钟", "50分钟", (BRANCH,), window_ends=MARCH, today=MARCH),
    ClaimTask(FITTER, "T3", today=MARCH),
    OfferTask(SECRETARY, "T4", "90分钟", "50分钟", (BRANCH,), window_ends=MARCH, today=MARCH),
    HoldInspection(INSPECTOR, "I1", MARCH, "例行", today=MARCH),
    *(
        RecordFinding(INSPECTOR, f"W0{n}", "I1", "缺签认", "ordinary", MAY, BRANCH, MARCH)
        for n in (1, 2, 3, 4, 5)
    ),
    ReportRectification(SECRETARY, "W02", "已签认", MARCH, today=MARCH),
    ReportRectification(SECRETARY, "W03", "已签认", MARCH, today=MARCH),
    CloseFinding(INSPECTOR, "W03", today=MAY),
    ReportReading(SECRETARY, "rework", "2026-08", Decimal("3.4"), MARCH, today=MARCH),
    RaiseProblem(FITTER, "P1", "到货晚"),
    RequestSupport(SECRETARY, "S1", "送风机", FINANCE_SEAT, today=MARCH, due=MAY),
    DecideSupport(CFO, "S1", True, "列入大修", today=MARCH),
    DisputeFinding(SECRETARY, "W05", "签认在背面", today=MARCH, due=MAY, of=Seat("inspector", GROUP)),
    TurnFindingIntoSupport(INSPECTOR, "W04", "S2", "送风机", FINANCE_SEAT, today=MARCH, due=MAY),
    RequestChange(SECRETARY, "C1", "减少节点", Alteration(plan=CONTENT.plan[:1])),
    ReachMilestone(replace(SECRETARY, paper=TYPED), "M1", MARCH, today=MARCH),
    HoldActivity(replace(FITTER, paper=CALLED), MARCH, "主题党日", "首班清洁", "rework", today=MARCH),
)
WEAK = Partner("联合党支部", UnitId("partner"), weak=True)
ASKED = Seat("branch_secretary", UnitId("partner"))
together = a_draft.after(
    ReviseProposal(SECRETARY, replace(CONTENT, partners=(WEAK, Partner("研究院")))),
    SUBMIT,
    PRECHECK,
    QUALITY_AGREES,
    FINANCE_AGREES,
    MEET,
    JoinProject(by("wind", "branch_secretary", UnitId("partner")), "partner", today=MARCH),
    LeaveProject(SECRETARY, "partner", "划转", today=MARCH, answer_by=MAY),
    InvitePartner(SECRETARY, WEAK, "备件库", ASKED, today=MARCH, instead_of="partner"),
)
suspended = busy.after(
    AddTask(SECRETARY, "T6", "任务", "标准", date.max, Decimal(10)),
    SuspendProject(PRECHECKER, "检修", today=MARCH),
)

NO, FIRST_DAY = "关键指标仍偏低", date(2026, 5, 14)
on_its_way = approved.after(
    RequestChange(
        SECRETARY,
        "C1",
        "减少节点",
        Alteration(plan=CONTENT.plan[:1]),
        route=(Step("会签", "share", (PRECHECK_SEAT, QUALITY_SEAT, FINANCE_SEAT), 3, share=Share(2, 3)),),
        onward=Onward(MAY, on=MARCH),
    ),
    UrgeChangeDecider(SECRETARY, "C1", 0, MARCH),
    AddChangeSigner(QUALITY, "C1", 0, Seat("inspector", COMPANY), "after", QUALITY_SEAT, can_sign=True),
    RejectChange(QUALITY, "C1", NO, seat=QUALITY_SEAT),
    WithdrawChangeOpinion(QUALITY, "C1", 0, "误解", QUALITY_SEAT),
    RejectChange(ACCOUNTANT, "C1", NO, seat=FINANCE_SEAT),
    TransferChangeStep(QUALITY, "C1", 0, WELDER.person, QUALITY_SEAT, (WELDER.person,)),
    RecountChange(None, "C1", 0, MAY, FIRST_DAY),
)
late = on_its_way.after(PassChangeDeadline(None, "C1", 0, FIRST_DAY, date(2026, 5, 15)))
ABOVE = (Seat("headquarters", GROUP), FINANCE_SEAT)
gone_up = late.after(
    RaiseChange(None, "C1", 0, FIRST_DAY, date(2026, 5, 16), ABOVE, date(2026, 5, 21), stays=ABOVE[1:])
)
interrupted = late.after(SuspendProject(PRECHECKER, "检修", today=MARCH))

asked_more = countersigning.after(
    AddSigner(QUALITY, 1, PRECHECK_SEAT, "before", QUALITY_SEAT, can_sign=True),
    TransferStep(ACCOUNTANT, 1, WELDER.person, FINANCE_SEAT, (WELDER.person,)),
    OpenContent(QUALITY, 1, "h1", QUALITY_SEAT),
    UrgeDecider(SECRETARY, 1, MARCH),
)
conditional = GiveOpinion(
    PRECHECKER, 1, "agree_with_changes", "h1", PRECHECK_SEAT, (Wanted("补充", "problem"),)
)
disputed = asked_more.after(conditional, GiveOpinion(QUALITY, 1, "disagree", "h1", QUALITY_SEAT))
refused = disputed.after(RejectProject(QUALITY, 1, "重复", QUALITY_SEAT))
let_go_on = refused.after(ChangeDecision(CHIEF, 1, "成立", "核对", "h1", higher=True))
taken_back = asked_more.after(conditional, WithdrawOpinion(PRECHECKER, 1, "误解", PRECHECK_SEAT))

commands: st.SearchStrategy[Command] = values(Command, POOLS)
events: st.SearchStrategy[Event] = values(Event, POOLS)
pasts = st.sampled_from(
    (
        nothing,
        a_draft,
        submitted,
        countersigning,
        before_the_meeting,
        asked_more,
        disputed,
        refused,
        let_go_on,
        taken_back,
        busy,
        busy,
        together,
        suspended,
        on_its_way,
        late,
        gone_up,
        interrupted,
        finished,
        in_closing,
        closed,
    )
)
SCHEMA = Schema(PROJECT.events)
LAW = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)


def stored_and_read(event: Event) -> Event:
    """The event as it comes back from the ledger."""
    envelope = Envelope(
        aggregate="project",
        name=type(event).__name__,
        schema=1,
        data=msgspec.Raw(canonical(event)),
        recorded_at="2026-03-02T00:00:00.000000Z",
        happened_at="2026-03-02T00:00:00.000000Z",
        after={},
        correlation="c",
        causation="c",
    )
    read: Event | None = SCHEMA.read(envelope)
    assert read is not None
    return read


@LAW
@given(past=pasts, walk=st.lists(commands, min_size=1, max_size=12))
@example(past=suspended, walk=[ResumeProject(SECRETARY, today=MAY)])  # with a task due on the last of days
@example(past=interrupted, walk=[ResumeProject(PRECHECKER, today=MAY)])
@example(past=a_draft, walk=[MoveLead(None, None, COMPANY)])
def test_only_refusals_escape_and_what_happens_can_be_stored_and_folded(
    past: Project, walk: list[Command]
) -> None:
    state = past.state
    for command in walk:
        try:
            decided = PROJECT.decide(command, state)
        except Refusal:
            continue
        stays = isinstance(command, MoveLead)  # the system asks; a project without an heir stays where it is
        assert decided or stays, "an accepted command says what happened"
        assert [stored_and_read(event) for event in decided] == list(decided)
        state = reduce(PROJECT.evolve, decided, state)


@LAW
@given(past=pasts, history=st.lists(events, max_size=8), command=commands)
def test_any_history_can_be_folded_and_leaves_only_refusals(
    past: Project, history: list[Event], command: Command
) -> None:
    state = reduce(PROJECT.evolve, history, past.state)
    try:
        PROJECT.decide(command, state)
    except Refusal:
        return


@LAW
@given(event=events)
def test_every_event_survives_its_codec(event: Event) -> None:
    assert stored_and_read(event) == event


@LAW
@given(past=pasts, command=commands)
def test_a_command_can_be_stored_and_decided_again(past: Project, command: Command) -> None:
    again = msgspec.json.decode(canonical(command), type=type(command))
    assert again == command
    assert _decided(again, past) == _decided(command, past)


def _decided(command: Command, past: Project) -> tuple[Event, ...] | tuple[str, dict[str, Any]]:
    try:
        return tuple(PROJECT.decide(command, past.state))
    except Refusal as refusal:
        return refusal.code(), refusal.facts


@pytest.mark.parametrize("past", [closed, let_go_on, taken_back])
def test_a_whole_life_read_back_from_the_ledger_is_the_same_state(past: Project) -> None:
    read = [stored_and_read(event) for event in past.past]
    assert reduce(PROJECT.evolve, read, PROJECT.initial) == past.state


def test_every_command_is_recorded_with_who_acts() -> None:
    for command in get_args(Command):
        assert next(iter(command.__dataclass_fields__)) == "by", command.__name__
