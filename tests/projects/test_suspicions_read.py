"""The auditor's suspicions over HTTP: who reads them, how a sample is drawn, and the form that is printed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any, get_args
from uuid import UUID

import httpx
import pytest

from services.projects.api.suspicions import scope_of
from services.projects.audit_sheet import Sheet, document
from services.projects.domain.project.approval import OpenContent
from services.projects.domain.project.paper import OnPaper
from services.projects.domain.project.secrecy import WithdrawText
from services.projects.likeness import TEXTS
from services.projects.projections.suspicions import Scope, lot
from services.projects.suspicions import CODES
from shared.audit_sheet import notice_of, unit_above
from shared.ledger import ACCESS, RESTRICTED
from shared.ledger_file import Statement
from shared.notes import Signer, signed
from shared.sentences import Language, word
from shared.verifier import SIGNS, Checkpoint
from shared.withdrawn import MARK, hash_of
from tests.projects import a_project as p
from tests.projects.a_desk import Desk
from tests.projects.a_group import (
    OTHER_BRANCH,
    OTHER_COMPANY,
    PARTNER,
    TODAY,
    WORKSHOP,
    organisation,
    person,
)
from tests.projects.a_project import BRANCH, COMPANY, GROUP
from tests.projects.lived import HOUSE

HERE = "/api/projects/suspicions"
QUICK = f"{HERE}/agreed_within_a_minute"
AUDITOR, DISCIPLINE = "auditor of the company", "discipline of the company"
OPENS = OpenContent(p.PRECHECKER, 0, "h1", p.PRECHECK_SEAT)
AGREED = (p.DRAFT, p.REVISE, p.SUBMIT, OPENS, p.PRECHECK)
IN_A_BATCH = (*AGREED[:-1], replace(p.PRECHECK, batch="b1"))


async def heard(desk: Desk) -> None:
    for ledger, head in (await desk.house.ledgers.heads()).items():
        if ledger not in RESTRICTED:
            assert await desk.parts.runner_suspicions.wait_for("projects", ledger, head.position, 30)


async def lived(desk: Desk, projects: int = 1) -> None:
    for number in range(projects):
        await desk.house.does(*AGREED, stream=UUID(int=100 + number))
    await desk.house.does(*IN_A_BATCH, stream=UUID(int=99))
    await heard(desk)


async def asked(desk: Desk, who: str, path: str = HERE, **query: str) -> dict[str, Any]:
    answer = await desk.ask(who, path, **query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_each_kind_says_how_many_what_it_means_and_what_is_innocent(desk: Desk) -> None:
    """R83: those of a batch are counted apart; what is not looked for is said."""
    await lived(desk, 2)
    found = await asked(desk, AUDITOR)
    (quick,) = [kind for kind in found["kinds"] if kind["code"] == "agreed_within_a_minute"]
    assert (quick["count"], quick["in_batches"], quick["label"]) == (2, 1, "打开一分钟内同意")
    assert len(found["kinds"]) == 8
    assert all(kind["means"] and kind["innocent"] for kind in found["kinds"])
    assert [one["code"] for one in found["left_out"]] == ["score_moved", "juror_far"]
    assert (found["since"], found["until"]) == ("2026-01-01", "2026-01-20")


async def test_only_audit_and_discipline_read_them_and_each_within_its_reach(desk: Desk) -> None:
    await lived(desk)
    for name in ("secretary of the branch", "party department", "headquarters"):
        for path in (HERE, QUICK):
            answer = await desk.ask(name, path)
            assert (answer.status_code, answer.json()["code"]) == (403, "OnlyAuditSeesSuspicions"), name
    for name in (AUDITOR, DISCIPLINE, "auditor of the group"):
        assert len((await asked(desk, name, QUICK))["cases"]) == 1, name
    assert (await asked(desk, "auditor of the other company", QUICK))["cases"] == []


async def test_a_company_stands_for_all_below_it_and_the_group_for_all() -> None:
    known = organisation()
    assert scope_of(known, [GROUP]) is None
    assert scope_of(known, [COMPANY]) == Scope((COMPANY,), ())
    assert scope_of(known, [BRANCH]) == Scope((), tuple(sorted((BRANCH, WORKSHOP))))
    assert scope_of(known, [OTHER_COMPANY, PARTNER]) == Scope((OTHER_COMPANY,), (PARTNER,))
    assert scope_of(known, [OTHER_BRANCH]) == Scope((), (OTHER_BRANCH,))


async def test_every_look_at_them_is_noted_with_the_seed_that_was_drawn(desk: Desk) -> None:
    """R76."""
    await lived(desk)
    seed = (await asked(desk, AUDITOR, QUICK, sample="1"))["seed"]
    await asked(desk, AUDITOR, QUICK, sample="1", seed="s7")
    noted = [one.event for one in await desk.house.ledgers.read_ledger(ACCESS, 0, 10)]
    assert [(look.what, look.asked) for look in noted] == [
        ("suspicions", f"sample=1&seed={seed}"),
        ("suspicions", "sample=1&seed=s7"),
    ]


async def test_the_list_is_read_in_parts_and_tells_the_act_beside_the_earlier_one(desk: Desk) -> None:
    await lived(desk, 3)
    first = await asked(desk, AUDITOR, QUICK, limit="2")
    second = await asked(desk, AUDITOR, QUICK, limit="2", after=first["next"])
    assert ([len(part["cases"]) for part in (first, second)], second["next"]) == ([2, 1], None)
    case = first["cases"][0]
    assert (case["act"]["label"], case["earlier"]["event"]) == ("发表意见", "ContentOpened")
    assert (case["act"]["office"], case["facts"]) == ("party_department", {"seconds": "60"})
    leaves = await desk.house.ledgers.leaves("company", case["act"]["position"] - 1, case["act"]["position"])
    assert case["act"]["hash"] == leaves[0].hex()
    (batch,) = (await asked(desk, AUDITOR, QUICK, batch="true"))["cases"]
    assert batch["batch"] == "b1"


async def test_a_text_that_was_withdrawn_is_in_no_case_and_on_no_form(desk: Desk) -> None:
    """R74: also in those that were found before."""
    await lived(desk)
    title = p.REVISE.proposal.title
    (case,) = (await asked(desk, AUDITOR, QUICK))["cases"]
    assert case["title"] == title
    withdraw = WithdrawText(p.by("reviewer", "secrecy_reviewer"), hash_of(title), "误填", p.MAY, said=(2,))
    await desk.house.does(withdraw, stream=UUID(int=100))
    await heard(desk)
    for query in ({}, {"sample": "1"}):
        (case,) = (await asked(desk, AUDITOR, QUICK, **query))["cases"]
        assert case["title"] == MARK + hash_of(title)
    (other,) = (await asked(desk, AUDITOR, QUICK, batch="true"))["cases"]
    assert other["title"] == title, "it was withdrawn from one project"
    gone = replace(SHEET, rows=[ROW | {"case": ROW["case"] | {"title": MARK + hash_of(title)}}])
    assert dict(document(gone, "zh-CN").head)["项目"] == "2026-A-0012　（该文字已撤回）"


async def test_a_period_leaves_out_what_was_recorded_before_and_after_it(desk: Desk) -> None:
    await lived(desk)
    for since, until, count in (("2026-01-20", "2026-01-20", 1), ("2026-01-21", "2026-02-01", 0)):
        found = await asked(desk, AUDITOR, QUICK, **{"from": since, "to": until})
        assert len(found["cases"]) == count, since
    answer = await desk.ask(AUDITOR, QUICK, **{"from": "2026-02-01", "to": "2026-01-01"})
    assert (answer.status_code, answer.json()["code"]) == (422, "PeriodEndsBeforeItBegins")


async def test_the_same_seed_draws_the_same_sample_and_another_another(desk: Desk) -> None:
    await lived(desk, 9)

    async def drawn(who: str, **query: str) -> tuple[Any, ...]:
        found = await asked(desk, who, QUICK, sample="3", **query)
        return frozenset(one["case"] for one in found["cases"]), found["of"], found["seed"]

    sample, of, seed = await drawn(AUDITOR, seed="s7")
    assert (len(sample), of, seed) == (3, 9, "s7")
    assert await drawn(DISCIPLINE, seed="s7") == (sample, of, seed)
    others = [await drawn("auditor of the group", seed=str(number)) for number in range(4)]
    assert len({other for other, _, _ in others}) > 1
    everything = [one["case"] for one in (await asked(desk, AUDITOR, QUICK))["cases"]]
    assert sample == set(sorted(everything, key=lambda case: lot("s7", row_of(case)))[:3])
    for_us = await drawn(DISCIPLINE)
    assert await drawn(DISCIPLINE, seed=for_us[2]) == for_us


def row_of(case: str) -> dict[str, str]:
    ledger, position, subject = case.split("/", 2)
    return {"ledger": ledger, "position": position, "subject": subject}


async def test_the_form_of_a_case_is_printed_for_who_may_read_it(desk: Desk) -> None:
    """R74: with the reader's name."""
    await lived(desk)
    (case,) = (await asked(desk, AUDITOR, QUICK))["cases"]
    for language in ("zh-CN", "en"):
        answer = await desk.ask(AUDITOR, f"{QUICK}/sheet", language, case=case["case"])
        assert (answer.status_code, answer.content[:5]) == (200, b"%PDF-"), answer.text
        assert "2026-A-0012-01-6" in answer.headers["content-disposition"]
    for name, status in (("auditor of the other company", 404), ("headquarters", 403)):
        assert (await desk.ask(name, f"{QUICK}/sheet", case=case["case"])).status_code == status, name
    assert (await desk.ask(AUDITOR, f"{QUICK}/sheet", case="company/77/")).status_code == 404


