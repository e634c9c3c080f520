"""Activities whose indicator has not moved: what is found, said once, and to whom it is shown."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import pytest

from services.evaluation.domain import heard
from services.evaluation.domain.detached import DETACHED, DetachedActivityFound, SayDetached, detached
from services.evaluation.domain.score import score
from services.evaluation.projections import SCORES
from services.evaluation.saying_detached import SayingDetached
from services.evaluation.schemes import default_scheme
from services.projects.domain.project.figures import ConfirmFigure, ReportReading
from services.projects.domain.project.work import HoldActivity
from tests.evaluation.a_desk import Desk
from tests.evaluation.test_score import after, approved, confirmed, indicator
from tests.projects import a_project as p
from tests.projects.a_group import EVERYBODY, TODAY
from tests.support.given import given
from tests.support.living import THE_PROJECT

MARCH, JUNE, SEPTEMBER = date(2026, 3, 31), date(2026, 6, 30), date(2026, 9, 30)
LOWER = indicator("rework", "lower", "6.8", "3.5")
SPRING = tuple(heard.ActivityHeld(date(2026, month, 10), "rework") for month in (1, 2, 3))
BEGUN: tuple[heard.OfProject, ...] = (approved(targets=(LOWER,)), *SPRING)
FOUND = DetachedActivityFound(
    "p",
    "rework",
    "2026-Q1",
    Decimal("6.8"),
    Decimal("7.0"),
    "projects/company/5",
    ("projects/company/2", "projects/company/3", "projects/company/4"),
)
WORSE = confirmed("rework", "2026-Q1", "7.0", MARCH)
SECRETARY = "secretary of the branch"


def found(*events: heard.OfProject) -> list[DetachedActivityFound]:
    return detached("p", after(*events))


def test_three_activities_and_no_way_gone_are_found_with_what_they_follow_from() -> None:
    assert found(*BEGUN, WORSE) == [FOUND]
    assert [one.value for one in found(*BEGUN, confirmed("rework", "2026-Q1", "6.8", MARCH))] == [
        Decimal("6.8")
    ]


@pytest.mark.parametrize(
    "events",
    [
        pytest.param(BEGUN, id="no figure is confirmed"),
        pytest.param((*BEGUN[:-1], WORSE), id="two were held"),
        pytest.param((*BEGUN, confirmed("rework", "2026-Q1", "6.7", MARCH)), id="it has moved"),
        pytest.param((*BEGUN, confirmed("rework", "2026-02", "7.0", date(2026, 2, 28))), id="one came later"),
        pytest.param((*BEGUN, WORSE, heard.ProjectClosed(SEPTEMBER)), id="it is over"),
        pytest.param((*BEGUN, WORSE, heard.TargetChanged(())), id="the indicator is given up"),
    ],
)
def test_nothing_is_found_where(events: tuple[heard.OfProject, ...]) -> None:
    assert found(*events) == []


@pytest.mark.parametrize("kind", ["keep_at_most", "keep_at_least", "by_date"])
def test_what_is_to_be_kept_or_happens_once_need_not_move(kind: str) -> None:
    kept = approved(targets=(indicator("rework", kind, "6.8", "6.8"),))
    assert found(kept, *SPRING, WORSE) == []


def test_it_is_found_again_only_where_more_was_held_since() -> None:
    still = confirmed("rework", "2026-Q2", "6.9", JUNE)
    assert found(*BEGUN, WORSE, still) == []
    more = heard.ActivityHeld(date(2026, 5, 10), "rework")
    (again,) = found(*BEGUN, WORSE, more, still)
    assert (again.period, len(again.activities)) == ("2026-Q2", 4)


def test_a_figure_that_moves_at_last_takes_the_hint_away() -> None:
    more = heard.ActivityHeld(date(2026, 5, 10), "rework")
    assert found(*BEGUN, WORSE, more, confirmed("rework", "2026-Q2", "5.0", JUNE)) == []


def test_no_point_depends_on_how_many_activities_were_held() -> None:
    """R40 and the limits by design: a count of activities scores nothing, and costs nothing."""
    scheme = default_scheme()
    many, none = after(*BEGUN, WORSE), after(BEGUN[0], WORSE)
    assert many.activities != none.activities
    assert score(many, scheme, JUNE).earned == score(none, scheme, JUNE).earned
    assert score(many, scheme, JUNE).lost == score(none, scheme, JUNE).lost


def test_it_is_said_once() -> None:
    given(DETACHED).when(SayDetached(None, FOUND)).then(FOUND)
    given(DETACHED, FOUND).when(SayDetached(None, replace(FOUND, value=Decimal(9)))).then()


def reading(period: str, value: str, on: date) -> tuple[ReportReading, ConfirmFigure]:
    value_ = Decimal(value)
    said = ReportReading(p.SECRETARY, "rework", period, value_, on, today=SEPTEMBER)
    return said, ConfirmFigure(p.QUALITY, "rework", period, value_)


def held(month: int) -> HoldActivity:
    on = date(2026, month, 10)
    return HoldActivity(p.SECRETARY, on, "主题党日", "现场会诊", "rework", today=SEPTEMBER)


TO_APPROVAL = (p.DRAFT, p.REVISE, p.SUBMIT, p.PRECHECK, p.QUALITY_AGREES, p.FINANCE_AGREES, p.MEET)
DETACHED_WORK = (*TO_APPROVAL, p.WORK[6], held(3), held(4), held(5))


def saying(desk: Desk) -> SayingDetached:
    return SayingDetached(desk.parts.views, desk.parts.writer)


async def said(desk: Desk) -> list[Any]:
    """What evaluation wrote down, once it has done all that is to be done."""
    await desk.caught_up()
    await saying(desk).say_detached()
    await desk.caught_up()
    lines = await desk.own.ledgers.read_ledger("company", 0, 100)
    return [one for one in lines if isinstance(one.event, DetachedActivityFound)]


async def test_a_confirmed_figure_has_it_said_once_in_the_ledger_of_the_company(desk: Desk) -> None:
    await desk.projects.does(*DETACHED_WORK, *reading("2026-06", "6.8", JUNE)[:1])
    assert await said(desk) == []
    await desk.projects.does(reading("2026-06", "6.8", JUNE)[1])
    (line,) = await said(desk)
    head = (await desk.projects.ledgers.heads())["company"].position
    assert (line.event.project, line.event.indicator, line.event.period) == (
        str(THE_PROJECT),
        "rework",
        "2026-06",
    )
    assert line.event.reading == line.envelope.causation == f"projects/company/{head}"
    lines = await desk.projects.ledgers.read_ledger("company", 0, head)
    assert line.event.activities == tuple(one.id for one in lines if one.envelope.name == "ActivityHeld")
    assert (line.envelope.programme, line.envelope.after) == ("2026.1", {"projects/company": head})
    assert await saying(desk).say_detached() == 0
    await desk.projects.does(held(7), *reading("2026-08", "6.9", date(2026, 8, 31)))
    assert [one.event.period for one in await said(desk)] == ["2026-06", "2026-08"]


async def test_it_is_said_once_by_two_processes_and_after_the_view_is_built_anew(desk: Desk) -> None:
    await desk.projects.does(*DETACHED_WORK, *reading("2026-06", "6.8", JUNE))
    await desk.caught_up()
    one, other = saying(desk), saying(desk)
    rows = await one._unsaid(None)
    assert len(rows) == 1
    assert [await one.sending._sent(rows[0], of._submission) for of in (one, other)] == [True, True]
    await desk.runner.rebuild()
    assert len(await said(desk)) == 1
    async with desk.parts.views.connect() as connection:
        (row,) = (await connection.execute(SCORES.table("detached").select())).all()
    assert row.said


async def test_the_leading_secretary_alone_reads_it_beside_the_score(desk: Desk) -> None:
    await desk.projects.does(*DETACHED_WORK, *reading("2026-06", "6.8", JUNE))
    desk.projects.clock.set(datetime.combine(TODAY, time(12), UTC))
    seen = {}
    for name in EVERYBODY:
        answer = await desk.get(f"/scores/{THE_PROJECT}", name, "zh-CN")
        if answer.status_code == 200 and answer.json()["detached"]:
            seen[name] = answer.json()["detached"]
    assert set(seen) == {SECRETARY}
    (hint,) = seen[SECRETARY]
    assert hint["says"] == "3次活动对应的“返修率”没有变化，供您参考。"
    assert (hint["baseline"], hint["value"], hint["period"]) == ("6.8", "6.8", "2026-06")
    assert [one["on"] for one in hint["activities"]] == ["2026-03-10", "2026-04-10", "2026-05-10"]
    listed = await desk.get("/scores", SECRETARY)
    assert "detached" not in listed.text
