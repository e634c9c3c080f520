"""Opening accounts: by who keeps roster or accounts; the password is told once and is replaced first."""

from __future__ import annotations

import hmac
import secrets
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field

from services.projects import ids
from services.projects.acting import Asking
from services.projects.api.organisation_acts import GROUP_LEDGER, KEEPERS
from services.projects.domain import account
from services.projects.parts import Parts, parts_of
from shared.acts import chosen_office
from shared.clock import today
from shared.decision import Submission
from shared.domain import By, NotAllowed, NotKnown, OfficeId, PersonId, UnitId
from shared.signed_in import SignedIn
from shared.web import Body, Posted, Sending

OPENS = (*KEEPERS, "accounts")


class OpenAccount(Body):
    """The sign-in name of a person; without a password one is made."""

    login: str = Field(min_length=1, max_length=200)
    password: str | None = Field(default=None, max_length=200)


class AccountOpened(BaseModel):
    """The password is told this once, and has to be replaced before the first sign-in."""

    login: str
    password: str | None = Field(
        description="null in the answer to a repeat, once the person has chosen their own"
    )


router = APIRouter(prefix="/people", tags=["organisation"])


@router.post("/{who}/open-account", status_code=201)
async def open_account(
    request: Request,
    who: UUID,
    body: Posted[OpenAccount],
    sent: Sending,
    actor: SignedIn,
    office: OfficeId | None = Depends(chosen_office),
) -> AccountOpened:
    """Give a person a sign-in name: one person, one account.

    The record says that it was opened and by whom. A repeat under the same key gives the first password
    anew, as long as it has not been replaced.
    """
    parts, person = parts_of(request), PersonId(str(who))
    await parts.following.catch_up()
    _opens(parts, person, actor, office)  # before anything is said of names and passwords
    password = body.password or secrets.token_urlsafe(12)
    parts.accounts.check_suitable(body.login, password)
    await parts.accounts.check_free(body.login, but=person)
    opened = await parts.accounts.is_opened(person)
    key = await parts.keys.give(person)
    await parts.writer.submit(
        Submission(
            ledger=GROUP_LEDGER,
            stream=UUID(ids.account_id(person)),
            decider=account.ACCOUNT,
            prepare=lambda _: account.OpenAccount(_opens(parts, person, actor, office), person, opened),
            command_id=sent.command_id(actor),
            request=hmac.new(key, sent.request.encode(), "sha256").hexdigest(),  # it hides the password
            correlation=sent.correlation,
        )
    )
    if not opened:
        await parts.accounts.open_account(body.login, person, password, must_change=True)
        return AccountOpened(login=body.login, password=password)
    again = await parts.accounts.give_again(body.login, person, password)
    return AccountOpened(login=body.login, password=password if again else None)


def _opens(parts: Parts, person: PersonId, actor: PersonId, office: OfficeId | None) -> By:
    """The signature of who keeps the person's roster or accounts; NotKnown, whether registered or not."""
    day = today(parts.clock, parts.settings.time_zone)
    asking, known = Asking(actor, parts.organisation, day, office), parts.organisation.people.get(person)
    try:
        return asking.with_any_right(OPENS, known.unit if known else UnitId(""))
    except NotAllowed as error:
        raise NotKnown() from error