async def test_the_form_names_the_notice_of_a_mandate_and_not_how_a_house_auditor_was_appointed() -> None:
    """R15."""
    (own,) = organisation().offices_of(person(AUDITOR), TODAY)
    own = replace(own, document="任〔2026〕1号")
    mandated = replace(own, document="审通〔2026〕7号", opened_in=GROUP)
    assert notice_of([own]) == ""
    assert notice_of([own, mandated]) == "审通〔2026〕7号"


PLACE = {
    "ledger": "company",
    "position": 399,
    "hash": "ab" * 32,
    "event": "FigureConfirmed",
    "recorded_at": "2026-12-03T08:40:00.000000Z",
    "happened_at": "2026-11-26T08:40:00.000000Z",
    "person": "p1",
    "on_behalf_of": "p2",
    "office": "source_department",
    "unit": "u",
}
FACTS = {"indicator": "单位消耗", "period": "2026-10", "before": "1612", "after": "1598"}
CASE = {"reference": "2026-A-0012", "title": "题", "batch": "", "facts": FACTS, "act": PLACE}
EARLIER = PLACE | {"position": 212, "hash": "cd" * 32, "on_behalf_of": None}
ROW: dict[str, Any] = {
    "project": "p",
    "unit": "u",
    "subject": "",
    "position": 399,
    "case": CASE | {"earlier": EARLIER},
}
SHEET = Sheet(
    code="changed_after_closing",
    rows=[ROW],
    unit="u",
    document="审通〔2026〕7号",
    reader_name="王审计",
    names={"u": "白水精密党委", "p1": "李强", "p2": "赵敏"},
    signed={"company": None},
    made_at=datetime(2026, 12, 12, 9, 30, tzinfo=HOUSE),
    zone=HOUSE,
)


