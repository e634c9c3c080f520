"""The appraisal of a unit's secretaries in its year: what the fixed scores come to for each term (R11)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from services.evaluation.appraisal.document import office_said, said
from services.evaluation.domain.appraisal import DAY, Appraised, Days, Part
from services.evaluation.domain.grading import grade_of
from services.evaluation.unit_dossier.record import UnitRecord
from services.evaluation.unit_dossier.tables import table
from shared.dossier import said_in
from shared.printing import Section
from shared.sentences import Language


def secretaries(record: UnitRecord, language: Language) -> Section:
    """Each term with its days, the scores that count in it, and its figure."""
    columns = (("scores_secretary", 30), ("scores_counted", 46), ("scores_figure", 24))
    if record.appraisal is None:
        empty = table("scores_secretaries", columns, (), language)
        return replaced(empty, (said_in(language, "scores_no_rules"),))
    rows = (
        (
            "\n".join(_term(record, one, language)),
            "\n".join(_part(part, language) for part in one.parts if part.counts is not None),
            _figure(record, one, language),
        )
        for one in record.appraisal.secretaries
    )
    found = table("scores_secretaries", columns, rows, language)
    year = record.appraisal.year
    window = said_in(language, "scores_window", since=year.since, until=year.end - DAY)
    how = (window, *(said(language, code) for code in ("how_weighed", "how_fixed")))
    return replaced(found, (*how, *found.sentences))


def replaced(section: Section, sentences: tuple[str, ...]) -> Section:
    """The same table below other sentences."""
    return Section(heading=section.heading, sentences=sentences, columns=section.columns, rows=section.rows)


def _term(record: UnitRecord, one: Appraised, language: Language) -> Iterator[str]:
    name = record.names.get(one.term.person, "")
    yield " · ".join(filter(None, (name, office_said(one, language))))
    yield _span(one.days, language)
    if one.term.document:
        yield one.term.document


def _span(days: Days, language: Language) -> str:
    return said(language, "from_to", since=days.since, until=days.end - DAY, days=days.count)


def _part(part: Part, language: Language) -> str:
    days = said(language, "days_of", days=part.days, of=part.of)
    return said_in(language, "scores_part", reference=part.led.reference, score=part.counts, days=days)


def _figure(record: UnitRecord, one: Appraised, language: Language) -> str:
    tell = partial(said, language)
    if one.score is None or record.rules is None:
        return tell("no_figure")
    return tell("graded", figure=one.score, grade=grade_of(one.score, record.rules.grades).name)
