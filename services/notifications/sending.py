"""Sending what is due: a channel's row is locked, its messages go side by side, all is kept (0093)."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, get_args

import structlog
from prometheus_client import Gauge
from sqlalchemy import Row, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.notifications import outcomes, undelivered
from services.notifications.channels import Answer, Kind, Message
from services.notifications.channels.accounts import Account, Accounts
from services.notifications.inboxes import Changed, nobody_looks, stamp
from services.notifications.outcomes import Attempt
from services.notifications.pace import Breaker, Rate, free, used
from services.notifications.planning import Planning
from services.notifications.tables import channels, deliveries
from services.notifications.taking import Parcel, take
from services.notifications.telling import NOWHERE, Desk, address, projects_of
from services.notifications.wishes import languages_of
from shared.bus import Unanswered
from shared.domain import PersonId, Refusal
from shared.engines import alone
from shared.envelope import micros, moment
from shared.passing import is_passing

log = structlog.get_logger()

LOOK_SECONDS = 1.0
SEND_SECONDS = 5.0
STOP_SECONDS = 9.0  # that what is under way may take: what is cut off goes twice
AT_ONCE = 20  # messages of one channel
CHANNELS_AT_ONCE = 4  # each holds a connection while it sends
TO_SEND = Gauge("denggao_deliveries_waiting", "Deliveries that wait to be sent", ["channel"])
OLDEST_SECONDS = Gauge(
    "denggao_deliveries_oldest_seconds", "Seconds since the oldest of them was made", ["channel"]
)
DEAD = Gauge("denggao_deliveries_dead", "Deliveries that were given up and not sent again", ["channel"])
TIMED_OUT = Answer("later", "timeout", of_channel=True)

c, d = channels.c, deliveries.c


@dataclass(frozen=True, slots=True)
class Sending:
    """What sends: one in each process, of which any number work at once."""

    engine: AsyncEngine
    accounts: Accounts
    desk: Desk
    planning: Planning
    changed: Changed = nobody_looks
    chance: random.Random = field(default_factory=random.SystemRandom)

    async def send_due(self) -> int:
        """One turn for every channel that has anything due; how many messages were tried."""
        limit = asyncio.Semaphore(CHANNELS_AT_ONCE)

        async def turn(company: str, channel: str) -> int:
            async with limit:
                return await self._guarded(company, channel)

        due = await self._channels()
        async with asyncio.TaskGroup() as group:
            turns = [group.create_task(turn(*key)) for key in due]
        return sum(task.result() for task in turns)

    async def _channels(self) -> list[tuple[str, str]]:
        now = micros(self.planning.clock.now())
        waits = select(d.id).where(
            d.company == c.company,
            d.channel == c.channel,
            d.state.in_(("waiting", "bundled")),
            d.not_before <= now,
        )
        rests = or_(c.open_until.is_(None), c.open_until <= now)
        query = select(c.company, c.channel).where(c.enabled, rests, waits.exists())
        async with self.engine.connect() as connection:
            return [(row.company, row.channel) for row in await connection.execute(query)]

    async def _guarded(self, company: str, channel: str) -> int:
        """One that fails holds no other."""
        try:
            return await self._turn(company, channel)
        except Refusal as refusal:
            log.error("sending.not_set_up", company=company, channel=channel, rule=refusal.code())
        except Exception as error:
            if is_passing(error):
                log.info("sending.put_off", company=company, channel=channel, error=repr(error))
            else:
                log.exception("sending.failed", company=company, channel=channel)
        return 0

    async def _turn(self, company: str, channel: str) -> int:
        query = select(channels).where(c.company == company, c.channel == channel, c.enabled)
        async with alone(self.engine, query, (company, channel)) as held:
            now = self.planning.clock.now()
            if held is None or (breaker := _breaker(held.row)).rests(now):
                return 0
            account = await self.accounts.of(held.row)
            room = _room(held.row, account, breaker, now)
            async with held.write() as connection:
                to_one = account.settings.to_one_a_minute
                parcels = await take(connection, company, channel, now, room, to_one) if room else []
                projects = await projects_of(connection, (row for p in parcels for row in p.rows))
                languages = await languages_of(connection, {parcel.person for parcel in parcels})
                await self.desk.book.know(connection, {row.rules for p in parcels for row in p.rows})
            try:
                contacts = await self.desk.contacts_of(parcels)
            except Unanswered as error:
                log.warning("sending.nobody_says_where", channel=channel, error=str(error))
                return 0
            messages = list[tuple[Parcel, Message | None]]()  # all made before any goes
            for parcel in parcels:
                contact = contacts.get(parcel.person, NOWHERE)
                to = address(held.row.channel, account.settings, contact)
                language = languages.get(parcel.person) if to else None  # else it is for several
                made = to is not None and self.desk.message(
                    parcel, to, language or account.settings.language, projects
                )
                messages.append((parcel, made or None))
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._try(account, *one)) for one in messages]
            tried = [task.result() for task in tasks]
            async with held.write() as connection:
                await self._note(connection, held.row, account, breaker, tried)
            return len(tried)

    async def _try(self, account: Account, parcel: Parcel, message: Message | None) -> Attempt:
        """Once, and never an error: the others are under way."""
        at, loop = self.planning.clock.now(), asyncio.get_running_loop()
        if message is None:
            return Attempt(parcel, at, None)
        began = loop.time()
        try:
            async with asyncio.timeout(SEND_SECONDS):
                answer = await account.channel.send(message)
        except TimeoutError:
            answer = TIMED_OUT
        except Exception as error:  # noqa: BLE001 - a defect of the channel; the others go on
            log.error("channel.failed", error=type(error).__name__)  # its text may hold the address
            answer = Answer("later", type(error).__name__)
        return Attempt(parcel, at, answer, round((loop.time() - began) * 1000), message.to)

    async def _note(
        self,
        connection: AsyncConnection,
        row: Row[Any],
        account: Account,
        breaker: Breaker,
        tried: Sequence[Attempt],
    ) -> None:
        """What became of each, of the channel and its rate, and who is told of those that failed."""
        now = self.planning.clock.now()
        people = {PersonId(row.person) for attempt in tried for row in attempt.parcel.rows}
        awake = await self.planning.awake(connection, people)
        dead = await outcomes.note(connection, tried, now, self.chance.uniform, awake)
        await undelivered.tell_above(connection, self.planning, dead, now)
        answers = [attempt.answer for attempt in tried if attempt.answer is not None]
        sent = [r.id for t in tried if t.answer and t.answer.outcome == "sent" for r in t.parcel.rows]
        if sent:
            await undelivered.told(connection, sent, self.desk.book.now, now, "")
        for answer in answers:
            breaker = (
                breaker.failed(now, answer.retry_after_seconds) if answer.of_channel else breaker.worked()
            )
        rate = used(_rate(account), moment(row.next_free_at), now, len(answers))
        changed = {
            "failures": breaker.failures,
            "open_until": None if breaker.open_until is None else micros(breaker.open_until),
            "next_free_at": micros(rate),
        }
        mine = (c.company == row.company) & (c.channel == row.channel)
        await connection.execute(update(channels).where(mine).values(changed))
        await stamp(connection, self.changed)


def _breaker(row: Row[Any]) -> Breaker:
    return Breaker(row.failures, None if row.open_until is None else moment(row.open_until))


def _rate(account: Account) -> Rate:
    return Rate(account.settings.a_minute, account.settings.burst)


def _room(row: Row[Any], account: Account, breaker: Breaker, now: datetime) -> int:
    """How many messages may go now: as the rate allows, and one where the channel has failed."""
    at_most = 1 if breaker.probes else AT_ONCE
    return min(at_most, free(_rate(account), moment(row.next_free_at), now))


@asynccontextmanager
async def sent(
    sending: Sending, known: asyncio.Event, look_seconds: float = LOOK_SECONDS
) -> AsyncIterator[None]:
    """Send what is due for as long as the block lasts; at its end what is under way is finished.

    Nothing goes before the organisation is `known`: it says of whom nothing may be said (R75).
    """
    stop = asyncio.Event()
    task = asyncio.create_task(_run(sending, known, stop, look_seconds), name="sending")
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait([task], timeout=STOP_SECONDS)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await sending.accounts.close()


async def _run(sending: Sending, known: asyncio.Event, stop: asyncio.Event, look_seconds: float) -> None:
    """Until it is stopped; a database that is away is tried again."""
    while not stop.is_set():
        try:
            while known.is_set() and not stop.is_set() and await sending.send_due():
                pass
        except Exception as error:
            if is_passing(error):
                log.info("sending.put_off", error=repr(error))
            else:
                log.exception("sending.failed")
        try:
            await asyncio.wait_for(stop.wait(), look_seconds)
        except TimeoutError:
            continue


def measure(counts: Sequence[Row[Any]], now: datetime) -> None:
    """Set the gauges from deliveries as `setting_up.counted` counts them, of all companies together."""
    for channel in get_args(Kind):
        mine = [row for row in counts if row.channel == channel]
        waiting = [row for row in mine if row.state != "dead"]
        oldest = moment(min((row.since for row in waiting), default=micros(now)))
        TO_SEND.labels(channel).set(sum(row.many for row in waiting))
        OLDEST_SECONDS.labels(channel).set(max(0.0, (now - oldest).total_seconds()))
        DEAD.labels(channel).set(sum(row.many for row in mine if row.state == "dead"))