def test_the_form_says_before_and_after_who_when_where_it_stands_and_who_printed_it() -> None:
    """R74."""
    form = document(SHEET, "zh-CN")
    told = {label: value for part in (form.head, form.sections[0].pairs) for label, value in part}
    assert (told["编号"], told["审计通知书文号"]) == ("2026-A-0012-05-399", "审通〔2026〕7号")
    assert (told["被审计单位"], told["变动前"], told["变动后"]) == ("白水精密党委", "1612", "1598")
    (_, who_before), (both, who) = [(when, who) for _, when, who in form.sections[0].rows]
    assert who_before == "李强\n白水精密党委 业务主管部门"
    assert who == "李强（代赵敏）\n白水精密党委 业务主管部门"
    assert both == "发生 2026-11-26 16:40:00\n录入 2026-12-03 16:40:00"
    assert [row[1:] for row in form.sections[2].rows] == [
        ("company", "212", "cd" * 32),
        ("company", "399", "ab" * 32),
    ]
    assert "尚未覆盖" in form.sections[2].sentences[1]
    assert (form.mark, form.watermark) == ("内部", "王审计 2026-12-12")


def test_several_cases_stand_on_one_form_each_with_its_facts_and_places() -> None:
    other = CASE | {"reference": "2026-A-0013", "facts": {"indicator": "返修率"}, "earlier": None}
    several = replace(
        SHEET, rows=[ROW, ROW | {"position": 405, "case": other | {"act": PLACE | {"position": 405}}}]
    )
    form = document(several, "zh-CN")
    told = dict(form.head)
    assert told["项目"] == "2026-A-0012　题\n2026-A-0013　题"
    first, second = form.sections[:2]
    assert (first.heading, second.heading) == ("事实1（共2项）：2026-A-0012", "事实2（共2项）：2026-A-0013")
    assert (len(first.rows), len(second.rows)) == (2, 1)
    assert dict(second.pairs) == {"指标": "返修率"}
    assert [row[0] + row[2] for row in form.sections[3].rows] == [
        "1  对照记录212",
        "1  本次办理399",
        "2  本次办理405",
    ]
    numbers = {one.number for one in (SHEET, several, replace(several, rows=several.rows[::-1]))}
    assert len(numbers) == 3
    assert told["编号"].startswith("2026-A-0012-05-399-2-")


