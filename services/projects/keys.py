"""The sealing keys of persons: made once, read to show a name, erased for ever."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncEngine

from services.projects.tables import sealing_keys
from shared.domain import PersonId, Refusal
from shared.engines import begin, insert, is_sqlite
from shared.sealing import new_key

READ_AT_ONCE = 500


class KeyErased(Refusal):
    """This person's data have been erased and cannot be entered again.

    Register the person anew under another staff number."""


class SealingKeys:
    """The keys in projects' database, whose only copies are its backups."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def give(self, person: PersonId) -> bytes:
        """The person's key, made if there is none; KeyErased after an erasure."""
        found = await self.give_all([person])
        if person not in found:
            raise KeyErased()
        return found[person]

    async def give_all(self, persons: Iterable[PersonId]) -> dict[PersonId, bytes]:
        """The keys of several, made where there is none; who is left out has been erased."""
        wanted = list(dict.fromkeys(persons))
        for start in range(0, len(wanted), READ_AT_ONCE):
            fresh = [{"person": person, "key": new_key()} for person in wanted[start : start + READ_AT_ONCE]]
            async with begin(self._engine) as connection:
                await connection.execute(insert(sealing_keys, connection).on_conflict_do_nothing(), fresh)
        return await self.read(wanted)

    async def read(self, persons: Iterable[PersonId]) -> dict[PersonId, bytes]:
        """The keys of those who have one; who is left out has been erased or never had one."""
        found: dict[PersonId, bytes] = {}
        columns = (sealing_keys.c.person, sealing_keys.c.key)
        wanted = list(dict.fromkeys(persons))
        async with self._engine.connect() as connection:
            for start in range(0, len(wanted), READ_AT_ONCE):
                some = sealing_keys.c.person.in_(wanted[start : start + READ_AT_ONCE])
                rows = await connection.execute(select(*columns).where(some, sealing_keys.c.key.is_not(None)))
                found |= {PersonId(person): bytes(key) for person, key in rows}
        return found

    async def erase(self, person: PersonId) -> None:
        """Erase the key; doing it again changes nothing, so a reaction may repeat it.

        What is sealed in events stays where it is, and nobody can read it any more (R77).
        """
        async with begin(self._engine) as connection:
            if is_sqlite(connection):
                await connection.execute(text("PRAGMA secure_delete = ON"))  # freed pages are overwritten
            gone = update(sealing_keys).where(sealing_keys.c.person == person).values(key=None)
            await connection.execute(gone)
