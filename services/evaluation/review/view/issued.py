"""How the view `reviews` follows issued appraisals, and finds those that something may have changed (R63)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from services.evaluation.domain.issuing import AppraisalAdjusted, AppraisalIssued, Figures
from services.evaluation.domain.project_score import ScoreAdjusted
from services.evaluation.domain.review.cycle.confirming import AwardRevoked, AwardsConfirmed, ProjectMovedUp
from shared.envelope import Recorded
from shared.rows import Rows


def keys(stream: str, event: Any) -> Iterable[tuple[str, Any]]:
    """The rows that an event touches here."""
    of_appraisal = isinstance(event, AppraisalIssued | AppraisalAdjusted)
    own = [("appraisals", stream)] if of_appraisal else []
    return [*own, *(("appraised", UUID(project)) for project in _projects(event))]


def _projects(event: Any) -> Iterator[str]:
    match event:
        case AppraisalIssued():
            yield from (one.project for one in event.figures.projects)
        case AppraisalAdjusted():
            yield from (one.project for one in event.after.projects)
        case _:
            yield from _changed(event)


def _changed(event: Any) -> Iterator[str]:
    """Projects of which an event may change what an issued appraisal says."""
    match event:
        case ScoreAdjusted() | AwardRevoked() | ProjectMovedUp():
            yield event.project
        case AwardsConfirmed():
            yield from (awarded.project for awarded in event.awards)


def note(rows: Rows, recorded: Recorded) -> None:
    """Take one event in; others are passed over."""
    event, stream = recorded.event, str(recorded.stream)
    match event:
        case AppraisalIssued():
            rows.put("appraisals", {"appraisal": stream, "issued": event, "figures": event.figures})
            _count(rows, stream, event.figures)
        case AppraisalAdjusted():
            row = rows.get("appraisals", stream)
            if row is None:
                raise LookupError(f"appraisal {stream} is not here")
            rows.put("appraisals", row | {"figures": event.after})
            _count(rows, stream, event.after)
        case _:
            for project in _changed(event):
                _note(rows, project, changes=(recorded.id,))


def _count(rows: Rows, appraisal: str, figures: Figures) -> None:
    for one in figures.projects:
        _note(rows, one.project, appraisal=appraisal, counted=one.events)


def _note(rows: Rows, project: str, changes: tuple[str, ...] = (), **counts: Any) -> None:
    """Whatever came first: a change that is not counted in an issued appraisal is to be compared."""
    known = rows.get("appraised", UUID(project))
    row = (known or {"project": UUID(project), "appraisal": "", "counted": (), "changes": ()}) | counts
    row["changes"] = (*row["changes"], *changes)
    row["to_compare"] = bool(row["appraisal"]) and not {*row["changes"]} <= {*row["counted"]}
    rows.put("appraised", row)
