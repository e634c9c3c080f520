"""Nothing that evaluation answers or keeps says who a letter is, who objected, or what ties somebody (R68).

Every address that can be read is read as everybody, after a whole review and in the middle of one. A new
address, or a new name in one, is crawled too, or the crawl says that it does not know it.
"""

from __future__ import annotations

import asyncio
import io
import re
import sys
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import product
from typing import Any
from uuid import UUID
from zipfile import ZipFile

import httpx
import msgspec
import pytest
import yaml
from fastapi.routing import APIRoute
from sqlalchemy import Connection, MetaData, Table, inspect, select
from sqlalchemy.ext.asyncio import AsyncEngine

from services.evaluation.api import making_what_ifs
from services.evaluation.api.routers import ROUTERS
from services.evaluation.domain.project_score import PROJECT_SCORE, AdjustScore
from services.evaluation.schemes import default_text
from shared import printing
from shared.domain import By, PersonId, UnitId
from shared.group_member import GroupMember
from shared.offices import offices
from tests.evaluation.a_programme import published
from tests.evaluation.review.a_review import (
    BRANCHES,
    EAST,
    GROUP,
    JURORS,
    OFFICES,
    OUTSIDE,
    SOMEBODY,
    VERSION,
    Review,
    project,
)
from tests.evaluation.review.test_far import far_off
from tests.evaluation.review.test_group_review import (
    AT,
    busy,
    chair_of,
    confirmed,
    judged_after,
    judging,
    opened,
    scored,
    signed,
)
from tests.projects.a_group import appointed, person, registered
from tests.support.recorded import recorded

LINE = "my cousin leads it"
PLACES = {"group": GROUP, "company": EAST, "branch": BRANCHES[EAST][0]}
HEADQUARTERS = "headquarters"
STRANGER = "somebody of another company"
POOL = "/juror-pool/{unit}"  # who may be drawn, to whoever runs reviews; by no letter and of no panel
NAMES = "/reviews/{review}/unsealings/{number}"  # to whoever asked
FAR, MOVED = "/suspicions/juror-far/sheet", "/suspicions/score-moved/sheet"
# What an address has to be asked with.
QUERIES = {"/units/{unit}/dossier": "?year=2026", FAR: "?case={case}", MOVED: "?case={project}"}
NOT_ISSUED = "/appraisals/{year}/units/{unit}/issued"  # the year is not over
AT_ONCE = 20
OF_THE_ENGINE = ("pg_", "information_schema")  # schemas that hold nothing of ours


@dataclass(frozen=True)
class Secret:
    """Something that is found nowhere, in each way in which it could be written."""

    what: str
    forms: tuple[bytes, ...]

    @classmethod
    def of(cls, name: str) -> Secret:
        """Who somebody is."""
        id_ = UUID(person(name))
        return cls(name, (str(id_).encode(), id_.hex.encode(), id_.bytes))


SECRETS = (*map(Secret.of, (*JURORS, SOMEBODY)), Secret(LINE, (LINE.encode(),)))


def found_in(text: bytes) -> list[str]:
    return [secret.what for secret in SECRETS if any(form in text for form in secret.forms)]


def everybody(review: Review) -> list[str]:
    """All offices of the catalogue at each level, the review's people, its jurors, strangers."""
    known, names = review.desk.organisation, list[str]()
    for (level, unit), office in product(PLACES.items(), offices()):
        names.append(f"{office} of the {level}")
        for event in (registered(names[-1], unit), appointed(names[-1], office, UnitId(unit))):
            known.apply(recorded(known.position + 1, event))
    return [*names, *(name for name, _, _ in OFFICES), *JURORS, OUTSIDE, SOMEBODY, STRANGER]


def addresses() -> Iterator[APIRoute]:
    """All that can be read."""
    for router in ROUTERS:
        for route in router.routes:
            if isinstance(route, APIRoute) and route.methods == {"GET"}:
                yield route


