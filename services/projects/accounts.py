"""Signing in: accounts with argon2 passwords, throttled; sessions with rotating refresh tokens."""

from __future__ import annotations

import asyncio
import secrets
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from hmac import compare_digest
from typing import Any, Literal
from uuid import uuid4

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from prometheus_client import Counter
from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.projects.domain.account import PersonHasAccount
from services.projects.tables import accounts, failed_sign_ins, sessions
from shared.domain import NotAllowed, PersonId, Refusal
from shared.engines import begin, insert
from shared.envelope import micros
from shared.problems import NotSignedIn, TooManyTries

SECOND = 1_000_000
GRACE = 10 * SECOND  # a second tab, or an answer that was lost, may come with the token just replaced
IDLE = 12 * 3600 * SECOND
SESSION_AT_MOST = 7 * 24 * 3600 * SECOND
FORGET_FAILURES = 24 * 3600 * SECOND
FAILURES_FREE = {"login": 5, "address": 200}  # a whole company may stand behind one address
WAIT_AT_MOST = 15 * 60 * SECOND
HASHES_AT_ONCE = 2  # each takes 64 MiB
PASSWORD_CHARACTERS = range(8, 129)
Verdict = Literal["continues", "in grace", "too old", "reused"]

TRIED = Counter("denggao_sign_ins", "Passwords tried", ["outcome"])
for _outcome in ("right", "wrong", "put off"):
    TRIED.labels(_outcome)  # told as 0 before the first


class WrongLoginOrPassword(NotSignedIn):
    """The sign-in name or the password is wrong.

    Check both; the operator of your company can give you a new password."""


class SessionIsOver(NotSignedIn):
    """Your sign-in has ended.

    Sign in again; what you typed is kept."""


class RefreshReused(SessionIsOver):
    """Your sign-in was ended because an old key of it was used again.

    Sign in again; if this was not you, change your password."""


class PasswordUnsuitable(Refusal):
    """A password has {at_least} to {at_most} characters and is not the sign-in name.

    Choose another password, for example four words."""


class MustChangePassword(NotAllowed):
    """This password was given to you by somebody else.

    Sign in once more with it and with a new password, which only you know, as new_password."""


class PasswordMustDiffer(Refusal):
    """The new password is the one that you were given.

    Choose a password that only you know."""


class LoginTaken(Refusal):
    """This sign-in name is taken.

    Choose another one."""


@dataclass(frozen=True, slots=True)
class Session:
    """A session just begun or continued; `refresh` is None where the browser keeps the one it has."""

    id: str
    person: PersonId
    refresh: str | None


