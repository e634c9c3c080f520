"""A trial says what rules would have told: of the rules in force just what they told; and changes nothing."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import uuid4

import msgspec
import pytest
from sqlalchemy import select

from services.notifications import tables
from services.notifications.domain.rules import Rules
from services.notifications.reactions import obliging
from services.notifications.rulebook import Rulebook, default_rules, shipped_text
from services.notifications.trial import Past, Result, tried
from shared import checkpoints
from shared.clock import SystemClock
from shared.engines import begin
from shared.held import Held
from shared.jobs import Jobs
from shared.making import Making, make_oldest
from shared.projections import Reaction
from tests.notifications.an_inbox import APPROVED, ORGANISATION, SHANGHAI, Office, nothing_to_read, planning

RULES = default_rules()
VERSIONS = 3
YEAR = {"first": date(2026, 1, 1), "last": date(2026, 12, 31)}
TRUTH = [*tables.metadata.sorted_tables, *checkpoints.metadata.sorted_tables]


async def trial_of(office: Office, text: str, in_force: Rules = RULES, **days: date) -> Result:
    """As a replica makes it."""
    jobs = Jobs(office.engine, tables.trials, SystemClock())
    values = {"person": "hq", "language": "en", "text": text} | (days or YEAR)
    job = f"{random.random()}"
    await jobs.ask(job, values, ("text",))

    async def make(making: Making) -> None:
        past = Past(office.engine, (office.projects.source, office.evaluation.source))
        await tried(making, past, in_force, ORGANISATION, SHANGHAI)

    assert await make_oldest(jobs, make)
    (row,) = await jobs.of("hq", job)
    assert (row.state, row.done) == ("ready", row.of)
    return msgspec.json.decode(row.result, type=Result)


async def contents(office: Office) -> dict[str, list[Any]]:
    async with office.engine.connect() as connection:
        return {
            table.name: sorted(map(str, (await connection.execute(select(table))).all()))
            for table in TRUTH
            if table.name != "trials"
        }


async def test_the_rules_in_force_would_have_told_what_they_told_and_nothing_is_changed(
    office: Office,
) -> None:
    await office.does(*APPROVED)
    await office.reached()
    before = await contents(office)
    result = await trial_of(office, shipped_text())
    assert await contents(office) == before
    async with office.engine.connect() as connection:
        o = tables.obligations.c
        rows = (await connection.execute(select(o.rule).where(o.kind != "started"))).scalars()
        told = Counter(rows)
    assert {rule: one.count for rule, one in result.rules.items()} == told
    assert result.count == told.total() > 5
    assert len(result.lines) == result.count
    assert not any(one.new or one.gone for one in result.rules.values())


async def test_what_is_new_and_gone_is_counted_by_rule(office: Office) -> None:
    """n08 is told to the team alone, and n02 is another rule."""
    await office.does(*APPROVED)
    await office.reached()
    text = shipped_text().replace(
        'to: [leading_secretary, team, partner_secretary], kind: read, text: "《{title}》已批准',
        'to: [team], kind: read, text: "《{title}》已批准',
    )
    assert text != shipped_text()
    result = await trial_of(office, text)
    assert (result.rules["n08"].new, result.rules["n08"].gone) == (0, 1)
    assert (result.rules["n02"].new, result.rules["n02"].gone) == (0, 0)


@pytest.mark.parametrize("kind", ["sealed", "private"])
async def test_what_few_may_see_is_counted_and_not_told(office: Office, kind: str) -> None:
    """Whoever publishes rules is not among them; nor does another rule of the same event open it."""
    await office.does(*APPROVED)
    await office.reached()
    few: dict[str, Any] = {kind: True}
    rules = (replace(rule, **few) if rule.id == "n02" else rule for rule in RULES.rules)
    result = await trial_of(office, shipped_text().replace("id: n02,", "id: x02,"), Rules(tuple(rules)))
    assert result.rules["x02"].count > 0
    assert "x02" not in {line.rule for line in result.lines}
    assert result.lines
    shown = await trial_of(office, shipped_text().replace("id: n02,", f"id: n02, {kind}: true,"))
    assert shown.rules["n02"].count > 0
    assert "n02" not in {line.rule for line in shown.lines}


async def test_days_on_which_nothing_happened_tell_nothing(office: Office) -> None:
    await office.does(*APPROVED)
    await office.reached()
    result = await trial_of(office, shipped_text(), first=date(2020, 1, 1), last=date(2020, 12, 31))
    assert (result.events, result.count, result.rules) == (0, 0, {})


@pytest.mark.parametrize("seed", range(2))
async def test_each_obligation_is_made_once_whatever_versions_are_published_and_processes_die(
    office: Office, seed: int
) -> None:
    """Each keeps the version that was in force when it was made, also when its event comes again."""
    await office.does(*APPROVED)
    await office.reached()
    plain, events = await _made(office), await _heard(office)
    async with begin(office.engine) as connection:
        for table in (tables.obligations, tables.known):
            await connection.execute(table.delete())
    by_chance, first = random.Random(seed), dict[Any, int]()
    published_at = dict(
        zip(sorted(by_chance.sample(range(len(events)), VERSIONS)), range(1, 9), strict=False)
    )
    reaction = obliging(replace(planning(), book=Rulebook(look_seconds=0)), nothing_to_read)
    version = 0
    for number, recorded in enumerate(events):
        await _hears(office, reaction, recorded, dies=by_chance.random() < 0.5)
        for id_ in await _made(office):
            first.setdefault(id_, version)
        if number in published_at:
            version = published_at[number]
            await _publish(office, version)
            await _hears(office, reaction, recorded, dies=False)  # it comes again
    made = await _made(office)
    assert made.keys() == plain.keys()
    assert made == first
    assert len({*made.values()}) > 1


async def _hears(office: Office, reaction: Reaction, recorded: Any, *, dies: bool) -> None:
    """Once to its commit; before that, perhaps, by a process that dies just before its own."""
    if dies:
        async with office.engine.connect() as connection:
            writing = await connection.execution_options(denggao_writes=True)
            await reaction.take(writing, [recorded], Held(reaction, {}))
            await writing.rollback()
    async with begin(office.engine) as connection:
        await reaction.take(connection, [recorded], Held(reaction, {}))


async def _made(office: Office) -> dict[Any, int]:
    o = tables.obligations.c
    async with office.engine.connect() as connection:
        rows = (await connection.execute(select(o.id, o.rules))).all()
    assert len({row.id for row in rows}) == len(rows)
    return {row.id: row.rules for row in rows}


async def _heard(office: Office) -> list[Any]:
    past = Past(office.engine, (office.projects.source, office.evaluation.source))
    found = []
    for source, ledger, end in await past.ends():
        found += [one async for one in past.events(source, ledger, end) if one is not None]
    return found


async def _publish(office: Office, version: int) -> None:
    text = shipped_text().replace("待初审", f"待初审{version}")
    assert text != shipped_text()
    row = {"version": version, "text": text, "sha256": "", "published_at": 0, "by": "hq", "reason": ""}
    async with begin(office.engine) as connection:
        new = row | {"command": uuid4(), "request": ""}
        await connection.execute(tables.rule_sets.insert(), new)
