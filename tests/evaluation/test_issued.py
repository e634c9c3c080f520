"""Issued appraisals over HTTP, and what changes of them by itself (R11, R54, R55, R63)."""

from __future__ import annotations

import io
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from services.evaluation.appraisal.adjusting import AdjustingAppraisals
from services.evaluation.appraisal.issuing import appraisal_id
from services.evaluation.domain.project_score import PROJECT_SCORE
from services.evaluation.domain.review.cycle import CYCLE
from services.evaluation.domain.review.cycle.beginning import CycleOpened
from services.evaluation.domain.review.cycle.collecting import ProjectCollected
from services.evaluation.domain.review.cycle.confirming import Awarded, AwardRevoked, AwardsConfirmed
from services.evaluation.unit_dossier import UnitRecord, document
from shared.domain import By, Decider, OfficeId
from shared.printing import Document
from shared.sentences import Language
from shared.verifier import NotProved, verify_dossier
from tests.evaluation.review.a_review import (
    BRANCHES,
    EAST,
    GROUP,
    SOMEBODY,
    Happened,
    Review,
    a_review,
    project,
)
from tests.evaluation.review.test_cycle import entrant
from tests.evaluation.test_project_score import ADJUST
from tests.evaluation.test_score_dossier import files_of
from tests.projects.a_group import appointed, person
from tests.support.engines import Database
from tests.support.recorded import recorded

BRANCH, OTHER = BRANCHES[EAST]
ISSUED = f"/appraisals/2026/units/{BRANCH}/issued"
ISSUE = "/appraisals/issue-appraisal"
FIRST, SECOND = "secretary of east 1", SOMEBODY
HQ, DEPARTMENT = "headquarters", "party department of east"
TURN = date(2026, 4, 1)
PROJECT = project(2)


def term(name: str) -> str:
    return f"{name} branch_secretary {BRANCH}"


@pytest.fixture
async def review(database: Database, tmp_path: Path) -> AsyncIterator[Review]:
    """One project of a branch that had two secretaries is closed, and its score is fixed."""
    async with a_review(database, tmp_path) as made:
        known = made.desk.organisation
        known.apply(recorded(known.position + 1, appointed(SECOND, "branch_secretary", BRANCH)))
        first, second = (known.terms[OfficeId(term(name))] for name in (FIRST, SECOND))
        known.terms |= {first.id: replace(first, end=TURN), second.id: replace(second, since=TURN)}
        await made.closes(2)
        await made.fixes_scores(on=date(2026, 1, 21))
        yield made


async def issued(review: Review) -> AdjustingAppraisals:
    """The year of the branch, and what watches over it."""
    review.at(date(2026, 10, 20))
    await review.does(ISSUE, unit=BRANCH, year=2026)
    return AdjustingAppraisals(review.desk.parts)


async def adjusted(review: Review, work: AdjustingAppraisals) -> dict[str, Any]:
    """Whatever changed was said; again, by the same or by another process, nothing is."""
    await review.desk.caught_up()
    await work.adjust_changed()
    found: dict[str, Any] = await review.reads(ISSUED)
    for again in (work, AdjustingAppraisals(review.desk.parts)):
        await review.desk.caught_up()
        await again.adjust_changed()
    assert await review.reads(ISSUED) == found
    return found


async def adjust_score(review: Review, total: str = "85.50") -> None:
    command = replace(ADJUST, by=replace(ADJUST.by, unit=EAST), total=Decimal(total))
    await review.desk.own.does(command, decider=PROJECT_SCORE, stream=PROJECT, ledger=EAST)


async def test_what_is_issued_is_what_the_table_says(review: Review) -> None:
    """R11: by term, with weights and the events that they follow from."""
    await issued(review)
    found = await review.reads(ISSUED)
    table = {one["term"]: one for one in (await review.reads("/appraisals/2026"))["secretaries"]}
    assert [one["term"] for one in found["terms"]] == [term(FIRST), term(SECOND)]
    for one in found["terms"]:
        line = table[one["term"]]
        assert (one["person"], one["changed"], one["adjusted"]) == (line["person"], False, None)
        told = ("since", "until", "days", "score", "grade")
        assert [one["issued"][name] for name in told] == [line[name] for name in told]
    fixed = (await review.reads(f"/scores/{PROJECT}"))["fixed_event"]
    weights = [[(w["days"], w["of"], w["events"]) for w in o["issued"]["projects"]] for o in found["terms"]]
    assert weights == [[(71, 225, [fixed])], [(154, 225, [fixed])]]
    (event,) = await review.desk.own.ledgers.named(EAST, "AppraisalIssued")
    assert event.id == found["event"]


