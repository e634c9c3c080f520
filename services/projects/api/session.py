"""Signing in and out: access tokens for five minutes, a refresh cookie for the browser."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Cookie, Request, Response
from pydantic import BaseModel, Field

from services.projects.accounts import RefreshReused, Session, SessionIsOver
from services.projects.api.organisation_acts import GROUP_LEDGER
from services.projects.domain.session import SESSION, EndSession, Reason, SessionEndedAlready
from services.projects.parts import Parts, parts_of
from shared.auth import TOKEN_SECONDS
from shared.clock import SystemClock, today
from shared.decision import Submission
from shared.domain import By, PersonId, UnitId
from shared.limits import neighbourhood
from shared.organisation import Term
from shared.signed_in import Bearer, SignedIn
from shared.web import Body, Posted

COOKIE = "denggao_refresh"
COOKIE_PATH = "/api/projects/session"
_real = SystemClock()  # sessions live in real time, whatever year the example is in

router = APIRouter(prefix="/session", tags=["session"])


class SignIn(Body):
    """Sign-in name and password; a new password too, where the present one was given by somebody else."""

    login: str = Field(min_length=1, max_length=200)
    password: str = Field(min_length=1, max_length=200)
    new_password: str | None = Field(default=None, min_length=1, max_length=200)


class ChangePassword(Body):
    """A new password for oneself; all other sessions end."""

    login: str = Field(min_length=1, max_length=200)
    password: str = Field(min_length=1, max_length=200)
    new_password: str = Field(min_length=1, max_length=200)


class SignedInNow(BaseModel):
    """An access token for the header `Authorization: Bearer …`; get the next by refreshing."""

    access_token: str
    expires_in: int = Field(description="Seconds")
    person: PersonId
    name: str | None


class OfficeHeld(BaseModel):
    """An office that the person holds today."""

    term: str = Field(description="For the header Denggao-Office")
    office: str
    unit: UnitId
    unit_name: str
    since: str


class Me(BaseModel):
    """Who is signed in, and in which offices."""

    person: PersonId
    name: str | None
    offices: list[OfficeHeld]
    stands_in_for: list[OfficeHeld]
    ties: list[str] = Field(description="People and units to which they declared a tie (R5)")
    no_ties: list[str] = Field(description="Units with which they declared this year to have none (R5)")


@router.post("")
async def sign_in(request: Request, response: Response, body: Posted[SignIn]) -> SignedInNow:
    """Sign in; the answer is the same for a wrong password and an unknown name.

    A password that was given by somebody else is replaced first: without `new_password` no token is given.
    """
    parts = parts_of(request)
    address = neighbourhood(request.client.host if request.client else "")
    session = await parts.accounts.sign_in(body.login, body.password, address, _real.now(), body.new_password)
    if body.new_password is not None:
        await _end_others(parts, session.person, session.id)
    return _signed_in(parts, request, response, session)


@router.post("/refresh")
async def refresh(
    request: Request, response: Response, denggao_refresh: Annotated[str | None, Cookie()] = None
) -> SignedInNow:
    """The next access token, by the cookie alone; an old cookie used again ends the session."""
    parts = parts_of(request)
    if denggao_refresh is None:
        raise SessionIsOver()
    try:
        session = await parts.accounts.refresh(denggao_refresh, _real.now())
    except RefreshReused as reused:
        await end_session(parts, reused.facts["session"], reused.facts["person"], "refresh_reused")
        raise
    return _signed_in(parts, request, response, session)


@router.post("/end", status_code=204)
async def sign_out(request: Request, response: Response, token: Bearer) -> None:
    """Sign out: every service refuses this session's tokens at once."""
    parts = parts_of(request)
    await parts.accounts.end(token.session, _real.now())
    await end_session(parts, token.session, token.person, "signed_out")
    response.delete_cookie(COOKIE, path=COOKIE_PATH)


@router.post("/password", status_code=204)
async def change_password(request: Request, token: Bearer, body: Posted[ChangePassword]) -> None:
    """Change one's own password; the old one is asked for, and all other sessions end."""
    parts = parts_of(request)
    address = neighbourhood(request.client.host if request.client else "")
    checked = await parts.accounts.verify(body.login, body.password, address, _real.now())
    if checked.person != token.person:
        raise SessionIsOver()
    await parts.accounts.set_password(body.login, body.new_password)
    await _end_others(parts, token.person, token.session)


@router.get("/me")
async def me(request: Request, person: SignedIn) -> Me:
    """Who is signed in, and the offices held today (the console asks for no role, it shows them all)."""
    parts = parts_of(request)
    await parts.following.catch_up()
    day = today(parts.clock, parts.settings.time_zone)
    organisation = parts.organisation

    def shown(terms: Iterable[Term]) -> list[OfficeHeld]:
        return [
            OfficeHeld(
                term=term.id,
                office=term.office,
                unit=term.unit,
                unit_name=organisation.units[term.unit].name,
                since=term.since.isoformat(),
            )
            for term in terms
        ]

    return Me(
        person=person,
        name=parts.names(person),
        offices=shown(organisation.offices_of(person, day)),
        stands_in_for=shown(organisation.stood_in(person, day)),
        ties=list(organisation.declared_ties(person)),
        no_ties=list(organisation.untied(person, day)),
    )


async def _end_others(parts: Parts, person: PersonId, session: str) -> None:
    for ended in await parts.accounts.end_all(person, _real.now(), but=session):
        await end_session(parts, ended, person, "password_changed")


async def end_session(parts: Parts, session: str, person: PersonId, reason: Reason) -> None:
    """Record a session's end, so that every service hears of it; doing it again changes nothing."""
    known = parts.organisation.people.get(person)
    by = By(person, "member", known.unit if known else UnitId(""))
    try:
        await parts.writer.submit(
            Submission(
                ledger=GROUP_LEDGER,
                stream=UUID(session),
                decider=SESSION,
                prepare=lambda _ended: EndSession(by, session, person, reason),
            )
        )
    except SessionEndedAlready:
        return


def _signed_in(parts: Parts, request: Request, response: Response, session: Session) -> SignedInNow:
    if session.refresh is not None:
        response.set_cookie(
            COOKIE,
            session.refresh,
            path=COOKIE_PATH,
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https" or request.headers.get("x-forwarded-proto") == "https",
        )
    response.headers["Cache-Control"] = "no-store"
    return SignedInNow(
        access_token=parts.signer.sign(session.person, session.id, _real.now()),
        expires_in=TOKEN_SECONDS,
        person=session.person,
        name=parts.names(session.person),
    )
