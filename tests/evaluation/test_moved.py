"""Scores that are others than when the project closed are an auditor's question, with what moved them."""

from __future__ import annotations

from datetime import UTC, datetime, time
from decimal import Decimal

from services.evaluation.domain.project_score import PROJECT_SCORE, AdjustScore
from services.evaluation.projections import scores_in
from services.evaluation.reactions import FixingScores
from shared.domain import By, PersonId
from tests.evaluation.a_desk import Desk
from tests.projects import a_project as p
from tests.projects.a_group import TODAY
from tests.projects.test_supervision import CLOSE, INSPECT, PLAN, RECORD, REOPEN, REPORT
from tests.support.living import THE_PROJECT

CLOSING = (p.REQUEST_CLOSURE, p.PRECHECKER_REVIEWS, p.QUALITY_REVIEWS, p.ASSESS)
AUDITS = "auditor of the company"
MOVED = "/suspicions/score-moved"


async def closed(desk: Desk) -> None:
    """With a finding that was put right, and its score fixed."""
    await desk.projects.does(
        p.DRAFT, p.REVISE, p.SUBMIT, p.PRECHECK, p.QUALITY_AGREES, p.FINANCE_AGREES, p.MEET
    )
    await desk.projects.does(INSPECT, RECORD, PLAN, REPORT, CLOSE, *p.WORK, *CLOSING)
    desk.projects.clock.set(datetime.combine(TODAY, time(12), UTC))
    assert (await desk.get(MOVED, AUDITS)).json()["scores"] == []
    views = desk.runner.engine
    assert await FixingScores(views, scores_in(p.ZONE), desk.own.writer, p.ZONE).fix_closed() == 1
    head = (await desk.own.ledgers.heads())["company"]
    assert await desk.runner.wait_for("evaluation", "company", head.position, 30)


async def test_what_moved_after_closing_is_listed_with_the_item_that_moved_it(desk: Desk) -> None:
    await closed(desk)
    fixed = Decimal((await desk.get(f"/scores/{THE_PROJECT}", AUDITS)).json()["fixed"])
    assert (await desk.get(MOVED, AUDITS)).json()["scores"] == [], "that it was fixed moved nothing"
    reopened = await desk.projects.does(REOPEN)
    (found,) = (await desk.get(MOVED, AUDITS)).json()["scores"]
    assert (found["project"], Decimal(found["fixed"]), Decimal(found["at_closing"])) == (
        str(THE_PROJECT),
        fixed,
        fixed,
    )
    assert Decimal(found["now"]) < fixed
    (item,) = found["items"]
    assert (item["criterion"], item["code"], Decimal(item["after"])) == ("findings", "W01", 0)
    assert item["event"] == f"projects/company/{reopened.position}"


async def test_an_adjusted_score_is_listed_though_nothing_else_moved(desk: Desk) -> None:
    await closed(desk)
    chair = By(PersonId("chair"), "party_secretary", p.COMPANY)
    await desk.own.does(AdjustScore(chair, Decimal("60.50"), "更正", "〔2026〕9号"), decider=PROJECT_SCORE)
    head = (await desk.own.ledgers.heads())["company"]
    assert await desk.runner.wait_for("evaluation", "company", head.position, 30)
    (found,) = (await desk.get(MOVED, AUDITS)).json()["scores"]
    assert (Decimal(found["fixed"]), found["items"]) == (Decimal("60.50"), [])


async def test_it_is_shown_to_audit_and_discipline_above_the_project_alone(desk: Desk) -> None:
    await closed(desk)
    await desk.projects.does(REOPEN)
    for who in ("headquarters", "secretary of the branch", "party department"):
        assert (await desk.get(MOVED, who)).json()["code"] == "OnlyAuditSeesMovedScores", who
    other = await desk.get(MOVED, "auditor of the other company")
    assert (other.status_code, other.json()["scores"]) == (200, [])


async def test_whoever_looks_at_it_is_on_the_record(desk: Desk) -> None:
    """R76."""
    await desk.get(MOVED, AUDITS)
    looks = (await desk.get("/looks", AUDITS)).json()["looks"]
    assert [(look["what"], look["of"]) for look in looks] == [("suspicions", "score_moved"), ("looks", "")]
