"""The first hour of an installation: its group, its first person at headquarters, the first account."""

from __future__ import annotations

import hmac
import secrets
from pathlib import Path
from uuid import UUID, uuid5

from fastapi import APIRouter, Request
from msgspec.structs import replace
from pydantic import Field

from services.projects import ids
from services.projects.api.organisation_acts import GROUP_LEDGER
from services.projects.domain.account import ACCOUNT, OpenAccount
from services.projects.domain.office import OFFICE
from services.projects.domain.office.appointing import AppointOffice
from services.projects.domain.person import PERSON
from services.projects.domain.person.record import RegisterPerson
from services.projects.domain.unit import UNIT
from services.projects.domain.unit.tree import EstablishUnit
from services.projects.parts import Parts, parts_of
from shared.clock import today
from shared.decision import Submission
from shared.domain import By, NotAllowed, Refusal, UnitId
from shared.made_once import made_once
from shared.offices import rights_of
from shared.sealing import seal
from shared.web import Body, Posted, Sending

FIRST_OFFICE = "headquarters"
CODE_FILE = "founding-code"


class WrongFoundingCode(NotAllowed):
    """This is not the founding code of this installation.

    Read it in the data directory of the projects service, in the file founding-code."""


class FoundedAlready(Refusal):
    """The group is founded already.

    Sign in; headquarters keeps its units and offices."""


class NewGroup(Body):
    """The group itself."""

    code: str = Field(min_length=1, max_length=40)
    name: str = Field(min_length=1, max_length=200)


class FirstPerson(Body):
    """Who begins, at headquarters."""

    staff_number: str = Field(min_length=1, max_length=40)
    name: str = Field(min_length=1, max_length=100)
    phone: str = ""
    mail: str = ""


class Founding(Body):
    """The group, its first person, and their account."""

    code: str = Field(
        min_length=1, description="The founding code, from the file founding-code in the data directory"
    )
    group: NewGroup
    person: FirstPerson
    login: str = Field(min_length=1, max_length=200)
    password: str = Field(min_length=1, max_length=200)


router = APIRouter(tags=["organisation"])


def founding_code(directory: Path) -> str:
    """The code that proves who founds is who installs; made at the first start with mode 600."""
    return made_once(directory / CODE_FILE, lambda: secrets.token_urlsafe(18).encode()).decode().strip()


@router.post("/founding", status_code=201)
async def found(request: Request, body: Posted[Founding], sent: Sending) -> dict[str, str]:
    """Found the group: once, and only with the code that lies in the data directory.

    A founding that broke off is finished by sending it again.
    """
    parts = parts_of(request)
    if not hmac.compare_digest(founding_code(parts.settings.directory).encode(), body.code.encode()):
        raise WrongFoundingCode()
    await parts.following.catch_up()
    group = ids.unit_id(body.group.code)
    person = ids.person_id(body.person.staff_number)
    if parts.organisation.group not in (None, group):
        raise FoundedAlready()
    day = today(parts.clock, parts.settings.time_zone)
    if any(term.person != person for term in parts.organisation.holders(FIRST_OFFICE, group, day)):
        raise FoundedAlready()
    by = By(person, FIRST_OFFICE, group)
    key = await parts.keys.give(person)
    request_hash = hmac.new(key, sent.request.encode(), "sha256").hexdigest()  # it hides name and password
    term = ids.term_id(person, FIRST_OFFICE, group, day)
    await _take(
        parts,
        sent.command_id("founding"),
        Submission(
            ledger=GROUP_LEDGER,
            stream=UUID(group),
            decider=UNIT,
            prepare=lambda _: EstablishUnit(
                by=by,
                unit=group,
                code=body.group.code,
                name=body.group.name,
                parent=None,
                kind="functional",
                organisation="集团党委",
                marks=(),
                has_ledger=True,
                has_committee=True,
                full_members=0,
                group=parts.organisation.group,
                parent_in_force=True,
            ),
            request=request_hash,
        ),
        Submission(
            ledger=GROUP_LEDGER,
            stream=UUID(person),
            decider=PERSON,
            prepare=lambda _: RegisterPerson(
                by=by,
                person=person,
                staff_number=body.person.staff_number,
                unit=UnitId(group),
                political_status="正式党员",
                trade="",
                skill="",
                name=seal(key, "name", body.person.name),
                phone=seal(key, "phone", body.person.phone),
                mail=seal(key, "mail", body.person.mail),
            ),
            request=request_hash,
        ),
        Submission(
            ledger=GROUP_LEDGER,
            stream=UUID(term),
            decider=OFFICE,
            prepare=lambda _: AppointOffice(
                by=by,
                term=term,
                person=person,
                office=FIRST_OFFICE,
                unit=group,
                since=day,
                document="founding",
                rights=tuple(sorted(rights_of(FIRST_OFFICE))),
                in_scope=True,
                founding=True,
            ),
            request=request_hash,
        ),
        Submission(
            ledger=GROUP_LEDGER,
            stream=UUID(ids.account_id(person)),
            decider=ACCOUNT,
            prepare=lambda _: OpenAccount(by, person, has_account=False),
            request=request_hash,
        ),
    )
    await parts.accounts.open_account(body.login, person, body.password, must_change=False)
    return {"group": group, "person": person, "term": term}


async def _take(parts: Parts, founding: UUID, *submissions: Submission) -> None:
    for number, submission in enumerate(submissions):
        await parts.writer.submit(replace(submission, command_id=uuid5(founding, str(number))))
