"""What reviews gave stands in the dossier of a unit's year: marks and awards, with their proof."""

from __future__ import annotations

import io
import json
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from services.evaluation.domain.review.cycle.confirming import (
    Awarded,
    AwardRevoked,
    AwardsConfirmed,
    ProjectMovedUp,
)
from services.evaluation.domain.review.mark import ReviewScoreAdjusted
from services.evaluation.schemes import default_scheme
from services.evaluation.unit_dossier import OfProject, UnitRecord, calendar_year, document
from services.evaluation.unit_dossier.tables import _mark
from shared.printing import Document
from shared.verifier import NotProved, verify_dossier
from tests.evaluation.review.a_review import FAR, WEST, Review, project
from tests.evaluation.review.test_group_review import awarded
from tests.evaluation.review.test_review_dossier import files_of
from tests.support.recorded import recorded


def of_project(name: str, *acts: Any) -> OfProject:
    """One with these acts of a review, one after the other."""
    found = [msgspec.structs.replace(recorded(at, act), event=act) for at, act in enumerate(acts, 1)]
    ran, scheme = calendar_year(2026), default_scheme()
    return OfProject(name, name, name, "unit", ran, scheme, (), (), (), found)


def test_a_mark_that_was_adjusted_shows_both_figures_and_why() -> None:
    """R54, R55."""
    adjusted = ReviewScoreAdjusted(
        "a", "r", Decimal("80.00"), Decimal("82.50"), "third", "second", "漏计一轮", "〔2027〕4号"
    )
    said = _mark(of_project("a"), adjusted, "zh-CN")
    assert said == ("", "三等奖 → 二等奖\n漏计一轮\n〔2027〕4号", "80.00 → 82.50", "")


async def test_marks_and_awards_are_proved_and_nothing_else_of_the_review_is_told(
    review: Review, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R54, R63, R67: of the projects of all units of a company; of the review the award list alone."""
    said: dict[str, str] = {}

    def kept(record: UnitRecord, language: Any) -> Document:
        made = document(record, language)
        said[language] = msgspec.json.encode(made).decode()
        return made

    monkeypatch.setattr("services.evaluation.api.unit_dossiers.document", kept)
    await awarded(review)
    await review.fixes_marks()
    await review.desk.signing.round()
    answer = await review.asks(f"/units/{WEST}/dossier?year=2026", "auditor")
    assert answer.status_code == 200, answer.text
    told = verify_dossier(io.BytesIO(answer.content))
    whole = "evaluation-group.ledger: complete: the ledger holds no other event of these projects"
    assert whole in told, "the proof of the awards takes nothing from it"
    (proved,) = [line for line in told if line.startswith("evaluation-group-awards.ledger: verified: ")]
    assert ", 1 of " in proved
    files = files_of(answer.content)
    assert files["evaluation-group-awards.ledger"].count(b'"aggregate":') == 1
    assert b'"name":"AwardsConfirmed"' in files["evaluation-group-awards.ledger"]
    with pytest.raises(NotProved, match=r"evaluation-group-awards\.ledger: position"):
        verify_dossier(io.BytesIO(answer.content.replace(b'"award":"third"', b'"award":"first"')))
    scores = json.loads(files["scores.json"])["scores"]
    assert [one["project"] for one in scores] == [str(project(number)) for number in (3, 4)]
    names = [[event["name"] for event in one["events"]] for one in scores]
    assert {"ScoreFixed", "ReviewScoreFixed", "AwardsConfirmed"} == {*names[0], *names[1]}
    assert b"ScorecardSubmitted" not in b"".join(files.values())
    for language, words in {
        "en": ("third prize", "on-site review: cards"),
        "zh-CN": ("三等奖", "现场评审：评委"),
    }.items():
        assert not [one for one in words if one not in said[language]]
    none = await review.asks(f"/units/{FAR}/dossier?year=2026", "auditor")
    assert none.json()["code"] == "NoScoreFixedInYear"


def test_an_award_that_was_revoked_stays_and_says_why() -> None:
    """R63; who moved up has the award from then on."""
    confirmed = AwardsConfirmed(1, "m", "〔2026〕14号", (Awarded("a", "first"), Awarded("b", "second")))
    revoked = AwardRevoked("a", "first", "false figures", "〔2027〕3号")
    moved = ProjectMovedUp("b", "first", "a", "〔2027〕3号")
    given = of_project("a", confirmed, revoked).given()
    assert [(one.award, one.reason, bool(one.revoked)) for one in given] == [("first", "false figures", True)]
    given = of_project("b", confirmed, moved).given()
    assert [one.award for one in given if not one.revoked] == ["first"]
