"""What is due goes out once, in its order, at the channel's pace, and all that became of it is kept."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import update

from services.notifications import tables
from services.notifications.channels import Answer, Message
from services.notifications.channels.accounts import Accounts, SettingsSealedOtherwise
from services.notifications.channels.settings import MailSettings
from services.notifications.domain.wishes import Wishes
from services.notifications.outcomes import Attempt
from services.notifications.pace import FAILURES_IN_A_ROW, GIVEN_UP_AFTER, TRIES_AT_MOST
from services.notifications.sending import measure
from services.notifications.setting_up import counted
from services.notifications.taking import Parcel, summary_id
from services.notifications.wishes import keep
from shared.domain import PersonId
from shared.engines import begin
from shared.envelope import micros, moment
from tests.notifications.a_channel import MAIL, NOON, PUBLIC, SENT, Outside, Post
from tests.notifications.an_inbox import SHANGHAI
from tests.support.waiting import eventually

BUSY = Answer("later", "450", "mailbox busy")
AWAY = Answer("later", "timeout", of_channel=True)


async def sends_all(post: Post) -> None:
    sender = post.sender()
    while await sender.send_due():
        pass


async def test_what_is_due_is_sent_with_its_id_and_the_attempt_is_kept(post: Post) -> None:
    delivery = await post.owes()
    await sends_all(post)
    (message,) = post.outside.received
    assert (message.id, message.to) == (str(delivery), "secretary@secret.example")
    assert message.link.startswith(PUBLIC)
    row = await post.delivery(delivery)
    assert (row.state, row.ended_at) == ("sent", micros(NOON))
    (attempt,) = await post.rows(tables.attempts)
    assert (attempt.delivery, attempt.number, attempt.outcome, attempt.code) == (delivery, 1, "sent", "250")


async def test_what_is_not_due_yet_waits(post: Post) -> None:
    await post.owes(not_before=micros(NOON + timedelta(hours=1)))
    await sends_all(post)
    assert post.outside.received == []
    post.later(hours=1)
    await sends_all(post)
    assert len(post.outside.received) == 1


async def test_urgent_ones_go_first_and_then_the_oldest(post: Post) -> None:
    young = await post.owes("secretary")
    old = await post.owes("deputy", not_before=micros(NOON - timedelta(days=1)))
    urgent = await post.owes("chair", urgent=0)
    await post.sets_up(MAIL.model_copy(update={"burst": 1}), company="other")
    sender = post.sender()
    for row in (young, old, urgent):
        await _of_company(post, row, "other")
    for _ in range(3):
        await sender.send_due()
        post.later(seconds=1)
    assert post.outside.ids == [str(urgent), str(old), str(young)]


async def _of_company(post: Post, delivery: object, company: str) -> None:
    d = tables.deliveries
    async with begin(post.engine) as connection:
        await connection.execute(update(d).where(d.c.id == delivery).values(company=company))


async def test_what_was_done_before_it_went_is_needless_and_says_why(post: Post) -> None:
    delivery = await post.owes()
    await post.done(delivery)
    await sends_all(post)
    row = await post.delivery(delivery)
    assert (post.outside.received, row.state, row.cause) == ([], "needless", "done")


async def test_what_is_done_while_it_goes_is_sent_and_stays_so(post: Post) -> None:
    """The act and the message meet at no row: whoever is told knows that they have just done it."""
    delivery = await post.owes()
    begun, may_end = asyncio.Event(), asyncio.Event()

    class Slow(Outside):
        async def send(self, message: Message) -> Answer:
            begun.set()
            await may_end.wait()
            return await super().send(message)

    post.outside = Slow()
    turn = asyncio.create_task(post.sender().send_due())
    await begun.wait()
    await post.done(delivery)
    may_end.set()
    await turn
    await sends_all(post)
    assert (await post.states(), post.outside.ids) == (["sent"], [str(delivery)])


async def test_lines_of_a_summary_are_one_message_with_what_is_open_still(post: Post) -> None:
    open_still = [await post.owes(state="bundled", slot="2026-03-02") for _ in range(2)]
    done = await post.owes(state="bundled", slot="2026-03-02")
    other = await post.owes("deputy", state="bundled", slot="2026-03-02")
    await post.done(done)
    post.outside.answers = lambda _: BUSY
    await post.sender().send_due()
    post.later(hours=2)
    post.outside.answers = lambda _: Answer("sent", "250")
    await sends_all(post)
    assert sorted(post.outside.ids) == sorted([summary_id(open_still), summary_id([other])])
    (mine,) = [m for m in post.outside.received if m.to.startswith("secretary")]
    assert ("2" in mine.title, len(mine.lines)) == (True, 2)
    assert await post.states() == ["needless", "sent", "sent", "sent"]
    attempts = [row for row in await post.rows(tables.attempts) if row.delivery in open_still]
    assert sorted((row.number, row.outcome) for row in attempts) == [(1, "later")] * 2 + [(2, "sent")] * 2


async def test_a_summary_that_failed_comes_again_as_a_whole_under_the_same_id(post: Post) -> None:
    lines = [await post.owes(state="bundled", slot="2026-03-02") for _ in range(5)]
    tried = list[str]()

    def answer(message: Message) -> Answer:
        tried.append(message.id)
        return BUSY if len(tried) < 4 else SENT

    post.outside.answers = answer
    sender = post.sender()  # one, so that what it draws goes on
    while not post.outside.received:
        await sender.send_due()
        post.later(seconds=5)
    assert tried == [summary_id(lines)] * 4
    assert await post.states() == ["sent"] * 5


async def test_a_line_that_comes_once_its_summary_went_is_a_message_of_its_own(post: Post) -> None:
    early = [await post.owes(state="bundled", slot="2026-03-02") for _ in range(2)]
    await sends_all(post)
    late = await post.owes(state="bundled", slot="2026-03-02")
    await sends_all(post)
    assert post.outside.ids == [summary_id(early), summary_id([late])]


async def test_what_fails_is_tried_again_later_and_later_and_then_given_up(post: Post) -> None:
    delivery = await post.owes()
    post.outside.answers = lambda _: BUSY
    for tries in range(1, TRIES_AT_MOST):
        await sends_all(post)
        row = await post.delivery(delivery)
        assert (row.state, row.tries) == ("waiting", tries)
        assert row.not_before >= micros(post.clock.now())
        post.clock.time = max(moment(row.not_before), post.clock.now() + timedelta(seconds=1))
    await sends_all(post)
    row = await post.delivery(delivery)
    assert (row.state, row.cause) == ("dead", "too_many_tries")
    assert len(await post.rows(tables.attempts)) == TRIES_AT_MOST


async def test_a_receiver_is_not_tried_before_it_asked_for(post: Post) -> None:
    delivery = await post.owes()
    post.outside.answers = lambda _: Answer("later", "429", retry_after_seconds=7200)
    await sends_all(post)
    assert (await post.delivery(delivery)).not_before >= micros(NOON + timedelta(hours=2))


async def test_what_can_never_go_is_dead_at_once(post: Post) -> None:
    delivery = await post.owes()
    post.outside.answers = lambda m: Answer("never", "550", f"no such user {m.to}")
    await sends_all(post)
    row = await post.delivery(delivery)
    assert (row.state, row.cause) == ("dead", "refused")


async def test_nobody_is_told_while_nobody_says_where_they_are(post: Post) -> None:
    await post.owes()
    post.book.away = True
    await sends_all(post)
    assert await post.states() == ["waiting"]
    post.book.away = False
    await sends_all(post)
    assert await post.states() == ["sent"]


async def test_addresses_stand_in_no_table_and_no_line_of_the_log(
    post: Post, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also where the receiver's own words repeat them, and where a channel fails with them."""

    def fails(message: Message) -> Answer:
        raise ValueError(f"{message.to} is not there, nor is 13800138000")

    for answers in (lambda m: Answer("never", f"550 {m.to}", f"{m.to} unknown"), fails):
        await post.owes()
        post.outside.answers = answers
        await post.sender().send_due()
    kept = [str(row) for table in tables.metadata.sorted_tables for row in await post.rows(table)]
    said = capsys.readouterr()
    assert len(await post.rows(tables.attempts)) == 2
    assert not [line for line in (*kept, said.out, said.err) if "secret.example" in line or "1380013" in line]
    assert not [line for line in (*kept, said.out, said.err) if "open sesame" in line]


