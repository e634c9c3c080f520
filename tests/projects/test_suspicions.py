"""What is worth an auditor's question, and beside each case the neighbour that is not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from services.projects.domain.handover import HANDOVER, OpenHandover, Parties, SignHandover
from services.projects.domain.project.approval import ChangeDecision, OpenContent
from services.projects.domain.project.change import ApproveChange, RequestChange
from services.projects.domain.project.closing import ReturnClosure
from services.projects.domain.project.content import Alteration
from services.projects.domain.project.figures import ConfirmFigure, ReportReading
from services.projects.domain.project.paper import PaperEntered
from services.projects.domain.project.route import Wanted
from services.projects.domain.project.tasks import AddTask, ClaimTask, OfferTask
from services.projects.domain.project.work import ReachMilestone
from services.projects.projections.suspicions import SUSPICIONS
from services.projects.schema import DECIDERS
from services.projects.suspicions import place_of
from shared.domain import By, OfficeId, Paper, PersonId, Scan, UnitId
from shared.engines import create_engine, rows_of
from shared.ledger import RESTRICTED
from shared.reading import Runner, running
from tests.projects import a_project as p
from tests.support.engines import Database
from tests.support.living import THE_PROJECT, House, house
from tests.support.waiting import eventually

ANOTHER = UUID(int=13)
SUBMITTED = (p.DRAFT, p.REVISE, p.SUBMIT)
APPROVED = (*SUBMITTED, p.PRECHECK, p.QUALITY_AGREES, p.FINANCE_AGREES, p.MEET)
OPENS = OpenContent(p.PRECHECKER, 0, "h1", p.PRECHECK_SEAT)
SCAN = Scan("5c" * 32, "意见.pdf", 40_000, "application/pdf")
ELSEWHERE = UnitId("another branch")
THEIRS = replace(p.DRAFT, by=replace(p.SECRETARY, unit=ELSEWHERE), unit=ELSEWHERE, reference="2026-A-0013")


@dataclass(frozen=True)
class Audited:
    """Ledgers, and the view of what is suspicious in them."""

    home: House
    views: AsyncEngine
    runner: Runner

    async def found(self) -> list[Any]:
        """All that the view holds once it has heard everything."""
        for ledger, head in (await self.home.ledgers.heads()).items():
            if ledger not in RESTRICTED:
                assert await self.runner.wait_for("projects", ledger, head.position, 30)
        table = SUSPICIONS.table("suspicions")
        order = [table.c[name] for name in ("code", "ledger", "position", "subject")]
        return [dict(row) for row in await rows_of(self.views, select(table).order_by(*order))]

    async def codes(self) -> list[str]:
        return [row["code"] for row in await self.found()]

    def later(self, **by: float) -> None:
        self.home.clock.set(self.home.clock.now() + timedelta(**by))


@asynccontextmanager
async def heard(home: House, views: AsyncEngine) -> AsyncIterator[Audited]:
    async with running(runner := Runner(SUSPICIONS, views, [home.source])):
        await eventually(lambda: runner.live, "the view can be read")
        yield Audited(home, views, runner)


@pytest.fixture
async def audited(database: Database) -> AsyncIterator[Audited]:
    views = create_engine(database.url("views"), durable=False)
    async with house(database, "projects", DECIDERS) as home, heard(home, views) as found:
        yield found
    await views.dispose()


# -- agreed within a minute of opening ----------------------------------------------------------


async def test_who_agrees_a_minute_after_opening_is_asked_about_it(audited: Audited) -> None:
    await audited.home.does(*SUBMITTED, OPENS, p.PRECHECK)
    (found,) = await audited.found()
    assert (found["code"], found["batch"], found["unit"]) == ("agreed_within_a_minute", False, p.BRANCH)
    case = found["case"]
    assert (case["facts"], case["earlier"]["event"]) == ({"seconds": "60"}, "ContentOpened")
    assert case["earlier"]["position"] == case["act"]["position"] - 1
    assert (case["act"]["person"], case["act"]["office"]) == ("prechecker", "party_department")


async def test_who_takes_longer_or_disagrees_is_not(audited: Audited) -> None:
    await audited.home.does(*SUBMITTED, OPENS)
    audited.later(seconds=1)
    await audited.home.does(p.PRECHECK)
    opens = replace(OPENS, by=p.QUALITY, step=1, seat=p.QUALITY_SEAT)
    await audited.home.does(opens, replace(p.QUALITY_AGREES, opinion="disagree"))
    assert await audited.codes() == []


async def test_what_was_agreed_in_a_batch_stands_apart(audited: Audited) -> None:
    """R83."""
    await audited.home.does(*SUBMITTED, OPENS, replace(p.PRECHECK, batch="b1"))
    (found,) = await audited.found()
    assert (found["batch"], found["case"]["batch"]) == (True, "b1")


# -- the clerk is an approver's deputy ----------------------------------------------------------

ON_PAPER = Paper(date(2026, 1, 20), PersonId("clerk"), date(2026, 1, 22), SCAN, confirm_by=date(2026, 2, 5))


def entered(paper: Paper) -> Any:
    return replace(p.PRECHECK, by=replace(p.PRECHECKER, paper=paper))


def for_quality_by(deputy: By) -> By:
    return replace(p.QUALITY, person=deputy.person, on_behalf_of=p.QUALITY.person)


async def test_a_clerk_who_enters_papers_and_signs_for_an_approver_is_asked_about_it(
    audited: Audited,
) -> None:
    for_quality = replace(p.QUALITY_AGREES, by=for_quality_by(p.CLERK))
    await audited.home.does(*SUBMITTED, entered(ON_PAPER), for_quality)
    (found,) = await audited.found()
    assert (found["code"], found["case"]["earlier"]["event"]) == ("clerk_is_deputy", "PaperEntered")
    assert found["case"]["act"]["on_behalf_of"] == "quality"


async def test_a_clerk_who_stands_in_for_one_of_the_approvers_is_asked_about_it(audited: Audited) -> None:
    standing_in = replace(ON_PAPER, stood_in_for=(PersonId("accountant"),))
    await audited.home.does(*SUBMITTED, entered(standing_in), p.FINANCE_AGREES)
    assert await audited.codes() == ["clerk_is_deputy"]


async def test_another_clerk_or_another_deputy_is_not(audited: Audited) -> None:
    standing_in = replace(ON_PAPER, stood_in_for=(PersonId("nobody here"),))
    for_quality = replace(p.QUALITY_AGREES, by=for_quality_by(p.DEPUTY))
    await audited.home.does(*SUBMITTED, entered(standing_in), for_quality, p.FINANCE_AGREES)
    assert await audited.codes() == []


# -- changed by a higher office -----------------------------------------------------------------


async def test_what_a_higher_office_sets_aside_is_shown_beside_what_was_said(audited: Audited) -> None:
    higher = p.by("higher", "leader_in_charge")
    changes = ChangeDecision(higher, 1, "数据已核实", "逐月核对", "h1", higher=True)
    disagrees = replace(p.QUALITY_AGREES, opinion="disagree")
    await audited.home.does(*SUBMITTED, p.PRECHECK, disagrees, changes)
    (found,) = await audited.found()
    assert (found["code"], found["case"]["facts"]) == ("changed_by_higher", {"reason": "数据已核实"})
    assert found["case"]["earlier"]["person"] == "quality"


async def test_a_disagreement_that_stands_is_not(audited: Audited) -> None:
    await audited.home.does(*SUBMITTED, p.PRECHECK, replace(p.QUALITY_AGREES, opinion="disagree"))
    assert await audited.codes() == []


# -- entered late without paper -----------------------------------------------------------------

CALLED = replace(ON_PAPER, scan=None, call="与工区通话")


@pytest.mark.parametrize(
    ("paper", "codes"),
    [
        (CALLED, ["late_without_paper"]),
        (ON_PAPER, []),
        (replace(CALLED, entered_on=CALLED.on), []),
    ],
    ids=["a call on an earlier day", "with its paper", "on the day itself"],
)
async def test_only_a_late_entry_from_a_call_alone_is_asked_about(
    audited: Audited, paper: Paper, codes: list[str]
) -> None:
    """R35, R36."""
    await audited.home.does(*SUBMITTED, entered(paper))
    assert await audited.codes() == codes


async def test_nobody_is_told_who_claimed_a_task(audited: Audited) -> None:
    """Claims are known to who chooses among them alone, and an auditor does not."""
    called = replace(CALLED, on=p.MAY, entered_on=date(2026, 5, 9))
    offered = (
        OfferTask(p.SECRETARY, "T2", "跟班", "独立带班", (p.BRANCH,), p.SEPTEMBER, today=p.MAY),
        ClaimTask(replace(p.WELDER, paper=called), "T2", today=p.MAY),
    )
    await audited.home.does(*APPROVED, AddTask(p.SECRETARY, "T2", "题", "签认", p.SEPTEMBER, Decimal(1)))
    await audited.home.does(*offered)
    (found,) = await audited.found()
    assert found["case"]["facts"]["act"] == "ClaimTask"
    assert "clerk" not in found["case"]["facts"]
    assert found["case"]["act"]["person"] is None
    (entered_paper,) = [
        one
        for one in await audited.home.ledgers.read_stream(THE_PROJECT)
        if isinstance(one.event, PaperEntered)
    ]
    assert place_of(entered_paper)["person"] is None  # whichever suspicion it stands beside


# -- a figure changed after closing was asked for -----------------------------------------------

BACK = ReturnClosure(p.PRECHECKER, "first", (Wanted("补充读数", "targets"),))


def reads(value: str, period: str = "2026-08") -> tuple[ReportReading, ConfirmFigure]:
    said = Decimal(value)
    reported = ReportReading(p.SECRETARY, "rework", period, said, date(2026, 8, 31), today=p.SEPTEMBER)
    return reported, ConfirmFigure(p.QUALITY, "rework", period, said)


async def test_a_confirmed_figure_that_is_another_after_closing_was_asked_for_is_asked_about(
    audited: Audited,
) -> None:
    await audited.home.does(*APPROVED, *p.WORK, p.REQUEST_CLOSURE, BACK, *reads("3.2"))
    (found,) = await audited.found()
    assert found["code"] == "changed_after_closing"
    facts = {"indicator": "返修率", "period": "2026-08", "before": "3.4", "after": "3.2"}
    assert found["case"]["facts"] == facts
    assert found["case"]["earlier"]["event"] == "FigureConfirmed"


async def test_a_correction_before_and_a_figure_that_was_missing_are_not(audited: Audited) -> None:
    await audited.home.does(*APPROVED, *p.WORK, *reads("3.3"), p.REQUEST_CLOSURE, BACK)
    await audited.home.does(*reads("3.2", "2026-07"))
    assert await audited.codes() == []


# -- the same text in two units -----------------------------------------------------------------


async def test_a_text_that_another_unit_handed_in_is_asked_about_however_it_is_spaced(
    audited: Audited,
) -> None:
    spaced = replace(p.CONTENT, problem=p.CONTENT.problem.replace("，", "， "), measures=("各班组自查自纠",))
    other = replace(p.REVISE, by=THEIRS.by, proposal=replace(spaced, title="另一题"))
    await audited.home.does(*SUBMITTED)
    await audited.home.does(THEIRS, other, replace(p.SUBMIT, by=THEIRS.by), stream=ANOTHER)
    found = [row for row in await audited.found() if row["code"] == "same_text"]
    assert "acceptance_standard" in [row["subject"] for row in found]
    facts = found[0]["case"]["facts"]
    assert (facts["other_project"], facts["other_unit"]) == (str(THE_PROJECT), p.BRANCH)


async def test_the_units_own_text_of_another_project_is_not(audited: Audited) -> None:
    await audited.home.does(*SUBMITTED)
    await audited.home.does(*SUBMITTED, stream=ANOTHER)
    assert await audited.codes() == []


# -- a target that was reached already ----------------------------------------------------------


def asks_for(target: str) -> tuple[RequestChange, ApproveChange]:
    targets = (replace(p.REWORK, target=Decimal(target)), p.CONTENT.targets[1])
    return (
        RequestChange(p.SECRETARY, "C1", "设备已更新", Alteration(targets=targets)),
        ApproveChange(p.PRECHECKER, "C1", "h2"),
    )


async def test_a_target_moved_to_what_was_confirmed_before_is_asked_about(audited: Audited) -> None:
    await audited.home.does(*APPROVED, *p.WORK, *asks_for("3.45"))
    (found,) = await audited.found()
    assert (found["code"], found["subject"]) == ("target_reached_before", "rework")
    assert found["case"]["facts"] == {"indicator": "返修率", "before": "3.4", "after": "3.45"}


async def test_a_target_moved_beyond_it_is_not(audited: Audited) -> None:
    await audited.home.does(*APPROVED, *p.WORK, *asks_for("3.3"))
    assert await audited.codes() == []


@pytest.mark.parametrize(("target", "codes"), [("3.4", ["target_reached_before"]), ("3.3", [])])
async def test_a_second_project_that_promises_what_the_first_had_reached_is_asked_about(
    audited: Audited, target: str, codes: list[str]
) -> None:
    promised = replace(p.CONTENT, targets=(replace(p.REWORK, target=Decimal(target)),))
    await audited.home.does(*APPROVED, *p.WORK)
    await audited.home.does(p.DRAFT, replace(p.REVISE, proposal=promised), *APPROVED[2:], stream=ANOTHER)
    assert await audited.codes() == codes


# -- between the end of an office and its handover ----------------------------------------------

PARTIES = Parties("branch_secretary", p.BRANCH, p.COMPANY, PersonId("secretary"), PersonId("follower"))
HANDOVER_OPENS = OpenHandover(None, PARTIES, OfficeId("t"), (), "h1", p.MAY, p.SEPTEMBER)
REACHED = ReachMilestone(p.SECRETARY, "M1", p.MAY, today=p.MAY)


async def test_what_is_signed_in_an_office_before_its_handover_is_done_is_asked_about(
    audited: Audited,
) -> None:
    await audited.home.does(*APPROVED)
    await audited.home.does(HANDOVER_OPENS, decider=HANDOVER, stream=UUID(int=14))
    await audited.home.does(REACHED)
    (found,) = await audited.found()
    assert (found["code"], found["case"]["facts"]) == ("between_terms", {"party": "outgoing"})
    assert found["case"]["earlier"]["event"] == "HandoverOpened"


async def test_what_is_signed_before_and_after_and_by_others_is_not(audited: Audited) -> None:
    stream = UUID(int=14)
    await audited.home.does(*APPROVED)
    await audited.home.does(HANDOVER_OPENS, decider=HANDOVER, stream=stream)
    await audited.home.does(replace(REACHED, by=p.DEPUTY))
    signers = (
        ("outgoing", By(PersonId("secretary"), "member", p.BRANCH)),
        ("incoming", By(PersonId("follower"), "branch_secretary", p.BRANCH)),
        ("witness", By(PersonId("prechecker"), "party_department", p.COMPANY)),
    )
    for role, by in signers:
        signs = SignHandover(by, role, "h1", p.MAY)  # type: ignore[arg-type]
        await audited.home.does(signs, decider=HANDOVER, stream=stream)
    await audited.home.does(replace(REACHED, milestone="M2"))
    assert await audited.codes() == []


# -- the view -----------------------------------------------------------------------------------


async def test_built_anew_it_holds_the_same(audited: Audited, database: Database) -> None:
    await audited.home.does(*SUBMITTED, OPENS, p.PRECHECK, *APPROVED[4:], *p.WORK, *asks_for("3.45"))
    other = replace(p.REVISE, by=THEIRS.by)
    await audited.home.does(THEIRS, other, replace(p.SUBMIT, by=THEIRS.by), stream=ANOTHER)
    before = await audited.found()
    assert len({row["code"] for row in before}) == 3
    views = create_engine(database.url("views_anew"), durable=False)
    async with heard(audited.home, views) as anew:
        assert await anew.found() == before
    await views.dispose()
