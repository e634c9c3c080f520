"""How the view `reviews` takes events in, one function for each kind of stream."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from services.evaluation.domain import heard
from services.evaluation.domain.issuing import APPRAISAL, AppraisalAdjusted, AppraisalIssued
from services.evaluation.domain.project_score import ScoreAdjusted
from services.evaluation.domain.review import pool, veto
from services.evaluation.domain.review.cycle import (
    CYCLE,
    allotting,
    beginning,
    collecting,
    confirming,
    holding,
    judging,
    notice,
)
from services.evaluation.domain.review.mark import (
    REVIEW_SCORE,
    ReviewScoreAdjusted,
    ReviewScoreFixed,
    RoundScore,
)
from services.evaluation.domain.review.panel import PANEL, opening, sealing
from services.evaluation.review.view import issued
from services.evaluation.review.view.tables import NO_PLACE
from shared.envelope import Recorded, micros
from shared.rows import Row, Rows

EVENTS = (
    *REVIEW_SCORE.events,
    *CYCLE.events,
    *PANEL.events,
    *veto.VETO.events,
    *pool.POOL.events,
    *APPRAISAL.events,
    ScoreAdjusted,
    heard.MeetingConfirmed,
)


def keys(recorded: Recorded) -> Iterable[tuple[str, Any]]:
    """The rows that an event may touch."""
    event, stream = recorded.event, str(recorded.stream)
    match event:
        case heard.MeetingConfirmed():
            return [("decisions", (event.meeting, result.matter)) for result in event.results]
        case veto.VetoRecorded() | veto.VetoLifted():
            return [("vetoes", (event.project, event.code))]
        case pool.JurorListed():
            return [("jurors", (event.unit, event.juror.person))]
        case pool.JurorStruck():
            return [("jurors", (event.unit, event.person))]
        case ReviewScoreFixed() | ReviewScoreAdjusted():
            return [("entrants", (event.review, UUID(event.project)))]
        case AppraisalIssued() | AppraisalAdjusted() | ScoreAdjusted():
            return issued.keys(stream, event)
    if isinstance(event, PANEL.events):
        return [("panels", stream)]
    return [
        ("cycles", stream),
        *(("entrants", (stream, UUID(project))) for project in _projects(event)),
        *_named(event),
        *issued.keys(stream, event),
    ]


def _projects(event: Any) -> Iterator[str]:
    match event:
        case collecting.ProjectCollected():
            yield event.entrant.project
        case judging.RoundClosed():
            yield from (*event.withdrawn, *event.not_among_the_best)
        case confirming.AwardsConfirmed():
            yield from (awarded.project for awarded in event.awards)
        case _ if project := getattr(event, "project", ""):
            yield project


def _named(event: Any) -> Iterator[tuple[str, str]]:
    if isinstance(event, judging.PanelNamed | judging.PanelDissolved):
        yield "panels", event.panel


def apply(rows: Rows, recorded: Recorded) -> None:
    """Take one event in."""
    event = recorded.event
    issued.note(rows, recorded)
    if isinstance(event, CYCLE.events):
        _of_cycle(rows, recorded, event)
    elif isinstance(event, PANEL.events):
        _of_panel(rows, str(recorded.stream), event)
    else:
        _beside(rows, event)


def _beside(rows: Rows, event: Any) -> None:
    match event:
        case heard.MeetingConfirmed():
            for result in event.results:
                rows.put(
                    "decisions",
                    {
                        "meeting": event.meeting,
                        "matter": result.matter,
                        "body": event.body,
                        "kind": event.kind,
                        "result": result.result,
                        "number": event.minutes_number,
                    },
                )
        case veto.VetoRecorded():
            rows.put("vetoes", {"project": event.project, "code": event.code, "document": event.document})
        case veto.VetoLifted():
            rows.delete("vetoes", (event.project, event.code))
        case pool.JurorListed():
            listed = {"unit": event.unit, "person": event.juror.person, "listed": event.juror}
            rows.put("jurors", listed)
        case pool.JurorStruck():
            rows.delete("jurors", (event.unit, event.person))
        case ReviewScoreFixed():
            marked = {"appeal_until": event.appeal_until, "marked_award": event.award}
            _change(rows, event.review, event.project, **marked)
        case ReviewScoreAdjusted():
            _change(rows, event.review, event.project, marked_award=event.award)


def _of_cycle(rows: Rows, recorded: Recorded, event: Any) -> None:
    cycle = str(recorded.stream)
    if isinstance(event, beginning.CycleOpened):
        rows.put("cycles", _opened(cycle, event))
        return
    row = _row(rows, "cycles", cycle)
    rows.put("cycles", row | _moved(row, event, recorded))
    match event:
        case collecting.ProjectCollected():
            rows.put("entrants", _entrant(cycle, event))
        case collecting.ProjectLeftOut():
            _change(rows, cycle, event.project, out="left_out")
        case judging.PanelNamed():
            rows.put("panels", _panel(cycle, event))
        case judging.PanelDissolved():
            rows.put("panels", _row(rows, "panels", event.panel) | {"state": "dissolved"})
        case judging.ProjectScored():
            _score(rows, recorded, event)
        case judging.RoundClosed():
            for project in event.withdrawn:
                _change(rows, cycle, project, out="withdrawn")
            for project in event.not_among_the_best:
                _change(rows, cycle, project, out="not_among_the_best")
        case allotting.PlaceGiven():
            placed = {"place": event.place, "award": event.award, "why": event.why, "tie": event.tie}
            among = {"listed": event.listed, "group_place": event.group_place}
            _change(rows, cycle, event.project, run=event.run, **placed, **among)
        case holding.ResultHeld():
            _change(rows, cycle, event.project, standing="held")
        case holding.HoldEnded():
            if _row(rows, "entrants", (cycle, UUID(event.project)))["standing"] == "held":
                _change(rows, cycle, event.project, standing="")
        case confirming.AwardsConfirmed():
            for awarded in event.awards:
                stands = {"award": awarded.award, "standing": "confirmed", "awarded_by": recorded.id}
                _change(rows, cycle, awarded.project, **stands, decided=event.decision)
        case confirming.AwardRevoked():
            revoked = {"revoked_by": recorded.id, "revoked_for": event.reason}
            _change(rows, cycle, event.project, standing="revoked", decided=event.decision, **revoked)
        case confirming.ProjectMovedUp():
            stands = {"award": event.award, "standing": "confirmed", "awarded_by": recorded.id}
            _change(rows, cycle, event.project, **stands, decided=event.decision)


def _moved(row: Row, event: Any, recorded: Recorded) -> dict[str, Any]:
    """What an event changes of a cycle as a whole."""
    match event:
        case collecting.ProjectCollected():
            return {"projects": row["projects"] + 1}
        case collecting.ProjectLeftOut():
            return {"projects": row["projects"] - 1}
        case collecting.CollectionClosed():
            return {"stage": "judging" if row["rounds"] else "judged"}
        case judging.RoundClosed():
            at = row["at"] + 1
            left = row["projects"] - len(event.withdrawn) - len(event.not_among_the_best)
            return {"at": at, "projects": left, "stage": "judging" if at < len(row["rounds"]) else "judged"}
        case allotting.AllocationRun():
            return {"run": event.run, "stage": row["stage"] if row["stage"] == "notice" else "allocated"}
        case notice.NoticeOpened():
            return {"stage": "notice", "notice_until": event.until}
        case notice.NoticeClosed():
            return {"stage": "noticed"}
        case confirming.AwardsConfirmed():
            at = micros(recorded.recorded_at)
            by = {"confirmed_by": recorded.id, "confirmed_at": at}
            return by | {"stage": "confirmed", "decision": event.decision}
        case _:
            return {}


def _opened(cycle: str, event: beginning.CycleOpened) -> Row:
    return {
        "cycle": cycle,
        "unit": event.unit,
        "year": event.year,
        "stage": "collecting",
        "programme": event.programme,
        "department": event.department,
        "closed_from": event.closed_from,
        "closed_until": event.closed_until,
        "rounds": tuple(round_.round for round_ in event.rounds),
        "at": 0,
        "projects": 0,
        "has_notice": event.has_notice,
        "run": 0,
        "decision": "",
        "confirmed_by": "",
    }


def _entrant(cycle: str, event: collecting.ProjectCollected) -> Row:
    entrant = event.entrant
    return {
        "cycle": cycle,
        "project": UUID(entrant.project),
        "branch": entrant.branch,
        "unit": entrant.unit,
        "track": entrant.track,
        "closing": str(entrant.score),
        "score": str(entrant.score),
        "exception": event.exception,
        "round": "",
        "out": "",
        "run": 0,
        "place": NO_PLACE,
        "why": "",
        "tie": "",
        "listed": "",
        "group": entrant.group,
        "group_place": 0,
        "standing": "",
        "awarded_by": "",
        "revoked_by": "",
        "revoked_for": "",
        "decided": "",
        "rounds": (),
    }


def _score(rows: Rows, recorded: Recorded, event: judging.ProjectScored) -> None:
    cycle = str(recorded.stream)
    row = _row(rows, "entrants", (cycle, UUID(event.project)))
    scored = RoundScore(event.round, event.before, event.cards, event.score, recorded.id)
    rounds = (*row["rounds"], scored)
    _change(rows, cycle, event.project, score=str(event.score), round=event.round, rounds=rounds)


def _panel(cycle: str, event: judging.PanelNamed) -> Row:
    return {
        "panel": event.panel,
        "cycle": cycle,
        "round": event.round,
        "department": event.department,
        "tracks": (),
        "projects": len(event.projects),
        "state": "named",
    }


def _of_panel(rows: Rows, panel: str, event: Any) -> None:
    match event:
        case opening.PanelOpened():
            opened = {"state": "open", "tracks": event.tracks, "due": event.terms.due}
            rows.put("panels", _row(rows, "panels", panel) | opened)
        case sealing.PanelSealed():
            rows.put("panels", _row(rows, "panels", panel) | {"state": "sealed"})


def _change(rows: Rows, cycle: str, project: str, **changes: Any) -> None:
    rows.put("entrants", _row(rows, "entrants", (cycle, UUID(project))) | changes)


def _row(rows: Rows, table: str, key: Any) -> Row:
    row = rows.get(table, key)
    if row is None:
        raise LookupError(f"{table} {key} is not here")
    return row
