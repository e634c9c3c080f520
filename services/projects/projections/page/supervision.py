"""The visits and findings of a page."""

from __future__ import annotations

from typing import assert_never

from services.projects.domain.project import dispute, rectification, supervision
from services.projects.projections.page.paper import done, undone
from services.projects.projections.page.shape import Dispute, Finding, Inspection, Page, plain


def fold(page: Page, event: supervision.Event) -> Page:
    """The page after an event of supervision."""
    if isinstance(event, supervision.InspectionHeld):
        held = Inspection(on=event.on.isoformat(), kind=event.kind, note=event.note, reason=event.reason)
        return page | {"inspections": {**page["inspections"], event.inspection: held}}
    if isinstance(event, supervision.FindingRecorded):
        return _with(page, event.finding, _recorded(event))
    finding = page["findings"][event.finding]
    match event:
        case rectification.RectificationPlanned():
            planned: Finding = finding | {
                "measures": event.measures,
                "responsible": event.responsible,
                "planned_for": event.due.isoformat(),
            }
            return _with(page, event.finding, planned)
        case rectification.RectificationReported():
            days = done("reported_on", event, finding["due"])
            reported: Finding = finding | days | {"state": "reported", "reported": event.what}
            return _with(page, event.finding, reported)
        case rectification.FindingClosed():
            closed: Finding = finding | {
                "state": "closed",
                "closed_on": event.on.isoformat(),
                "closed_by": event.closed_by,
                "look_back": plain(event.look_back),
                "look_back_asked": False,
                "looked_back": None,
                "on_the_spot": plain(event.on_the_spot),
            }
            return _with(page, event.finding, closed)
        case rectification.FindingReopened():
            reopened: Finding = (finding | undone("reported_on")) | {
                "state": "open",
                "due": event.due.isoformat(),
                "reported": None,
                "closed_on": None,
                "closed_by": None,
                "look_back": None,
                "reopened": finding["reopened"] + 1,
            }
            return _with(page, event.finding, reopened)
        case _:
            assert_never(event)


def _recorded(event: supervision.FindingRecorded) -> Finding:
    return Finding(
        inspection=event.inspection,
        text=event.text,
        severity=event.severity,
        due=event.due.isoformat(),
        unit=event.unit,
        caused_by=event.caused_by,
        found_by=event.found_by,
        state="open",
        measures=None,
        responsible=None,
        planned_for=None,
        reported=None,
        reported_on=None,
        entered_on=None,
        counted_on=None,
        entry=None,
        closed_on=None,
        closed_by=None,
        look_back=None,
        look_back_asked=False,
        looked_back=None,
        on_the_spot=None,
        reopened=0,
        late=False,
        dispute_by=plain(event.dispute_by),
        dispute=None,
    )


def fold_dispute(page: Page, event: dispute.Event) -> Page:
    """The page after a finding was disputed, or that was decided (R48)."""
    finding = page["findings"][event.finding]
    match event:
        case dispute.FindingDisputed():
            disputed = Dispute(
                reason=event.reason,
                on=event.on.isoformat(),
                of=plain(event.of),
                due=event.due.isoformat(),
                person=event.person,
                answer=None,
                decided_on=None,
                decided_by=None,
            )
            return _with(page, event.finding, finding | {"state": "disputed", "dispute": disputed})
        case dispute.FindingUpheld():
            return _with(page, event.finding, _decided(finding, event) | {"due": event.due.isoformat()})
        case dispute.FindingWithdrawn():
            return _with(page, event.finding, _decided(finding, event))
        case _:
            assert_never(event)


def _decided(finding: Finding, event: dispute.FindingUpheld | dispute.FindingWithdrawn) -> Finding:
    asked = finding["dispute"]
    if not asked:
        raise LookupError("the finding is not disputed")
    answered: Dispute = asked | {
        "answer": event.reason,
        "decided_on": event.on.isoformat(),
        "decided_by": event.person,
    }
    state = "open" if isinstance(event, dispute.FindingUpheld) else "withdrawn"
    return finding | {"state": state, "dispute": answered}


def _with(page: Page, code: str, finding: Finding) -> Page:
    return page | {"findings": {**page["findings"], code: finding}}
