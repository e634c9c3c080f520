"""Rules are published over HTTP by headquarters, each version once, and read by everybody for ever."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from services.notifications import tables
from services.notifications.domain.above import ABOVE
from services.notifications.domain.recipients import WORDS
from services.notifications.inbox import read_list
from services.notifications.rulebook import Rulebook, default_rules, shipped_text
from shared.domain import PersonId
from shared.jobs import Jobs
from shared.sentences import word
from tests.notifications.a_front import Front, a_front
from tests.projects.a_group import person
from tests.support.engines import Database

RULES = default_rules()
SAID, ANEW = "《{title}》未获立项，理由：{reason}。", "《{title}》没有获批：{reason}。"
CHANGED = shipped_text().replace(SAID, ANEW)
SENT: dict[str, Any] = {"text": CHANGED, "reason": "说得更直接"}


@pytest.fixture
async def front(database: Database, tmp_path: Path) -> AsyncIterator[Front]:
    async with a_front(database, tmp_path, RULES) as found:
        yield found


async def test_everybody_reads_the_rules_in_force_in_words(front: Front) -> None:
    shown = await front.asks("fitter", "/rules")
    assert (shown["version"], shown["in_force"], len(shown["rules"])) == (0, True, len(RULES.rules))
    rule = next(rule for rule in shown["rules"] if rule["id"] == "n02")
    assert rule["who"] == ["the party department"]
    assert rule["when"] == [
        "at once, but for quiet hours",
        "reminded 1 working days before the date",
        "1 working days after the date: the leader in charge",
    ]


async def test_headquarters_publishes_and_what_changed_is_shown(front: Front) -> None:
    assert await front.says("hq", "/rules", SENT, 201) == {"version": 1}
    assert await front.asks("fitter", "/rules/1/changes") == {
        "since": 0,
        "version": 1,
        "new": [],
        "gone": [],
        "changed": [{"rule": "n09", "fields": [{"field": "text", "before": SAID, "after": ANEW}]}],
    }
    shown = await front.asks("fitter", "/rules/1")
    assert (shown["by"], shown["reason"], shown["source"]) == (person("hq"), "说得更直接", CHANGED.strip())
    assert [one["version"] for one in (await front.asks("fitter", "/rules/versions"))["versions"]] == [1]
    await front.asks("fitter", "/rules/2", 404)


async def test_nobody_else_publishes_or_tries_rules(front: Front) -> None:
    days = {"first": "2026-01-01", "last": "2026-12-31", "text": CHANGED}
    for who in ("prechecker", "secretary", "discipline", "leader"):
        assert (await front.says(who, "/rules", SENT, 403))["code"] == "NotAllowed"
        assert (await front.says(who, "/rules/trials", days, 403))["code"] == "NotAllowed"
    assert (await front.asks("fitter", "/rules"))["version"] == 0


async def test_a_repeated_request_gets_the_version_it_made_and_a_stale_one_is_refused(front: Front) -> None:
    """And a key is for one request."""
    assert await front.says("hq", "/rules", SENT, 201, Idempotency_Key="a") == {"version": 1}
    assert await front.says("hq", "/rules", SENT, 201, Idempotency_Key="b", If_Match='"1"') == {"version": 2}
    assert await front.says("hq", "/rules", SENT, 201, Idempotency_Key="a") == {"version": 1}
    other = SENT | {"reason": "另一理由"}
    assert (await front.says("hq", "/rules", other, 422, Idempotency_Key="a"))["code"] == "KeyUsedForAnother"
    assert (await front.says("hq", "/rules", SENT, 412, If_Match='"1"'))["code"] == "Stale"


async def test_who_publish_at_the_same_moment_get_versions_of_their_own(front: Front) -> None:
    made = await asyncio.gather(*(front.says("hq", "/rules", SENT, 201) for _ in range(4)))
    assert sorted(one["version"] for one in made) == [1, 2, 3, 4]


async def test_rules_that_cannot_be_followed_are_refused_and_every_fault_is_said(front: Front) -> None:
    wrong = CHANGED.replace("{reason}。", "{number}。", 1).replace("to: [circle]", "to: [juror]")
    said = await front.says("hq", "/rules", SENT | {"text": wrong}, 409)
    assert said["code"] == "RulesUnsound"
    assert "n16 tells somebody for whom its event cannot answer: juror (TaskOffered)." in said["faults"]
    assert (await front.says("hq", "/rules", SENT | {"reason": ""}, 409))["code"] == "ReasonMissing"
    assert (await front.asks("fitter", "/rules"))["version"] == 0


async def test_another_process_takes_a_new_version_and_old_texts_stay(front: Front) -> None:
    """What was told by version 0 is read as version 0 says it, also by who knows version 1."""
    rule = RULES.get("n09")
    assert rule is not None
    await front.desk.owes("secretary", rule=rule)
    await front.says("hq", "/rules", SENT, 201)
    book = Rulebook(RULES, look_seconds=0)
    async with front.desk.engine.connect() as connection:
        assert (await book.in_force(connection)).version == 1
        page = await read_list(connection, PersonId(person("secretary")), "copied")
    (entry,) = page.entries
    facts = {"title": "修", "reason": "缓"}
    told = type(entry)(**{f: getattr(entry, f) for f in entry.__slots__} | {"facts": facts})
    assert told.text(book, lambda _, fact: fact) == "《修》未获立项，理由：缓。"
    now = type(entry)(**{f: getattr(entry, f) for f in entry.__slots__} | {"facts": facts, "rules": 1})
    assert now.text(book, lambda _, fact: fact) == "《修》没有获批：缓。"


async def test_a_trial_is_a_job_of_headquarters_and_nobody_else_reads_it(front: Front) -> None:
    days = {"first": "2026-01-01", "last": "2026-12-31", "text": CHANGED}
    asked = await front.says("hq", "/rules/trials", days, 202)
    assert (asked["state"], asked["told"]) == ("waiting", None)
    await front.asks("secretary", f"/rules/trials/{asked['id']}", 403)
    backwards = days | {"last": "2025-12-31"}
    assert (await front.says("hq", "/rules/trials", backwards, 409))["code"] == "TrialRunsBackwards"
    jobs = Jobs(front.desk.engine, tables.trials, front.desk.clock)
    row = await jobs.claim()
    assert row is not None
    line = {"event": "e/1", "rule": "n09", "recipient": person("secretary"), "kind": "read", "new": True}
    result = {"events": 1, "count": 1, "rules": {"n09": {"count": 1, "people": 1, "new": 1, "gone": 0}}}
    lines = [line | {"facts": {"title": "修", "reason": "缓"}}]
    await jobs.end(
        row, state="ready", result=str(result | {"lines": lines}).replace("'", '"').replace("True", "true")
    )
    told = (await front.asks("hq", f"/rules/trials/{asked['id']}"))["told"]
    assert told["rules"] == [{"rule": "n09", "count": 1, "people": 1, "new": 1, "gone": 0}]
    assert (told["lines"][0]["text"], told["lines"][0]["en"]) == (
        "《修》没有获批：缓。",
        "“修” was not approved: 缓.",
    )


def test_every_recipient_and_every_fault_has_words() -> None:
    for group, codes in (("recipient", WORDS | ABOVE), ("told_when", {"now", "digest", "weekly", "urgent"})):
        for code in codes:
            assert word(group, code, "en") != code != word(group, code, "zh-CN")
