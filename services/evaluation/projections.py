"""The view `scores`: of every project what its score follows from; the score itself is computed when read."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any, get_args
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)

from services.evaluation.domain import heard
from services.evaluation.domain.detached import DetachedActivityFound, detached
from services.evaluation.domain.project_score import ScoreAdjusted, ScoreFixed
from services.evaluation.domain.shares import share
from services.evaluation.domain.tally import Tally
from services.evaluation.domain.tallying import evolve
from services.evaluation.scored import AtClosing
from services.evaluation.sight import circle_of, same_circle
from shared.codec import Schema
from shared.columns import Packed, Uuid
from shared.envelope import Recorded, micros
from shared.projections import View
from shared.rows import Row, Rows
from shared.scheme import scheme_section
from shared.withdrawn import without

metadata = MetaData()
Table(
    "scores",
    metadata,
    Column("project", Uuid, primary_key=True),
    Column("reference", String(40), nullable=False),
    Column("title", Text, nullable=False),
    Column("company", String(36), nullable=False),
    Column("unit", String(36), nullable=False),
    Column("track", String(40), nullable=False),
    Column("state", String(20), nullable=False),
    Column("programme", String(40), nullable=False),
    Column("fixed", Text),  # total in force of the fixed score, a decimal
    Column("fixed_event", Text),  # id of ScoreFixed, which holds the whole derivation
    Column("to_fix", Boolean, nullable=False),  # closed, and its score not yet written
    Column("tally", Packed(Tally), nullable=False),
    Column("at_closing", Packed(AtClosing)),  # `AtClosing`, kept as it was however the project goes on
    Column("moved", Boolean, nullable=False),  # something that is scored has changed since, or was adjusted
    Column("reviewed_at", BigInteger),  # its dossier, for secrecy; microseconds since 1970
    Column("position", BigInteger, nullable=False),  # in the ledger of its company in projects
    Index("scores_by_company", "company", "track", "project"),
    Index("scores_by_unit", "unit"),
    Index("scores_to_fix", "to_fix"),
    Index("scores_moved", "moved", "project"),
)
Table(  # what a fixed score earned of each criterion that applied
    "points",
    metadata,
    Column("criterion", String(64), primary_key=True),
    Column("project", Uuid, primary_key=True),
    Column("share", Integer, nullable=False),  # of what it carried, in ten-thousandths
)
Table(  # the marks of each project's circle as it is now
    "circles",
    metadata,
    Column("project", Uuid, primary_key=True),
    Column("mark", Text, primary_key=True),
    Index("circles_by_mark", "mark"),
)
Table(  # what a juror reads of a project beside its figures, as it was written
    "sheets",
    metadata,
    Column("project", Uuid, primary_key=True),
    Column("problem", Text, nullable=False),
    Column("report", Packed(heard.ClosingReport), nullable=False),
    Column("requested_on", Date),  # the day on which the closing was asked for (R37)
)
Table(  # what its secretary is told of activities that moved nothing; the list of what is yet to be said
    "detached",
    metadata,
    Column("project", Uuid, primary_key=True),
    Column("indicator", Text, primary_key=True),
    Column("period", Text, primary_key=True),
    Column("found", Packed(DetachedActivityFound), nullable=False),
    Column("said", Boolean, nullable=False),
    Column(
        "recorded_at", BigInteger, nullable=False
    ),  # of the reading, or of saying it; microseconds since 1970
    Column("correlation", Text, nullable=False),
    Index("detached_to_say", "said", "project"),
)
Table(
    "schemes",
    metadata,
    Column("programme", String(40), primary_key=True),  # version
    Column("scheme", Text, nullable=False),  # its section `scheme`; "" where it has none of its own
)
Table(  # the same as it read before a corrigendum, for scores as of a moment
    "scheme_texts",
    metadata,
    Column("programme", String(40), primary_key=True),
    Column("position", BigInteger, primary_key=True, autoincrement=False),  # of its publication
    Column("recorded_at", BigInteger, nullable=False),  # microseconds since 1970
    Column("scheme", Text, nullable=False),
)

FIXED = (ScoreFixed, ScoreAdjusted)
OF_SCORES = (*FIXED, DetachedActivityFound)
AT_ONCE = 20_000  # events of a batch: they are quickly folded, and each row is then written less often
WRITES = (heard.ProposalSubmitted, heard.ProposalAmended, heard.ProjectApproved, heard.ClosureRequested)
EVENTS = (*get_args(heard.OfProject), heard.ProgrammePublished, heard.SecrecyReviewed, *OF_SCORES)


def holds(recorded: Recorded) -> UUID:
    """What evaluation says of a project waits for it; it is a stream of its own in projects."""
    return UUID(recorded.event.project) if isinstance(recorded.event, OF_SCORES) else recorded.stream


def keys(recorded: Recorded) -> Iterable[tuple[str, Any]]:
    """The project's row, or that of a programme's scheme, and what is written or said beside it."""
    if isinstance(recorded.event, heard.ProgrammePublished):
        return [("schemes", recorded.event.corrects or recorded.event.version)]
    written = [("sheets", recorded.stream)] if isinstance(recorded.event, WRITES) else []
    figures = (heard.FigureConfirmed, DetachedActivityFound)
    said = [("detached", _figure(recorded))] if isinstance(recorded.event, figures) else []
    return [("scores", holds(recorded)), *written, *said]


def _figure(recorded: Recorded) -> tuple[UUID, str, str]:
    """The project, the indicator and the period of a figure."""
    return holds(recorded), recorded.event.indicator, recorded.event.period


def apply(zone: ZoneInfo, rows: Rows, recorded: Recorded) -> None:
    """Take one event in; days are those of the zone."""
    event = recorded.event
    if isinstance(event, heard.ProgrammePublished):
        read = {"programme": event.corrects or event.version, "scheme": scheme_section(event.content)}
        rows.put("schemes", read)
        published = {"position": recorded.position, "recorded_at": micros(recorded.recorded_at)}
        rows.add("scheme_texts", read | published)
    elif isinstance(event, FIXED):
        _note_fixed(rows, recorded)
    elif isinstance(event, DetachedActivityFound):
        _note_said(rows, recorded)
    elif isinstance(event, heard.SecrecyReviewed):
        _note_reviewed(rows, recorded)
    else:
        _tally(zone, rows, recorded)
        if isinstance(event, WRITES):
            _write(rows, recorded.stream, event)


def _write(rows: Rows, project: UUID, event: Any) -> None:
    """What is written by hand of a project, as it was submitted, amended or approved, and at its end."""
    nothing = {"project": project, "problem": "", "report": heard.ClosingReport()}
    row = rows.get("sheets", project) or nothing
    if isinstance(event, heard.ClosureRequested):
        rows.put("sheets", row | {"report": event.report, "requested_on": event.on})
    else:
        rows.put("sheets", row | {"problem": event.proposal.problem})


def _tally(zone: ZoneInfo, rows: Rows, recorded: Recorded) -> None:
    nothing: Row = {"project": recorded.stream, "tally": Tally(), "to_fix": False, "moved": False}
    row = rows.get("scores", recorded.stream) or nothing
    row["tally"] = tally = after(row["tally"], recorded, zone)
    row["position"] = recorded.position
    if isinstance(recorded.event, heard.ProjectClosed):
        at, correlation = micros(recorded.recorded_at), recorded.envelope.correlation
        row |= {"at_closing": AtClosing(tally, recorded.id, at, correlation), "to_fix": True}
    if closed := row.get("at_closing"):
        if isinstance(recorded.event, heard.TextWithdrawn):
            row["at_closing"] = closed = without(closed, tally.withdrawn)
        row["moved"] = row["moved"] or tally.is_scored != closed.tally.is_scored
    rows.put("scores", row)
    if isinstance(recorded.event, heard.FigureConfirmed):
        _note_detached(rows, recorded, tally)


def _note_detached(rows: Rows, recorded: Recorded, tally: Tally) -> None:
    """Whether the figure of a period says so, as it was confirmed last; once said, it is said."""
    key = _figure(recorded)
    known = rows.get("detached", key)
    if known and known["said"]:
        return
    its = (one for one in detached(str(recorded.stream), tally) if one.reading == recorded.id)
    if (found := next(its, None)) is None:
        rows.delete("detached", key)
    else:
        rows.put("detached", _of_figure(recorded) | {"found": found, "said": False})


def _of_figure(recorded: Recorded) -> Row:
    project, indicator, period = _figure(recorded)
    of = {"project": project, "indicator": indicator, "period": period}
    return of | {"recorded_at": micros(recorded.recorded_at), "correlation": recorded.envelope.correlation}


def derive(rows: Rows) -> None:
    """What the columns of a project and its circle say follows from its tally."""
    for before, row in rows.changes("scores"):
        assert row is not None  # no score is ever deleted
        tally: Tally = row["tally"]
        said = {
            "reference": tally.reference,
            "title": tally.title,
            "company": tally.company,
            "unit": tally.unit,
            "track": tally.track,
            "state": tally.state,
            "programme": tally.programme,
        }
        rows.put("scores", row | said)
        _write_circle(rows, row["project"], before["tally"] if before else None, tally)


def _write_circle(rows: Rows, project: UUID, before: Tally | None, after: Tally) -> None:
    if before is not None and same_circle(before, after):
        return
    known = circle_of(before).marks() if before else frozenset()
    now = circle_of(after).marks()
    for mark in sorted(known - now):
        rows.own("circles", (project, mark))
        rows.delete("circles", (project, mark))
    for mark in sorted(now - known):
        rows.add("circles", {"project": project, "mark": mark})


def after(tally: Tally, recorded: Recorded, zone: ZoneInfo) -> Tally:
    """A project's tally after an event of it; days are those of the zone."""
    entered, by = recorded.recorded_at.astimezone(zone).date(), recorded.envelope.by
    return evolve(tally, recorded.event, recorded.id, entered, by)


