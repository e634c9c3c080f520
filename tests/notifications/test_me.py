"""Wishes, absences and the burden over HTTP: each for oneself, figures for who runs a unit."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from services.notifications import tables
from services.notifications.burden import Figures, figures
from shared.engines import begin
from shared.envelope import micros
from tests.notifications.a_duty import DIGEST, FAR_BRANCH, READ
from tests.notifications.a_front import NOON, Front, a_front
from tests.projects import a_project as p
from tests.projects.a_group import person
from tests.support.engines import Database

SOUND = {"channels": ["mail"], "summary": "weekly", "summary_at": "16:30", "weekday": 0, "muted": ["read"]}


@pytest.fixture
async def front(database: Database, tmp_path: Path) -> AsyncIterator[Front]:
    async with a_front(database, tmp_path) as found:
        yield found


async def test_one_reads_ones_wishes_and_what_can_be_wished(front: Front) -> None:
    await front.desk.channels("mail", "wecom", "webhook", "robot")
    shown = await front.asks("secretary", "/me/notices")
    assert (shown["channels"], shown["summary"], shown["summary_at"]) == (None, "daily", "17:00")
    assert (shown["quiet_from"], shown["quiet_to"], shown["language"]) == ("19:00", "08:00", "zh-CN")
    assert shown["offered"] == ["wecom", "mail"]
    assert shown["may_be_muted"][0] == {"rule": "read", "title": "to read"}
    assert {one["rule"] for one in shown["may_be_muted"]} == {"read", "digest", "weekly"}


async def test_what_one_wishes_is_ones_own_and_stays(front: Front) -> None:
    said = await front.says("secretary", "/me/notices", SOUND)
    assert {name: said[name] for name in SOUND} == SOUND
    assert await front.says("secretary", "/me/notices", SOUND) == said
    assert await front.asks("secretary", "/me/notices") == said
    assert (await front.asks("deputy", "/me/notices"))["summary"] == "daily"


@pytest.mark.parametrize(
    ("wrong", "status", "code"),
    [
        ({"muted": ["duty"]}, 409, "OnlyReadingMayBeMuted"),
        ({"quiet_from": "23:00"}, 409, "QuietHoursOutOfBounds"),
        ({"summary_at": "20:00"}, 409, "SummaryInQuietHours"),
        ({"summary_at": "24:00"}, 422, "FieldsWrong"),
        ({"quiet_to": "08:00Z"}, 422, "FieldsWrong"),
        ({"channels": ["robot"]}, 422, "FieldsWrong"),
        ({"weekday": 7}, 422, "FieldsWrong"),
        ({"person": "deputy"}, 422, "FieldsWrong"),
    ],
)
async def test_what_cannot_be_wished_is_refused_and_says_why(
    front: Front, wrong: dict[str, Any], status: int, code: str
) -> None:
    said = await front.says("secretary", "/me/notices", wrong, status)
    assert said["code"] == code
    if code == "OnlyReadingMayBeMuted":
        assert said["detail"] == "Duties cannot be muted: duty are duties, or are not there."


async def test_an_absence_is_noted_shown_and_cancelled(front: Front) -> None:
    body = {"first": "2026-03-02", "last": "2026-03-20"}
    assert await front.says("secretary", "/me/absences", body) == {"absences": [body]}
    longer = body | {"last": "2026-03-25"}
    assert await front.says("secretary", "/me/absences", longer) == {"absences": [longer]}
    assert await front.asks("secretary", "/me/absences") == {"absences": [longer]}
    assert await front.asks("deputy", "/me/absences") == {"absences": []}
    for _ in range(2):
        assert await front.says("secretary", "/me/absences/2026-03-02/cancel", {}) == {"absences": []}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"first": "2026-03-02", "last": "2026-05-31"}, "AbsenceTooLong"),
        ({"first": "2026-03-02", "last": "2026-03-01"}, "AbsenceRunsBackwards"),
    ],
)
async def test_an_absence_that_cannot_be_is_refused(front: Front, body: dict[str, Any], code: str) -> None:
    assert (await front.says("secretary", "/me/absences", body, 409))["code"] == code


async def test_what_is_said_needs_a_key(front: Front) -> None:
    answer = await front.http.post("/api/notifications/me/notices", json={}, headers=front._headers("fitter"))
    assert (answer.status_code, answer.json()["code"]) == (400, "KeyMissing")


# Burden


async def test_the_burden_of_a_unit_is_figures_of_a_persons_day_and_rules_without_names(front: Front) -> None:
    """Of the secretary one day with seven and one with one; of the fitter one with one."""
    desk = front.desk
    await desk.channels("wecom")
    for _ in range(7):
        await desk.owes("secretary", rule=READ)
    await desk.owes("fitter", rule=DIGEST)
    await desk.owes("far secretary", rule=READ)
    desk.clock.time = NOON + timedelta(days=1)
    await desk.owes("secretary", rule=DIGEST)
    sent = update(tables.deliveries).values(state="sent", ended_at=micros(NOON + timedelta(hours=5)))
    async with begin(desk.engine) as connection:
        await connection.execute(sent)
    shown = await front.asks("prechecker", f"/burden?unit={p.BRANCH}")
    assert shown["inbox"] == {"days": 3, "notices": 9, "median": 1, "p90": 7, "most": 7}
    assert shown["messages"] == {"days": 2, "notices": 8, "median": 1, "p90": 7, "most": 7}
    assert [(one["rule"], one["inbox"], one["messages"]) for one in shown["rules"]] == [
        ("digest", 2, 2),
        ("read", 7, 7),
    ]
    assert not any(person(name) in str(shown) for name in ("secretary", "fitter"))
    day = await front.asks("hq", f"/burden?unit={p.BRANCH}&since=2026-03-03&until=2026-03-03")
    assert (day["inbox"]["notices"], day["messages"]["notices"]) == (1, 0)


@pytest.mark.parametrize(
    ("who", "unit", "status"),
    [
        ("hq", p.GROUP, 200),
        ("prechecker", p.COMPANY, 200),
        ("prechecker", FAR_BRANCH, 200),
        ("secretary", p.BRANCH, 200),
        ("prechecker", p.GROUP, 403),
        ("secretary", p.COMPANY, 403),
        ("secretary", FAR_BRANCH, 403),
        ("deputy", p.BRANCH, 403),
        ("fitter", p.BRANCH, 403),
        ("hq", "nowhere", 404),
    ],
)
async def test_the_burden_is_seen_by_who_runs_the_unit(
    front: Front, who: str, unit: str, status: int
) -> None:
    await front.asks(who, f"/burden?unit={unit}", status)


async def test_a_period_has_days_and_at_most_a_year(front: Front) -> None:
    for period in ("since=2026-03-03&until=2026-03-02", "since=2024-03-03&until=2026-03-02"):
        await front.asks("hq", f"/burden?unit={p.GROUP}&{period}", 400)


def test_figures_are_by_the_nearest_rank() -> None:
    assert figures(Counter({1: 9, 12: 1})) == Figures(10, 21, 1, 1, 12)
    assert figures(Counter({1: 1, 2: 1, 3: 1})) == Figures(3, 6, 2, 3, 3)
    assert figures(Counter()) == Figures(0, 0, 0, 0, 0)
