"""The keys of reviews: made when one opens, and never again in the place of one that is gone (R68)."""

from __future__ import annotations

import pytest

from services.evaluation import tables
from services.evaluation.deciders import DECIDERS
from services.evaluation.review.keys import (
    OBJECTOR,
    ReviewKeys,
    SealedOtherwise,
    letters_in,
    opened,
    seal_letters,
)
from shared.domain import PersonId
from shared.engines import begin
from shared.sealing import new_key, seal
from tests.support.engines import Database
from tests.support.living import house


async def test_no_key_is_made_for_a_review_that_has_lost_its_own(database: Database) -> None:
    """As after the restore of another backup: a fresh one would open nothing, and hide what is missing."""
    async with house(database, "evaluation", DECIDERS) as own:
        async with begin(own.engine) as connection:
            await connection.run_sync(tables.metadata.create_all)
        given = await ReviewKeys(own.engine).give("open")
        keys = ReviewKeys(own.engine)
        assert await keys.of("open") == given
        for _ in range(2):
            with pytest.raises(SealedOtherwise):
                await keys.of("gone")


def test_what_another_key_sealed_is_refused_with_a_sentence() -> None:
    ours, other = new_key(), new_key()
    with pytest.raises(SealedOtherwise):
        letters_in(ours, (seal_letters(other, {"A": PersonId("somebody")}),))
    with pytest.raises(SealedOtherwise):
        opened(ours, OBJECTOR, seal(other, OBJECTOR, "somebody"))