class Accounts:
    """Accounts and sessions in projects' database. Every `now` is an aware datetime."""

    def __init__(self, engine: AsyncEngine, hasher: PasswordHasher | None = None) -> None:
        self._engine = engine
        self._hasher = hasher or PasswordHasher()
        self._hashing = asyncio.Semaphore(HASHES_AT_ONCE)
        self._nobodys = self._hasher.hash(secrets.token_hex())  # checked for unknown names, to take as long

    # -- accounts -------------------------------------------------------------------------------

    async def open_account(
        self, login: str, person: PersonId, password: str, must_change: bool = True
    ) -> None:
        """Open an account; LoginTaken, PersonHasAccount, or PasswordUnsuitable."""
        row = {
            "login": folded(login),
            "person": person,
            "password": await self._hashed(login, password),
            "must_change": must_change,
        }
        async with begin(self._engine) as connection:
            made = insert(accounts, connection).values(row).on_conflict_do_nothing()
            missed = (await connection.execute(made)).rowcount == 0
        if missed:
            await self.check_free(login)
            raise PersonHasAccount()

    async def check_free(self, login: str, but: PersonId | None = None) -> None:
        """LoginTaken where the name is somebody's, unless it is the name of `but`."""
        async with self._engine.connect() as connection:
            whose = select(accounts.c.person).where(accounts.c.login == folded(login))
            if await connection.scalar(whose) not in (None, but):
                raise LoginTaken()

    @staticmethod
    def check_suitable(login: str, password: str) -> None:
        """PasswordUnsuitable for one that is too short, too long, or the sign-in name."""
        if len(password) not in PASSWORD_CHARACTERS or folded(password) == folded(login):
            raise PasswordUnsuitable(at_least=PASSWORD_CHARACTERS.start, at_most=PASSWORD_CHARACTERS.stop - 1)

    async def is_opened(self, person: PersonId) -> bool:
        """Whether the person has a sign-in name."""
        async with self._engine.connect() as connection:
            found = await connection.scalar(select(accounts.c.login).where(accounts.c.person == person))
        return found is not None

    async def give_again(self, login: str, person: PersonId, password: str) -> bool:
        """Replace a first password whose telling was lost; False once the person has chosen their own."""
        unused = (accounts.c.login == folded(login)) & (accounts.c.person == person) & accounts.c.must_change
        values = {"password": await self._hashed(login, password)}
        async with begin(self._engine) as connection:
            return bool((await connection.execute(update(accounts).where(unused).values(values))).rowcount)

    async def set_password(self, login: str, password: str, must_change: bool = False) -> None:
        """Give an account another password. Ending its sessions is the caller's next step."""
        values = {"password": await self._hashed(login, password), "must_change": must_change}
        async with begin(self._engine) as connection:
            await connection.execute(update(accounts).where(accounts.c.login == folded(login)).values(values))

    # -- sessions -------------------------------------------------------------------------------

    async def sign_in(
        self, login: str, password: str, address: str, now: datetime, new_password: str | None = None
    ) -> Session:
        """Begin a session; what `verify` raises, MustChangePassword, or what is wrong with the new password.

        Who was given their password by somebody else gets no session before they have replaced it.
        """
        account = await self.verify(login, password, address, now)
        if new_password is not None:
            await self._replace_password(account, password, new_password)
        elif account.must_change:
            raise MustChangePassword()
        at, session, secret = micros(now), str(uuid4()), secrets.token_urlsafe(32)
        async with begin(self._engine) as connection:
            await connection.execute(
                sessions.insert().values(
                    id=session, person=account.person, refresh=hashed(secret), created_at=at, used_at=at
                )
            )
        return Session(session, PersonId(account.person), f"{session}.{secret}")

    async def verify(self, login: str, password: str, address: str, now: datetime) -> Row[Any]:
        """The account; WrongLoginOrPassword (the same for unknown names), or TooManyTries. Begins nothing.

        Each attempt counts as a failure before its password is looked at, and is taken back if it
        was right: so a hundred at once are not a hundred guesses.
        """
        at = micros(now)
        keys = (f"login:{folded(login)}"[:300], f"address:{address}"[:300])
        try:
            await self._count_attempt(keys, at)
        except TooManyTries:
            TRIED.labels("put off").inc()
            raise
        account = await self._account(login)
        right = await self._verified(account.password if account else self._nobodys, password)
        TRIED.labels("right" if account and right else "wrong").inc()
        if account is None or not right:
            raise WrongLoginOrPassword()
        if self._hasher.check_needs_rehash(account.password):
            await self.set_password(login, password, account.must_change)
            account = await self._account(login) or account
        async with begin(self._engine) as connection:
            await self._forgive(connection, *keys, at)
        return account

    async def refresh(self, token: str, now: datetime) -> Session:
        """Continue a session with a new refresh token; SessionIsOver, or RefreshReused(session, person).

        After RefreshReused the caller records the session's end, so that its tokens are refused at once.
        """
        at = micros(now)
        session, _, secret = token.partition(".")
        fresh = secrets.token_urlsafe(32)
        async with begin(self._engine) as connection:
            found = (
                await connection.execute(select(sessions).where(sessions.c.id == session).with_for_update())
            ).one_or_none()
            if found is None or found.ended_at is not None:
                raise SessionIsOver()
            verdict = judged(found, hashed(secret), at)
            ended = {"ended_at": at}
            rotated = {"refresh": hashed(fresh), "replaced": found.refresh, "used_at": at}
            changes = {"continues": rotated, "in grace": {}, "too old": ended, "reused": ended}
            if change := changes[verdict]:
                await connection.execute(update(sessions).where(sessions.c.id == session).values(change))
            whose = accounts.c.person == found.person
            must_change = await connection.scalar(select(accounts.c.must_change).where(whose))
        if verdict == "reused":
            raise RefreshReused(session=session, person=found.person)
        if verdict == "too old" or must_change is not False:
            raise SessionIsOver()
        refresh = f"{session}.{fresh}" if verdict == "continues" else None
        return Session(session, PersonId(found.person), refresh)

    async def end(self, session: str, now: datetime) -> bool:
        """End a session; False where it had ended or never began."""
        return bool(await self._end(sessions.c.id == session, now))

    async def end_all(self, person: PersonId, now: datetime, but: str = "") -> tuple[str, ...]:
        """End all sessions of a person, except perhaps the one in use; returns which."""
        return await self._end((sessions.c.person == person) & (sessions.c.id != but), now)

    async def _end(self, which: ColumnElement[bool], now: datetime) -> tuple[str, ...]:
        ending = update(sessions).where(which, sessions.c.ended_at.is_(None)).values(ended_at=micros(now))
        async with begin(self._engine) as connection:
            return tuple(await connection.scalars(ending.returning(sessions.c.id)))

    # -- passwords and attempts -----------------------------------------------------------------

    async def _replace_password(self, account: Row[Any], password: str, new_password: str) -> None:
        """To the holder's own, once: of two who come at once with a password that was told, one is late."""
        if new_password == password:
            raise PasswordMustDiffer()
        values = {"password": await self._hashed(account.login, new_password), "must_change": False}
        same = (accounts.c.login == account.login) & (accounts.c.password == account.password)
        async with begin(self._engine) as connection:
            changed = await connection.execute(update(accounts).where(same).values(values))
        if changed.rowcount == 0:
            raise WrongLoginOrPassword()

    async def _account(self, login: str) -> Row[Any] | None:
        async with self._engine.connect() as connection:
            found = await connection.execute(select(accounts).where(accounts.c.login == folded(login)))
            return found.one_or_none()

    async def _hashed(self, login: str, password: str) -> str:
        self.check_suitable(login, password)
        async with self._hashing:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def _verified(self, against: str, password: str) -> bool:
        async with self._hashing:
            try:
                return await asyncio.to_thread(self._hasher.verify, against, password)
            except VerifyMismatchError:
                return False

    async def _count_attempt(self, keys: Sequence[str], at: int) -> None:
        """Count one more failure for each key; TooManyTries, and none counted, while one must wait."""
        async with begin(self._engine) as connection:
            unknown = [{"key": key, "failures": 0, "last_at": at, "wait_until": 0} for key in sorted(keys)]
            await connection.execute(
                insert(failed_sign_ins, connection).values(unknown).on_conflict_do_nothing()
            )
            wanted = select(failed_sign_ins).where(failed_sign_ins.c.key.in_(keys))
            rows = await connection.execute(wanted.order_by(failed_sign_ins.c.key).with_for_update())
            for row in rows.all():
                if 0 < row.wait_until - at <= WAIT_AT_MOST:  # longer: noted while this clock was wrong
                    raise TooManyTries(seconds=-((at - row.wait_until) // SECOND))
                failures = row.failures + 1 if at - row.last_at < FORGET_FAILURES else 1
                wait = wait_after(failures, FAILURES_FREE[row.key.partition(":")[0]])
                change = {"failures": failures, "last_at": at, "wait_until": at + wait if wait else 0}
                await connection.execute(
                    update(failed_sign_ins).where(failed_sign_ins.c.key == row.key).values(change)
                )

    async def _forgive(self, connection: AsyncConnection, login: str, address: str, at: int) -> None:
        """A right password clears the name's failures, and takes back this attempt alone from the address."""
        f = failed_sign_ins  # locked in the order of their keys, as whoever counts does
        await connection.execute(update(f).where(f.c.key == address).values(failures=f.c.failures - 1))
        old = select(f.c.key).where(f.c.last_at < at - FORGET_FAILURES).with_for_update(skip_locked=True)
        await connection.execute(delete(f).where((f.c.key == login) | f.c.key.in_(old)))


def judged(session: Row[Any], refresh: bytes, at: int) -> Verdict:
    """What a refresh token means for a session that has not ended."""
    if at - session.used_at > IDLE or at - session.created_at > SESSION_AT_MOST:
        return "too old"
    if compare_digest(session.refresh, refresh):
        return "continues"
    if session.replaced and compare_digest(session.replaced, refresh) and at - session.used_at <= GRACE:
        return "in grace"
    return "reused"


def wait_after(failures: int, free: int) -> int:
    """Microseconds to wait after so many failures: none at first, then doubling from a second."""
    return 0 if failures < free else min(SECOND << min(failures - free, 30), WAIT_AT_MOST)


def folded(login: str) -> str:
    """One spelling of a sign-in name: width, case and surrounding spaces do not count."""
    return unicodedata.normalize("NFKC", login).strip().casefold()


def hashed(secret: str) -> bytes:
    """SHA-256: a refresh token's secret is random, so nothing slower is needed."""
    return sha256(secret.encode()).digest()
