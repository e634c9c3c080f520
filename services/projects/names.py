"""Names of persons, unsealed in memory alone: no view, log or other event holds one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.projects.keys import SealingKeys
from shared.codec import Schema
from shared.domain import PersonId
from shared.envelope import Recorded
from shared.sealing import unseal


@dataclass(frozen=True, slots=True)
class PersonRegistered:
    """What a name is read from."""

    person: PersonId
    name: str


@dataclass(frozen=True, slots=True)
class ContactChanged:
    """What a changed name is read from."""

    person: PersonId
    name: str | None


@dataclass(frozen=True, slots=True)
class PersonErased:
    """After which there is no name."""

    person: PersonId


SCHEMA = Schema((PersonRegistered, ContactChanged, PersonErased))


class Names:
    """The names that can still be read; an erased person has none."""

    def __init__(self, keys: SealingKeys) -> None:
        self._keys = keys
        self._names: dict[PersonId, str] = {}

    def of(self, person: PersonId) -> str | None:
        """A person's name, or None."""
        return self._names.get(person)

    async def learn(self, events: Sequence[Recorded]) -> None:
        """Take in what these events of the group's ledger say of names."""
        said = [event for recorded in events if (event := SCHEMA.read(recorded.envelope)) is not None]
        if not said:
            return
        keys = await self._keys.read({event.person for event in said})
        for event in said:
            if isinstance(event, PersonErased) or event.person not in keys:
                self._names.pop(event.person, None)
            elif event.name is not None:
                self._names[event.person] = unseal(keys[event.person], "name", event.name)
