"""The archivist's overview: each company and year, what is owed to the archive and what it has (R78)."""

from __future__ import annotations

from typing import Any

import pytest

from services.projects.domain.project.archiving import PROPERTIES
from services.projects.projections.projects import PROJECTS
from services.projects.projections.transfers import listing, missing, transfers_of
from shared.domain import UnitId
from shared.engines import rows_of
from tests.projects import a_project as p
from tests.projects.a_desk import Desk
from tests.projects.a_group import appointed, unit
from tests.projects.a_project import ARCHIVE, COMPANY, GROUP, HAND_OVER, Project
from tests.projects.lived import page_after
from tests.projects.test_archiving import ARCHIVIST, DEPARTMENT, LATER, SEND_BACK, does, ended
from tests.support.recorded import recorded

ABOVE = "/api/projects/archive"
HOUSE = UnitId("6d1f0a52-3c74-4f0b-9f0e-7f0a3f1c2b10")  # a company whose id is one, as all but tests have


@pytest.mark.parametrize(
    ("past", "standing"),
    [
        (p.closed, "owed"),
        (p.closed.after(HAND_OVER), "handed_over"),
        (p.closed.after(HAND_OVER, SEND_BACK), "sent_back"),
        (p.closed.after(HAND_OVER, SEND_BACK, HAND_OVER), "handed_over"),
        (p.closed.after(HAND_OVER, ARCHIVE), "received"),
        (p.closed.after(HAND_OVER, ARCHIVE, LATER, HAND_OVER), "handed_over"),
        (p.closed.after(HAND_OVER, ARCHIVE, LATER, HAND_OVER, ARCHIVE), "received"),
    ],
)
def test_what_has_ended_stands_in_one_place(past: Project, standing: str) -> None:
    (row,) = transfers_of(page_after(past)).values()
    assert (row["standing"], row["year"]) == (standing, 2026)


def test_what_goes_on_is_not_owed() -> None:
    assert transfers_of(page_after(p.approved)) == {}


def test_a_number_that_nobody_has_is_a_gap() -> None:
    assert missing([1, 2, 3], 9) == []
    assert missing([2, 3, 6], 9) == [1, 4, 5]
    assert missing([10**8], 3) == [1, 2, 3]


async def counted(desk: Desk, who: str) -> dict[str, Any]:
    (line,) = (await desk.read(who, ABOVE))["lines"]
    (year,) = line["years"]
    found: dict[str, Any] = year
    return found


async def test_the_archivist_sees_each_year_of_the_company_with_its_counts(desk: Desk) -> None:
    await ended(desk, 1, 2, 3, 4)
    for number in (1, 2, 3):
        await does(desk, DEPARTMENT, "hand-over-to-archive", number)
    await does(desk, ARCHIVIST, "archive-project", 1, checked=list(PROPERTIES))
    await does(desk, ARCHIVIST, "send-back-from-archive", 2, lacks=["usable"], reason="附件为压缩包")
    for who in (ARCHIVIST, DEPARTMENT):
        assert await counted(desk, who) == {
            "year": 2026,
            "owed": 1,
            "sent_back": 1,
            "handed_over": 1,
            "received": 1,
            "last_serial": 1,
            "missing": [],
        }
    refused = await desk.ask("secretary of the branch", ABOVE)
    assert (refused.status_code, refused.json()["code"]) == (403, "OnlyTheArchiveSeesTransfers")


async def test_the_list_of_a_year_is_read_part_by_part_what_is_due_first_at_its_head(desk: Desk) -> None:
    await ended(desk, 1, 2, 3)
    await does(desk, DEPARTMENT, "hand-over-to-archive", 2)
    await desk.read(ARCHIVIST, ABOVE)
    table = PROJECTS.table("transfers")

    async def part(standing: Any, after: Any) -> list[Any]:
        rows = await rows_of(desk.parts.views, listing(table, COMPANY, 2026, standing, after, 2))
        return [(row["due"], row["project"]) for row in rows]

    first = await part(None, None)
    assert len(first) == 2
    assert [*first, *await part(None, first[-1])] == sorted({*first, *await part(None, first[-1])})
    assert len(await part("owed", None)) == 2
    assert len(await part("handed_over", None)) == 1


async def test_the_list_is_read_by_who_receives_from_that_company_alone(desk: Desk) -> None:
    known, receiver = desk.parts.organisation, "archivist of the house"
    for event in (unit(HOUSE, GROUP, has_ledger=True), appointed(receiver, "archivist", HOUSE)):
        known.apply(recorded(known.position + 1, event))
    listed = await desk.read(receiver, f"{ABOVE}/{HOUSE}/2026", standing="owed")
    assert (listed["transfers"], listed["next"]) == ([], None)
    known.apply(recorded(known.position + 1, appointed(ARCHIVIST, "archivist", COMPANY)))
    assert (await desk.ask(ARCHIVIST, f"{ABOVE}/{HOUSE}/2026")).status_code == 404
    unreal = await desk.ask(receiver, f"{ABOVE}/{HOUSE}/2026", after=f"2026-99-99/{HOUSE}")
    assert unreal.status_code == 200
