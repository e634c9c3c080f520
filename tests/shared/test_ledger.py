"""The contract of the ledger, the same on both engines."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from shared import engines
from shared.clock import SystemClock
from shared.codec import canonical
from shared.decision import Folded, Read, Stamp, decide
from shared.envelope import micros, moment
from shared.ledger import Block, Entry, Head, HeadMoved, Ledgers
from shared.merkle import TILE
from shared.writer import Writer
from tests.support.counter import COUNTER, Add, Added, Count, opened, submission, tiles_of, whole
from tests.support.engines import Database, SqliteFiles

STARTS_AT = 1_767_225_600_000_000  # 2026-01-01, in microseconds


def entries(stream: UUID, first: int, count: int, at: int = STARTS_AT, *, note: str = "") -> list[Entry]:
    """That many events of one stream, as the writer makes them."""
    folded = Folded(COUNTER, "counter", "group", first - 1, Count())
    many = submission(stream, Add(0, note, count))
    lines, _ = decide(many, folded, Read(), Stamp("projects/group", at, {}))
    return [line.entry for line in lines]


async def append(ledgers: Ledgers, head: Head, entries: Sequence[Entry], at: int = STARTS_AT) -> Head:
    block = Block.on(head, at, entries)
    await ledgers.append([block], {head.ledger: await ledgers.open_leaves(head)})
    return block.after


async def three_ledgers(ledgers: Ledgers) -> dict[str, UUID]:
    """Two commands in each of three ledgers, one minute apart; ledger → stream."""
    streams = {name: uuid4() for name in ("group", "access", str(uuid4()))}
    for name, stream in streams.items():
        head = await ledgers.open(name)
        head = await append(ledgers, head, entries(stream, 1, 2), STARTS_AT)
        later = STARTS_AT + 60_000_000
        await append(ledgers, head, entries(stream, 3, 3, later), later)
    return streams


async def test_a_stream_is_read_from_to_and_as_of(ledgers: Ledgers) -> None:
    stream = (await three_ledgers(ledgers))["group"]

    async def versions(**bounds: object) -> list[int]:
        return [r.version for r in await ledgers.read_stream(stream, **bounds)]  # type: ignore[arg-type]  # the bounds of the test

    assert await versions() == [1, 2, 3, 4, 5]
    assert await versions(first=2) == [2, 3, 4, 5]
    assert await versions(first=2, last=4) == [2, 3, 4]
    assert await versions(as_of=moment(STARTS_AT - 1)) == []
    assert await versions(as_of=moment(STARTS_AT)) == [1, 2]
    assert await versions(as_of=moment(STARTS_AT + 59_999_999)) == [1, 2]
    assert await versions(as_of=moment(STARTS_AT + 60_000_000)) == [1, 2, 3, 4, 5]
    assert await ledgers.read_stream(uuid4()) == []


async def test_the_ledger_of_a_stream_is_known_as_soon_as_it_has_begun(ledgers: Ledgers) -> None:
    stream = uuid4()
    assert await ledgers.ledger_of(stream) is None
    await append(ledgers, await ledgers.open("group"), entries(stream, 1, 1))
    assert [await ledgers.ledger_of(stream) for _ in range(2)] == ["group", "group"]


async def test_a_ledger_is_read_behind_a_position_in_pages(ledgers: Ledgers) -> None:
    await three_ledgers(ledgers)

    async def positions(after: int, limit: int = 500, upto: int | None = None) -> list[int]:
        return [r.position for r in await ledgers.read_ledger("group", after, limit, upto)]

    assert await positions(0) == [1, 2, 3, 4, 5]
    assert await positions(2) == [3, 4, 5]
    assert await positions(0, 2) == [1, 2]
    assert await positions(1, 3, 3) == [2, 3]
    assert await positions(5) == []


async def test_an_event_is_read_as_it_was_decided(ledgers: Ledgers) -> None:
    head, stream = await ledgers.open("group"), uuid4()
    await append(ledgers, head, entries(stream, 1, 2, note="党建"))
    first, second = await ledgers.read_ledger("group", 0)
    assert (first.id, second.id) == ("projects/group/1", "projects/group/2")
    assert (first.stream, first.event, micros(first.recorded_at)) == (stream, Added(0, "党建"), STARTS_AT)
    assert first.envelope.count == second.envelope.count == 2
    assert bytes(first.envelope.command) == canonical({"name": "Add", "data": Add(0, "党建", 2)})
    assert (bytes(second.envelope.command), second.envelope.command_id) == (b"null", None)


async def test_a_name_that_is_not_known_is_read_as_bytes(ledgers: Ledgers) -> None:
    head = await ledgers.open("group")
    (entry,) = entries(uuid4(), 1, 1)
    newer = entry.body.replace(b'"name":"Added"', b'"name":"Doubled"')
    await append(ledgers, head, [Entry(entry.stream, 1, "Doubled", entry.command_id, newer)])
    (recorded,) = await ledgers.read_ledger("group", 0)
    assert recorded.event is None
    assert recorded.body == newer


async def test_all_heads_are_read_at_once(ledgers: Ledgers) -> None:
    streams = await three_ledgers(ledgers)
    heads = await ledgers.heads()
    assert heads.keys() == streams.keys()
    for name in streams:
        assert heads[name] == await ledgers.head(name)
        assert len(await whole(ledgers, name)) == heads[name].position == 5
    assert await ledgers.head("unheard") == Head("unheard")


async def test_streams_are_read_together_each_up_to_its_ledgers_position(ledgers: Ledgers) -> None:
    streams = await three_ledgers(ledgers)
    unknown = uuid4()
    found = await ledgers.read_streams(
        [(streams["group"], "group", 2), (streams["access"], "access", 4), (unknown, "group", 2)]
    )
    assert {stream: [r.version for r in events] for stream, events in found.items()} == {
        streams["group"]: [1, 2],
        streams["access"]: [1, 2, 3, 4],
        unknown: [],
    }
    assert await ledgers.read_streams([]) == {}


async def test_streams_are_found_by_their_index_however_large_the_ledger_is(tmp_path: Path) -> None:
    async with opened(SqliteFiles(tmp_path).url()) as ledgers:
        streams = await three_ledgers(ledgers)
        asked: list[tuple[str, Any]] = []
        event.listen(
            ledgers.engine.sync_engine,
            "before_cursor_execute",
            lambda _connection, _cursor, statement, given, *_: asked.append((statement, given)),
        )
        await ledgers.read_streams([(streams["group"], "group", 5)])
        ((statement, given),) = [query for query in asked if query[0].startswith("SELECT")]
        async with ledgers.engine.connect() as connection:
            plan = (await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", given)).all()
        assert [row.detail.partition(" (")[2] for row in plan] == ["stream=?)"]


async def test_commands_are_found_by_their_id(ledgers: Ledgers) -> None:
    head = await ledgers.open("group")
    block = [*entries(uuid4(), 1, 2), *entries(uuid4(), 1, 1)]
    await append(ledgers, head, block)
    keys = [entry.command_id for entry in block if entry.command_id]
    found = await ledgers.find_commands([*keys, uuid4()])
    assert {key: first.position for key, first in found.items()} == {keys[0]: 1, keys[1]: 3}


async def test_opening_a_ledger_again_changes_nothing(ledgers: Ledgers) -> None:
    await three_ledgers(ledgers)
    before = await ledgers.heads()
    assert await ledgers.open("group") == before["group"]
    assert await ledgers.heads() == before


async def test_an_append_on_an_older_head_leaves_nothing(ledgers: Ledgers) -> None:
    head = await ledgers.open("group")
    now = await append(ledgers, head, entries(uuid4(), 1, 300))
    with pytest.raises(HeadMoved):
        await append(ledgers, head, entries(uuid4(), 1, 300))
    assert await ledgers.head("group") == now
    assert len(await whole(ledgers)) == 300


async def test_an_append_on_another_history_of_the_same_length_leaves_nothing(ledgers: Ledgers) -> None:
    head = await ledgers.open("group")
    now = await append(ledgers, head, entries(uuid4(), 1, 3))
    other = Block.on(head, STARTS_AT, entries(uuid4(), 1, 3)).after
    with pytest.raises(HeadMoved):
        await ledgers.append([Block.on(other, STARTS_AT, entries(uuid4(), 1, 1))], {"group": []})
    assert await ledgers.head("group") == now


@pytest.mark.parametrize("twice", ["version", "command"])
async def test_an_append_that_fails_in_its_last_event_leaves_nothing(ledgers: Ledgers, twice: str) -> None:
    stream = uuid4()
    first = entries(stream, 1, 3)
    now = await append(ledgers, await ledgers.open("group"), first)
    bad = first[2] if twice == "version" else Entry(uuid4(), 1, "Added", first[0].command_id, first[0].body)
    with pytest.raises(IntegrityError):
        await append(ledgers, now, [*entries(uuid4(), 1, 600), bad])
    assert await ledgers.head("group") == now
    assert len(await whole(ledgers)) == 3
    assert await append(ledgers, now, entries(stream, 4, 1)) == await ledgers.head("group")


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_several_ledgers_in_one_file_are_appended_all_or_none(ledgers: Ledgers) -> None:
    group, access = await ledgers.open("group"), await ledgers.open("access")
    moved = await append(ledgers, access, entries(uuid4(), 1, 1))
    blocks = [Block.on(head, STARTS_AT, entries(uuid4(), 1, 1)) for head in (group, access)]
    with pytest.raises(HeadMoved):
        await ledgers.append(blocks, {"group": [], "access": []})
    assert await ledgers.heads() == {"group": group, "access": moved}


@pytest.mark.parametrize("group", [1, 7, 255, 256, 257, 700])
async def test_full_tiles_are_kept_as_they_fill(ledgers: Ledgers, group: int) -> None:
    head, stream = await ledgers.open("group"), uuid4()
    groups = range(1, 60 if group == 1 else 1100, group)
    head = await append(ledgers, head, entries(uuid4(), 1, TILE - 30))
    leaves: list[bytes] = await ledgers.open_leaves(head)
    for first in groups:
        block = Block.on(head, STARTS_AT, entries(stream, first, group))
        await ledgers.append([block], {"group": leaves})
        leaves = [*leaves, *block.leaves]
        leaves = leaves[len(leaves) - len(leaves) % TILE :]
        head = block.after
    assert len(await whole(ledgers)) == TILE - 30 + group * len(groups)


@pytest.mark.long
async def test_a_second_level_of_tiles_fills_across_its_border(ledgers: Ledgers) -> None:
    head, stream = await ledgers.open("group"), uuid4()
    _, one = entries(stream, 1, 2)
    leaves: list[bytes] = []
    all_leaves: list[bytes] = []
    version = 0
    for size in (300, *[9_000] * 7, 2_000, 250, 9_000):  # 65,536 lies inside the eighth
        block = Block.on(
            head,
            STARTS_AT,
            [Entry(stream, n, "Added", None, one.body) for n in range(version + 1, version + size + 1)],
        )
        await ledgers.append([block], {"group": leaves})
        leaves = [*leaves, *block.leaves]
        leaves = leaves[len(leaves) - len(leaves) % TILE :]
        all_leaves += block.leaves
        head, version = block.after, version + size
    assert (1, 0) in tiles_of(all_leaves)
    await whole(ledgers)


FORBIDDEN = {
    "update": "UPDATE events SET body = body WHERE position = 2",
    "update of everything": "UPDATE events SET name = 'Removed'",
    "update of a tile": "UPDATE tiles SET root = root",
    "delete": "DELETE FROM events WHERE position = 2",
    "delete of everything": "DELETE FROM events",
    "delete of a tile": "DELETE FROM tiles",
    "upsert": "INSERT INTO events SELECT * FROM events WHERE position = 2"
    " ON CONFLICT (ledger, position) DO UPDATE SET name = 'Removed'",
    "upsert of a version": "INSERT INTO events SELECT * FROM events WHERE position = 2"
    " ON CONFLICT (stream, version) DO UPDATE SET name = 'Removed'",
    "upsert of a tile": "INSERT INTO tiles SELECT * FROM tiles WHERE number = 0"
    " ON CONFLICT (ledger, level, number) DO UPDATE SET root = tiles.hashes",
    "insert of the same position": "INSERT INTO events SELECT * FROM events WHERE position = 2",
}
ON_ENGINE = {
    "sqlite": {
        "replace": "REPLACE INTO events SELECT * FROM events WHERE position = 2",
        "replace by version": "INSERT OR REPLACE INTO events SELECT"
        " ledger, 999, stream, version, name, recorded_at, NULL, body FROM events WHERE position = 2",
        "replace by command": "INSERT OR REPLACE INTO events SELECT"
        " ledger, 999, zeroblob(16), 1, name, recorded_at, command_id, body FROM events WHERE position = 1",
        "replace of a tile": "REPLACE INTO tiles SELECT * FROM tiles",
        "update or replace": "UPDATE OR REPLACE events SET position = 1 WHERE position = 2",
        "update or ignore": "UPDATE OR IGNORE events SET name = 'Removed'",
        "upsert without a target": "INSERT INTO events SELECT * FROM events WHERE position = 2"
        " ON CONFLICT DO UPDATE SET name = 'Removed'",
    },
    "postgresql": {
        "truncate": "TRUNCATE events",
        "truncate of tiles": "TRUNCATE tiles CASCADE",
        "merge": "MERGE INTO events USING (SELECT 2 AS at) AS s ON position = s.at WHEN MATCHED THEN DELETE",
    },
}


@pytest.mark.parametrize(
    ("database", "way"),
    [(engine, way) for engine, own in ON_ENGINE.items() for way in FORBIDDEN | own],
    indirect=["database"],
)
async def test_the_ledger_is_append_only(database: Database, ledgers: Ledgers, way: str) -> None:
    statement = (FORBIDDEN | ON_ENGINE[database.engine])[way]
    head = await ledgers.open("group")
    await append(ledgers, head, entries(uuid4(), 1, 300))
    before = await whole(ledgers)
    with pytest.raises(DBAPIError, match=r"is append-only|duplicate key"):
        async with engines.begin(ledgers.engine) as connection:
            await connection.execute(text(statement))
    assert await whole(ledgers) == before


TRIGGERS = {
    "sqlite": {
        ("events", "events_no_delete"),
        ("events", "events_no_replace"),
        ("events", "events_no_update"),
        ("tiles", "tiles_no_delete"),
        ("tiles", "tiles_no_replace"),
        ("tiles", "tiles_no_update"),
    },
    "postgresql": {
        ("events", "events_no_change"),
        ("events", "events_no_truncate"),
        ("tiles", "tiles_no_change"),
        ("tiles", "tiles_no_truncate"),
    },
}
LISTED = {
    "sqlite": "SELECT tbl_name, name FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT c.relname, t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
    " WHERE NOT t.tgisinternal AND t.tgenabled = 'O'",
}


async def test_these_triggers_guard_it(database: Database, ledgers: Ledgers) -> None:
    async with ledgers.engine.connect() as connection:
        rows = (await connection.execute(text(LISTED[database.engine]))).all()
    assert {tuple(row) for row in rows} == TRIGGERS[database.engine]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_a_file_waits_for_the_disk_at_every_commit(ledgers: Ledgers) -> None:
    async with ledgers.engine.connect() as connection:
        assert (await connection.execute(text("PRAGMA synchronous"))).scalar() == 2
        assert (await connection.execute(text("PRAGMA journal_mode"))).scalar() == "wal"


async def test_the_writer_appends_through_the_same_door(ledgers: Ledgers) -> None:
    writer = Writer(ledgers, SystemClock())
    stream = uuid4()
    outcome = await writer.submit(submission(stream, Add(1, times=3)))
    assert (outcome.version, outcome.position) == (3, 3)
    assert [r.event for r in await whole(ledgers)] == [Added(1)] * 3
    await writer.close()
