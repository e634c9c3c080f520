"""Whatever anybody changes in a ledger by the hand of its database's owner is found, and its place named."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from cli.audited_ledgers import Ledgers, Remembered, Walked
from cli.witness import Witness
from shared.engines import begin, create_engine, is_sqlite
from shared.findings import TOLD_AT_MOST, Findings
from shared.ledger_tables import events, heads, tiles
from shared.merkle import TILE
from shared.signed_state import replaced
from tests.shared.a_signer import append, asked, change, emptied, settings_in, signer_of
from tests.shared.test_witness import entered, look
from tests.support.books import Added, Book

SIZE = 2 * TILE + 188
COSIGNED = 500
Change = Callable[[AsyncConnection], Awaitable[None]]
Place = tuple[str, str, int]  # code, ledger, position


async def written(book: Book, directory: Path) -> None:
    """Two ledgers of some tiles, signed, and one of them cosigned before it had all its events."""
    signing = await signer_of(book, directory)
    for ledger, size in (("group", COSIGNED), ("access", SIZE)):
        for start in range(0, size, 50):
            await book.append(ledger, *_some(ledger, start, min(size, start + 50)))
    await signing.round()
    async with asked(signing) as http:
        witness = Witness(directory / "w", "audit.example/w1", http)
        entered(directory, signing, witness.key)
        await signing.round()
        await look(witness)
    await book.append("group", *_some("group", COSIGNED, SIZE))
    await signing.round()


def _some(ledger: str, start: int, stop: int) -> list[tuple[str, object]]:
    return [(f"{ledger} {number % 7}", Added(number)) for number in range(start, stop)]


async def walked(
    book: Book,
    directory: Path,
    remembered: Remembered | None = None,
    tell: Callable[[str, int, int], None] = lambda *_: None,
) -> tuple[Walked, Findings]:
    found = Findings()
    ledgers = Ledgers(
        book.ledgers.engine, settings_in(directory), found, {} if remembered is None else remembered
    )
    walk = await ledgers.walk(tell, lambda: None)
    return walk, found


def places(found: Findings) -> list[Place]:
    """Without the triggers that had to go first."""
    return [(one.code, one.place, one.position) for one in found.told if one.code != "triggers"]


def where(ledger: str, position: int) -> Any:
    return (events.c.ledger == ledger) & (events.c.position == position)


async def row_of(connection: AsyncConnection, ledger: str, position: int) -> dict[str, Any]:
    return dict((await connection.execute(select(events).where(where(ledger, position)))).mappings().one())


def body(ledger: str, position: int, old: bytes, new: bytes, **columns: Any) -> Change:
    async def do(connection: AsyncConnection) -> None:
        stored = (await row_of(connection, ledger, position))["body"]
        assert old in stored
        values = {"body": stored.replace(old, new)} | columns
        await connection.execute(update(events).where(where(ledger, position)).values(values))

    return do


def columns(ledger: str, position: int, **values: Any) -> Change:
    async def do(connection: AsyncConnection) -> None:
        await connection.execute(update(events).where(where(ledger, position)).values(values))

    return do


def gone(ledger: str, position: int) -> Change:
    async def do(connection: AsyncConnection) -> None:
        await connection.execute(delete(events).where(where(ledger, position)))

    return do


def put(ledger: str, position: int) -> Change:
    """A copy of an event where there is none."""

    async def do(connection: AsyncConnection) -> None:
        row = await row_of(connection, ledger, 3)
        await connection.execute(insert(events), row | {"position": position, "version": 9999})

    return do


def swapped(ledger: str, one: int, other: int) -> Change:
    async def do(connection: AsyncConnection) -> None:
        for old, new in ((one, -1), (other, one), (-1, other)):
            await connection.execute(update(events).where(where(ledger, old)).values(position=new))

    return do


def of_tile(number: int, **values: Any) -> Change:
    async def do(connection: AsyncConnection) -> None:
        mine = (tiles.c.ledger == "group") & (tiles.c.number == number)
        await connection.execute(update(tiles).where(mine).values(values))

    return do


def tile_gone() -> Change:
    async def do(connection: AsyncConnection) -> None:
        await connection.execute(delete(tiles).where(tiles.c.ledger == "group", tiles.c.number == 1))

    return do


def tile_put(level: int, number: int) -> Change:
    async def do(connection: AsyncConnection) -> None:
        row = {"ledger": "group", "level": level, "number": number, "hashes": b"", "root": b""}
        await connection.execute(insert(tiles), row)

    return do


def head(**values: Any) -> Change:
    async def do(connection: AsyncConnection) -> None:
        await connection.execute(update(heads).where(heads.c.ledger == "group").values(values))

    return do


def head_gone() -> Change:
    async def do(connection: AsyncConnection) -> None:
        await connection.execute(delete(heads).where(heads.c.ledger == "group"))

    return do


G, A = "projects/group", "projects/access"
CHANGES: dict[str, tuple[Change, list[Place]]] = {
    "a byte of an event": (body("group", 17, b"amount", b"amounT"), [("changed", G, 17)]),
    "a byte of an event nobody hears of": (body("access", 300, b"amount", b"amounT"), [("changed", A, 300)]),
    "a byte of an event in the open tile": (
        body("group", 600, b"amount", b"amounT"),
        [("signed_other", G, 0), ("head_tree", G, 0)],
    ),
    "a byte of the last event": (
        body("group", SIZE, b"amount", b"amounT"),
        [("signed_other", G, 0), ("head_last", G, SIZE), ("head_tree", G, 0)],
    ),
    "no event any more": (body("group", 17, b"{", b""), [("changed", G, 17), ("unreadable", G, 17)]),
    "an event deleted": (gone("group", 17), [("missing", G, 17), ("version", G, 24)]),
    "the last event deleted": (gone("group", SIZE), [("missing", G, SIZE)]),
    "an event inserted behind": (put("group", SIZE + 1), [("behind_head", G, SIZE + 1)]),
    "an event inserted before": (put("group", 0), [("before_first", G, 0)]),
    "two events swapped": (swapped("group", 17, 18), [("changed", G, 17), ("changed", G, 18)]),
    "two events of a stream swapped": (
        swapped("group", 17, 24),
        [("changed", G, 17), ("changed", G, 24), ("version", G, 17), ("version", G, 24)],
    ),
    "an event dated anew, beside its bytes": (columns("group", 17, recorded_at=5), [("column", G, 17)]),
    "an event dated anew, in its bytes": (
        body("group", 17, b'recorded_at":"2026-01', b'recorded_at":"2026-02'),
        [("changed", G, 17), ("column", G, 17), ("backwards", G, 18)],
    ),
    "an event named anew": (columns("group", 17, name="Other"), [("column", G, 17)]),
    "an event of another command": (columns("group", 17, command_id=UUID(int=1)), [("column", G, 17)]),
    "another version": (columns("group", 17, version=900), [("changed", G, 17), ("version", G, 17)]),
    "hashes of a tile": (of_tile(1, hashes=bytes(TILE * 32)), [("tile", G, 0)]),
    "the root of a tile": (of_tile(1, root=bytes(32)), [("tile", G, 0)]),
    "a tile deleted": (tile_gone(), [("tile_missing", G, 0)]),
    "a tile too many": (tile_put(0, 2), [("tile_extra", G, 0)]),
    "a tile of a level too many": (tile_put(1, 0), [("tile_extra", G, 0)]),
    "the head's tree": (head(frontier=bytes(32 * SIZE.bit_count())), [("head_tree", G, 0)]),
    "the head's leaf": (head(leaf=bytes(32)), [("head_last", G, SIZE)]),
    "the head's time": (head(recorded_at=1), [("head_last", G, SIZE)]),
    "the head moved back": (head(position=SIZE - 1), [("behind_head", G, SIZE), ("signed_beyond", G, 0)]),
    "the head moved on": (head(position=SIZE + 1), [("missing", G, SIZE + 1)]),
    "the head deleted": (head_gone(), [("no_head", G, 0), ("signed_beyond", G, 0)]),
}


async def test_a_ledger_that_nobody_touched_is_whole(book: Book, tmp_path: Path) -> None:
    await written(book, tmp_path)
    walk, found = await walked(book, tmp_path)
    assert found.told == []
    assert walk.ends == {"group": SIZE, "access": SIZE}
    assert (walk.read_now, walk.signed, walk.cosigned) == (2 * SIZE, 2 * SIZE, 1)


@pytest.mark.parametrize("name", CHANGES)
async def test_a_change_is_found_and_its_place_named(name: str, book: Book, tmp_path: Path) -> None:
    await written(book, tmp_path)
    do, expected = CHANGES[name]
    await change(book)
    async with begin(book.ledgers.engine) as connection:
        await do(connection)
    _, found = await walked(book, tmp_path)
    told = places(found)
    assert set(expected) <= set(told), told
    assert {ledger for _, ledger, _ in told} == {ledger for _, ledger, _ in expected}, "nothing else is named"


async def test_an_event_in_the_open_tile_is_named_as_closely_as_the_head_allows(
    book: Book, tmp_path: Path
) -> None:
    await written(book, tmp_path)
    await change(book)
    async with begin(book.ledgers.engine) as connection:
        await body("group", 600, b"amount", b"amounT")(connection)
    _, found = await walked(book, tmp_path)
    (tree,) = [one for one in found.told if one.code == "head_tree"]
    assert (tree.facts["first"], tree.facts["last"]) == ("513", "640")  # 700 = 512 + 128 + 32 + 16 + 8 + 4


async def test_history_that_is_rewritten_as_a_whole_is_not_the_one_that_was_signed(
    book: Book, tmp_path: Path
) -> None:
    await written(book, tmp_path)
    rewritten = await emptied(book)
    for ledger in ("group", "access"):
        await rewritten.append(ledger, *_some(ledger, 1, SIZE + 1))
    _, found = await walked(rewritten, tmp_path)
    expected = {("cosigned_other", G, 0), ("signed_other", G, 0), ("signed_other", A, 0)}
    assert set(places(found)) == expected


async def test_a_ledger_that_ends_before_what_was_signed_is_found(book: Book, tmp_path: Path) -> None:
    await written(book, tmp_path)
    shorter = await emptied(book)
    await shorter.append("group", *_some("group", 0, 300))
    _, found = await walked(shorter, tmp_path)
    told = set(places(found))
    assert told == {("signed_beyond", G, 0), ("cosigned_beyond", G, 0), ("signed_beyond", A, 0)}


async def test_what_was_signed_is_verified_too(book: Book, tmp_path: Path) -> None:
    await written(book, tmp_path)
    file = tmp_path / "signed" / "projects" / "signed.json"
    before = file.read_bytes()
    line = before.partition(b'"group":"')[2].partition(b"\\n\\n")[0]  # the root in base64
    root = base64.b64encode(bytes(32))
    replaced(file, before.replace(line.split(b"\\n")[2], root))
    _, found = await walked(book, tmp_path)
    assert places(found) == [("signature", G, 0)]
    assert found.told[0].facts["reason"] == "other_text"
    file.unlink()
    _, found = await walked(book, tmp_path)
    assert places(found) == [("nothing_signed", "projects", 0)]


async def test_triggers_that_are_gone_are_named(book: Book, tmp_path: Path) -> None:
    await written(book, tmp_path)
    await change(book)
    _, found = await walked(book, tmp_path)
    assert {one.code for one in found.told} == {"triggers"}
    assert {"events", "tiles"} == {one.facts["trigger"].partition("_no_")[0] for one in found.told}


async def test_a_trigger_that_fires_no_more_or_on_another_table_is_named(book: Book, tmp_path: Path) -> None:
    await written(book, tmp_path)
    async with begin(book.ledgers.engine) as connection:
        if is_sqlite(connection):
            await connection.execute(text("DROP TRIGGER events_no_update"))
            kept = "CREATE TRIGGER events_no_update BEFORE UPDATE ON ledger_heads BEGIN SELECT 1; END"
            await connection.execute(text(kept))
        else:
            await connection.execute(text("ALTER TABLE events ENABLE REPLICA TRIGGER events_no_change"))
    _, found = await walked(book, tmp_path)
    lost = "events_no_update" if is_sqlite(book.ledgers.engine) else "events_no_change"
    assert [(one.code, one.facts["trigger"]) for one in found.told] == [("triggers", lost)]


async def test_the_next_walk_reads_only_what_is_new(book: Book, tmp_path: Path) -> None:
    await written(book, tmp_path)
    remembered: Remembered = {}
    await walked(book, tmp_path, remembered)
    assert {name: one.position for name, one in remembered.items()} == {G: 2 * TILE, A: 2 * TILE}
    await append(book, 10)
    walk, found = await walked(book, tmp_path, remembered)
    assert (found.told, walk.read_now) == ([], 2 * (SIZE - 2 * TILE) + 10)

    await change(book)
    async with begin(book.ledgers.engine) as connection:
        await body("group", 17, b"amount", b"amounT")(connection)
    _, found = await walked(book, tmp_path, dict(remembered))
    assert places(found) == []  # it is not read again
    _, found = await walked(book, tmp_path)
    assert places(found) == [("changed", G, 17)]

    rewritten = await emptied(book)
    await rewritten.append("group", *_some("group", 1, SIZE + 11))
    await rewritten.append("access", *_some("access", 0, 100))
    _, found = await walked(rewritten, tmp_path, dict(remembered))
    assert {("head_tree", G, 0), ("shrunk", A, 0)} <= set(places(found))


async def test_a_ledger_that_was_there_the_night_before_and_is_gone_is_named(
    book: Book, tmp_path: Path
) -> None:
    """Also where nobody had signed it yet: then nothing but the last audit knows of it."""
    await written(book, tmp_path)
    await book.append("late", *_some("late", 0, SIZE))
    remembered: Remembered = {}
    await walked(book, tmp_path, remembered)
    gone_too = [f"DELETE FROM {table} WHERE ledger = 'late'" for table in ("events", "tiles", "ledger_heads")]
    await change(book, *gone_too)
    for _ in range(2):
        _, found = await walked(book, tmp_path, remembered)
        assert places(found) == [("shrunk", "projects/late", 0)]


async def test_what_is_wrong_is_said_again_the_next_night(book: Book, tmp_path: Path) -> None:
    await written(book, tmp_path)
    remembered: Remembered = {}
    await change(book)
    async with begin(book.ledgers.engine) as connection:
        await body("group", 17, b"amount", b"amounT")(connection)
    for _ in range(2):
        _, found = await walked(book, tmp_path, remembered)
        assert places(found) == [("changed", G, 17)]


async def test_what_is_wrong_everywhere_is_counted(book: Book, tmp_path: Path) -> None:
    await written(book, tmp_path)
    await change(book, "UPDATE events SET name = 'Other' WHERE ledger = 'group'")
    _, found = await walked(book, tmp_path)
    assert places(found) == [("column", G, n + 1) for n in range(TOLD_AT_MOST)]
    assert found.more(G, "column") == SIZE - TOLD_AT_MOST


KINDS = {
    "UPDATE events SET body = CAST(body AS TEXT) WHERE ledger = 'group' AND position = 17": (
        "unreadable",
        G,
        17,
    ),
    "UPDATE events SET version = 'no number' WHERE ledger = 'group' AND position = 17": ("unreadable", G, 17),
    "UPDATE events SET stream = 'no stream' WHERE ledger = 'group' AND position = 17": ("unreadable", G, 17),
    "UPDATE events SET recorded_at = 'no time' WHERE ledger = 'group' AND position = 17": ("column", G, 17),
    "UPDATE events SET command_id = 'no id' WHERE ledger = 'group' AND position = 17": ("column", G, 17),
    "UPDATE events SET body = 'text' WHERE ledger = 'group' AND position = 700": ("unreadable", G, 700),
    "UPDATE tiles SET hashes = 'text' WHERE ledger = 'group' AND number = 1": ("tile", G, 0),
    "UPDATE ledger_heads SET frontier = 'text' WHERE ledger = 'group'": ("head_tree", G, 0),
    "UPDATE ledger_heads SET leaf = 'text' WHERE ledger = 'group'": ("head_last", G, 700),
    "UPDATE ledger_heads SET position = 'text' WHERE ledger = 'group'": ("no_head", G, 0),
    "UPDATE events SET position = 'text' WHERE ledger = 'group' AND position = 700": ("no_position", G, 0),
    "UPDATE events SET position = 17.5 WHERE ledger = 'group' AND position = 18": ("no_position", G, 0),
    "INSERT INTO events SELECT ledger, 17.5, 'f0000000000000000000000000000001', 1, name, recorded_at, NULL,"
    " body FROM events WHERE ledger = 'group' AND position = 17": ("no_position", G, 0),
}


@pytest.mark.parametrize("statement", KINDS)
async def test_a_value_of_another_kind_is_found(statement: str, tmp_path: Path) -> None:
    """SQLite keeps it; PostgreSQL does not take it."""
    engine = create_engine(f"sqlite+aiosqlite:///{tmp_path / 'ledger.db'}", durable=False)
    book = await Book(engine).create()
    await written(book, tmp_path)
    await change(book, statement)
    _, found = await walked(book, tmp_path)
    assert KINDS[statement] in places(found), places(found)
    await engine.dispose()


async def test_a_ledger_that_grows_meanwhile_is_whole(book: Book, tmp_path: Path) -> None:
    signing = await signer_of(book, tmp_path)
    ended = asyncio.Event()

    async def grow() -> None:
        for start in range(0, 12 * TILE, 100):
            await book.append("group", *_some("group", start, start + 100))
            await book.append(f"company {start}", *_some(f"company {start}", 0, 1))
            await signing.round()
        ended.set()

    growing, walks = asyncio.create_task(grow()), 0
    while not ended.is_set() and not growing.done():
        _, found = await walked(book, tmp_path)
        assert found.told == []
        walks += 1
    await growing
    assert walks > 1


async def test_a_ledger_of_more_than_one_level_of_tiles(book: Book, tmp_path: Path) -> None:
    signing = await signer_of(book, tmp_path)
    size = TILE * TILE + 3
    for start in range(0, size, 8 * TILE):
        await book.append("group", *_some("group", start, min(size, start + 8 * TILE)))
    await signing.round()
    remembered: Remembered = {}

    def cut_off(_place: str, position: int, _size: int) -> None:
        if position >= size // 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await walked(book, tmp_path, remembered, cut_off)
    begun = remembered[G].position
    assert 0 < begun < size // 2
    walk, found = await walked(book, tmp_path, remembered)
    assert (found.told, remembered[G].position) == ([], TILE * TILE)
    assert walk.read_now == size - begun  # it goes on where it was cut off
    _, found = await walked(book, tmp_path, remembered)
    assert found.told == []
    await change(book)
    async with begin(book.ledgers.engine) as connection:
        mine = (tiles.c.ledger == "group") & (tiles.c.level == 1)
        await connection.execute(update(tiles).where(mine).values(root=bytes(32)))
    _, found = await walked(book, tmp_path)
    assert places(found) == [("tile", G, 0)]
    assert found.told[-1].facts == {"level": "1", "number": "0", "first": "1", "last": "65536"}
