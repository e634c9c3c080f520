"""A company's mail in a whole installation: a real server, people with addresses, a clock that all share."""

from __future__ import annotations

import asyncio
import random
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select

from services.notifications import tables
from services.notifications.taking import summary_id
from shared.envelope import micros, moment
from shared.working_days import is_working_day
from tests.notifications.channels.a_mail_server import PASSWORD, USER, MailServer, mail_server
from tests.support.books_of import engine_of
from tests.support.certificates import Authority
from tests.support.company import DOCUMENT, Company, today
from tests.support.front_door import Someone
from tests.support.insisting import Insisting
from tests.support.waiting import eventually
from tests.support.whole import ZONE, is_whole
from tests.system.faults.installation import NO_FRONT, Installation
from tests.system.faults.rounds import QUIET_SECONDS, quiet

MORNING, SUMMARIES_ARE_OUT = time(10), time(17, 30)
GONE_SECONDS = 90.0


def next_working_morning(after: datetime) -> datetime:
    """When offices have begun to work on the first working day that is not over."""
    day = (after + timedelta(days=1)).astimezone(ZONE).date()
    while not is_working_day(day):
        day += timedelta(days=1)
    return datetime.combine(day, MORNING, ZONE)


@dataclass
class Post:
    """The installation, its people, and the server that takes their mail."""

    town: Installation
    company: Company
    server: MailServer
    clients: Insisting
    operator: Someone
    chance: random.Random
    looked_at: int = 0  # what ended before was seen to have come

    @property
    def now(self) -> datetime:
        """As all services see it."""
        return datetime.now(UTC) + timedelta(seconds=self.town.ahead_seconds)

    def today(self) -> date:
        """The date of the installation, for who fills in dates."""
        return self.now.astimezone(ZONE).date()

    def at(self, moment: datetime) -> None:
        """All clocks go to a later moment."""
        self.town.ahead_seconds = max(self.town.ahead_seconds, (moment - datetime.now(UTC)).total_seconds())
        self.town.go_ahead()

    def mails_to(self, person: Someone) -> list[EmailMessage]:
        """Those that the server took for somebody."""
        to = address_of(person)
        return [
            mail for mail, who in zip(self.server.mails, self.server.recipients, strict=True) if to in who
        ]

    async def rows(self, table: Any = tables.deliveries) -> list[Row[Any]]:
        """A table of notifications, read past every proxy."""
        async with engine_of(self.town.where, "notifications") as engine, engine.connect() as connection:
            return list((await connection.execute(select(table))).all())

    async def is_quiet(self) -> None:
        """Every event is read by everybody."""
        await eventually(lambda: quiet(self.town), "everything is read", QUIET_SECONDS)

    async def all_has_gone(self) -> None:
        """The day goes on to each moment at which anything is due, until its summaries are out."""
        evening = datetime.combine(self.today(), SUMMARIES_ARE_OUT, ZONE)

        async def gone() -> bool:
            due = [moment(row.not_before) for row in await self.rows() if row.state in ("waiting", "bundled")]
            due = [one for one in due if one <= evening]
            rests = [row.open_until for row in await self.rows(tables.channels) if row.open_until is not None]
            if due:
                self.at(max(min(due), *map(moment, rests), self.now))
                await asyncio.sleep(0.2)
            return not due

        await eventually(gone, "all that is due has gone", GONE_SECONDS)

    async def all_were_told(self, fresh: Path, *, repeats: bool) -> None:
        """Obligations are as a fresh replay gives them; each was told outside, once unless it `repeats`."""
        await self.is_quiet()
        await self.all_has_gone()  # what followed from a later moment too
        await is_whole(self.town.where, fresh)
        received, rows = Counter(map(id_of, self.server.mails)), await self.rows()
        summaries, meant = defaultdict[Any, list[UUID]](list), {str(row.id) for row in rows}
        for row in rows:
            assert row.state in ("sent", "needless", "waiting", "bundled"), row
            assert row.state in ("sent", "needless") or moment(row.not_before) > self.now, row
            if row.state == "sent" and row.slot is None and row.ended_at > self.looked_at:
                assert received[str(row.id)], f"{row} was never received"
            if row.state == "sent" and row.slot is not None:
                summaries[row.person, row.slot, row.ended_at].append(row.id)
        for (*_, ended_at), lines in summaries.items():
            meant.add(summary_id(lines))
            assert ended_at <= self.looked_at or received[summary_id(lines)], "a summary was never received"
        assert repeats or set(received) <= meant  # one that was not heard of may come with other lines
        sent = Counter(row.delivery for row in await self.rows(tables.attempts) if row.outcome == "sent")
        assert max(sent.values()) == 1
        twice = sorted(id_ for id_, times in received.items() if times > 1)
        assert repeats or not twice, twice
        self.looked_at = micros(self.now)
        self.server.mails.clear()
        self.server.recipients.clear()


def id_of(mail: EmailMessage) -> str:
    """The idempotency key, by which who gets a mail twice knows it."""
    return str(mail["Message-ID"]).strip("<>").partition("@")[0]


def address_of(person: Someone) -> str:
    """Where somebody gets mail."""
    return f"{person.login}@np.example"


@asynccontextmanager
async def mail_set_up(
    town: Installation, company: Company, directory: Path, seed: int
) -> AsyncIterator[Post]:
    """Over HTTP, by the company's operator; everybody has an address."""
    authority = Authority(directory)
    clients = Insisting(NO_FRONT, seed, transport=town.transport(), tokens=town.tokens)
    async with mail_server(authority.serves("127.0.0.1")) as server:
        post = Post(town, company, server, clients, company.yang_fan, random.Random(seed))
        await asyncio.to_thread(_appointed, company)
        for person in people_of(company):
            path = f"/people/{person.id}/change-contact"
            await clients.does(company.wang_fang, path, mail=address_of(person))
        channel = f"/notifications/channels/{company.company}/mail"
        settings = {"host": "127.0.0.1", "port": server.port, "ca": authority.text}
        settings |= {"user": USER, "password": PASSWORD, "sender": "denggao@np.example"}
        settings |= {"a_minute": 6000, "burst": 100, "to_one_a_minute": 60}
        await post.is_quiet()
        await clients.sets(post.operator, channel, settings=settings)
        checked = await clients.sets(post.operator, f"{channel}/check")
        assert checked["ok"], checked
        await clients.sets(post.operator, f"{channel}/enabled", enabled=True)
        yield post
        server.answers.set()
    await clients.http.aclose()


def people_of(company: Company) -> Iterator[Someone]:
    """All of them."""
    yield from {one.id: one for one in vars(company).values() if isinstance(one, Someone)}.values()
    yield from company.committee[1:]


def _appointed(company: Company) -> None:
    term = company.wang_fang.does(
        "/offices/appoint-office",
        person=company.yang_fan.id,
        office="company_operator",
        unit=company.company,
        since=today().isoformat(),
        document=DOCUMENT,
    )["id"]
    confirmed = company.li_min.posts(f"/offices/{term}/confirm-appointment", {})
    assert confirmed.is_success or confirmed.json()["code"] == "NothingToConfirm", confirmed.text
