"""Scores that are others than when the project closed: what moved them, to read, to print, to take."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, time
from decimal import Decimal
from uuid import UUID

import pytest
from openpyxl import load_workbook

from services.evaluation.domain.project_score import PROJECT_SCORE, AdjustScore
from services.evaluation.projections import scores_in
from services.evaluation.reactions import FixingScores
from shared.audit_sheet import Form, document
from shared.domain import By, PersonId
from shared.printing import Document
from shared.sentences import Language
from tests.evaluation.a_desk import Desk
from tests.projects import a_project as p
from tests.projects.a_group import TODAY
from tests.projects.test_supervision import CLOSE, INSPECT, PLAN, RECORD, REOPEN, REPORT
from tests.support.living import THE_PROJECT

CLOSING = (p.REQUEST_CLOSURE, p.PRECHECKER_REVIEWS, p.QUALITY_REVIEWS, p.ASSESS)
AUDITS = "auditor of the company"
MOVED = "/suspicions/score-moved"


async def closed(desk: Desk, *, fixed: bool = True) -> None:
    """With a finding that was put right, and its score fixed."""
    await desk.projects.does(
        p.DRAFT, p.REVISE, p.SUBMIT, p.PRECHECK, p.QUALITY_AGREES, p.FINANCE_AGREES, p.MEET
    )
    await desk.projects.does(INSPECT, RECORD, PLAN, REPORT, CLOSE, *p.WORK, *CLOSING)
    desk.projects.clock.set(datetime.combine(TODAY, time(12), UTC))
    assert (await desk.get(MOVED, AUDITS)).json()["scores"] == []
    if not fixed:
        return
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


async def test_the_form_holds_what_was_fixed_what_moved_and_where_it_stands(
    desk: Desk, printed: list[Document]
) -> None:
    """R54, R74, R76: in both languages, with the key that signed; a look at the project."""
    await closed(desk)
    reopened = await desk.projects.does(REOPEN)
    chair = By(PersonId("chair"), "party_secretary", p.COMPANY)
    await desk.own.does(AdjustScore(chair, Decimal("60.50"), "更正", "〔2026〕9号"), decider=PROJECT_SCORE)
    await desk.caught_up()
    await desk.signing.round()
    form = f"{MOVED}/sheet?case={THE_PROJECT}"
    for tongue in ("zh-CN", "en"):
        answer = await desk.get(form, AUDITS, tongue)
        assert (answer.status_code, answer.content[:5]) == (200, b"%PDF-"), answer.text
        assert f"{p.DRAFT.reference}-09-" in answer.headers["content-disposition"]
    chinese, english = printed
    assert dict(chinese.head)["项目"].startswith(p.DRAFT.reference)
    facts = dict(chinese.sections[0].pairs)
    assert facts["现行得分"] == "60.50"
    assert [value for value in facts.values() if value.endswith(f"\nprojects/company/{reopened.position}")]
    fixed, adjusted = chinese.sections[0].rows
    assert (fixed[0], fixed[2]) == ("对照记录\n确定得分", "系统")
    assert (adjusted[0], adjusted[2]) == ("本次办理\n调整得分", "党委书记 · company党组织")
    leaves = await desk.own.ledgers.leaves("company", 0, (await desk.own.ledgers.head("company")).position)
    sources = chinese.sections[2]
    assert {row[3] for row in sources.rows} <= {leaf.hex() for leaf in leaves}
    assert [key for key in map(str, desk.signing.keys.of_log) if f"签名密钥{key}" in sources.sentences[1]]
    assert english.title == "Audit evidence sheet"
    looks = (await desk.get("/looks", AUDITS)).json()["looks"]
    assert ("suspicions", str(THE_PROJECT)) in [(look["what"], look["of"]) for look in looks]


async def test_the_form_of_a_score_that_is_not_fixed_yet_has_the_two_figures_alone(
    desk: Desk, printed: list[Document]
) -> None:
    await closed(desk, fixed=False)
    await desk.projects.does(REOPEN)
    answer = await desk.get(f"{MOVED}/sheet?case={THE_PROJECT}", AUDITS)
    assert (answer.status_code, answer.content[:5]) == (200, b"%PDF-"), answer.text
    (form,) = printed
    facts = dict(form.sections[0].pairs)
    assert {"score at closing", "computed now"} <= facts.keys()
    assert "score in force" not in facts
    assert (form.sections[0].rows, form.sections[2].rows) == ((), ())


async def test_no_form_is_printed_of_what_did_not_move_or_lies_out_of_reach(desk: Desk) -> None:
    await closed(desk)
    form = f"{MOVED}/sheet?case={THE_PROJECT}"
    assert (await desk.get(form, AUDITS)).status_code == 404
    await desk.projects.does(REOPEN)
    assert (await desk.get(form, AUDITS)).status_code == 200
    assert (await desk.get(form, "auditor of the other company")).status_code == 404
    assert (await desk.get(form, "headquarters")).json()["code"] == "OnlyAuditSeesMovedScores"
    assert (await desk.get(f"{MOVED}/sheet", AUDITS)).status_code == 422
    many = "&".join(f"case={UUID(int=number)}" for number in range(31))
    assert (await desk.get(f"{MOVED}/sheet?{many}", AUDITS)).status_code == 422


async def test_the_list_is_taken_as_excel_and_csv_with_a_row_for_each_item(desk: Desk) -> None:
    """R74, R76: stamped, and a look of its own; of nothing the headings alone."""
    await closed(desk)
    assert len(rows_of_csv((await desk.get(f"{MOVED}.csv", AUDITS)).content)) == 2
    await desk.projects.does(REOPEN)
    (found,) = (await desk.get(MOVED, AUDITS)).json()["scores"]
    csv_rows = rows_of_csv((await desk.get(f"{MOVED}.csv", AUDITS, "zh-CN")).content)
    (stamp, *_), headings, *lines = csv_rows
    assert stamp.startswith("内部 · ")
    assert headings[:3] == ["项目编号", "项目名称", "公司"]
    assert [line[8] for line in lines] == [item["code"] for item in found["items"]]
    assert lines[0][0] == found["reference"]
    assert [Decimal(lines[0][at]) for at in (5, 6, 7)] == [
        Decimal(found[name]) for name in ("fixed", "at_closing", "now")
    ]
    answer = await desk.get(f"{MOVED}.xlsx", AUDITS)
    page = load_workbook(io.BytesIO(answer.content)).worksheets[0]
    assert [page.cell(3, 1).value, page.cell(3, 13).value] == [found["reference"], lines[0][12]]
    for ending in ("csv", "xlsx"):
        refused = await desk.get(f"{MOVED}.{ending}", "headquarters")
        assert refused.json()["code"] == "OnlyAuditSeesMovedScores"
        assert len(rows_of_csv((await desk.get(f"{MOVED}.csv", "auditor of the other company")).content)) == 2
    looks = (await desk.get("/looks", AUDITS)).json()["looks"]
    taken = [(look["what"], look["of"]) for look in looks]
    assert {("export", f"suspicions_score_moved.{kind}") for kind in ("csv", "xlsx")} <= {*taken}


def rows_of_csv(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch) -> list[Document]:
    """What was printed, as data."""
    found: list[Document] = []

    def kept(form: Form, language: Language) -> Document:
        found.append(document(form, language))
        return found[-1]

    monkeypatch.setattr("services.evaluation.api.suspicions.forms.document", kept)
    return found
