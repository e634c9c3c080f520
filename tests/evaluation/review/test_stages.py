"""A project's stages and the practices that others took up go to the appraisal of their year (R24, R40)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from services.evaluation.domain.appraisal import Days, appraise
from services.evaluation.domain.tally import Adoption, Stage
from services.projects.domain.project.content import Seat
from services.projects.domain.project.figures import FigureThen
from services.projects.domain.project.practice import AdoptionCredited
from services.projects.domain.project.secrecy import TextWithdrawn
from services.projects.domain.project.stage import StageReviewed
from shared.withdrawn import MARK, hash_of
from tests.evaluation.review.a_review import (
    BRANCHES,
    EAST,
    RAW,
    Happened,
    Review,
    project,
)
from tests.evaluation.test_appraisal import BRANCH, FIRST, SECOND, WHOLE, YEAR, led, year
from tests.projects import a_project as p

CUT_OFF = date(2026, 9, 30)
STAGE = Stage(2026, CUT_OFF, "party_department", "company", "已过半", (), "projects/company/7")
ADOPTED = Adoption("other", "other branch", date(2026, 11, 3), "projects/company/9")
NEXT_YEAR = Days(YEAR.end, date(2027, 10, 1))
RUNNING = replace(led("1", date(2026, 1, 1), None), stages=(STAGE,))


def test_a_stage_is_of_the_year_by_whose_end_it_was_reviewed_and_no_score_counts() -> None:
    """R24, R25: with who was secretary then; in the next year the project is there, and the stage is not."""
    first, second = year([RUNNING], FIRST, SECOND).secretaries
    assert [(part.stages, part.counts) for one in (first, second) for part in one.parts] == [
        ((), None),
        ((STAGE,), None),
    ]
    later = replace(RUNNING, ran=Days(RUNNING.ran.since, date(2027, 2, 1)))
    (secretary,) = appraise(BRANCH, NEXT_YEAR, [WHOLE], [later]).secretaries
    assert [part.stages for part in secretary.parts] == [()]


def test_an_adoption_is_of_the_term_in_which_it_was_verified_also_long_after_the_closing() -> None:
    """R40: it is a figure of its own, and changes no score."""
    closed = replace(led("1", date(2026, 1, 1), date(2026, 8, 31)), adoptions=(ADOPTED,))
    (secretary,) = year([closed], WHOLE).secretaries
    assert (secretary.score, secretary.adopted) == (closed.fixed and closed.fixed.total, ())
    (secretary,) = appraise(BRANCH, NEXT_YEAR, [WHOLE], [closed]).secretaries
    assert (secretary.parts, secretary.score, secretary.adopted) == ((), None, ((closed, ADOPTED),))


async def test_both_are_read_from_the_events_of_the_project(review: Review) -> None:
    """R24, R40: a withdrawn note is shown no more (R74), and what is fixed is not moved by either."""
    number, branch = 2, BRANCHES[EAST][0]
    await review.closes(number)
    await review.fixes_scores()
    seat = Seat("party_department", EAST)
    figures = (FigureThen("rework", "返修率", Decimal("10.6"), Decimal(5), "2026-08", None, None, "none"),)
    stage = StageReviewed(2026, CUT_OFF, date(2026, 10, 9), seat, p.PRECHECKER.person, "已过半", figures)
    adopted = AdoptionCredited(str(project(9)), BRANCHES[EAST][1], EAST, "rework", date(2026, 9, 20))
    happened = Happened(p.PRECHECKER, (stage, adopted))
    await review.desk.projects.does(happened, decider=RAW, stream=project(number), ledger=EAST)
    term = f"secretary of east 1 branch_secretary {branch}"
    found = await review.reads(f"/appraisals/2026/terms/{term}")
    ((told,), (one,)) = found["parts"][0]["stages"], found["adopted"]
    assert (told["note"], told["cut_off"], told["figures"][0]["value"]) == ("已过半", "2026-09-30", None)
    assert (one["origin"], one["project"], one["on"]) == (str(project(2)), str(project(9)), "2026-09-20")
    assert told["event"].startswith(f"projects/{EAST}/")
    assert (await review.reads("/suspicions/score-moved", "auditor"))["scores"] == []
    gone = TextWithdrawn(hash_of("已过半"), "涉密", date(2026, 10, 9), p.PRECHECKER.person)
    withdrawn = Happened(p.PRECHECKER, (gone,))
    await review.desk.projects.does(withdrawn, decider=RAW, stream=project(number), ledger=EAST)
    found = await review.reads(f"/appraisals/2026/terms/{term}")
    assert found["parts"][0]["stages"][0]["note"] == MARK + hash_of("已过半")
