"""A channel that keeps what it received, people to be told, and whoever sends: for tests of sending."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from services.notifications import tables
from services.notifications.channels import Answer, Channel, Kind, Message
from services.notifications.channels.accounts import Accounts
from services.notifications.channels.settings import ChannelSettings, MailSettings
from services.notifications.contacts import Contact
from services.notifications.delivered import resend
from services.notifications.planning import Planning
from services.notifications.sending import Sending
from services.notifications.telling import Desk
from shared.bus import Unanswered
from shared.domain import PersonId
from shared.engines import begin, create_engine
from shared.envelope import micros
from shared.organisation import Organisation
from tests.notifications.an_inbox import BOOK, ORGANISATION, SHANGHAI
from tests.projects import a_project as p
from tests.support.clocks import SetClock
from tests.support.engines import Database

NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)
SENT = Answer("sent", "250")
PUBLIC = "https://denggao.example"
PROJECT = str(UUID(int=7))
MAIL = MailSettings(host="mail.example", sender="denggao@example.com", password="open sesame")


class Outside:
    """A receiver that counts by id, as one that knows idempotency keys would."""

    def __init__(self) -> None:
        self.received: list[Message] = []
        self.answers: Callable[[Message], Answer] = lambda _: SENT
        self.died_after: int | None = None  # so many messages were taken when the process is killed

    async def send(self, message: Message) -> Answer:
        answer = self.answers(message)
        if answer.outcome == "sent":
            self.received.append(message)
        if self.died_after is not None and len(self.received) >= self.died_after:
            raise Killed
        return answer

    async def check(self) -> Answer:
        return self.answers(Message("", "", "", (), "", "zh-CN"))

    async def close(self) -> None:
        pass

    @property
    def ids(self) -> list[str]:
        return [message.id for message in self.received]


class Killed(BaseException):
    """The process ends at once: nothing of it catches this."""


class Book:
    """Where people can be told, unless nobody says so."""

    def __init__(self, contacts: Mapping[str, Contact]) -> None:
        self.contacts = dict(contacts)
        self.away = False

    async def of(self, people: Iterable[PersonId]) -> Mapping[PersonId, Contact]:
        if self.away:
            raise Unanswered("projects are away")
        return {PersonId(who): self.contacts[who] for who in people if who in self.contacts}


@dataclass
class Post:
    """A company's channel, its deliveries, and one or several who send."""

    engine: AsyncEngine
    clock: SetClock = field(default_factory=lambda: SetClock(NOON))
    outside: Outside = field(default_factory=Outside)
    book: Book = field(
        default_factory=lambda: Book(
            {who: Contact("13800138000", f"{who}@secret.example") for who in ("secretary", "deputy", "chair")}
        )
    )
    organisation: Organisation = ORGANISATION
    changed: list[frozenset[str]] = field(default_factory=list)  # inboxes, as their streams are told

    @property
    def planning(self) -> Planning:
        return Planning(BOOK, self.organisation, self.clock, SHANGHAI)

    async def resends(self, delivery: UUID) -> None:
        await resend(self.engine, self.planning, tables.deliveries.c.id == delivery, PersonId("operator"))

    def sender(self, makes: Mapping[Kind, Callable[[Any], Channel]] | None = None) -> Sending:
        desk = Desk(self.book, self.organisation, BOOK, PUBLIC)
        accounts = Accounts(self.engine, makes or {"mail": lambda _: self.outside})
        return Sending(self.engine, accounts, desk, self.planning, self.changed.append, random.Random(7))

    async def sets_up(self, settings: ChannelSettings = MAIL, company: str = p.COMPANY) -> None:
        said = await Accounts(self.engine).sealed(company, "mail", settings)
        row = {"company": company, "channel": "mail", "settings": said, "enabled": True}
        async with begin(self.engine) as connection:
            await connection.execute(insert(tables.channels).values(**row, next_free_at=0, failures=0))

    async def owes(self, who: str = "secretary", **more: Any) -> UUID:
        """An obligation and its delivery; columns of either are given by their names."""
        obligation = {
            "id": uuid4(),
            "event": "projects/company/1",
            "rule": "n06",
            "occurrence": "",
            "recipient": who,
            "kind": "todo",
            "project": PROJECT,
            "subject": "",
            "facts": msgspec.json.encode({"title": "涂装返修率"}).decode(),
            "due": date(2026, 3, 9),
            "created_at": micros(NOON),
        }
        delivery = {
            "id": uuid4(),
            "obligation": obligation["id"],
            "company": p.COMPANY,
            "channel": "mail",
            "person": who,
            "state": "waiting",
            "urgent": 1,
            "not_before": micros(NOON),
            "slot": None,
            "tries": 0,
            "made_at": micros(NOON),
        }
        for name, value in more.items():
            (delivery if name in delivery else obligation)[name] = value
        async with begin(self.engine) as connection:
            await connection.execute(insert(tables.obligations).values(obligation))
            await connection.execute(insert(tables.deliveries).values(delivery))
        return UUID(str(delivery["id"]))

    async def done(self, delivery: UUID) -> None:
        """The act that ends the obligation is done elsewhere."""
        d, o = tables.deliveries.c, tables.obligations.c
        of = select(d.obligation).where(d.id == delivery).scalar_subquery()
        async with begin(self.engine) as connection:
            done = update(tables.obligations).where(o.id == of).values(done_at=micros(self.clock.now()))
            await connection.execute(done)

    async def rows(self, table: Any) -> list[Row[Any]]:
        async with self.engine.connect() as connection:
            return list((await connection.execute(select(table))).all())

    async def delivery(self, id_: UUID) -> Row[Any]:
        (row,) = [row for row in await self.rows(tables.deliveries) if row.id == id_]
        return row

    async def states(self) -> list[str]:
        return sorted(row.state for row in await self.rows(tables.deliveries))

    async def channel(self) -> Row[Any]:
        (row,) = await self.rows(tables.channels)
        return row

    def later(self, **more: float) -> None:
        self.clock.time += timedelta(**more)


@asynccontextmanager
async def a_post(database: Database) -> AsyncIterator[Post]:
    engine = create_engine(database.url("notifications"), durable=True)
    async with begin(engine) as connection:
        await connection.run_sync(tables.metadata.create_all)
    post = Post(engine)
    await post.sets_up()
    yield post
    await engine.dispose()
