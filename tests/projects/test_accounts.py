"""Signing in: right, wrong, too often; sessions that continue, end, and notice a stolen key."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from services.projects.accounts import (
    FAILURES_FREE,
    SECOND,
    WAIT_AT_MOST,
    Accounts,
    LoginTaken,
    MustChangePassword,
    PasswordMustDiffer,
    PasswordUnsuitable,
    RefreshReused,
    Session,
    SessionIsOver,
    WrongLoginOrPassword,
    wait_after,
)
from services.projects.domain.account import PersonHasAccount
from services.projects.tables import accounts as accounts_table
from services.projects.tables import metadata, sessions
from shared.engines import create_engine
from shared.problems import TooManyTries
from tests.projects.people import LI, WANG
from tests.support.engines import Database
from tests.support.measured import grows

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
PASSWORD, ADDRESS = "四个词语的好密码", "192.0.2.1"
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


def after(**delta: float) -> datetime:
    return NOW + timedelta(**delta)


@pytest.fixture
async def engine(database: Database) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(database.url(), durable=False)
    async with engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    yield engine
    await engine.dispose()


@pytest.fixture
async def accounts(engine: AsyncEngine) -> Accounts:
    accounts = Accounts(engine, CHEAP)
    await accounts.open_account("Li.Ming", LI, PASSWORD, must_change=False)
    return accounts


async def wrong(
    accounts: Accounts, login: str = "li.ming", address: str = ADDRESS, at: datetime = NOW
) -> None:
    with pytest.raises(WrongLoginOrPassword):
        await accounts.sign_in(login, "a wrong password", address, at)


async def signed_in(accounts: Accounts, at: datetime = NOW) -> Session:
    return await accounts.sign_in("li.ming", PASSWORD, ADDRESS, at)


def refresh_of(session: Session) -> str:
    assert session.refresh is not None
    return session.refresh


# Accounts


async def test_the_right_password_signs_in_whatever_width_or_case_the_name_has(accounts: Accounts) -> None:
    assert (await accounts.sign_in(" ＬＩ.ming", PASSWORD, ADDRESS, NOW)).person == LI


async def test_a_sign_in_name_is_taken_once(accounts: Accounts) -> None:
    with pytest.raises(LoginTaken):
        await accounts.open_account("LI.MING", WANG, PASSWORD)
    assert (await signed_in(accounts)).person == LI


@pytest.mark.parametrize("password", ["short", "x" * 129, "Li.Ming.2"])
async def test_unsuitable_passwords_are_refused(accounts: Accounts, password: str) -> None:
    with pytest.raises(PasswordUnsuitable):
        await accounts.open_account("li.ming.2", WANG, password)


async def test_passwords_are_kept_as_argon2id_and_refresh_keys_as_hashes(
    accounts: Accounts, engine: AsyncEngine
) -> None:
    session = await signed_in(accounts)
    async with engine.connect() as connection:
        password = await connection.scalar(select(accounts_table.c.password))
        refresh = await connection.scalar(select(sessions.c.refresh))
    assert password is not None
    assert password.startswith("$argon2id$")
    assert refresh is not None
    assert len(refresh) == 32
    assert refresh_of(session).partition(".")[2].encode() not in refresh


async def test_a_stronger_setting_rehashes_at_the_next_sign_in(
    accounts: Accounts, engine: AsyncEngine
) -> None:
    stronger = Accounts(engine, PasswordHasher(time_cost=2, memory_cost=8, parallelism=1))
    await signed_in(stronger)
    async with engine.connect() as connection:
        password = await connection.scalar(select(accounts_table.c.password))
    assert password is not None
    assert ",t=2," in password
    assert (await signed_in(stronger)).person == LI, "only the hash changes"


async def test_a_changed_password_replaces_the_old_one(accounts: Accounts) -> None:
    await accounts.set_password("li.ming", "an entirely new one")
    await wrong(accounts)
    with pytest.raises(WrongLoginOrPassword):
        await signed_in(accounts)
    assert (await accounts.sign_in("li.ming", "an entirely new one", ADDRESS, NOW)).person == LI


OWN = "known to nobody else"


async def test_a_password_that_somebody_gave_is_replaced_before_there_is_a_session(
    accounts: Accounts, engine: AsyncEngine
) -> None:
    await accounts.open_account("wang", WANG, PASSWORD)
    with pytest.raises(MustChangePassword):
        await accounts.sign_in("wang", PASSWORD, ADDRESS, NOW)
    with pytest.raises(PasswordMustDiffer):
        await accounts.sign_in("wang", PASSWORD, ADDRESS, NOW, PASSWORD)
    with pytest.raises(PasswordUnsuitable):
        await accounts.sign_in("wang", PASSWORD, ADDRESS, NOW, "short")
    with pytest.raises(WrongLoginOrPassword):
        await accounts.sign_in("wang", "a wrong password", ADDRESS, NOW, OWN)
    assert await how_many_sessions(engine) == 0
    assert (await accounts.sign_in("wang", PASSWORD, ADDRESS, NOW, OWN)).person == WANG
    assert (await accounts.sign_in("wang", OWN, ADDRESS, NOW)).person == WANG
    with pytest.raises(WrongLoginOrPassword):
        await accounts.sign_in("wang", PASSWORD, ADDRESS, NOW, "another of the giver")


async def test_of_two_who_come_at_once_with_a_given_password_one_is_late(accounts: Accounts) -> None:
    await accounts.open_account("wang", WANG, PASSWORD)
    tries = (accounts.sign_in("wang", PASSWORD, ADDRESS, NOW, f"{OWN} {n}") for n in range(4))
    answers = await asyncio.gather(*tries, return_exceptions=True)
    assert sorted(type(answer).__name__ for answer in answers) == ["Session", *["WrongLoginOrPassword"] * 3]


async def test_who_signs_in_at_several_places_at_once_waits_for_nobody(accounts: Accounts) -> None:
    await accounts.open_account("wang", WANG, PASSWORD, must_change=False)
    for _ in range(30):  # each counts an attempt, and forgives it, on the same two rows
        await asyncio.gather(*(accounts.sign_in("wang", PASSWORD, ADDRESS, NOW) for _ in range(4)))


async def test_a_password_that_is_given_anew_ends_what_continues(accounts: Accounts) -> None:
    session = await signed_in(accounts)
    await accounts.set_password("li.ming", "given by the operator", must_change=True)
    with pytest.raises(SessionIsOver):
        await accounts.refresh(refresh_of(session), after(minutes=4))


async def test_a_person_has_one_account(accounts: Accounts) -> None:
    with pytest.raises(PersonHasAccount):
        await accounts.open_account("another name", LI, PASSWORD)


async def test_looking_at_a_password_begins_no_session(accounts: Accounts, engine: AsyncEngine) -> None:
    assert (await accounts.verify("li.ming", PASSWORD, ADDRESS, NOW)).person == LI
    assert await how_many_sessions(engine) == 0


async def how_many_sessions(engine: AsyncEngine) -> int:
    async with engine.connect() as connection:
        return len((await connection.execute(select(sessions.c.id))).all())


# Throttling


@pytest.mark.parametrize("login", ["li.ming", "nobody.at.all"])
async def test_after_five_failures_one_waits_longer_and_longer_known_or_not(
    accounts: Accounts, login: str
) -> None:
    for _ in range(5):
        await wrong(accounts, login)
    with pytest.raises(TooManyTries) as refused:
        await accounts.sign_in(login, PASSWORD, ADDRESS, NOW)
    assert refused.value.facts == {"seconds": 1}
    await wrong(accounts, login, at=after(seconds=1))
    with pytest.raises(TooManyTries) as refused:
        await accounts.sign_in(login, PASSWORD, ADDRESS, after(seconds=1, milliseconds=1))
    assert refused.value.facts == {"seconds": 2}


async def test_a_hundred_guesses_at_once_are_not_a_hundred_guesses(accounts: Accounts) -> None:
    guesses = (accounts.sign_in("li.ming", f"guess number {n}", ADDRESS, NOW) for n in range(30))
    answers = [type(answer) for answer in await asyncio.gather(*guesses, return_exceptions=True)]
    assert answers.count(WrongLoginOrPassword) == 5
    assert answers.count(TooManyTries) == 25


async def test_the_right_password_clears_the_failures(accounts: Accounts) -> None:
    for _ in range(3):
        for _ in range(4):
            await wrong(accounts)
        await signed_in(accounts)


async def test_failures_are_forgotten_after_a_day(accounts: Accounts) -> None:
    for _ in range(4):
        await wrong(accounts)
    for _ in range(4):
        await wrong(accounts, at=after(days=1))
    await signed_in(accounts, after(days=1))


@pytest.mark.parametrize("failures", [0, 1, 6])
async def test_what_was_noted_while_the_clock_was_an_hour_ahead_locks_nobody_out(
    accounts: Accounts, failures: int
) -> None:
    for n in range(failures):
        with suppress(TooManyTries):
            await wrong(accounts, at=after(hours=1, seconds=n))
    with suppress(TooManyTries):
        await signed_in(accounts, after(hours=1, minutes=1))
    await signed_in(accounts)


async def test_one_address_may_not_try_many_names(
    accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(FAILURES_FREE, "address", 8)
    for n in range(8):
        await wrong(accounts, f"name{n}")
    with pytest.raises(TooManyTries):
        await signed_in(accounts)
    assert (await accounts.sign_in("li.ming", PASSWORD, "198.51.100.7", NOW)).person == LI


async def test_many_right_sign_ins_from_one_address_are_no_attack(
    accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(FAILURES_FREE, "address", 4)
    for _ in range(12):
        await signed_in(accounts)


def test_the_wait_doubles_up_to_a_quarter_of_an_hour() -> None:
    waits = [wait_after(failures, 5) // SECOND for failures in (4, 5, 6, 7, 14, 15, 10_000)]
    assert waits == [0, 1, 2, 4, 512, WAIT_AT_MOST // SECOND, 900]


# Sessions


async def test_a_session_continues_with_a_new_key_each_time(accounts: Accounts) -> None:
    first = await signed_in(accounts)
    second = await accounts.refresh(refresh_of(first), after(minutes=4))
    third = await accounts.refresh(refresh_of(second), after(minutes=8))
    assert first.id == second.id == third.id
    assert len({first.refresh, second.refresh, third.refresh}) == 3
    assert third.person == LI


async def test_a_second_tab_a_moment_later_is_no_thief_and_gets_no_key(accounts: Accounts) -> None:
    first = await signed_in(accounts)
    second = await accounts.refresh(refresh_of(first), after(minutes=4))
    assert (await accounts.refresh(refresh_of(first), after(minutes=4, seconds=10))).refresh is None
    assert (await accounts.refresh(refresh_of(second), after(minutes=5))).refresh


async def test_a_key_used_again_later_ends_the_session_for_thief_and_owner(accounts: Accounts) -> None:
    first = await signed_in(accounts)
    second = await accounts.refresh(refresh_of(first), after(minutes=4))
    with pytest.raises(RefreshReused) as refused:
        await accounts.refresh(refresh_of(first), after(minutes=4, seconds=11))
    assert refused.value.facts == {"session": first.id, "person": LI}
    with pytest.raises(SessionIsOver):
        await accounts.refresh(refresh_of(second), after(minutes=5))


async def test_tabs_that_refresh_at_once_stay_signed_in(accounts: Accounts) -> None:
    first = await signed_in(accounts)
    tabs = [accounts.refresh(refresh_of(first), after(minutes=4)) for _ in range(8)]
    keys = [session.refresh for session in await asyncio.gather(*tabs)]
    [fresh] = [key for key in keys if key is not None]
    assert (await accounts.refresh(fresh, after(minutes=8))).person == LI


@pytest.mark.parametrize("token", ["", ".", "no such session.secret", "x" * 10_000])
async def test_an_invented_key_continues_nothing(accounts: Accounts, token: str) -> None:
    with pytest.raises(SessionIsOver):
        await accounts.refresh(token, NOW)


async def test_a_session_ends_after_half_a_day_unused_and_after_a_week(accounts: Accounts) -> None:
    idle = await signed_in(accounts)
    with pytest.raises(SessionIsOver):
        await accounts.refresh(refresh_of(idle), after(hours=12, seconds=1))
    busy, at = await signed_in(accounts), NOW
    while at + timedelta(hours=11) <= after(days=7):
        at += timedelta(hours=11)
        busy = await accounts.refresh(refresh_of(busy), at)
    with pytest.raises(SessionIsOver):
        await accounts.refresh(refresh_of(busy), after(days=7, seconds=1))


async def test_signing_out_ends_one_session_or_all_but_the_one_in_use(accounts: Accounts) -> None:
    one, two, three = [await signed_in(accounts) for _ in range(3)]
    assert await accounts.end(one.id, NOW)
    assert not await accounts.end(one.id, NOW)
    assert await accounts.end_all(LI, NOW, but=three.id) == (two.id,)
    for over in (one, two):
        with pytest.raises(SessionIsOver):
            await accounts.refresh(refresh_of(over), after(minutes=1))
    assert (await accounts.refresh(refresh_of(three), after(minutes=1))).person == LI


async def test_passwords_tried_are_counted_by_their_outcome(accounts: Accounts) -> None:
    with grows("denggao_sign_ins_total", outcome="right"):
        await signed_in(accounts)
    with grows("denggao_sign_ins_total", FAILURES_FREE["login"], outcome="wrong"):
        for _ in range(FAILURES_FREE["login"]):
            await wrong(accounts)
    with grows("denggao_sign_ins_total", outcome="put off"), pytest.raises(TooManyTries):
        await signed_in(accounts)


async def test_who_signs_in_beside_others_of_the_same_address_need_not_wait(accounts: Accounts) -> None:
    await signed_in(accounts, after(milliseconds=5))
    await signed_in(accounts)  # came first, and its turn was second