# the channel as a whole


async def test_a_channel_that_fails_as_a_whole_rests_and_is_then_tried_with_one(post: Post) -> None:
    for _ in range(FAILURES_IN_A_ROW + 3):
        await post.owes()
    post.outside.answers = lambda _: AWAY
    await sends_all(post)
    row = await post.channel()
    assert row.open_until > micros(NOON)
    tried = len(await post.rows(tables.attempts))
    await sends_all(post)
    assert len(await post.rows(tables.attempts)) == tried, "it rests"
    post.clock.time = moment(row.open_until) + timedelta(minutes=1)
    await post.sender().send_due()
    assert len(await post.rows(tables.attempts)) == tried + 1, "one message is tried before the others"
    assert (await post.channel()).open_until > row.open_until
    post.outside.answers = lambda _: Answer("sent", "250")
    while "waiting" in await post.states():
        post.later(minutes=1)
        await sends_all(post)
    assert ((await post.channel()).failures, (await post.channel()).open_until) == (0, None)


async def test_no_delivery_dies_of_a_channel_that_is_away_before_days_are_over(post: Post) -> None:
    delivery = await post.owes()
    post.outside.answers = lambda _: AWAY
    while post.clock.now() < NOON + GIVEN_UP_AFTER:
        await sends_all(post)
        row = await post.delivery(delivery)
        assert (row.state, row.tries) == ("waiting", 0)
        post.later(hours=6)
    post.later(hours=1)
    await sends_all(post)
    row = await post.delivery(delivery)
    assert (row.state, row.cause) == ("dead", "channel_away")
    await post.resends(delivery)
    tried = len(await post.rows(tables.attempts))
    post.later(hours=1)
    await sends_all(post)
    assert len(await post.rows(tables.attempts)) > tried
    assert (await post.delivery(delivery)).state == "waiting", "its days begin anew"


