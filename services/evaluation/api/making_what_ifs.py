"""Making what-ifs of many projects: page by page, each kept with how far it has come."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from services.evaluation.api.reading import TABLE, count_seen, seen_scores
from services.evaluation.api.what_if import WhatIfLine, line_of, published
from services.evaluation.parts import Parts
from services.evaluation.tables import what_if_lines, what_ifs
from shared.domain import PersonId
from shared.envelope import micros
from shared.jobs import Jobs
from shared.making import Making, make_oldest

AT_ONCE = 200  # projects: other requests wait no longer than these are scored


def jobs_of(parts: Parts) -> Jobs:
    """The what-ifs that were asked for."""
    return Jobs(parts.ledgers.engine, what_ifs, parts.clock, what_if_lines)


async def make_next(parts: Parts) -> bool:
    """Claim the oldest what-if and go on with it; whether there was one."""

    async def make(making: Making) -> None:
        await _make(parts, making)

    return await make_oldest(jobs_of(parts), make)


async def _make(parts: Parts, making: Making) -> None:
    """As whoever asked may read it page by page; NoSuchVersion, SchemeUnreadable."""
    row = making.row
    person, other = PersonId(row.person), await published(parts, row.programme)
    wanted = [TABLE.c.track == row.track] if row.track else []
    if row.of is None:
        reached = await parts.group.reached(parts.scores, None)
        complete_to = None if reached is None else micros(reached)
        await making.keep(of=await count_seen(parts, person, wanted), complete_to=complete_to)
    after, done, whole = UUID(row.reached) if row.reached else None, row.done, False
    while not whole:
        found, after = await seen_scores(parts, person, wanted, after, AT_ONCE)
        lines = [line_of(scored, other, row.language) for scored in found]
        made = [_kept(line) for line in lines]
        done, whole = done + len(lines), after is None
        if lines:
            await making.keep(made, done=done, reached=str(lines[-1].project))
    await making.end(of=done)


def _kept(line: WhatIfLine) -> dict[str, Any]:
    """But for its title, which is told as it reads when the line is read: it may be withdrawn by then."""
    return {"project": str(line.project), "line": line.model_copy(update={"title": ""}).model_dump_json()}
