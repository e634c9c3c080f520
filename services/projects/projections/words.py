"""The table of words in the view `projects`: each sign of a project's texts, and its neighbours.

Chinese has no breaks between words, so a word is found by its rarest pair; the project's whole text
then says whether the word stands there. Of digits and Latin letters all pairs are common: by three.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any

from sqlalchemy import BigInteger, Column, MetaData, Table, Text, func, literal, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from services.projects.projections.page import Page
from services.projects.spelling import folded

Key = tuple[str, int, str]
COMMON = 500  # what stands in more projects is not counted on: which of such pairs is rarest matters little


def words_table(metadata: MetaData) -> Table:
    """One row for each part of a project's texts, in the list's order."""
    return Table(
        "words",
        metadata,
        Column("part", Text, primary_key=True),
        Column("drafted_at", BigInteger, primary_key=True, autoincrement=False),
        Column("project", Text, primary_key=True),
        sqlite_with_rowid=False,
    )


def text_of(page: Page) -> str:
    """All that is searched of a project, folded: its title and numbers, problem, five clarities, practice."""
    return folded(" ".join(filter(None, _texts(page))))


def _texts(page: Page) -> Iterator[str | None]:
    content, practice = page["content"], page["practice"]
    yield from (page["title"], page["reference"], page["number"])
    yield from (content.get("problem"), content.get("acceptance_standard"))
    yield from content.get("measures", ())
    yield from content.get("working_rules", ())
    yield from (milestone["title"] for milestone in content.get("plan", ()))
    yield from (indicator["name"] for indicator in content.get("targets", ()))
    yield from (practice["sheet"]["problem"], practice["sheet"]["steps"]) if practice else ()


def parts_of(text: str) -> set[str]:
    """The signs of the words of a folded text, their pairs of neighbours, and threes of numbers and Latin."""
    return {part for word in text.split() for part in _parts(word)}


def _parts(word: str) -> Iterator[str]:
    yield from word
    yield from map("".join, pairwise(word))
    threes = (word[at : at + 3] for at in range(len(word) - 2))
    yield from (three for three in threes if three.isascii())


def words_of(text: str, drafted_at: int, project: str) -> dict[Key, dict[str, Any]]:
    """The rows of a project, by key."""
    return {
        (part, drafted_at, project): {"part": part, "drafted_at": drafted_at, "project": project}
        for part in parts_of(text)
    }


async def rarest(connection: AsyncConnection, table: Table, words: Iterable[str]) -> str:
    """Of the parts that a text with all these words has, the one that the fewest projects have."""
    wanted = {part for word in words for part in parts_of(word) if len(part) > 1 or part == word}
    counted = []
    for part in sorted(wanted):
        some = select(literal(1)).where(table.c.part == part).limit(COMMON).subquery()
        counted.append(select(literal(part), select(func.count()).select_from(some).scalar_subquery()))
    found = (await connection.execute(union_all(*counted))).all()
    return str(min(found, key=lambda row: (row[1], row[0]))[0])
