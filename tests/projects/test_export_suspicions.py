"""An auditor's suspicions as Excel and CSV: the view that was looked at, in words and marked (R74, R76)."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from services.projects.api import export_reading
from services.projects.projections.suspicions import SUSPICIONS
from services.projects.suspicions import CODES, Code
from shared.engines import begin
from shared.ledger import ACCESS
from shared.sentences import word
from tests.projects import a_project as p
from tests.projects.a_desk import Desk
from tests.projects.an_export import asked as asked_by_post
from tests.projects.an_export import counted, exporting, file_of, made
from tests.projects.test_exports import lines, rows
from tests.projects.test_suspicions_read import AUDITOR, DISCIPLINE, HERE, QUICK, asked, lived
from tests.support.engines import Database
from tests.support.living import THE_PROJECT

NUMBER = "疑点编号"
FACTS: dict[Code, dict[str, str]] = {
    "agreed_within_a_minute": {"seconds": "60"},
    "clerk_is_deputy": {"clerk": "secretary"},
    "changed_by_higher": {"reason": "数据已核实"},
    "late_without_paper": {
        "act": "GiveOpinion",
        "on": "2026-01-20",
        "clerk": "secretary",
        "call": '=HYPERLINK("http://127.0.0.1")',
    },
    "changed_after_closing": {
        "indicator": "单位消耗",
        "period": "2026-10",
        "before": "1612",
        "after": "1598",
    },
    "same_text": {
        "field": "measures",
        "other_project": str(UUID(int=7)),
        "other_unit": p.BRANCH,
        "other_reference": "2026-A-0007",
    },
    "target_reached_before": {"indicator": "单位消耗", "before": "1612", "after": "1620"},
    "between_terms": {"party": "outgoing"},
}
SAID: dict[Code, list[str]] = {
    "agreed_within_a_minute": ["60"],
    "clerk_is_deputy": ["李强"],
    "changed_by_higher": ["数据已核实"],
    "late_without_paper": ["审批意见", "2026-01-20", "李强", '\'=HYPERLINK("http://127.0.0.1")'],
    "changed_after_closing": ["单位消耗", "2026-10", "1612", "1598"],
    "same_text": ["主要措施", f"{p.BRANCH}党组织", "2026-A-0007"],
    "target_reached_before": ["单位消耗", "1612", "1620"],
    "between_terms": ["离任人员"],
}


@pytest.fixture
async def desk(database: Database, tmp_path: Path) -> AsyncIterator[Desk]:
    async with exporting(database, tmp_path) as built:
        yield built


async def looked(desk: Desk) -> list[tuple[str, str, str]]:
    noted = [one.event for one in await desk.house.ledgers.read_ledger(ACCESS, 0, 50)]
    return [(look.what, look.of, look.asked) for look in noted]


async def found(desk: Desk, code: Code) -> None:
    """A case of this kind, as the view keeps it."""
    act = {
        "ledger": "company",
        "position": 6,
        "hash": "ab" * 32,
        "event": "OpinionGiven",
        "recorded_at": "2026-01-20T01:00:00.000000Z",
        "happened_at": "2026-01-20T01:00:00.000000Z",
        "person": "secretary",
        "on_behalf_of": None,
        "office": "party_department",
        "unit": str(p.COMPANY),
    }
    case = {"reference": "2026-A-0012", "title": "面漆返修率减半", "batch": "", "facts": FACTS[code]}
    row = {
        "code": code,
        "ledger": "company",
        "position": 6,
        "subject": "",
        "project": str(THE_PROJECT),
        "unit": str(p.BRANCH),
        "company": str(p.COMPANY),
        "recorded_at": 1_768_871_000_000_000,  # 20 January 2026
        "batch": False,
        "case": case | {"act": act, "earlier": act | {"position": 5}},
    }
    async with begin(desk.parts.views) as connection:
        await connection.execute(SUSPICIONS.table("suspicions").insert(), [row])


@pytest.mark.parametrize("code", CODES)
async def test_each_kind_is_taken_in_words_and_what_made_it_suspicious_has_columns(
    desk: Desk, code: Code
) -> None:
    await found(desk, code)
    (head, headings, case) = await lines(desk, f"{HERE}/{code}", AUDITOR)
    assert head[1:] == [word("suspicion", code, "zh-CN"), "录入日期2026-01-01至2026-01-20"]
    assert not [heading for heading in headings if heading.isascii()], "no code is left"
    row = dict(zip(headings, case, strict=True))
    facts = [name for name in headings if name.startswith("事实 ")]
    assert facts == [
        f"事实 {word('suspicion_fact', n, 'zh-CN')}" for n in FACTS[code] if n != "other_project"
    ]
    assert [row[name] for name in facts] == SAID[code]
    assert (row["本次办理 办理内容"], row["本次办理 办理人"]) == ("发表意见", "李强")
    assert (row["本次办理 位置"], row["对照记录 位置"], row["本次办理 摘要"]) == ("6", "5", "ab" * 32)
    (_, of_excel, in_excel) = await rows(desk, f"{HERE}/{code}", AUDITOR)
    assert of_excel == headings
    assert in_excel[headings.index(NUMBER)] == row[NUMBER] == "company/6/"


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"batch": "true"},
        {"from": "2026-01-21", "to": "2026-02-01"},
        {"sample": "3", "seed": "s7"},
        {"sample": "500", "seed": "s7"},
    ],
)
async def test_a_file_holds_exactly_the_view_that_is_asked_for_with_all_its_pages(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, query: dict[str, str]
) -> None:
    """At once, and as a job."""
    monkeypatch.setattr(export_reading, "AT_ONCE", 2)
    await lived(desk, 5)
    seen = [one["case"] for one in (await asked(desk, AUDITOR, QUICK, **query))["cases"]]
    (_, headings, *at_once) = await lines(desk, QUICK, AUDITOR, **query)
    assert [row[headings.index(NUMBER)] for row in at_once] == seen
    job = await made(desk, AUDITOR, f"{QUICK}.csv", **query)
    assert (job["state"], job["done"], job["of"]) == ("ready", len(seen), len(seen))
    content = (await file_of(desk, AUDITOR, job)).content.decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(content)))[2:] == at_once
    assert await counted(desk, AUDITOR, QUICK, **query) == len(seen)


async def test_a_sample_says_its_seed_and_from_how_many_it_was_drawn(desk: Desk) -> None:
    """So that whoever has the list and the file draws the same again."""
    await lived(desk, 5)
    (head, *_) = await lines(desk, QUICK, DISCIPLINE, sample="3", seed="s7")
    assert head[-1] == "样本3件，取自5件，种子s7"
    job = await made(desk, DISCIPLINE, f"{QUICK}.csv", sample="3", seed="s7")
    content = (await file_of(desk, DISCIPLINE, job)).content.decode("utf-8-sig")
    assert "样本3件，取自5件，种子s7" in content.splitlines()[0]


async def test_a_sample_whose_lot_would_be_drawn_anew_is_no_file(desk: Desk) -> None:
    """It would hold others than those that were looked at, by a seed that no record names."""
    await lived(desk, 3)
    at_once = await desk.ask(AUDITOR, f"{QUICK}.xlsx", sample="1")
    as_a_job = await asked_by_post(desk, AUDITOR, f"{QUICK}.xlsx", sample="1")
    for answer in (at_once, as_a_job):
        assert (answer.status_code, answer.json()["code"]) == (422, "SampleNeedsSeed")
    assert await looked(desk) == []


async def test_only_audit_and_discipline_take_them_each_within_its_reach_and_each_look_names_the_kind(
    desk: Desk,
) -> None:
    """R76."""
    await lived(desk)
    for name in ("secretary of the branch", "party department", "headquarters"):
        answer = await desk.ask(name, f"{QUICK}.csv")
        assert (answer.status_code, answer.json()["code"]) == (403, "OnlyAuditSeesSuspicions"), name
    assert await looked(desk) == []
    assert len(await lines(desk, QUICK, AUDITOR, batch="false")) == 3
    assert len(await lines(desk, QUICK, "auditor of the other company")) == 2, "stamp and headings"
    kind = "suspicions_agreed_within_a_minute.csv"
    assert await looked(desk) == [("export", kind, "batch=false"), ("export", kind, "")]
    for unknown in ("score_moved", "nonsense"):
        assert (await desk.ask(AUDITOR, f"{HERE}/{unknown}.csv")).status_code == 422


async def test_the_file_is_named_by_the_kind_and_marked(desk: Desk) -> None:
    await lived(desk)
    at_once = await desk.ask(AUDITOR, f"{QUICK}.xlsx", "en")
    job = await made(desk, AUDITOR, f"{QUICK}.csv")
    taken: list[Any] = [at_once, await file_of(desk, AUDITOR, job)]
    names = [answer.headers["content-disposition"] for answer in taken]
    assert "Suspicions%20Agreed%20within%20a%20minute%20of%20opening" in names[0].replace(" ", "%20")
    assert "%E6%89%93%E5%BC%80%E4%B8%80%E5%88%86%E9%92%9F%E5%86%85" in names[1], "打开一分钟内"
    ((stamp, *_), *_) = await lines(desk, QUICK, AUDITOR)
    assert stamp.startswith("内部 · ")
