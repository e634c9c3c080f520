"""A cut through all ledgers at one moment: it belongs together, has a name, and is the same for ever."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from shared.cut import NoSuchCut, cut_at, cut_of
from shared.envelope import moment
from shared.ledger import Ledgers
from tests.shared.test_ledger import STARTS_AT, append, entries

MINUTE = 60_000_000
LEDGERS = {"group": (1, 1, 1), "a": (7, 300, 40), "b": (2, 1, 900), "access": (3,), "discipline": (3,)}


async def written(ledgers: Ledgers) -> dict[str, list[int]]:
    """A few ledgers, each grown a minute apart; by ledger, when each of its events was recorded."""
    times: dict[str, list[int]] = {}
    for name, parts in LEDGERS.items():
        head, stream, at = await ledgers.open(name), uuid4(), STARTS_AT
        for count in parts:
            head = await append(ledgers, head, entries(stream, head.position + 1, count, at), at)
            times.setdefault(name, []).extend([at] * count)
            at += MINUTE
    return times


async def test_it_holds_of_each_ledger_what_was_recorded_by_then(ledgers: Ledgers) -> None:
    times = await written(ledgers)
    for at in (STARTS_AT - 1, *(STARTS_AT + half * MINUTE // 2 for half in range(7)), STARTS_AT * 2):
        counted = {name: sum(time <= at for time in times[name]) for name in ("a", "b", "group")}
        cut = await cut_at(ledgers, moment(at))
        assert cut.positions == {name: count for name, count in counted.items() if count}
        for name in ("group", "a", "access"):
            for recorded in await ledgers.read_ledger(name, 0):
                assert cut.holds(recorded) == (recorded.position <= cut.positions.get(name, 0))


async def test_by_its_name_it_is_the_same_after_more_was_recorded(ledgers: Ledgers) -> None:
    await written(ledgers)
    cuts = [await cut_at(ledgers, moment(STARTS_AT + MINUTE * minute)) for minute in range(3)]
    later = STARTS_AT + 9 * MINUTE
    for name in ("group", "a", "c"):
        head = await ledgers.open(name)
        await append(ledgers, head, entries(uuid4(), 1, 5, later), later)
    assert [await cut_of(ledgers, cut.name) for cut in cuts] == cuts
    assert len({cut.name for cut in cuts}) == 3
    assert all(len(cut.name) < 40 for cut in cuts)


async def test_before_everything_it_holds_nothing(ledgers: Ledgers) -> None:
    await written(ledgers)
    cut = await cut_at(ledgers, datetime(1900, 1, 1, tzinfo=UTC))
    assert cut.positions == {}
    assert await cut_of(ledgers, cut.name) == cut


async def test_a_name_that_no_answer_gave_is_none(ledgers: Ledgers) -> None:
    await written(ledgers)
    name = (await cut_at(ledgers, moment(STARTS_AT + MINUTE))).name
    for other in (f"{STARTS_AT}{name[16:]}", f"{name[:-1]}x", "now", "", f"9{name}"):
        with pytest.raises(NoSuchCut):
            await cut_of(ledgers, other)
