"""In which order an inbox changes: whatever writes obligations ends its transaction here.

A row that was made or changed has `changed` at 0. At the end of the transaction each inbox that is
concerned counts one up, and its rows take that number. Whoever raises an inbox holds its row until commit,
so what somebody sees of a number they see whole; the rows are locked in the order of their keys and after all
others, so nobody waits in a ring.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import bindparam, literal_column, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.notifications.domain.later import duty_of
from services.notifications.domain.recipients import JUROR
from services.notifications.tables import inboxes, obligations
from shared import engines
from shared.domain import PersonId
from shared.rows import in_parts

UNSTAMPED = 0
LETTERS = UUID("0b6c3a52-6f0e-5d0f-8a3b-3d7d3c1f6a54")
o = obligations.c
_unstamped = o.changed == literal_column(str(UNSTAMPED))  # as its index says it, whatever the plan

Changed = Callable[[frozenset[str]], None]  # which inboxes; the one of all jurors is JUROR


def nobody_looks(_inboxes: frozenset[str]) -> None:
    """Where nobody has an inbox open."""


def letter_box(panel: str, letter: str) -> str:
    """The inbox of a juror's letter: one of its own, whose number says nothing of other jurors (R68)."""
    return str(uuid5(LETTERS, f"{panel}\n{letter}"))


async def stamp(
    connection: AsyncConnection, changed: Changed = nobody_looks, also: Iterable[PersonId] = ()
) -> None:
    """Number what this transaction has changed; `changed` is told which inboxes, once it is committed.

    `also`: whose inboxes are held until then too, in the same order, though nothing in them is new.
    """
    people = {*(await connection.execute(select(o.recipient).where(_unstamped).distinct())).scalars()}
    if not people:
        return
    letters = await _letters(connection) if JUROR in people else {}
    await _raise(connection, (people - {JUROR}).union(letters.values(), also))
    version = select(inboxes.c.version).where(inboxes.c.person == o.recipient).scalar_subquery()
    await connection.execute(
        update(obligations).where(_unstamped, o.recipient != JUROR).values(changed=version)
    )
    if letters:
        version = select(inboxes.c.version).where(inboxes.c.person == bindparam("box")).scalar_subquery()
        by_letter = update(obligations).where(o.id == bindparam("row")).values(changed=version)
        await connection.execute(by_letter, [{"row": row, "box": box} for row, box in letters.items()])
    engines.once_committed(connection, partial(changed, frozenset(people.union(letters.values()))))


async def versions_of(connection: AsyncConnection, boxes: Iterable[str]) -> Mapping[str, int]:
    """The number of the last change of each; 0 where there was none."""
    asked = sorted(set(boxes))
    found = dict.fromkeys(asked, 0)
    for part in in_parts(asked):
        found |= {
            row.person: row.version
            for row in await connection.execute(select(inboxes).where(inboxes.c.person.in_(part)))
        }
    return found


async def _letters(connection: AsyncConnection) -> dict[UUID, str]:
    """The inbox of each row that is addressed to a letter."""
    query = select(o.id, o.project, o.occurrence).where(_unstamped, o.recipient == JUROR)
    rows = await connection.execute(query)
    return {row.id: letter_box(row.project, duty_of(row.occurrence)) for row in rows}


async def _raise(connection: AsyncConnection, boxes: Iterable[str]) -> None:
    insert: Any = engines.insert(inboxes, connection)
    one_more = insert.on_conflict_do_update(
        index_elements=[inboxes.c.person], set_={"version": inboxes.c.version + 1}
    )
    await connection.execute(one_more, [{"person": box, "version": 1} for box in sorted(boxes)])