async def test_who_runs_the_reviews_of_the_unit_issues_once_and_after_the_year(review: Review) -> None:
    review.at(date(2026, 9, 30))
    await review.is_refused("AppraisalYearNotOver", ISSUE, unit=BRANCH, year=2026)
    await review.is_refused("AppraisalYearNotBegun", ISSUE, unit=BRANCH, year=1)
    for name in (FIRST, SECOND, "auditor", "party department of west"):
        await review.is_refused("NotAllowed", ISSUE, name, unit=BRANCH, year=2026)
    await review.is_refused("NotKnown", ISSUE, unit=str(UUID(int=5)), year=2026)
    review.at(date(2026, 10, 1))
    await review.is_refused("NobodyToAppraise", ISSUE, unit=EAST, year=2026)
    await review.does(ISSUE, DEPARTMENT, unit=BRANCH, year=2026)
    await review.is_refused("AppraisalIsIssued", ISSUE, unit=BRANCH, year=2026)


async def test_it_is_not_issued_before_every_score_is_final(review: Review) -> None:
    """R55: an appeal that waits for its answer keeps the unit's year open, and no other unit's."""
    at, asked = f"/scores/{PROJECT}", {"about": "closing", "reason": "一个读数迟到"}
    await review.does(f"{at}/file-appeal", FIRST, **asked)
    review.at(date(2026, 10, 20))
    await review.is_refused("FiguresAreNotFinal", ISSUE, unit=BRANCH, year=2026)
    await review.does(ISSUE, unit=OTHER, year=2026)
    answer: dict[str, Any] = {"about": "closing", "accepted": False, "answer": "读数无误"}
    await review.does(f"{at}/answer-appeal", **answer)
    await review.does(ISSUE, unit=BRANCH, year=2026)


async def test_a_project_that_is_closed_and_not_fixed_yet_keeps_the_year_open(review: Review) -> None:
    """R54."""
    await review.closes(4)
    review.at(date(2026, 10, 20))
    await review.desk.caught_up()
    await review.is_refused("FiguresAreNotFinal", ISSUE, unit=BRANCH, year=2026)


async def test_an_adjusted_score_adjusts_what_was_issued_and_the_old_figure_stays(review: Review) -> None:
    """R54, R63."""
    work = await issued(review)
    before = (await review.reads(ISSUED))["terms"]
    await adjust_score(review)
    found = await adjusted(review, work)
    assert [one["issued"] for one in found["terms"]] == [one["issued"] for one in before]
    assert [one["adjusted"]["score"] for one in found["terms"]] == ["85.50", "85.50"]
    (change,) = found["adjustments"]
    (mended,) = await review.desk.own.ledgers.named(EAST, "ScoreAdjusted")
    assert change["causes"] == [mended.id]


async def test_what_changed_while_nobody_watched_is_said_by_who_starts_next(review: Review) -> None:
    """R63: nothing is lost when the process dies; several changes come as one."""
    await issued(review)
    await adjust_score(review, "85.50")
    await adjust_score(review, "91.00")
    found = await adjusted(review, AdjustingAppraisals(review.desk.parts))
    (change,) = found["adjustments"]
    assert [one["adjusted"]["score"] for one in found["terms"]] == ["91.00", "91.00"]
    assert change["causes"] == [o.id for o in await review.desk.own.ledgers.named(EAST, "ScoreAdjusted")]


@pytest.mark.parametrize("corrected", [date(2026, 3, 1), date(2026, 1, 1)])
async def test_a_corrected_term_adjusts_its_days(review: Review, corrected: date) -> None:
    """R11: a term that is no more in the year has no figures any more."""
    work = await issued(review)
    assert await work.adjust_changed() == 0
    terms = review.desk.organisation.terms
    first = terms[OfficeId(term(FIRST))]
    terms[first.id] = replace(first, end=corrected)
    review.desk.organisation.position += 1
    found = await adjusted(review, work)
    line = found["terms"][0]
    assert line["changed"]
    assert (line["adjusted"] and line["adjusted"]["until"]) == {1: None, 3: "2026-02-28"}[corrected.month]
    assert line["issued"]["until"] == "2026-03-31"
    assert found["adjustments"][0]["causes"] == [f"projects/group/{review.desk.organisation.position}"]


async def test_each_secretary_reads_the_own_and_whoever_appraises_all(review: Review) -> None:
    """R11, R76."""
    await issued(review)
    for name in (HQ, DEPARTMENT, "auditor"):
        assert len((await review.reads(ISSUED, name))["terms"]) == 2, name
    for name in (FIRST, SECOND):
        assert [one["person"] for one in (await review.reads(ISSUED, name))["terms"]] == [person(name)]
    for name in ("secretary of east 2", "party department of west", "clerk"):
        assert (await review.asks(ISSUED, name)).status_code == 404, name
    assert (await review.asks(ISSUED.replace(BRANCH, OTHER), HQ)).status_code == 404
    looks = (await review.reads("/looks", "discipline"))["looks"]
    assert [(one["person"], one["of"]) for one in looks] == [(person("auditor"), BRANCH)]


