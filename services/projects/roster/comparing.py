"""A workbook compared with the organisation: pure, row by row, nothing guessed and nothing ended unasked."""

from __future__ import annotations

from collections.abc import Iterable

from services.projects.roster import table
from services.projects.roster.comparison import Comparison, Item, Options, Standing
from services.projects.roster.faults import ImportUnanswered
from services.projects.roster.people_compared import PeopleCompared
from services.projects.roster.places import Places
from services.projects.roster.units_compared import compare_units
from services.projects.roster.workbook import Sheet


def compare(sheets: list[Sheet], workbook: str, standing: Standing, options: Options) -> Comparison:
    """The comparison; `workbook` is the workbook's hash. NoTableFound, ImportUnanswered, EndNotOffered."""
    tables = table.tables(sheets)
    places = Places(standing.organisation, standing.units, standing.scope)
    found = Comparison(
        not_stored=[said for each in tables for said in each.not_stored],
        without_table=[s.title for s in sheets if all(each.sheet is not s for each in tables)],
    )
    for each in tables:
        if each.kind == "units":
            found.items += compare_units(
                list(table.units(each)), places, standing.organisation.units, options
            )
    people = PeopleCompared(workbook, standing, options, places)
    for each in tables:
        if each.kind == "people":
            for line in table.people(each, standing.today):
                people.add(line)
    people.finish(found)
    _refuse_answers_to_nothing(found.items, people.asked, options)
    return found


def _refuse_answers_to_nothing(items: Iterable[Item], asked: set[tuple[str, int]], options: Options) -> None:
    rows = [f"{sheet}!{row}" for sheet, row in options.answers if (sheet, row) not in asked]
    if rows:
        raise ImportUnanswered(fields=rows)
