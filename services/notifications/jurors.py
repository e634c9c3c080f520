"""Whose a juror's letter is, as evaluation says; kept in the memory of this process alone (R68, 0085)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import msgspec
import structlog

from shared.bus import Bus, Unanswered
from shared.domain import PersonId

log = structlog.get_logger()

SUBJECT = "jurors.evaluation"
TIMEOUT_SECONDS = 2.0
PANELS_AT_MOST = 100  # in one request

Letter = tuple[str, str]  # a panel, and a letter in it


class Jurors:
    """Who the letters are to which something is addressed; each is asked once, since none ever changes."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._known: dict[Letter, PersonId] = {}
        self._of: defaultdict[PersonId, set[Letter]] = defaultdict(set)

    async def letters_of(self, person: PersonId, addressed: Iterable[Letter]) -> frozenset[Letter]:
        """Somebody's own among all that are addressed; what cannot be said now is theirs later."""
        asked: defaultdict[str, list[str]] = defaultdict(list)
        for panel, letter in {*addressed} - self._known.keys():
            asked[panel].append(letter)
        try:
            panels = sorted(asked)
            for at in range(0, len(panels), PANELS_AT_MOST):
                await self._ask({panel: sorted(asked[panel]) for panel in panels[at : at + PANELS_AT_MOST]})
        except Unanswered:
            log.warning("jurors.unanswered", panels=len(asked))
        return frozenset(self._of.get(person, ()))

    async def _ask(self, asked: dict[str, list[str]]) -> None:
        answer = await self._bus.request(SUBJECT, msgspec.json.encode(asked), TIMEOUT_SECONDS)
        said = msgspec.json.decode(answer, type=dict[str, dict[str, PersonId]])
        for panel, letters in said.items():
            for letter, person in letters.items():
                self._known[panel, letter] = person
                self._of[person].add((panel, letter))
