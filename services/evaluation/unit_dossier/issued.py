"""The appraisal of a unit's year as it was issued, and each adjustment with both figures (R11, R63)."""

from __future__ import annotations

from collections.abc import Iterator

from services.evaluation.appraisal.document import said
from services.evaluation.domain.appraisal import DAY
from services.evaluation.domain.issuing import AppraisalAdjusted, AppraisalIssued, Figures, Line
from services.evaluation.unit_dossier.record import UnitRecord
from services.evaluation.unit_dossier.tables import entered, table
from shared.envelope import Recorded
from shared.printing import Section
from shared.sentences import Language, word

COLUMNS = (("when", 20), ("scores_act", 28), ("scores_secretary", 30), ("scores_figure", 22))


def figures_in(event: AppraisalIssued | AppraisalAdjusted) -> Figures:
    """Those that an event brings into force."""
    return event.figures if isinstance(event, AppraisalIssued) else event.after


def issued(record: UnitRecord, language: Language) -> Section:
    """A row for each term that was issued, and for each whose figures an adjustment changed."""
    rows = (row for one in record.issued for row in _rows(record, one, language))
    return table("scores_issued", COLUMNS, rows, language)


def _rows(record: UnitRecord, one: Recorded, language: Language) -> Iterator[tuple[str, ...]]:
    event, before = one.event, dict[str, Line]()
    lines = {line.term: line for line in figures_in(event).lines}
    act = word("scores_act", type(event).__name__, language)
    if isinstance(event, AppraisalAdjusted):
        before = {line.term: line for line in event.before.lines}
        act = "\n".join((act, *event.causes))
    for term, line in (before | lines).items():
        was, now = before.get(term), lines.get(term)
        if was == now:
            continue
        figures = [_figure(each, language) for each in ((was, now) if before else (now,))]
        yield entered(record, one, language), act, _term(record, line, language), " → ".join(figures)


def _term(record: UnitRecord, line: Line, language: Language) -> str:
    office = word("office", line.office, language)
    if line.acting:
        office = said(language, "acting", office=office)
    days = said(language, "from_to", since=line.held.since, until=line.held.end - DAY, days=line.days)
    return "\n".join((" · ".join(filter(None, (record.names.get(line.person, ""), office))), days))


def _figure(line: Line | None, language: Language) -> str:
    if line is None or line.score is None:
        return "–"
    return said(language, "graded", figure=line.score, grade=line.grade)
