"""The certificate of what was erased of somebody, as it is given alone and in dossiers (R77)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from services.projects.domain.person.leaving import ContactErased, PersonErased
from services.projects.domain.person.record import ContactChanged, PersonRegistered
from services.projects.parts import Parts
from shared.domain import PersonId
from shared.envelope import Recorded
from shared.merkle import leaf_hash
from shared.sealing import is_of_one

SEALED = ("name", "phone", "mail", "joined")


class SealedEvent(BaseModel):
    """An event in which sealed text of the person stays for ever, and can be read no more."""

    event: str = Field(description="projects/group/<position>")
    fields: list[str] = Field(description="Which of name, phone, mail, joined it holds")
    leaf: str = Field(description="Its leaf in the ledger's tree, as hex: no proof changes by an erasure")


class Certificate(BaseModel):
    """What was erased of somebody: by which act, when, why, and where the sealed text stays."""

    person: str
    staff_number: str
    erased: list[str] = Field(description="The fields that can be read no more")
    event: str = Field(description="The act: projects/group/<position>")
    at: datetime
    by_office: str
    by_unit: str
    reason: str
    document: str
    sealed_in: list[SealedEvent]
    key_is_gone: bool = Field(description="Whether the key was gone when this certificate was asked for")


async def certificate_of(parts: Parts, stream: Sequence[Recorded]) -> Certificate | None:
    """The certificate of the last erasure in a person's stream; None of who was not erased, or is nobody."""
    if not stream or not isinstance(stream[0].event, PersonRegistered):
        return None
    acts = [one for one in stream if isinstance(one.event, ContactErased | PersonErased)]
    if not acts:
        return None
    act, by = acts[-1], acts[-1].envelope.by
    assert by is not None, "somebody erases, never the system"
    event: ContactErased | PersonErased = act.event
    fields = SEALED if isinstance(event, PersonErased) else SEALED[1:]
    person = PersonId(str(act.stream))
    key = (await parts.keys.read([person])).get(person)
    return Certificate(
        person=person,
        staff_number=stream[0].event.staff_number,
        erased=list(fields),
        event=act.id,
        at=datetime.fromisoformat(act.envelope.recorded_at),
        by_office=by.office,
        by_unit=by.unit,
        reason=event.reason,
        document=event.document,
        sealed_in=[_sealed(one, fields) for one in stream if _held(one.event, fields)],
        key_is_gone=key is None or (fields != SEALED and is_of_one(key)),
    )


async def certificates_among(parts: Parts, ids: Iterable[str]) -> list[Certificate]:
    """Of everybody among these ids who was erased, wholly or in part; other ids say nothing."""
    units = parts.organisation.units
    streams = [UUID(one) for one in sorted({*ids} - units.keys()) if _is_id(one)]
    found = [await certificate_of(parts, await parts.ledgers.read_stream(one)) for one in streams]
    return [one for one in found if one is not None]


def _is_id(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False  # a page says much that is no id


def _held(event: Any, fields: tuple[str, ...]) -> list[str]:
    if not isinstance(event, PersonRegistered | ContactChanged):
        return []
    return [field for field in fields if getattr(event, field)]


def _sealed(recorded: Recorded, fields: tuple[str, ...]) -> SealedEvent:
    leaf = leaf_hash(recorded.stream, recorded.version, recorded.body).hex()
    return SealedEvent(event=recorded.id, fields=_held(recorded.event, fields), leaf=leaf)