def paths(route: APIRoute, values: Mapping[str, list[str]]) -> Iterator[str]:
    """The address with each of its names filled in; KeyError: tell the crawl what a new one stands for."""
    whole = route.path + QUERIES.get(route.path, "")
    names = re.findall(r"{(\w+)}", whole)
    for filled in product(*(values[name] for name in names)):
        yield whole.format(**dict(zip(names, filled, strict=True)))


def unpacked(content: bytes) -> bytes:
    """What is in an answer, with the names and contents of files that are packed in it."""
    if not content.startswith(b"PK"):
        return content
    with ZipFile(io.BytesIO(content)) as files:
        return b"".join(name.encode() + unpacked(files.read(name)) for name in files.namelist())


def said_by(answer: httpx.Response) -> bytes:
    headers = b"".join(name + value for name, value in answer.headers.raw)
    return headers + unpacked(answer.content)


@pytest.fixture(autouse=True)
def _names_and_prints_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name holds the id, and a document is given as what is printed: no search finds it in a PDF."""

    async def names(_: GroupMember, persons: Iterable[PersonId]) -> dict[PersonId, str]:
        return {one: f"called {one}" for one in persons}

    monkeypatch.setattr(GroupMember, "names", names)
    made = printing.pdf
    for name, module in [*sys.modules.items()]:
        if name.startswith(("services.evaluation.", "shared.")) and getattr(module, "pdf", None) is made:
            monkeypatch.setattr(module, "pdf", msgspec.json.encode)


async def crawled(
    review: Review, readers: list[str], values: Mapping[str, list[str]], not_yet: Collection[str] = ()
) -> dict[str, set[str]]:
    """What leaks, by address; each but for some was answered to somebody, so that it proves something."""
    await review.desk.caught_up()
    await review.desk.signing.round()
    values = {**values, "what_if": [await _what_if(review)]}
    leaks, answered = dict[str, set[str]](), set[str]()

    async def read(route: APIRoute, path: str, name: str) -> None:
        answer = await review.desk.get_now(path, name)
        if answer.status_code == 200:
            answered.add(route.path)
        if route.path == NAMES and name == OUTSIDE:
            return
        said = said_by(answer)
        found = [what for what in found_in(said) if what != name]  # whoever reads is told who they are
        if route.path == POOL and found:
            found = [panel for panel in values["panel"] if panel.encode() in said]
            found += ["a letter"] if b"letter" in said else []
        if found:
            leaks.setdefault(route.path, set()).update(found)

    wanted = (
        (route, path, name) for route in addresses() for path in paths(route, values) for name in readers
    )
    await _in_turns(lambda one: read(*one), wanted)
    assert {route.path for route in addresses()} - answered == {*not_yet}
    return leaks


async def _what_if(review: Review) -> str:
    """Of all projects, for headquarters."""
    asked = await review.desk.post("/what-ifs", HEADQUARTERS, programme=VERSION)
    assert asked.status_code == 202, asked.text
    assert await making_what_ifs.make_next(review.desk.parts)
    return str(asked.json()["id"])


async def _in_turns(do: Callable[[Any], Awaitable[None]], wanted: Iterator[Any]) -> None:
    async def work() -> None:
        for one in wanted:
            await do(one)

    await asyncio.gather(*(work() for _ in range(AT_ONCE)))


async def kept(engine: AsyncEngine) -> set[str]:
    """Where a secret is kept: the pool, which says who may be drawn and is none, or a table."""

    def read(connection: Connection) -> Iterator[str]:
        schemas = inspect(connection).get_schema_names()
        for schema in (one for one in schemas if not one.startswith(OF_THE_ENGINE)):
            for table in _tables(connection, schema):
                rows = (b"\0".join(map(_bytes, row)) for row in connection.execute(select(table)))
                yield from (_place(table.name, row) for row in rows if found_in(row))

    async with engine.connect() as connection:
        return await connection.run_sync(lambda connection: {*read(connection)})


async def judges_with_a_tie(review: Review) -> str:
    """The first round's panel: somebody has declared what ties them, and all cards are there."""
    await published(review.desk.projects, yaml.safe_load(default_text()))
    panel = await opened(review)
    name, own = await busy(review)
    number = own["dossiers"][0]["number"]
    tie = {"number": number, "kind": "relative", "line": LINE}
    await review.does(f"{panel}/declare-ties", name, ties=[tie])
    await review.does(f"{panel}/assign-juror", number=number)
    await scored(review, panel)
    return panel


