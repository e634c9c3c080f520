"""Acts on the programme: drafted with its document, published by another; in the group's ledger."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
from fastapi import APIRouter

from services.projects import ids
from services.projects.acting import Asking
from services.projects.api.acts import Act, Situation, take
from services.projects.api.hidden import refuse_without_right
from services.projects.api.organisation_acts import GROUP_LEDGER, taker, this
from services.projects.differences import differences
from services.projects.domain.programme import PROGRAMME, Changed, DraftProgramme, PublishProgramme
from services.projects.domain.project.work import Evidence
from services.projects.evidence import FileNotHere
from services.projects.parts import Parts
from services.projects.programme_content import faults_of, hash_of
from shared.acts import Taker, offer, offer_new
from shared.decision import Outcome
from shared.domain import By, Decider, NotAllowed, OfficeId, PersonId
from shared.organisation import Programme
from shared.web import Sent


def headquarters(asking: Asking, state: Any, body: Any) -> By:
    """An office that drafts the programme."""
    if asking.organisation.group is None:
        raise NotAllowed()
    return asking.with_right("draft_programme", asking.organisation.group)


def attachment(it: Situation) -> Evidence | None:
    """The document as a file (R17): uploaded by who drafts, or already with the draft; FileNotHere."""
    if not it.body.file:
        return None
    before = it.state.draft and it.state.draft.attachment
    here = before is not None and before.sha256 == it.body.file
    if it.seen is None or not (it.seen.own or here):
        raise FileNotHere()
    return Evidence(it.body.file, it.body.file_name, it.seen.size_bytes, it.seen.media_type)


def corrected_hash(it: Situation) -> str:
    """Of what the version that is to be mended reads like now (R21); empty where there is none to mend."""
    mended = _to_mend(it.asking, it.body.corrects)
    return mended.content_hash if mended else ""


def changes(it: Situation) -> tuple[Changed, ...]:
    """What the drafted content changes of what it mends (R21), else of what is in force before it."""
    known = it.asking.organisation
    before = _to_mend(it.asking, it.body.corrects) or known.programme(it.body.in_force)
    return () if before is None or faults_of(it.body.content) else changed(before.content, it.body.content)


def changed(before: str, after: str) -> tuple[Changed, ...]:
    """Each place in which two contents (JSON texts) differ."""
    return tuple(
        Changed(found.place, found.kind, _text(found.before), _text(found.after))
        for found in differences(msgspec.json.decode(before), msgspec.json.decode(after))
    )


def corrected_now(it: Situation) -> str:
    """The same at the publication."""
    mended = _to_mend(it.asking, it.state.draft.corrects) if it.state.draft else None
    return mended.content_hash if mended else ""


def _to_mend(asking: Asking, version: str) -> Programme | None:
    found = asking.organisation.version(version)
    return None if found is None or found.corrects else found


def _text(value: Any) -> str:
    return "" if value is None else msgspec.json.encode(value).decode()


DRAFT = Act(
    DraftProgramme,
    headquarters,
    {
        "programme": this,
        "content_hash": lambda it: hash_of(it.body.content),
        "faults": lambda it: faults_of(it.body.content),
        "attachment": attachment,
        "corrected_hash": corrected_hash,
        "changes": changes,
    },
)
PUBLISH = Act(
    PublishProgramme,
    headquarters,
    {"programme": this, "today": lambda it: it.asking.today, "corrected_hash": corrected_now},
)


def drafter(decider: Decider[Any, Any, Any]) -> Taker:
    """Sends a draft to the group's ledger; the store is told to keep its file before the event names it."""

    async def send(
        parts: Parts, act: Act, stream: UUID, body: Any, person: PersonId, office: OfficeId | None, sent: Sent
    ) -> Outcome:
        await refuse_without_right(parts, act, stream, body, person, office)
        return await take(
            parts,
            act,
            decider,
            ledger=GROUP_LEDGER,
            stream=stream,
            body=body,
            person=person,
            office=office,
            sent=sent,
            seen=await parts.files.attach(body.file, person),
        )

    return send


router = APIRouter(tags=["organisation"])
offer(router, PUBLISH, "/programmes/{stream}", taker(PROGRAMME))
offer_new(
    router,
    DRAFT,
    "/programmes",
    drafter(PROGRAMME),
    lambda body, sent, by: UUID(ids.programme_id(body.version)),
)
