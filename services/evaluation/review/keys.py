"""What a review seals, and under which key: who a juror's letter is, what ties them, who objects (R68).

The key lies beside the ledgers, not in them: whoever is given the ledgers alone opens nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from services.evaluation.tables import review_keys
from shared.domain import PersonId, Refusal
from shared.engines import begin, insert
from shared.sealing import CannotUnseal, new_key, seal, unseal

LETTERS, LINE, OBJECTOR = "letters", "line", "objector"  # fields, each under a key of its own


class SealedOtherwise(Refusal):
    """What this review has sealed cannot be opened with the key that is here.

    Have operations restore the keys of reviews from the backup that belongs to these ledgers."""


class ReviewKeys:
    """The keys in evaluation's database, whose only copies are its backups."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._known: dict[str, bytes] = {}

    async def give(self, cycle: str) -> bytes:
        """The key of a review that opens, made where there is none: nothing is sealed with it yet."""
        if cycle not in self._known:
            async with begin(self._engine) as connection:
                fresh = {"cycle": cycle, "key": new_key()}
                await connection.execute(insert(review_keys, connection).on_conflict_do_nothing(), fresh)
        return await self.of(cycle)

    async def of(self, cycle: str) -> bytes:
        """The review's key; SealedOtherwise where it is gone, since a fresh one would open nothing."""
        if cycle not in self._known:
            async with self._engine.connect() as connection:
                query = select(review_keys.c.key).where(review_keys.c.cycle == cycle)
                found = (await connection.execute(query)).scalar_one_or_none()
            if found is None:
                raise SealedOtherwise()
            self._known[cycle] = bytes(found)
        return self._known[cycle]


def seal_letters(key: bytes, letters: Mapping[str, PersonId]) -> str:
    """Who these letters are, in one sealed text, by which no two can be told apart."""
    return seal(key, LETTERS, msgspec.json.encode(letters, order="sorted").decode())


@lru_cache(maxsize=256)
def letters_in(key: bytes, sealed: tuple[str, ...]) -> Mapping[str, PersonId]:
    """Who the letters of a panel are; SealedOtherwise where these are not as they were sealed."""
    found: dict[str, PersonId] = {}
    for text in sealed:
        if text:
            found |= msgspec.json.decode(opened(key, LETTERS, text), type=dict[str, PersonId])
    return MappingProxyType(found)


def opened(key: bytes, field: str, sealed: str) -> str:
    """What was sealed under a field of the review's; SealedOtherwise."""
    try:
        return unseal(key, field, sealed)
    except CannotUnseal as error:
        raise SealedOtherwise() from error


def letter_of(key: bytes, sealed: tuple[str, ...], person: PersonId) -> str | None:
    """By which letter a panel knows somebody; None for who is no juror of it."""
    return next((letter for letter, who in letters_in(key, sealed).items() if who == person), None)