async def test_days_of_a_channel_that_is_away_begin_when_a_message_may_go(post: Post) -> None:
    """A line of a weekly summary is tried days after it was made; so is a message over a holiday."""
    post.outside.answers = lambda _: AWAY
    friday = NOON + timedelta(days=4)
    line = await post.owes(state="bundled", slot="2026-03-06", not_before=micros(friday))
    festival, works = datetime(2026, 2, 15, 4, tzinfo=UTC), datetime(2026, 2, 24, 0, tzinfo=UTC)
    held = await post.owes("chair", made_at=micros(festival), not_before=micros(works))
    post.clock.time = works
    await sends_all(post)
    assert (await post.delivery(held)).state == "waiting"
    post.clock.time = friday
    await sends_all(post)
    assert (await post.delivery(line)).state == "bundled"
    assert (await post.delivery(held)).state == "dead"


async def test_a_channel_sends_no_more_than_its_rate(post: Post) -> None:
    settings = MailSettings(host="h", sender="a@b.example", a_minute=6, burst=2, to_one_a_minute=60)
    await post.sets_up(settings, company="slow")
    for _ in range(9):
        await post.owes(company="slow")
    went = []
    for _ in range(7):
        await sends_all(post)
        went.append(len(post.outside.received))
        post.later(seconds=10)
    assert went == [2, 3, 4, 5, 6, 7, 8]


async def test_nobody_is_sent_more_than_so_many_a_minute(post: Post) -> None:
    for _ in range(8):
        await post.owes("secretary")
    await post.owes("deputy")
    await sends_all(post)
    to = [message.to.partition("@")[0] for message in post.outside.received]
    assert (to.count("secretary"), to.count("deputy")) == (MAIL.to_one_a_minute, 1)
    post.later(seconds=61)
    await sends_all(post)
    assert len(post.outside.received) == 9


