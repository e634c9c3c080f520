"""The sealing keys of persons: made once, read to show a name, erased for ever."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.projects.tables import sealing_keys
from shared.domain import PersonId, Refusal
from shared.engines import begin, insert, is_sqlite
from shared.sealing import is_of_one, key_of_one, new_key

READ_AT_ONCE = 500
ERASED_FILE = "erased"
ALL, CONTACT = "all", "contact"  # what was erased of somebody


class KeyErased(Refusal):
    """This person's data have been erased and cannot be entered again.

    Register the person anew under another staff number."""


class SealingKeys:
    """The keys in projects' database, whose only copies are its backups.

    Who was erased is remembered apart from the database, in the file `apart`: a backup that is restored
    brings back keys that were erased since, and not this file.
    """

    def __init__(self, engine: AsyncEngine, apart: Path) -> None:
        self._engine = engine
        self._apart = apart

    async def give(self, person: PersonId) -> bytes:
        """The person's key, made if there is none; KeyErased after an erasure."""
        found = await self.give_all([person])
        if person not in found:
            raise KeyErased()
        return found[person]

    async def give_all(self, persons: Iterable[PersonId]) -> dict[PersonId, bytes]:
        """The keys of several, made where there is none; who is left out has been erased, or in part."""
        wanted = list(dict.fromkeys(persons))
        for start in range(0, len(wanted), READ_AT_ONCE):
            fresh = [{"person": person, "key": new_key()} for person in wanted[start : start + READ_AT_ONCE]]
            async with begin(self._engine) as connection:
                await connection.execute(insert(sealing_keys, connection).on_conflict_do_nothing(), fresh)
        return {person: key for person, key in (await self.read(wanted)).items() if not is_of_one(key)}

    async def read(self, persons: Iterable[PersonId]) -> dict[PersonId, bytes]:
        """The keys of those who have one, be it of the name alone; all others are erased or never had one."""
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
        self._remember(person, ALL)
        async with begin(self._engine) as connection:
            await _replace(connection, person, None)

    async def erase_contact(self, person: PersonId) -> None:
        """Leave of the key what unseals the name, and nothing else; again, it changes nothing."""
        self._remember(person, CONTACT)
        async with begin(self._engine) as connection:
            query = select(sealing_keys.c.key).where(sealing_keys.c.person == person)
            key = (await connection.execute(query)).scalar_one_or_none()
            if key is not None and not is_of_one(key):
                await _replace(connection, person, key_of_one(bytes(key), "name"), bytes(key))

    async def erase_again(self) -> int:
        """Erase what was erased and is there again, as after a restore; of how many persons."""
        remembered, again = self._remembered(), 0
        known = await self.read(PersonId(person) for person, _ in remembered)
        for person, what in sorted(remembered):
            key = known.get(PersonId(person))
            if key is not None and (what == ALL or not is_of_one(key)):
                await (self.erase if what == ALL else self.erase_contact)(PersonId(person))
                again += 1
        return again

    def _remember(self, person: PersonId, what: str) -> None:
        if (person, what) not in self._remembered():
            self._apart.parent.mkdir(parents=True, exist_ok=True)
            with self._apart.open("a", encoding="utf-8") as kept:
                kept.write(f"{person} {what}\n")
                kept.flush()
                os.fsync(kept.fileno())

    def _remembered(self) -> set[tuple[str, str]]:
        if not self._apart.exists():
            return set()
        lines = self._apart.read_text("utf-8").splitlines()
        return {(person, what) for person, _, what in (line.partition(" ") for line in lines)}


async def _replace(
    connection: AsyncConnection, person: PersonId, key: bytes | None, only: bytes | None = None
) -> None:
    """`only`: unless it is another one by now, since who is erased meanwhile stays erased."""
    if is_sqlite(connection):
        await connection.execute(text("PRAGMA secure_delete = ON"))  # freed pages are overwritten
    change = update(sealing_keys).where(sealing_keys.c.person == person).values(key=key)
    await connection.execute(change if only is None else change.where(sealing_keys.c.key == only))
