"""What another version's rules would have said of a project, of one and of all."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from services.evaluation.domain import heard
from services.evaluation.domain.score import score
from services.evaluation.domain.tally import Tally
from services.evaluation.domain.what_if import score_under
from services.evaluation.schemes import default_scheme, read_scheme
from tests.evaluation.a_desk import Desk
from tests.evaluation.a_programme import published
from tests.evaluation.test_score import CLOSED, JUNE, after, approved, milestone
from tests.projects import a_project as p
from tests.projects.a_group import TODAY
from tests.support.living import THE_PROJECT

SHIPPED = Path("services/evaluation/default/scheme.yaml").read_text("utf-8")
YEAR_END = date(2026, 12, 31)


def doubled() -> dict[str, Any]:
    """The shipped scheme, but `real_problem` weighs 14 of 20 instead of 8, and its neighbours 3."""
    scheme: dict[str, Any] = yaml.safe_load(SHIPPED)
    weights = {"real_problem": 14, "clear_target": 3, "same_deployment": 3}
    for criterion in scheme["groups"][0]["criteria"]:
        criterion["weight"] = weights[criterion["code"]]
    return scheme


OTHER = read_scheme(yaml.safe_dump(doubled(), allow_unicode=True))


def closed_with_marks() -> Tally:
    marks = (heard.Mark("real_problem", Decimal(7)), heard.Mark("influence", Decimal(5)))
    return after(approved(milestone("1", JUNE)), heard.ClosureAssessed(marks, p.COMPANY), CLOSED)


def test_by_its_own_scheme_a_project_scores_what_it_scores() -> None:
    tally, own = closed_with_marks(), default_scheme()
    assert score_under(tally, own, own, YEAR_END) == score(tally, own, YEAR_END)


def test_a_mark_keeps_its_share_of_the_criterion() -> None:
    """7 of 8 points are 12.25 of 14; a plain reading of the mark would make half of it."""
    tally = closed_with_marks()
    basis = score_under(tally, default_scheme(), OTHER, YEAR_END).groups[0]
    (problem,) = (criterion for criterion in basis.criteria if criterion.code == "real_problem")
    assert (problem.weight, problem.earned) == (14, Decimal("12.25"))


def test_what_the_own_scheme_does_not_have_nobody_marked() -> None:
    scheme = doubled()
    scheme["groups"][0]["criteria"][0]["code"] = "another"
    other = read_scheme(yaml.safe_dump(scheme, allow_unicode=True))
    found = score_under(closed_with_marks(), default_scheme(), other, YEAR_END).groups[0].criteria[0]
    assert (found.code, found.earned, found.items[0].reason) == ("another", 0, "NotJudged")


async def test_one_and_all_are_asked_under_a_published_version_by_who_sees_them(desk: Desk) -> None:
    await published(desk.projects, yaml.safe_load(SHIPPED))
    await published(desk.projects, doubled(), version="2027.1", number=3)
    await desk.projects.does(p.DRAFT, p.REVISE, p.SUBMIT)
    desk.projects.clock.set(datetime.combine(TODAY, time(12), UTC))
    one = (await desk.get(f"/what-if/2027.1/{THE_PROJECT}")).json()
    assert one["programme"] == p.SUBMIT.programme
    groups = [one[side]["groups"][0]["criteria"][0]["weight"] for side in ("now", "under")]
    assert [Decimal(weight) for weight in groups] == [8, 14]
    listed = (await desk.get("/what-if/2027.1")).json()
    (line,) = listed["projects"]
    assert (line["project"], listed["count"], listed["next"]) == (str(THE_PROJECT), 1, None)
    assert Decimal(line["under"]["open"]) == Decimal(line["now"]["open"])
    assert Decimal(line["more"]) == Decimal(line["under"]["earned"]) - Decimal(line["now"]["earned"])
    stranger = "secretary of the other company"
    assert (await desk.get("/what-if/2027.1", stranger)).json()["count"] == 0
    assert (await desk.get(f"/what-if/2027.1/{THE_PROJECT}", stranger)).status_code == 404
    unknown = await desk.get(f"/what-if/1999.1/{THE_PROJECT}")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "NoSuchVersion")
