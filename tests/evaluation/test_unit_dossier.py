"""Evaluation's part of a unit's year: what it holds and proves, who is given it, the same bytes again."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import date
from typing import Any

import msgspec
import pytest

from services.evaluation.appraisal.issuing import appeal_id
from services.evaluation.domain.appeal import APPEAL, AnswerAppeal, FileAppeal
from services.evaluation.domain.project_score import PROJECT_SCORE
from services.evaluation.unit_dossier import UnitRecord, document
from services.projects.domain.project.secrecy import ReviewSecrecy, WithdrawText
from shared.printing import Document
from shared.verifier import NotProved, verify_dossier
from shared.withdrawn import hash_of
from tests.evaluation.a_desk import Desk
from tests.evaluation.test_appraisals_read import FIRST, SECOND, a_year
from tests.evaluation.test_project_score import ADJUST
from tests.evaluation.test_score_dossier import ANOTHER, files_of
from tests.projects import a_project as p
from tests.projects.a_group import person
from tests.support.living import THE_PROJECT

DOSSIER = f"/units/{p.BRANCH}/dossier?year=2026"
TODAY = date(2026, 10, 20)
AUDITOR, OUTSIDE = "auditor of the company", "auditor of the group"
ADJUSTS = replace(ADJUST, by=replace(ADJUST.by, unit=p.COMPANY))
APPEALS = FileAppeal(
    p.SECRETARY,
    str(THE_PROJECT),
    "closing",
    "复查时漏计一项任务",
    p.BRANCH,
    p.GROUP,
    date(2026, 10, 30),
    TODAY,
    date(2026, 11, 3),
)
ANSWERS = AnswerAppeal(p.by("headquarters", "headquarters", p.GROUP), accepted=True, answer="漏计属实")


async def results(desk: Desk) -> None:
    """The branch's one project closed, its score appealed and adjusted, all of it signed."""
    await a_year(desk)
    of_appeal: dict[str, Any] = {"decider": APPEAL, "stream": appeal_id(THE_PROJECT, "closing")}
    await desk.own.does(APPEALS, **of_appeal)
    await desk.own.does(ANSWERS, **of_appeal)
    await desk.own.does(ADJUSTS, decider=PROJECT_SCORE)
    other = replace(APPEALS, project=str(ANOTHER))
    await desk.own.does(other, decider=APPEAL, stream=appeal_id(ANOTHER, "closing"))
    await desk.signing.round()


async def taken(desk: Desk, query: str = "", name: str = AUDITOR, path: str = DOSSIER) -> bytes:
    answer = await desk.get(path + query, name)
    assert answer.status_code == 200, answer.text
    return answer.content


