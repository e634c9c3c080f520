"""Sealing keys are given once and, once erased, never again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.projects.keys import ERASED_FILE, READ_AT_ONCE, KeyErased, SealingKeys, _replace
from services.projects.tables import metadata
from shared.domain import PersonId
from shared.engines import begin, create_engine
from shared.sealing import CannotUnseal, key_of_one, seal, unseal
from tests.projects.people import LI, WANG, ZHAO
from tests.support.engines import Database, SqliteFiles


@pytest.fixture
async def keys(database: Database, tmp_path: Path) -> AsyncIterator[SealingKeys]:
    engine = create_engine(database.url(), durable=False)
    async with engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    yield SealingKeys(engine, tmp_path / ERASED_FILE)
    await engine.dispose()


async def test_a_person_has_one_key(keys: SealingKeys) -> None:
    given = await asyncio.gather(*(keys.give(LI) for _ in range(5)))
    assert len(set(given)) == 1
    assert len(given[0]) == 32
    assert await keys.give(WANG) != given[0]


async def test_keys_are_read_together_and_who_has_none_is_left_out(keys: SealingKeys) -> None:
    expected = {LI: await keys.give(LI), WANG: await keys.give(WANG)}
    assert await keys.read([LI, ZHAO, WANG, LI]) == expected
    many = [PersonId(f"nobody {n}") for n in range(2 * READ_AT_ONCE)]
    assert await keys.read([*many, LI]) == {LI: expected[LI]}
    assert await keys.read([]) == {}


async def test_an_erased_key_is_gone_and_never_given_again(keys: SealingKeys) -> None:
    await keys.give(LI)
    await keys.erase(LI)
    await keys.erase(LI)
    assert await keys.read([LI]) == {}
    with pytest.raises(KeyErased):
        await keys.give(LI)


async def test_nothing_of_an_erased_key_is_left_in_the_file(tmp_path: Path) -> None:
    url = SqliteFiles(tmp_path).url()
    keys = await stored(url, tmp_path / ERASED_FILE)
    await keys.give(WANG)
    key = await keys.give(LI)
    await keys.give(ZHAO)
    await written_out(url)
    assert key in (tmp_path / "ledger.db").read_bytes()
    await keys.erase(LI)
    await written_out(url)
    assert key not in (tmp_path / "ledger.db").read_bytes()


async def stored(url: str, apart: Path) -> SealingKeys:
    engine = create_engine(url, durable=False)
    async with engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    return SealingKeys(engine, apart)


async def written_out(url: str) -> None:
    """All that waits in SQLite's log goes into the file."""
    engine = create_engine(url, durable=False)
    async with engine.connect() as connection:
        await connection.exec_driver_sql("COMMIT")
        await connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    await engine.dispose()


async def test_who_was_erased_meanwhile_stays_erased(keys: SealingKeys) -> None:
    """Contact data are erased by who read the key before all of it was."""
    read_before = await keys.give(LI)
    await keys.erase(LI)
    async with begin(keys._engine) as connection:
        await _replace(connection, LI, key_of_one(read_before, "name"), read_before)
    assert await keys.read([LI]) == {}


async def test_of_erased_contact_data_the_name_alone_is_left(keys: SealingKeys) -> None:
    """R77; what is left of a key seals nothing."""
    key = await keys.give(LI)
    name, phone = seal(key, "name", "李明"), seal(key, "phone", "139")
    await keys.erase_contact(LI)
    await keys.erase_contact(LI)
    left = (await keys.read([LI]))[LI]
    assert unseal(left, "name", name) == "李明"
    with pytest.raises(CannotUnseal):
        unseal(left, "phone", phone)
    with pytest.raises(ValueError, match="a person's key has 32 bytes"):
        seal(left, "name", "李明")
    with pytest.raises(KeyErased):
        await keys.give(LI)
