"""The acts of an import: taken through the writer as people would take them, a repeat doing nothing twice."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from itertools import groupby

from services.projects.keys import KeyErased, SealingKeys
from services.projects.roster.comparison import Planned
from shared.codec import canonical
from shared.domain import PersonId, Refusal

AT_ONCE = 256  # as many as the writer commits together, and half again for everybody else
PERSONAL = ("RegisterPerson", "ChangeContact")
Take = Callable[[Planned, str, str, bytes | None], Awaitable[object]]


async def carried_out(
    acts: Sequence[Planned], workbook: str, keys: SealingKeys, take: Take
) -> AsyncIterator[tuple[Planned, Refusal | None]]:
    """Take the acts stage by stage; yields each with what refused it.

    `take` is given an act, its idempotency key, the hash of its request, and a person's sealing key.
    """
    for _, staged in groupby(acts, key=lambda act: act.stage):
        stage = list(staged)
        for start in range(0, len(stage), AT_ONCE):
            some = stage[start : start + AT_ONCE]
            personal = [PersonId(act.stream) for act in some if act.command in PERSONAL]
            given = await keys.give_all(personal) if personal else {}
            answers = await asyncio.gather(*(_taken(act, workbook, given, take) for act in some))
            for act, refusal in zip(some, answers, strict=True):
                yield act, refusal


async def _taken(act: Planned, workbook: str, keys: dict[PersonId, bytes], take: Take) -> Refusal | None:
    said = canonical([act.command, act.stream, act.given])
    key = keys.get(PersonId(act.stream)) if act.command in PERSONAL else None
    try:
        if act.command in PERSONAL and key is None:
            raise KeyErased()
        # of a request with names no plain hash is kept, from which they could be guessed
        request = hmac.new(key, said, hashlib.sha256) if key else hashlib.sha256(said)
        label = hashlib.sha256(workbook.encode() + said).hexdigest()
        await take(act, f"roster-{label}", request.hexdigest(), key)
    except Refusal as refusal:
        return refusal
    return None
