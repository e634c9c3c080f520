"""Evaluation's part of a dossier: the fixed score with its proof, given to audit and discipline alone."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from services.evaluation.domain.project_score import PROJECT_SCORE, AdjustScore, FixScore
from services.projects.domain.project.secrecy import Purpose, ReviewSecrecy, WithdrawText
from shared.dossier import unpack
from shared.verifier import NotProved, verify_dossier
from shared.withdrawn import hash_of
from tests.evaluation.a_desk import Desk
from tests.evaluation.test_project_score import ADJUST, FIX
from tests.projects import a_project as p
from tests.projects.a_group import appointed, person
from tests.support.living import THE_PROJECT
from tests.support.recorded import recorded

DOSSIER = f"/scores/{THE_PROJECT}/dossier"
ANOTHER = UUID(int=13)  # in the same ledger
TODAY = date(2026, 1, 20)
AUDITOR = "auditor of the company"
FIXING = replace(FIX, project=str(THE_PROJECT), body=p.COMPANY)


async def fixed(desk: Desk, *acts: FixScore | AdjustScore) -> None:
    """The project closes as far as evaluation knows, and its score stands signed in the ledger."""
    await desk.projects.does(p.DRAFT, p.REVISE, p.SUBMIT)
    await desk.own.does(*acts, decider=PROJECT_SCORE)
    other = replace(FIXING, project=str(ANOTHER))
    await desk.own.does(other, decider=PROJECT_SCORE, stream=ANOTHER)
    await desk.signing.round()


async def taken(desk: Desk, query: str = "") -> bytes:
    answer = await desk.get(DOSSIER + query, AUDITOR)
    assert answer.status_code == 200, answer.text
    return answer.content


async def test_it_holds_the_derivation_as_data_and_to_read_with_its_proof(desk: Desk) -> None:
    await fixed(desk, FIXING, replace(ADJUST, by=replace(ADJUST.by, unit=p.COMPANY)))
    dossier = await taken(desk)
    assert await taken(desk) == dossier
    told = verify_dossier(io.BytesIO(dossier))
    assert told[0].startswith("evaluation-company.ledger: verified: ")
    assert told[1] == "evaluation-company.ledger: complete: the ledger holds no other event of these projects"
    files = {name: file.read() for name, file in unpack(io.BytesIO(dossier)).items()}
    derived = json.loads(files["score.json"])
    assert derived["total"] == "0.00"
    assert [group["code"] for group in derived["score"]["groups"]]
    assert {"ScoreFixed", "ScoreAdjusted"} <= json.loads(files["score-schemas.json"]).keys()
    assert all(files[f"score.{language}.pdf"].startswith(b"%PDF-") for language in ("zh-CN", "en"))


async def test_asked_again_with_its_cut_it_is_as_before_the_adjustment(desk: Desk) -> None:
    await fixed(desk, FIXING)
    first = await taken(desk)
    cut = json.loads(unpack(io.BytesIO(first))["cut-evaluation.json"].read())["cut"]
    await desk.own.does(replace(ADJUST, by=replace(ADJUST.by, unit=p.COMPANY)), decider=PROJECT_SCORE)
    await desk.signing.round()
    assert await taken(desk) != first
    assert await taken(desk, f"?cut={cut}") == first
    answer = await desk.get(f"{DOSSIER}?cut=20260101-0000000000000000", AUDITOR)
    assert (answer.status_code, answer.json()["code"]) == (404, "NoSuchDossierCut")


async def test_why_it_was_adjusted_is_printed_no_more_once_the_project_withdrew_the_text(desk: Desk) -> None:
    """R74: the record of it and its proof stay."""
    reason = p.REVISE.proposal.problem
    await fixed(desk, FIXING, replace(ADJUST, by=replace(ADJUST.by, unit=p.COMPANY), reason=reason))
    first = await taken(desk)
    cut = json.loads(unpack(io.BytesIO(first))["cut-evaluation.json"].read())["cut"]
    reviewer = p.by("reviewer", "secrecy_reviewer")
    await desk.projects.does(WithdrawText(reviewer, hash_of(reason), "病情", TODAY, said=(2,)))
    head = await desk.projects.ledgers.head("company")
    again = await taken(desk, f"?cut={cut}&wait_for=projects/company:{head.position}")
    one, other = (files_of(dossier) for dossier in (first, again))
    assert {name for name in one if one[name] != other[name]} == {"score.en.pdf", "score.zh-CN.pdf"}


async def test_nor_once_a_secrecy_reviewer_withdrew_it_from_the_score_itself(desk: Desk) -> None:
    """R74."""
    adjust = replace(ADJUST, by=replace(ADJUST.by, unit=p.COMPANY))
    await fixed(desk, FIXING, adjust)
    reviewer = "secrecy reviewer"
    desk.organisation.apply(
        recorded(desk.organisation.position + 1, appointed(reviewer, "secrecy_reviewer", p.COMPANY))
    )
    first = await taken(desk)
    cut = json.loads(unpack(io.BytesIO(first))["cut-evaluation.json"].read())["cut"]
    path = f"/scores/{THE_PROJECT}/withdraw-score-text"
    body = {"sha256": hash_of(adjust.reason), "reason": "病情"}
    for other in (AUDITOR, "headquarters", "stranger"):
        refused = await desk.post(path, other, **body)
        assert (refused.status_code, refused.json()["code"]) == (404, "NotKnown"), other
    withdrawn = await desk.post(path, reviewer, **body)
    assert withdrawn.json()["events"] == ["ScoreTextWithdrawn"], withdrawn.text
    one, other_ = (files_of(dossier) for dossier in (first, await taken(desk, f"?cut={cut}")))
    assert {name for name in one if one[name] != other_[name]} == {"score.en.pdf", "score.zh-CN.pdf"}
    await desk.signing.round()
    assert verify_dossier(io.BytesIO(await taken(desk)))


def files_of(dossier: bytes) -> dict[str, bytes]:
    return {name: file.read() for name, file in unpack(io.BytesIO(dossier)).items()}


async def test_a_changed_mark_is_found(desk: Desk) -> None:
    await fixed(desk, FIXING, replace(ADJUST, by=replace(ADJUST.by, unit=p.COMPANY)))
    dossier = (await taken(desk)).replace(b'"total":"85.50"', b'"total":"95.50"')
    with pytest.raises(NotProved, match=r"evaluation-company\.ledger: position 2"):
        verify_dossier(io.BytesIO(dossier))


async def test_only_audit_and_discipline_are_given_it_and_only_once_it_is_fixed(desk: Desk) -> None:
    await desk.projects.does(p.DRAFT, p.REVISE, p.SUBMIT)
    early = await desk.get(DOSSIER, AUDITOR)
    assert (early.status_code, early.json()["code"]) == (409, "NoScoreFixedYet")
    await desk.own.does(FIXING, decider=PROJECT_SCORE)
    unsigned = await desk.get(DOSSIER, AUDITOR)
    assert (unsigned.status_code, unsigned.json()["code"]) == (409, "NotSignedYet")
    for name, status in {"headquarters": 403, "auditor of the other company": 404}.items():
        assert (await desk.get(DOSSIER, name)).status_code == status, name


async def test_under_a_mandate_it_is_given_once_the_dossier_was_reviewed_as_it_stands(desk: Desk) -> None:
    """R74: as the project's part; own audit does not wait, and a review before an adjustment is none."""
    await fixed(desk, FIXING)
    outside, known = "auditor of the group", desk.organisation
    (own,) = known.offices_of(person(outside), TODAY)
    known.terms[own.id] = replace(own, document="审通〔2026〕7号", opened_in=p.GROUP)

    async def answered() -> str:
        await desk.signing.round()
        answer = await desk.get(DOSSIER, outside)
        return "given" if answer.status_code == 200 else str(answer.json()["code"])

    def reviews(purpose: Purpose) -> ReviewSecrecy:
        return ReviewSecrecy(p.by("reviewer", "secrecy_reviewer"), purpose, "internal", TODAY)

    assert await answered() == "NotReviewedForOutside"
    assert await taken(desk)
    await desk.projects.does(reviews("spread"))
    assert await answered() == "NotReviewedForOutside"
    await desk.projects.does(reviews("dossier"))
    assert await answered() == "given"
    desk.own.clock.set(desk.projects.clock.now())
    await desk.own.does(replace(ADJUST, by=replace(ADJUST.by, unit=p.COMPANY)), decider=PROJECT_SCORE)
    assert await answered() == "NotReviewedForOutside"


async def test_a_look_at_it_is_on_the_record_and_shown_to_audit_and_discipline_alone(desk: Desk) -> None:
    await fixed(desk, FIXING)
    await taken(desk, "?complete=false")
    looks = (await desk.get("/looks", "discipline of the company")).json()["looks"]
    assert [(one["person"], one["what"], one["of"], one["asked"]) for one in looks] == [
        (person(AUDITOR), "dossier", str(THE_PROJECT), "complete=false")
    ]
    assert (await desk.get("/looks")).json()["code"] == "OnlyAuditSeesWhoLooked"