GROUP_KEY = Signer.new("denggao.example", SIGNS)


def test_the_form_names_the_key_that_signed_and_says_where_a_signature_does_not_hold() -> None:
    checkpoint = Checkpoint("denggao.example/projects/company", 400, bytes(32))
    note = signed(str(checkpoint), GROUP_KEY).decode()
    keys = [str(Signer.new("denggao.example", SIGNS).key), str(GROUP_KEY.key)]
    for said, fine in ((note, True), (note.replace("\n400\n", "\n401\n"), False)):
        of = {"company": Statement("company", keys, [said])}
        (_, told) = document(replace(SHEET, signed=of), "zh-CN").sections[2].sentences
        assert (f"签名密钥{GROUP_KEY.key}（" in told) == fine
        assert ("签名不成立：denggao.example 的签名不是" in told) != fine
        assert keys[0] not in told


async def test_one_form_is_printed_of_several_cases_and_of_none_that_one_may_not_read(desk: Desk) -> None:
    await lived(desk, 2)
    first, second = (one["case"] for one in (await asked(desk, AUDITOR, QUICK))["cases"])

    async def printed(who: str, *cases: str) -> httpx.Response:
        return await desk.ask(who, f"{QUICK}/sheet", case=cases)

    answer = await printed(AUDITOR, second, first, first)
    assert (answer.status_code, answer.content[:5]) == (200, b"%PDF-"), answer.text
    assert (await printed(AUDITOR, first, second)).headers["content-disposition"] == answer.headers[
        "content-disposition"
    ]
    noted = (await desk.house.ledgers.read_ledger(ACCESS, 0, 10))[-1].event
    assert (noted.what, noted.of) == ("suspicions", BRANCH)
    assert (await printed(AUDITOR, first, "company/77/")).status_code == 404
    assert (await printed("auditor of the other company", first, second)).status_code == 404
    assert (await printed("headquarters", first, second)).status_code == 403
    assert (await printed(AUDITOR)).status_code == 422
    assert (await printed(AUDITOR, *(f"company/{number}/" for number in range(31)))).status_code == 422


def test_the_nearest_unit_above_all_cases_answers_for_them() -> None:
    known = organisation()
    assert unit_above(known, [BRANCH, BRANCH]) == BRANCH
    assert unit_above(known, [WORKSHOP, BRANCH]) == BRANCH
    assert unit_above(known, [BRANCH, PARTNER]) == known.company(BRANCH)
    assert unit_above(known, [BRANCH, OTHER_BRANCH]) == GROUP


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_every_code_of_a_suspicion_has_its_words(language: Language) -> None:
    for code in CODES:
        for group in ("suspicion", "suspicion_means", "suspicion_innocent"):
            assert word(group, code, language) != code, (group, code)
    for name in ("seconds", "clerk", "reason", "on", "call", "act", "party", "other_reference", "field"):
        assert word("suspicion_fact", name, language, "") != "", name
    for act in get_args(OnPaper):
        assert word("suspicion_value", act.__name__, language) != act.__name__
    for name in TEXTS:
        assert word("suspicion_value", name, language, "") != "", name
