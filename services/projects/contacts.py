"""What is sealed of people, unsealed for as long as a roster is compared with it or somebody is told."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from uuid import UUID

from services.projects.domain.person.record import ContactChanged, PersonRegistered
from services.projects.keys import SealingKeys
from services.projects.roster.identity import Contact
from shared.domain import PersonId
from shared.following import LEDGER
from shared.ledger import Ledgers
from shared.sealing import is_of_one, unseal

FIELDS = ("name", "phone", "mail", "joined")
READ_AT_ONCE = 500


async def contacts_of(
    ledgers: Ledgers, keys: SealingKeys, people: Sequence[PersonId], position: int
) -> dict[PersonId, Contact]:
    """Of those who can still be read, as recorded up to a position of the group's ledger."""
    found: dict[PersonId, Contact] = {}
    for start in range(0, len(people), READ_AT_ONCE):
        some = people[start : start + READ_AT_ONCE]
        streams = await ledgers.read_streams((UUID(person), LEDGER, position) for person in some)
        sealed: dict[PersonId, dict[str, str]] = {}
        for person in some:
            for recorded in streams[UUID(person)]:
                if isinstance(recorded.event, PersonRegistered | ContactChanged):
                    said = {field: getattr(recorded.event, field) for field in FIELDS}
                    known = sealed.setdefault(person, dict.fromkeys(FIELDS, ""))
                    known.update({field: text for field, text in said.items() if text is not None})
        found |= await asyncio.to_thread(_unsealed, sealed, await keys.read(sealed))
    return found


async def addresses_of(
    ledgers: Ledgers, keys: SealingKeys, people: Sequence[PersonId], position: int
) -> dict[PersonId, dict[str, str]]:
    """Phone and mail of those who have any that can still be read; for notifications alone, and not names."""
    contacts = await contacts_of(ledgers, keys, people[:READ_AT_ONCE], position)
    return {
        person: {"mail": known.mail, "phone": known.phone}
        for person, known in contacts.items()
        if known.mail or known.phone
    }


def _unsealed(sealed: dict[PersonId, dict[str, str]], keys: dict[PersonId, bytes]) -> dict[PersonId, Contact]:
    return {
        person: Contact(**{field: _of_field(keys[person], field, text) for field, text in said.items()})
        for person, said in sealed.items()
        if person in keys
    }


def _of_field(key: bytes, field: str, text: str) -> str:
    """What was sealed; nothing of what was erased, where the name alone is left (R77)."""
    return "" if is_of_one(key) and field != "name" else unseal(key, field, text)
