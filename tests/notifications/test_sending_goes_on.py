"""Sending goes on: after kills, beside others, by itself until it ends, with a database that is away."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import update

from services.notifications import tables
from services.notifications.channels import Answer, Message
from services.notifications.sending import sent
from shared.engines import begin
from tests.notifications.a_channel import MAIL, Killed, Outside, Post
from tests.notifications.test_sending import sends_all
from tests.support.waiting import eventually


@pytest.mark.parametrize("taken", [1, 2, 3])
async def test_after_a_kill_everything_arrives_and_only_what_was_taken_then_comes_again(
    post: Post, taken: int
) -> None:
    """The receiver has said yes, and the process dies before that is committed."""
    due = {str(await post.owes(who)) for who in ("secretary", "deputy", "chair")}
    post.outside.died_after = taken
    with pytest.raises(BaseExceptionGroup) as died:
        await post.sender().send_due()
    assert died.group_contains(Killed)
    in_the_window, post.outside.died_after = set(post.outside.ids), None
    await sends_all(post)
    again = {id_ for id_ in post.outside.ids if post.outside.ids.count(id_) > 1}
    assert set(post.outside.ids) == due
    assert again <= in_the_window
    assert max(map(post.outside.ids.count, due)) <= 2
    assert await post.states() == ["sent"] * 3
    before = list(post.outside.ids)
    await sends_all(post)
    assert post.outside.ids == before


async def test_several_at_once_send_nothing_twice(post: Post) -> None:
    for _ in range(30):
        for who in ("secretary", "deputy"):
            await post.owes(who)
    await post.sets_up(MAIL.model_copy(update={"burst": 100, "to_one_a_minute": 60}), company="quick")
    async with begin(post.engine) as connection:
        await connection.execute(update(tables.deliveries).values(company="quick"))
    senders = [post.sender() for _ in range(3)]
    while "waiting" in await post.states():
        await asyncio.gather(*(sender.send_due() for sender in senders))
    assert len(post.outside.ids) == len(set(post.outside.ids)) == 60


def known() -> asyncio.Event:
    """The organisation is read."""
    event = asyncio.Event()
    event.set()
    return event


async def test_nothing_goes_before_the_organisation_is_known(post: Post) -> None:
    """Else it could not be said whose unit is overseas (R75)."""
    await post.owes()
    asked = list[bool]()

    class Read(asyncio.Event):
        def is_set(self) -> bool:
            asked.append(super().is_set())
            return asked[-1]

    read = Read()
    async with sent(post.sender(), read, look_seconds=0.01):
        await eventually(lambda: len(asked) > 2, "it has looked several times")
        assert post.outside.received == []
        read.set()
        await eventually(lambda: len(post.outside.received) == 1, "it is read")


async def test_it_sends_by_itself_and_finishes_what_is_under_way_when_it_ends(post: Post) -> None:
    begun, may_end = asyncio.Event(), asyncio.Event()

    class Slow(Outside):
        async def send(self, message: Message) -> Answer:
            begun.set()
            await may_end.wait()
            return await super().send(message)

    post.outside = Slow()
    await post.owes()
    async with sent(post.sender(), known(), look_seconds=0.01):
        await begun.wait()
        asyncio.get_running_loop().call_later(0.05, may_end.set)  # after the block has ended
    assert await post.states() == ["sent"]


async def test_a_database_that_answers_with_errors_is_tried_again(
    post: Post, capsys: pytest.CaptureFixture[str]
) -> None:
    async with begin(post.engine) as connection:
        await connection.run_sync(tables.deliveries.drop)
    async with sent(post.sender(), known(), look_seconds=0.01):
        await eventually(lambda: "sending.failed" in capsys.readouterr().out, "it has failed")
        async with begin(post.engine) as connection:
            await connection.run_sync(tables.deliveries.create)
        await post.owes()
        await eventually(lambda: len(post.outside.received) == 1, "it goes on")
