"""The group's review over HTTP: panels, jurors by letter, cards, places, notice, confirmation (R56 to R65)."""

from __future__ import annotations

from services.evaluation.api.review.cycle_acts import review_id
from tests.evaluation.review.a_review import (
    BRANCHES,
    EAST,
    GROUP,
    JURORS,
    WEST,
    Review,
    listed,
    project,
)
from tests.projects.a_group import person

DAYS = {"closed_from": "2025-10-01", "closed_until": "2026-09-30"}
AT = f"/reviews/{review_id(GROUP, 2026)}"
DEPARTMENT = BRANCHES[WEST][0]
NUMBERS = (1, 2, 3, 4)


async def collected(review: Review) -> None:
    """Four projects of two companies by name, since no company recommends any here."""
    for number, mark in zip(NUMBERS, ("7.5", "6", "8", "5"), strict=True):
        await review.closes(number, EAST if number < 3 else WEST, mark)
    await review.fixes_scores()
    for at, name in enumerate(JURORS):
        await review.does(
            "/juror-pool/list-juror", unit=GROUP, juror=listed(name, "senior" if at < 3 else "middle")
        )
    await review.does("/reviews/open-cycle", unit=GROUP, year=2026, has_notice=True, **DAYS)
    chosen = [{"project": str(project(number))} for number in NUMBERS]
    await review.does(f"{AT}/collect-projects", projects=chosen)
    await review.does(f"{AT}/close-collection")


async def named(review: Review) -> str:
    """The address of a panel that was named for all of them."""
    await review.does(f"{AT}/name-panel", department=DEPARTMENT, tracks=["safety_quality"])
    (panel,) = (await review.reads(f"{AT}/board"))["panels"]
    return f"/panels/{panel['panel']}"


async def opened(review: Review) -> str:
    """And opened with jurors that were drawn."""
    await collected(review)
    panel = await named(review)
    await review.does(f"{panel}/fix-lot")
    await review.does(f"{panel}/open-panel", due="2026-11-14")
    return panel


async def test_jurors_are_drawn_once_the_lot_stands_fast(review: Review) -> None:
    """R57: five on each of four dossiers, two stand by, and no name is on record."""
    await collected(review)
    panel = await named(review)
    await review.is_refused("NotNamedYet", f"{panel}/open-panel", due="2026-11-14")
    await review.does(f"{panel}/fix-lot")
    await review.does(f"{panel}/open-panel", due="2026-11-14")
    (line,) = (await review.reads(f"{AT}/board"))["panels"]
    assert (line["state"], line["dossiers"], line["assigned"], line["cards"]) == ("open", 4, 20, 0)
    stored = [one.body.decode() for one in await review.desk.own.ledgers.read_ledger("group", 0)]
    of_panel = [body for body in stored if '"aggregate":"panel"' in body]
    assert of_panel
    assert not [name for name in JURORS if any(person(name) in body for body in of_panel)]