RAW: Decider[Any, Any, Any] = Decider(
    "review_cycle", None, lambda command, _: command.events, lambda state, _: state, (), CYCLE.events
)


async def happens(review: Review, *events: Any) -> None:
    happened = Happened(By(person(HQ), HQ, GROUP), events)
    await review.desk.own.does(happened, decider=RAW, stream=UUID(int=99), ledger="group")


async def test_an_award_that_is_confirmed_or_revoked_later_is_said(review: Review) -> None:
    """R63."""
    work = await issued(review)
    opened = CycleOpened(
        GROUP,
        GROUP,
        GROUP,
        2026,
        "",
        date(2025, 10, 1),
        date(2026, 9, 30),
        (),
        False,
        person(HQ),
    )
    of = replace(entrant(str(PROJECT)), branch=BRANCH, unit=EAST)
    await happens(review, opened, ProjectCollected(of, date(2026, 9, 1), ""))
    assert (await adjusted(review, work))["adjustments"] == []
    await happens(review, AwardsConfirmed(1, "m", "〔2026〕1号", (Awarded(str(PROJECT), "first"),)))
    (given,) = (await adjusted(review, work))["adjustments"]
    revoked = AwardRevoked(str(PROJECT), "first", "数据有误", "〔2027〕1号", date(2026, 10, 21))
    await happens(review, revoked)
    causes = [one["causes"] for one in (await adjusted(review, work))["adjustments"]]
    events = [
        (await review.desk.own.ledgers.named("group", name))[0].id
        for name in ("AwardsConfirmed", "AwardRevoked")
    ]
    assert (given["causes"], causes) == ([events[0]], [[events[0]], [events[1]]])
    (*_, last) = await review.desk.own.ledgers.read_stream(appraisal_id(BRANCH, 2026))
    assert [one.revoked for one in last.event.after.projects[0].awards] == [events[1]]
    assert "数据有误" not in last.body.decode(), "why it was revoked stays where it can be withdrawn (R74)"


async def test_the_dossier_of_the_units_year_proves_what_was_issued_and_adjusted(
    review: Review, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R11, R63: with both figures, though it was issued after the year of appraisal; offline."""
    said: dict[str, Document] = {}

    def kept(record: UnitRecord, language: Language) -> Document:
        said[language] = document(record, language)
        return said[language]

    monkeypatch.setattr("services.evaluation.api.unit_dossiers.document", kept)
    taken = f"/units/{BRANCH}/dossier?year=2026"
    await review.desk.signing.round()
    assert json.loads(files_of((await review.asks(taken, "auditor")).content)["scores.json"])["issued"] == []
    assert _sections(said, ISSUED_HEADINGS) == ISSUED_HEADINGS
    work = await issued(review)
    before = (await review.reads(ISSUED))["terms"][0]["issued"]["score"]
    await adjust_score(review)
    await adjusted(review, work)
    await review.desk.signing.round()
    dossier = (await review.asks(taken, "auditor")).content
    ledger = f"evaluation-{EAST}.ledger"
    assert verify_dossier(io.BytesIO(dossier))[0].startswith(f"{ledger}: verified: ")
    with pytest.raises(NotProved, match=ledger):
        verify_dossier(io.BytesIO(dossier.replace(b'"name":"AppraisalIssued"', b'"name":"AppraisalIssueD"')))
    files = files_of(dossier)
    assert [one["name"] for one in json.loads(files["scores.json"])["issued"]] == [
        "AppraisalIssued",
        "AppraisalAdjusted",
    ]
    assert {"AppraisalIssued", "AppraisalAdjusted"} <= json.loads(files["score-schemas.json"]).keys()
    (adjusting,) = await review.desk.own.ledgers.named(EAST, "AppraisalAdjusted")
    for language, heading in ISSUED_HEADINGS.items():
        (section,) = [one for one in said[language].sections if one.heading == heading]
        first, second, changed, other = section.rows
        assert first[3].startswith(before)
        assert changed[3].startswith(f"{first[3]} → 85.50"), language
        assert changed[1].splitlines()[1:] == [*adjusting.event.causes]
        assert (first[2], second[2]) == (changed[2], other[2])


ISSUED_HEADINGS = {"en": "Appraisal as it was issued", "zh-CN": "已报送的述职数据"}


def _sections(said: dict[str, Document], headings: dict[str, str]) -> dict[str, str]:
    """Of each language the heading, where its section says that there is nothing."""
    empty = {(language, one.heading) for language, of in said.items() for one in of.sections if not one.rows}
    return {language: heading for language, heading in headings.items() if (language, heading) in empty}
