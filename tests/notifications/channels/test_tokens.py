"""A token is fetched once for all, renewed shortly before its end and once where it is taken no more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from services.notifications.channels import Answer
from services.notifications.channels.tokens import Tokens
from tests.notifications.channels.fakes.provider import TOKEN_SECONDS, told
from tests.notifications.channels.worlds import APPLICATIONS, World, world
from tests.support.certificates import Authority
from tests.support.https_server import Asked, Told
from tests.support.waiting import eventually

EXPIRED = {"wecom": (40014, 42001), "dingtalk": (40014, 33001), "feishu": (99991663, 99991668)}


@pytest.fixture(params=APPLICATIONS)
async def here(request: pytest.FixtureRequest, authority: Authority) -> AsyncIterator[World]:
    async with world(request.param, authority) as made:
        yield made


async def test_one_token_serves_many_messages(here: World) -> None:
    for number in range(3):
        await here.channel.send(replace(here.message, id=str(number), title=str(number)))
    assert (len(here.fake.shown), here.fake.fetched) == (3, 1)


async def test_many_sends_at_once_fetch_one_token(here: World) -> None:
    for round_ in range(2):
        sends = (replace(here.message, id=f"{round_}{n}", title=f"{round_}-{n}") for n in range(20))
        answers = await asyncio.gather(*map(here.channel.send, sends))
        assert {answer.outcome for answer in answers} == {"sent"}
        assert here.fake.fetched == round_ + 1
        here.fake.revoke()  # the second round is refused twenty times, and fetches once


async def test_a_token_is_renewed_before_it_ends(here: World) -> None:
    await here.channel.send(here.message)
    here.clock.time += timedelta(seconds=TOKEN_SECONDS - 400)
    await here.channel.send(here.message)
    assert here.fake.fetched == 1
    here.clock.time += timedelta(seconds=200)
    answer = await here.channel.send(here.message)
    assert (answer.outcome, here.fake.fetched) == ("sent", 2)


@pytest.mark.parametrize("name", APPLICATIONS)
async def test_a_token_that_is_taken_no_more_is_renewed_once(name: str, authority: Authority) -> None:
    for code in EXPIRED[name]:
        async with world(name, authority) as here:
            here.fake.next.append(here.fake.refusal(code))
            assert (await here.channel.send(here.message)).outcome == "sent"
            assert here.fake.fetched == 2
            here.fake.next.extend([here.fake.refusal(code)] * 2)
            answer = await here.channel.send(here.message)
            assert (answer.outcome, answer.of_channel, here.fake.fetched) == ("later", True, 3), answer


async def test_dingtalks_gate_says_it_in_a_code_of_its_own(authority: Authority) -> None:
    async with world("dingtalk", authority) as here:
        await here.channel.send(here.message)
        here.fake.revoke()
        assert (await here.channel.send(replace(here.message, title="另一件事"))).outcome == "sent"
        here.fake.next.append(
            told({"errcode": 88, "sub_code": "90018", "errmsg": "ding talk error[subcode=90018]"})
        )
        answer = await here.channel.send(here.message)
        assert (answer.code, answer.of_channel, answer.retry_after_seconds) == ("errcode 90018", True, 60)


async def test_a_wrong_secret_is_of_the_channel_and_loses_nothing(here: World) -> None:
    known = here.fake.secret
    here.fake.secret = "changed"
    for answer in (await here.channel.send(here.message), await here.channel.check()):
        assert (answer.outcome, answer.of_channel) == ("later", True)
        assert answer.retry_after_seconds
        assert "10.1.2.3" not in answer.code
    here.fake.secret = known
    assert (await here.channel.send(here.message)).outcome == "sent"


async def test_a_check_fetches_a_token_by_the_secret_as_it_is_now(here: World) -> None:
    assert (await here.channel.check()).outcome == "sent"
    here.fake.secret = "changed"
    assert (await here.channel.check()).outcome == "later"


async def test_what_is_no_token_is_none(here: World) -> None:
    for token, lives in ((None, 7200), ("", 7200), ("a\r\nb", 7200), ("令牌", 7200), ("t", 0), ("t", True)):
        here.server.answer = _giving(token, lives)
        answer = await here.channel.send(here.message)
        assert answer.code == "no token", (token, lives, answer)
        assert (answer.outcome, answer.of_channel) == ("later", True)


def _giving(token: object, lives: object) -> Callable[[Asked], Told]:
    def answer(_asked: Asked) -> Told:
        return told(
            {
                "errcode": 0,
                "code": 0,
                "access_token": token,
                "tenant_access_token": token,
                "expires_in": lives,
                "expire": lives,
            }
        )

    return answer


async def test_a_hundred_whose_token_was_refused_at_once_fetch_one() -> None:
    fetched = 0

    async def fetch() -> tuple[str, float]:
        nonlocal fetched
        fetched += 1
        await asyncio.sleep(0)
        return f"token {fetched}", 100.0

    tokens = Tokens(fetch)
    assert {await one for one in [tokens.get() for _ in range(100)]} == {"token 1"}
    got = await asyncio.gather(*(tokens.get(refused="token 1") for _ in range(100)))
    late = await tokens.get(refused="token 1")
    assert ({*got, late}, fetched) == ({"token 2"}, 2)


async def test_whoever_gives_up_waiting_does_not_end_what_others_wait_for() -> None:
    go = asyncio.Event()

    async def fetch() -> tuple[str, float]:
        await go.wait()
        return "token", 100.0

    tokens = Tokens(fetch)
    patient, impatient = (asyncio.create_task(tokens.get()) for _ in range(2))
    await asyncio.sleep(0)
    impatient.cancel()
    await asyncio.wait([impatient])
    go.set()
    assert await patient == "token"


async def test_what_a_fetch_raises_all_who_wait_get_and_the_next_tries_again() -> None:
    tries = 0

    async def fetch() -> tuple[str, float]:
        nonlocal tries
        tries += 1
        await asyncio.sleep(0)
        if tries == 1:
            raise ConnectionError
        return "token", 100.0

    tokens = Tokens(fetch)
    first = await asyncio.gather(*(tokens.get() for _ in range(5)), return_exceptions=True)
    assert [type(one) for one in first] == [ConnectionError] * 5
    assert await tokens.get() == "token"
    assert tries == 2


async def test_closing_ends_what_waits_for_a_token_with_an_answer(here: World) -> None:
    here.server.answer = lambda _asked: Told(hangs=True)
    sending = asyncio.create_task(here.channel.send(here.message))
    await eventually(lambda: bool(here.server.asked), "the token is asked for")
    await here.channel.close()
    assert await sending == Answer("later", "closed", "", of_channel=True)