async def test_a_channel_that_is_off_keeps_what_waits(post: Post) -> None:
    await post.owes()
    async with begin(post.engine) as connection:
        await connection.execute(update(tables.channels).values(enabled=False))
    await sends_all(post)
    assert await post.states() == ["waiting"]


async def test_one_company_whose_channel_hangs_holds_no_other(post: Post) -> None:
    await post.sets_up(MAIL.model_copy(update={"host": "hangs.example"}), company="other")
    await post.owes(company="other")
    await post.owes()
    never = asyncio.Event()

    class Hanging(Outside):
        async def send(self, message: Message) -> Answer:
            await never.wait()
            return await super().send(message)

    hanging = Hanging()
    sender = post.sender({"mail": lambda s: hanging if s.host == "hangs.example" else post.outside})
    turn = asyncio.create_task(sender.send_due())
    await eventually(lambda: len(post.outside.received) == 1, "the other one sends")
    never.set()
    await turn
    assert len(hanging.received) == 1


async def test_what_waits_and_what_is_dead_is_measured_by_channel(post: Post) -> None:
    for who in ("fitter", "secretary", "deputy"):
        await post.owes(who)
    post.book.contacts.pop("deputy")
    post.outside.answers = lambda _: BUSY
    await sends_all(post)
    post.later(hours=1)
    async with post.engine.connect() as connection:
        measure(await counted(connection), post.clock.now())

    def told(name: str, channel: str) -> float | None:
        return REGISTRY.get_sample_value(f"denggao_deliveries_{name}", {"channel": channel})

    assert [told(name, "mail") for name in ("waiting", "dead", "oldest_seconds")] == [1, 2, 3600]
    assert [told(name, "robot") for name in ("waiting", "dead", "oldest_seconds")] == [0, 0, 0]


async def test_secrets_open_for_their_own_company_and_field_alone(post: Post) -> None:
    accounts, sealed = Accounts(post.engine), (await post.channel()).settings
    assert (await accounts.opened(await post.channel())) == MAIL
    assert "open sesame" not in sealed
    other = await accounts.sealed("other", "mail", MAIL)
    async with begin(post.engine) as connection:
        await connection.execute(update(tables.channels).values(settings=other))
    with pytest.raises(SettingsSealedOtherwise):
        await accounts.opened(await post.channel())


# whoever dies, and several at once


async def test_a_message_is_in_its_receivers_language_and_else_in_the_channels(post: Post) -> None:
    async with begin(post.engine) as connection:
        await keep(connection, PersonId("deputy"), Wishes(language="en"), post.clock.now())
    for who in ("secretary", "deputy"):
        await post.owes(who)
    await sends_all(post)
    titles = {message.to.partition("@")[0]: message.title for message in post.outside.received}
    assert titles == {"secretary": "【待办】退回待修改", "deputy": "To do: Returned for changes"}


@pytest.mark.parametrize(("urgent", "waits_until"), [(1, 8), (0, 19)])
async def test_what_fails_in_the_evening_is_tried_again_in_the_morning_unless_it_is_urgent(
    post: Post, urgent: int, waits_until: int
) -> None:
    post.outside.answers = lambda _: Answer("later", "451", retry_after_seconds=900)
    delivery = await post.owes("secretary", urgent=urgent)
    post.later(hours=6, minutes=50)  # 18:50
    await sends_all(post)
    row = await post.delivery(delivery)
    assert row.state == "waiting"
    assert moment(row.not_before).astimezone(SHANGHAI).hour == waits_until


@pytest.mark.parametrize("said", ["13800138000", "+86 138 0013 8000", "138-0013-8000", "(138) 00138000"])
@pytest.mark.parametrize("known", ["13800138000", "138 0013 8000"])
def test_a_number_is_hidden_however_it_is_written(said: str, known: str) -> None:
    attempt = Attempt(Parcel("", PersonId("a"), ()), NOON, None, to=known)
    assert not re.search(r"\d{4}", attempt.said(f"no such user {said}!", 100))
