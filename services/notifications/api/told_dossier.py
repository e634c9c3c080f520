"""Notifications' part of a project's dossier over HTTP: who was told what, said and proved by nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import sha256
from io import BytesIO
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from services.notifications.api.told import people, refuse_unseen, zone_of
from services.notifications.parts import Parts, parts_of
from services.notifications.told import Told, told_of
from services.notifications.told_document import Record, document
from shared.clock import SystemClock, today
from shared.domain import By, PersonId
from shared.dossier import LANGUAGES, OnlyAuditTakesDossiers, json_file, pack
from shared.dossier_cut import HEADER, NoSuchDossierCut
from shared.looking import looking_from
from shared.printing import pdf
from shared.problems import TryLater
from shared.signed_in import SignedIn
from shared.wait_for import WaitFor

router = APIRouter(prefix="/deliveries", tags=["deliveries"])

CUT = "%Y%m%dT%H%M%S%fZ"  # a dossier's moment as the name of its cut
NAME = r"^[0-9]{8}T[0-9]{12}Z$"
SETTLED = timedelta(seconds=10)  # longer than anything is being sent that is not committed yet

AskedMoment = Annotated[
    str | None, Query(pattern=NAME, description=f"As it stood then: as the header {HEADER} named it")
]


@router.get("/project/{project}/dossier", response_class=Response)
async def take_part(
    request: Request, project: UUID, person: SignedIn, wait_for: WaitFor, cut: AskedMoment = None
) -> Response:
    """Who was told what, in one ZIP, as data and to read; said, and proved by nothing (0104).

    It goes beside the project's own dossier: `./denggao dossier` puts them together. `cut` names the
    moment as of which it is; with it the same person is given the same bytes. Who audits under a mandate
    alone is given it without names (R74).
    """
    parts = parts_of(request)
    settled = _settled(parts, await parts.group.reached(parts.obliging, wait_for))
    unit = await refuse_unseen(parts, person, project)
    day = today(parts.clock, parts.settings.time_zone)
    offices = list(looking_from(parts.group.organisation, person, unit, day))
    if not offices:
        raise OnlyAuditTakesDossiers()
    at = settled if cut is None else _moment(cut)
    if at > settled:
        raise NoSuchDossierCut()
    async with parts.truth.connect() as connection:
        told = await told_of(connection, project, parts.planning.book, at, partial(zone_of, parts))
    under_mandate = all(office.opened_in for office in offices)
    record = Record(
        project=str(project),
        told=told,
        at=at,
        rules=parts.rules,
        organisation=parts.group.organisation,
        names={} if under_mandate else await _names(parts, told, person),
        reader=By(person, offices[0].office, offices[0].unit),
        zone=parts.settings.time_zone,
    )
    content = await asyncio.to_thread(_packed, record)
    headers = {"Cache-Control": "no-store", HEADER: f"{at:{CUT}}"}
    return Response(content, media_type="application/zip", headers=headers)


def _settled(parts: Parts, complete_to: datetime | None) -> datetime:
    """Up to when nothing is added any more; an example's clock stands, and nothing is sent of its life."""
    if not isinstance(parts.clock, SystemClock):
        return parts.clock.now()
    if complete_to is None:
        raise TryLater()
    return complete_to - SETTLED


def _moment(cut: str) -> datetime:
    try:
        return datetime.strptime(cut, CUT).replace(tzinfo=UTC)
    except ValueError:
        raise NoSuchDossierCut() from None


async def _names(parts: Parts, told: Iterable[Told], reader: PersonId) -> dict[PersonId, str]:
    """Of everybody in it; TryLater where nobody can say them now: the reader has one."""
    names = await parts.group.names(people(told) | {reader})
    if not names:
        raise TryLater()
    return names


def _packed(record: Record) -> bytes:
    files = {
        "told.json": json_file({"project": record.project, "up_to": record.at, "told": record.told}),
        **{f"told.{tongue}.pdf": pdf(document(record, tongue)) for tongue in LANGUAGES},
    }
    hashes = {name: sha256(content).hexdigest() for name, content in files.items()}
    files["cut-notifications.json"] = json_file({"cut": f"{record.at:{CUT}}", "sha256": hashes})
    out = BytesIO()
    pack({name: BytesIO(content) for name, content in files.items()}, out)
    return out.getvalue()