def _note_fixed(rows: Rows, recorded: Recorded) -> None:
    row = rows.get("scores", holds(recorded))
    if row is None:
        raise LookupError(f"{recorded.id} fixes the score of a project that is not here")
    row |= {"fixed": str(recorded.event.total), "to_fix": False}
    if isinstance(recorded.event, ScoreFixed):
        row["fixed_event"] = recorded.id
        for one in recorded.event.score.criteria:
            if one.applies:
                part = {"criterion": one.code, "project": row["project"]}
                rows.add("points", part | {"share": share(one.earned, one.weight)})
    else:
        row["moved"] = True
    rows.put("scores", row)


def _note_said(rows: Rows, recorded: Recorded) -> None:
    """It is said, also where another version of this view would not have found it."""
    if rows.get("scores", holds(recorded)) is None:
        raise LookupError(f"{recorded.id} is about a project that is not here")
    rows.put("detached", _of_figure(recorded) | {"found": recorded.event, "said": True})


def _note_reviewed(rows: Rows, recorded: Recorded) -> None:
    row = rows.get("scores", recorded.stream)
    if row is None:
        raise LookupError(f"{recorded.id} reviews a project that is not here")
    if recorded.event.purpose == "dossier":
        rows.put("scores", row | {"reviewed_at": micros(recorded.recorded_at)})


def scores_in(zone: ZoneInfo) -> View:
    """The view `scores` of an installation in this time zone."""
    schema, services = Schema(EVENTS), ("projects", "evaluation")
    of_zone = partial(apply, zone)
    return View("scores", 14, metadata, schema, services, keys, of_zone, derive, holds, batch=AT_ONCE)


# Its tables, for those who read it: they are the same in every zone.
SCORES = scores_in(ZoneInfo("UTC"))
