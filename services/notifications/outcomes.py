"""What became of each attempt: kept with it, and from it what follows for the delivery."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

from prometheus_client import Counter
from sqlalchemy import Row, bindparam, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.notifications import pace
from services.notifications.channels import Answer
from services.notifications.tables import attempts, deliveries
from services.notifications.taking import Parcel
from shared.envelope import micros, moment

CODE_CHARACTERS, ANSWER_CHARACTERS = 60, 500
NO_ADDRESS, REFUSED, TOO_MANY_TRIES, CHANNEL_AWAY = "no_address", "refused", "too_many_tries", "channel_away"

Awake = Callable[[Row[Any], datetime], datetime]

ENDED = Counter("denggao_deliveries_ended", "Deliveries that were sent or given up", ["channel", "outcome"])


@dataclass(frozen=True, slots=True)
class Attempt:
    """A parcel, when it was tried, and the answer; without an answer nobody could be asked."""

    parcel: Parcel
    at: datetime
    answer: Answer | None
    took_ms: int = 0
    to: str = ""

    def said(self, text: str, at_most: int) -> str:
        """The receiver's words without the address, which some of them repeat, and without NUL."""
        clean = _spelled(self.to).sub("…", text) if self.to else text
        return clean.replace("\x00", "")[:at_most]


def _spelled(to: str) -> re.Pattern[str]:
    """An address however it is written: a number with spaces or hyphens in it, in any case of letters."""
    digits = re.sub(r"[\s().-]", "", to)
    if digits.lstrip("+").isdigit():
        return re.compile(r"[\s().-]*".join(map(re.escape, digits)))
    return re.compile(re.escape(to), re.IGNORECASE)


async def note(
    connection: AsyncConnection,
    tried: Sequence[Attempt],
    now: datetime,
    uniform: Callable[[float, float], float],
    awake: Awake,
) -> list[Row[Any]]:
    """Keep attempts and what follows; the deliveries that are dead by them.

    `awake` says for a delivery that is to be tried at a moment when its receiver may be told.
    """
    ids = [row.id for attempt in tried for row in attempt.parcel.rows]
    numbers, resent = await last_numbers(connection, ids), await _resent(connection, ids)
    changes, kept, dead = list[dict[str, Any]](), list[dict[str, Any]](), list[Row[Any]]()
    for attempt in tried:
        drawn = uniform(0.0, 1.0)  # once: lines of a summary come again together

        def of_drawn(low: float, high: float, drawn: float = drawn) -> float:
            return low + (high - low) * drawn

        for row in attempt.parcel.rows:
            began = max(awake(row, _goes_from(row)), resent.get(row.id, _goes_from(row)))
            change = _follows(row, attempt.answer, now, of_drawn, began)
            if change["ended_at"] is None:
                change["not_before"] = micros(awake(row, moment(change["not_before"])))
            changes.append({"of": row.id, **change})
            if change["state"] in ("sent", "dead"):
                ENDED.labels(row.channel, change["state"]).inc()
            if change["state"] == "dead":
                dead.append(row)
            if attempt.answer is not None:
                kept.append(_kept(attempt, attempt.answer, row.id, numbers.get(row.id, 0) + 1))
    if kept:
        await connection.execute(attempts.insert(), kept)
    if changes:
        names = ("state", "cause", "tries", "not_before", "ended_at")
        changed = update(deliveries).where(deliveries.c.id == bindparam("of"))
        await connection.execute(changed.values({name: bindparam(name) for name in names}), changes)
    return dead


def _follows(
    row: Row[Any],
    answer: Answer | None,
    now: datetime,
    uniform: Callable[[float, float], float],
    began: datetime,
) -> dict[str, Any]:
    """The columns of the delivery after an attempt; `began`: since when it could have gone."""
    stays = {
        "state": row.state,
        "cause": None,
        "tries": row.tries,
        "not_before": row.not_before,
        "ended_at": None,
    }
    ended = stays | {"state": "dead", "ended_at": micros(now)}
    if answer is None:
        return ended | {"cause": NO_ADDRESS}
    if answer.outcome == "sent":
        return ended | {"state": "sent"}
    if answer.of_channel:  # it is not this message that failed
        if now - began > pace.GIVEN_UP_AFTER:
            return ended | {"cause": CHANNEL_AWAY}
        tries = row.tries
    elif answer.outcome == "never":
        return ended | {"cause": REFUSED, "tries": row.tries + 1}
    else:
        tries = row.tries + 1
        if tries >= pace.TRIES_AT_MOST:
            return ended | {"cause": TOO_MANY_TRIES, "tries": tries}
    waits = pace.back_off(tries, uniform, answer.retry_after_seconds)
    return stays | {"tries": tries, "not_before": micros(now + waits)}


def _kept(attempt: Attempt, answer: Answer, delivery: UUID, number: int) -> dict[str, Any]:
    return {
        "delivery": delivery,
        "number": number,
        "at": micros(attempt.at),
        "took_ms": attempt.took_ms,
        "outcome": answer.outcome,
        "code": attempt.said(answer.code, CODE_CHARACTERS),
        "answer": attempt.said(answer.text, ANSWER_CHARACTERS),
    }


def _goes_from(row: Row[Any]) -> datetime:
    """The moment of its making, or the day of the summary that it is a line of: a week later, it may be."""
    made_at = moment(row.made_at)
    if row.slot is None:
        return made_at
    return max(made_at, datetime.combine(date.fromisoformat(row.slot), time(), UTC))


async def _resent(connection: AsyncConnection, ids: Sequence[UUID]) -> Mapping[UUID, datetime]:
    """When each was last made to wait again."""
    a = attempts.c
    query = select(a.delivery, func.max(a.at).label("at")).where(a.delivery.in_(ids), a.outcome == "resent")
    return {row.delivery: moment(row.at) for row in await connection.execute(query.group_by(a.delivery))}


async def last_numbers(connection: AsyncConnection, ids: Iterable[UUID]) -> Mapping[UUID, int]:
    """The number of the last attempt of each delivery that has any."""
    a = attempts.c
    query = select(a.delivery, func.max(a.number).label("last")).where(a.delivery.in_([*ids]))
    return {row.delivery: row.last for row in await connection.execute(query.group_by(a.delivery))}