def values_of(*panels: str) -> dict[str, list[str]]:
    """What each name in an address stands for."""
    return {
        "review": [AT.removeprefix("/reviews/")],
        "panel": [panel.removeprefix("/panels/") for panel in panels],
        "project": [str(project(number)) for number in (1, 3)],  # of the two companies
        "number": ["1", "2"],
        "run": ["1"],
        "unit": [GROUP, EAST, BRANCHES[EAST][0]],
        "version": [VERSION],
        "year": ["2026"],
        "case": [f"{panel.removeprefix('/panels/')}/{letter}" for panel in panels for letter in "ABCDEFGHI"],
        "term": ["secretary of east 1 branch_secretary " + BRANCHES[EAST][0]],
    }


async def whole(review: Review) -> list[tuple[str, dict[str, str]]]:
    """A review up to its awards, of which an auditor has had a letter and an objection unsealed.

    A juror was far from all others, and a project's score was adjusted.
    """
    panel = await judges_with_a_tie(review)
    who = await judging(review, panel)
    chair = await chair_of(review, who)
    await far_off(review, panel, who, chair)
    await signed(review, panel, chair)
    panels = await judged_after(review, panel, who)
    await confirmed(review)
    adjusts = AdjustScore(
        By(PersonId("chair"), "party_secretary", EAST), Decimal("60.50"), "更正", "〔2026〕9号"
    )
    await review.desk.own.does(adjusts, decider=PROJECT_SCORE, stream=project(1), ledger=EAST)
    letter = min(panels[0][1])
    scope = {"panel": panels[0][0].removeprefix("/panels/"), "letters": [letter], "objections": [1]}
    await review.does(f"{AT}/ask-unsealing", OUTSIDE, scope=scope, reason="one card is far from the others")
    for opening, name in (("discipline", "discipline"), ("secretary", "secretary in charge")):
        await review.does(f"{AT}/agree-to-unsealing", name, number=1, opening=opening)
    unsealed = said_by(await review.asks(f"{AT}/unsealings/1", OUTSIDE))
    assert found_in(unsealed) == [panels[0][1][letter], SOMEBODY], "the crawl finds what is there to be found"
    return panels


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)  # answers are made the same on both
async def test_while_a_panel_judges_nobody_reads_who_its_letters_are(review: Review) -> None:
    """R61, R67, R68."""
    panel = await judges_with_a_tie(review)
    not_yet = {f"/reviews/{{review}}/{what}" for what in ("dossier", "runs/{run}", "unsealings/{number}")}
    not_yet |= {NOT_ISSUED, FAR, MOVED}
    assert await crawled(review, everybody(review), values_of(panel), not_yet) == {}


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_after_a_review_nobody_but_whoever_unsealed_it_reads_who_somebody_is(review: Review) -> None:
    """R62, R67, R68, R76: in answers, files and prints."""
    panels = await whole(review)
    values = values_of(*(panel for panel, _ in panels))
    assert await crawled(review, everybody(review), values, [NOT_ISSUED]) == {}


async def test_neither_ledgers_nor_views_keep_who_somebody_is(review: Review) -> None:
    """R68: but for the pool, which says who may be drawn."""
    await whole(review)
    await review.desk.caught_up()
    for engine in (review.desk.own.engine, review.desk.runner.engine):
        assert await kept(engine) == {"the pool"}


def _tables(connection: Connection, schema: str) -> list[Table]:
    known = MetaData(schema=schema)
    known.reflect(connection)
    return known.sorted_tables


def _place(table: str, row: bytes) -> str:
    return "the pool" if b'"name":"JurorListed"' in row or "jurors" in table else table


def _bytes(value: Any) -> bytes:
    return bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
