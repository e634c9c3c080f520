"""Where somebody can be told: asked of projects at the moment of sending, and kept nowhere (0093)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

import msgspec

from shared.bus import Bus
from shared.domain import PersonId

SUBJECT = "contacts.projects"
TIMEOUT_SECONDS = 2.0


class Contact(msgspec.Struct, frozen=True):
    """Phone and mail as the roster has them; "" where there is none."""

    phone: str = ""
    mail: str = ""


class Contacts(Protocol):
    """Who knows where people can be told."""

    async def of(self, people: Iterable[PersonId]) -> Mapping[PersonId, Contact]:
        """Of those who have any address that can still be read; Unanswered where that cannot be said now."""
        ...


class ContactsOfProjects:
    """As projects, which alone can unseal them, says over NATS."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    async def of(self, people: Iterable[PersonId]) -> Mapping[PersonId, Contact]:
        """See Contacts."""
        if not (wanted := sorted({*people})):
            return {}
        answer = await self._bus.request(SUBJECT, msgspec.json.encode(wanted), TIMEOUT_SECONDS)
        return msgspec.json.decode(answer, type=dict[PersonId, Contact])
