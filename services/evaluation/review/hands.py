"""Who had a hand in a review, and who judged in its last round: read from its streams and its panels'."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from uuid import UUID

from services.evaluation.domain.review.cycle import CYCLE, judging
from services.evaluation.domain.review.cycle.allotting import Voter
from services.evaluation.domain.review.panel import PANEL
from services.evaluation.parts import Parts
from services.evaluation.review.keys import letters_in
from shared.domain import PersonId
from shared.envelope import Recorded

WATCHING = frozenset({"discipline_officer", "safety"})  # who witness, hold and answer, and run nothing


async def hands_in(parts: Parts, review: UUID) -> frozenset[PersonId]:
    """Whoever did anything on the review or on one of its panels, and every juror (R62)."""
    course = await parts.ledgers.read_stream(review)
    found = _did(course)
    for panel in {one.event.panel for one in course if isinstance(one.event, judging.PanelNamed)}:
        found |= _did(await parts.ledgers.read_stream(UUID(panel)))
        state = (await parts.streams.now(PANEL, UUID(panel))).state
        if state.sealed_letters:
            who = letters_in(await parts.keys.of(str(review)), state.sealed_letters)
            found |= {who[letter] for letter in state.letters}
    return frozenset(found)


def _did(stream: Sequence[Recorded]) -> set[PersonId]:
    signed = [one.envelope.by for one in stream if one.envelope.by is not None]
    return {by.person for by in signed if by.office not in WATCHING}


async def voters_in(parts: Parts, review: UUID) -> tuple[Voter, ...]:
    """Whose cards count in the panels of the last round; none in a review without rounds."""
    rounds = (await parts.streams.now(CYCLE, review)).state.rounds
    return tuple([one async for one in _voters(parts, review, rounds[-1].round)] if rounds else [])


async def _voters(parts: Parts, review: UUID, last: str) -> AsyncIterator[Voter]:
    panels: list[str] = []
    for one in await parts.ledgers.read_stream(review):
        match one.event:
            case judging.PanelNamed(panel=panel, round=named_for) if named_for == last:
                panels.append(panel)
            case judging.PanelDissolved(panel=panel) if panel in panels:
                panels.remove(panel)
    for panel in panels:
        state = (await parts.streams.now(PANEL, UUID(panel))).state
        for letter in sorted({letter for _, letter in state.cards}):
            left = {n for n, who in state.recused if who == letter}
            projects = {one.project for n, one in state.dossiers.items() if n in left}
            yield Voter(panel, letter, frozenset(projects))
