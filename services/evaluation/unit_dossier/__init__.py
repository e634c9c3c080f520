"""What evaluation's part of a unit's year says to people: results, and what they follow from."""

from __future__ import annotations

from functools import partial

from services.evaluation.unit_dossier.issued import figures_in, issued
from services.evaluation.unit_dossier.record import AWARDING, OfProject, UnitRecord, calendar_year, entered_by
from services.evaluation.unit_dossier.secretaries import secretaries
from services.evaluation.unit_dossier.tables import (
    adjustments,
    appeals,
    awards,
    derivation,
    marks,
    overview,
)
from shared.dossier import local_time, proof, said_in
from shared.printing import Document
from shared.sentences import Language
from shared.signed_state import origin_of

__all__ = ["AWARDING", "OfProject", "UnitRecord", "calendar_year", "document", "entered_by", "figures_in"]


def document(record: UnitRecord, language: Language) -> Document:
    """The year in one language."""
    tell, last = partial(said_in, language), record.statements[-1]
    reader = record.who(record.reader, language)
    acts = (*(one for of in record.projects for one in of.acts), *record.issued)
    until = max(one.envelope.recorded_at for one in acts)
    return Document(
        language=language,
        title=tell("scores_title", unit=record.name(record.unit), year=record.year),
        subtitle=tell("scores_subtitle"),
        mark=tell("scores_mark"),
        watermark=tell("watermark", person=reader, at=record.made_on.isoformat()),
        foot=tell("foot", group=origin_of(last.notes[-1]), position=last.size),
        head=(
            (tell("scores_unit"), f"{record.name(record.unit)} {record.code}"),
            (tell("scores_year"), str(record.year)),
            (tell("scores_projects"), str(len(record.projects))),
            (tell("until"), local_time(until, record.zone)),
            (tell("made_for"), reader),
        ),
        sections=(
            overview(record, language),
            adjustments(record, language),
            appeals(record, language),
            marks(record, language),
            awards(record, language),
            secretaries(record, language),
            issued(record, language),
            *(derivation(record, of, language) for of in record.projects),
            proof(record.statements, language, complete=record.complete),
        ),
    )