async def code(desk: Desk, name: str, path: str = DOSSIER) -> tuple[int, str]:
    answer = await desk.get(path, name)
    return answer.status_code, answer.json()["code"]


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What was printed last, by language, as text."""
    said: dict[str, str] = {}

    def kept(record: UnitRecord, language: Any) -> Document:
        made = document(record, language)
        said[language] = msgspec.json.encode(made).decode()
        return made

    monkeypatch.setattr("services.evaluation.api.unit_dossiers.document", kept)
    return said


async def test_it_holds_scores_appeals_and_terms_and_proves_them_in_one_file(
    desk: Desk, printed: dict[str, str]
) -> None:
    """R11, R54, R55: the same bytes for the same record; a changed figure is found."""
    await results(desk)
    dossier = await taken(desk)
    assert await taken(desk) == dossier
    told = verify_dossier(io.BytesIO(dossier))
    assert told[0].startswith("evaluation-company.ledger: verified: ")
    assert told[1] == "evaluation-company.ledger: complete: the ledger holds no other event of these projects"
    with pytest.raises(NotProved, match=r"evaluation-company\.ledger: position"):
        verify_dossier(io.BytesIO(dossier.replace(b'"total":"85.50"', b'"total":"95.50"')))

    files = files_of(dossier)
    assert all(files[f"scores.{language}.pdf"].startswith(b"%PDF-") for language in ("zh-CN", "en"))
    schemas = json.loads(files["score-schemas.json"])
    assert {"ScoreFixed", "ScoreAdjusted", "AppealFiled", "AppealAnswered"} <= schemas.keys()
    data = json.loads(files["scores.json"])
    assert [one["reference"] for one in data["scores"]] == [p.DRAFT.reference]
    terms = [one["term"]["person"] for one in data["appraisal"]["secretaries"]]
    assert terms == [person(FIRST), person(SECOND)]
    assert {one["score"] for one in data["appraisal"]["secretaries"]} == {"85.50"}
    for text in ("85.50", APPEALS.reason, ANSWERS.answer, ADJUSTS.reason, ADJUSTS.document, "branch"):
        assert [language for language in printed if text in printed[language]] == ["zh-CN", "en"], text
    for language, words in {
        "en": ("branch secretary", "accepted", "154 of 225"),
        "zh-CN": ("党支部书记", "采纳", "154 / 225", "得分复核申请"),
    }.items():
        assert not [one for one in words if one not in printed[language]]


async def test_a_companys_year_holds_its_units_projects_and_only_their_years_tell_them(desk: Desk) -> None:
    await results(desk)
    of_company = f"/units/{p.COMPANY}/dossier"
    files = files_of(await taken(desk, path=f"{of_company}?year=2026"))
    assert [one["project"] for one in json.loads(files["scores.json"])["scores"]] == [str(THE_PROJECT)]
    assert (await code(desk, AUDITOR, f"{of_company}?year=2025")) == (409, "NoScoreFixedInYear")
    assert (await code(desk, AUDITOR, "/units/workshop/dossier?year=2026")) == (409, "NoScoreFixedInYear")
    assert (await code(desk, AUDITOR, f"{of_company}?year=2027")) == (422, "AppraisalYearNotBegun")


async def test_asked_again_with_its_cut_it_is_the_same_bytes_whatever_was_done_since(desk: Desk) -> None:
    await results(desk)
    first = await taken(desk)
    cut = json.loads(files_of(first)["cut-evaluation.json"])["cut"]
    await desk.own.does(replace(ADJUSTS, reason="再次复核", total=ADJUSTS.total + 1), decider=PROJECT_SCORE)
    await desk.signing.round()
    assert await taken(desk) != first
    assert await taken(desk, f"&cut={cut}") == first


async def test_what_is_not_signed_yet_is_waited_for_where_there_is_nothing_else(desk: Desk) -> None:
    await a_year(desk)
    assert await code(desk, AUDITOR) == (409, "NotSignedYet")
    await desk.signing.round()
    assert await taken(desk)


async def test_withdrawn_texts_are_printed_no_more(desk: Desk, printed: dict[str, str]) -> None:
    """R74: also in a dossier made again up to before it; the record and its proof stay."""
    await results(desk)
    first = await taken(desk)
    cut = json.loads(files_of(first)["cut-evaluation.json"])["cut"]
    text = p.REVISE.proposal.title
    assert text in printed["en"]
    withdraw = WithdrawText(p.by("reviewer", "secrecy_reviewer"), hash_of(text), "含姓名", TODAY, said=(2,))
    await desk.projects.does(withdraw)
    again = await taken(desk, f"&cut={cut}")
    assert text not in printed["en"] + printed["zh-CN"]
    assert files_of(again)["evaluation-company.ledger"] == files_of(first)["evaluation-company.ledger"]


async def test_it_is_given_as_the_score_of_each_project_is(desk: Desk) -> None:
    """R67, R74, R76: to audit and discipline; outside once each of its projects was reviewed since."""
    await results(desk)
    for name, status in {
        "party department": (403, "OnlyAuditTakesDossiers"),
        "auditor of the other company": (404, "NotKnown"),
        "stranger": (404, "NotKnown"),
    }.items():
        assert await code(desk, name) == status, name
    known = desk.organisation
    (own,) = known.offices_of(person(OUTSIDE), TODAY)
    known.terms[own.id] = replace(own, document="审通〔2026〕7号", opened_in=p.GROUP)
    assert await code(desk, OUTSIDE) == (409, "NotReviewedForOutside")
    reviewer = p.by("reviewer", "secrecy_reviewer")
    desk.projects.clock.set(desk.own.clock.now())
    await desk.projects.does(ReviewSecrecy(reviewer, "dossier", "internal", TODAY))
    assert await taken(desk, name=OUTSIDE)
    assert await taken(desk)
    looks = (await desk.get("/looks", "discipline of the company")).json()["looks"]
    assert ("dossier", p.BRANCH) in [(one["what"], one["of"]) for one in looks]
