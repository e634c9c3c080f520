"""Opening accounts: by who keeps the roster; the password is shown once and must be changed."""

from __future__ import annotations

import secrets
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from services.projects.acting import Asking
from services.projects.api.organisation_acts import KEEPERS
from services.projects.parts import parts_of
from shared.clock import today
from shared.domain import NotKnown, PersonId
from shared.signed_in import SignedIn
from shared.web import Body, Posted


class OpenAccount(Body):
    """The sign-in name of a person; without a password one is made."""

    login: str = Field(min_length=1, max_length=200)
    password: str | None = Field(default=None, max_length=200)


class AccountOpened(BaseModel):
    """The password is told this once, and has to be changed at the first sign-in."""

    login: str
    password: str


router = APIRouter(prefix="/people", tags=["organisation"])


@router.post("/{who}/open-account", status_code=201)
async def open_account(
    request: Request, who: UUID, body: Posted[OpenAccount], person: SignedIn
) -> AccountOpened:
    """Give a person a sign-in name."""
    parts = parts_of(request)
    await parts.following.catch_up()
    known = parts.organisation.people.get(PersonId(str(who)))
    if known is None:
        raise NotKnown()
    asking = Asking(person, parts.organisation, today(parts.clock, parts.settings.time_zone))
    asking.with_any_right(KEEPERS, known.unit)
    password = body.password or secrets.token_urlsafe(12)
    await parts.accounts.open_account(body.login, known.id, password, must_change=True)
    return AccountOpened(login=body.login, password=password)
