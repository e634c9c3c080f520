"""Whose a juror's letter is, as evaluation tells notifications and nobody else (0079, 0085)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from uuid import UUID

import msgspec
import pytest

from services.evaluation import tables
from services.evaluation.deciders import DECIDERS
from services.evaluation.domain.review.panel import PANEL
from services.evaluation.domain.review.panel.joining import AddJuror
from services.evaluation.review.keys import ReviewKeys, seal_letters
from services.evaluation.review.streams import Streams
from services.evaluation.review.telling import telling
from shared.domain import PersonId
from shared.engines import begin
from shared.sealing import new_key
from tests.evaluation.review import a_panel as a
from tests.support.engines import Database
from tests.support.living import House, house

THE_PANEL, UNKNOWN = UUID(int=77), UUID(int=78)
WHO = {letter: PersonId(f"person {letter}") for letter in a.JURORS}
LATER = PersonId("somebody else")


@dataclass
class Evaluation:
    """Its ledgers, with a panel whose letters are sealed."""

    own: House
    keys: ReviewKeys

    async def opens(self, key: bytes) -> None:
        add = AddJuror(
            a.HEADQUARTERS, "Z7", "external", listed=True, runs=False, sealed=seal_letters(key, {"Z7": LATER})
        )
        fix = replace(a.FIX, sealed=seal_letters(key, WHO))
        await self.own.does(fix, a.OPEN, add, decider=PANEL, stream=THE_PANEL, ledger="group")

    async def says(self, asked: dict[UUID, list[str]]) -> dict[str, dict[str, str]]:
        answer = telling(Streams(self.own.ledgers), self.keys)
        return msgspec.json.decode(await answer(msgspec.json.encode(asked)), type=dict[str, dict[str, str]])


@pytest.fixture
async def evaluation(database: Database) -> AsyncIterator[Evaluation]:
    async with house(database, "evaluation", DECIDERS) as own:
        async with begin(own.engine) as connection:
            await connection.run_sync(tables.metadata.create_all)
        yield Evaluation(own, ReviewKeys(own.engine))


async def test_the_letters_that_are_asked_for_are_told_and_no_others(evaluation: Evaluation) -> None:
    """Also of who joined later; what is not known is left out."""
    await evaluation.opens(await evaluation.keys.give("cycle"))
    said = await evaluation.says({THE_PANEL: ["A", "Z7", "Q"], UNKNOWN: ["A"]})
    assert said == {str(THE_PANEL): {"A": WHO["A"], "Z7": LATER}, str(UNKNOWN): {}}


async def test_what_was_sealed_with_another_key_is_left_out(evaluation: Evaluation) -> None:
    """As after the restore of another backup: of other panels it is told all the same."""
    await evaluation.opens(new_key())
    assert await evaluation.says({THE_PANEL: ["A"]}) == {str(THE_PANEL): {}}
