"""Whom nothing reaches outside the system is told by people: the office above owes that, once (n45)."""

from __future__ import annotations

from typing import Any

import msgspec

from services.notifications import tables
from services.notifications.channels import Answer
from services.notifications.contacts import Contact
from services.notifications.inbox import read_list
from shared.domain import PersonId
from tests.notifications.a_channel import Post
from tests.notifications.an_inbox import BOOK
from tests.notifications.test_sending import sends_all

GONE = Answer("never", "550", "no such user")


async def owed(post: Post) -> list[Any]:
    return [row for row in await post.rows(tables.obligations) if row.rule == "n45"]


async def test_who_has_no_address_is_not_tried_and_the_office_above_is_told(post: Post) -> None:
    delivery = await post.owes("fitter")
    await sends_all(post)
    row = await post.delivery(delivery)
    assert (row.state, row.cause) == ("dead", "no_address")
    assert await post.rows(tables.attempts) == []
    (told,) = await owed(post)
    assert told.recipient in ("prechecker", "colleague")
    assert (told.kind, told.occurrence) == ("todo", str(delivery))
    assert msgspec.json.decode(told.facts) == {"name": "fitter", "item": "涂装返修率"}
    async with post.engine.connect() as connection:
        (entry,) = (await read_list(connection, PersonId(told.recipient), "todo")).entries
    assert entry.text(BOOK, lambda _, fact: fact) == "fitter无法送达“涂装返修率”，请转告并登记。"


async def test_it_is_owed_once_however_often_it_dies(post: Post) -> None:
    delivery = await post.owes()
    post.outside.answers = lambda _: GONE
    for _ in range(3):
        await sends_all(post)
        await post.resends(delivery)
        post.later(minutes=1)
    await sends_all(post)
    assert len(await owed(post)) == 1
    outcomes = [row.outcome for row in sorted(await post.rows(tables.attempts), key=lambda row: row.number)]
    assert outcomes == ["never", "resent"] * 3 + ["never"]


async def test_what_is_sent_at_last_ends_it(post: Post) -> None:
    delivery = await post.owes("fitter")
    await sends_all(post)
    post.book.contacts["fitter"] = Contact(mail="fitter@secret.example")
    await post.resends(delivery)
    await sends_all(post)
    (told,) = await owed(post)
    assert told.done_at is not None
    assert [told.recipient in boxes for boxes in post.changed] == [True, True], (
        "as it is owed, and as it ends"
    )
    assert told.changed == 2
    assert (await post.delivery(delivery)).state == "sent"


async def test_no_failure_follows_from_telling_of_one(post: Post) -> None:
    """Were it delivered outside and failed there, it would be owed to the next office, and so on."""
    await post.owes("fitter", rule="n45")
    await sends_all(post)
    assert await post.states() == ["dead"]
    assert len(await owed(post)) == 1
    assert len(await post.rows(tables.deliveries)) == 1


async def test_of_who_belongs_to_no_unit_nobody_is_told(post: Post) -> None:
    await post.owes("nobody known")
    await sends_all(post)
    assert await owed(post) == []
