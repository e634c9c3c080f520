"""What a review's dossier says to people: its course, list, panels by letter, runs, notice, confirmation."""

from __future__ import annotations

from functools import partial

from services.evaluation.review.dossier.course import course
from services.evaluation.review.dossier.outcome import confirmation, holds, notice, revocations
from services.evaluation.review.dossier.panels import panels
from services.evaluation.review.dossier.places import entrants, rounds, runs, votes
from services.evaluation.review.dossier.record import Record
from shared.dossier import local_time, proof, said_in
from shared.printing import Document
from shared.sentences import Language, word
from shared.signed_state import origin_of

__all__ = ["Record", "document"]


def document(record: Record, language: Language) -> Document:
    """The review in one language; jurors are letters in it, and nobody who objected is named (R68)."""
    tell, state = partial(said_in, language), record.state
    reader = record.who(record.reader, language)
    return Document(
        language=language,
        title=tell("review_title", unit=record.unit(state.unit or ""), year=state.year),
        subtitle=tell("review_subtitle"),
        mark=tell("mark_of_review"),
        watermark=tell("watermark", person=reader, at=record.made_on.isoformat()),
        foot=tell("foot", group=origin_of(record.statement.notes[-1]), position=record.acts[-1].position),
        head=(
            (tell("review_stage"), word("stage", state.stage, language)),
            (tell("review_department"), record.unit(state.department or "")),
            (tell("review_closed"), f"{state.closed_from} – {state.closed_until}"),
            (tell("version"), state.programme),
            (tell("review_projects"), str(len(state.entrants))),
            (tell("review_runs"), str(state.run)),
            (tell("until"), local_time(record.acts[-1].envelope.recorded_at, record.zone)),
            (tell("made_for"), reader),
        ),
        sections=(
            course(record, language),
            entrants(record, language),
            *panels(record, language),
            rounds(record, language),
            *runs(record, language),
            votes(record, language),
            notice(record, language),
            holds(record, language),
            confirmation(record, language),
            revocations(record, language),
            proof([record.statement], language, complete=record.complete),
        ),
    )
