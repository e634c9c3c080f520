"""What changes a page after the approval: content by request, dates, the lead, pauses, the early end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import assert_never

from services.projects.domain.dates import days_after, months_after
from services.projects.domain.project import change, extension, leadership, pause, termination, version
from services.projects.domain.project.limits import USUAL
from services.projects.projections.page.change_route import due_on, over
from services.projects.projections.page.proposal import lapse_step, proposed_by, waiting_step, with_content
from services.projects.projections.page.shape import (
    Change,
    Extension,
    Finding,
    Handover,
    Page,
    Pause,
    Step,
    Task,
    VersionMove,
    plain,
)

Event = change.Event | extension.Event | leadership.Event | pause.Event | termination.Event | version.Event


def fold(page: Page, event: Event, when: str) -> Page:
    """The page after a change that happened at this moment."""
    match event:
        case change.ChangeRequested():
            requested = Change(
                reason=event.reason,
                alteration=plain(event.alteration),
                deciders=plain(event.deciders),
                steps=[waiting_step(step) for step in event.route],
                state="requested",
                requested_at=when,
                decided_at=None,
                rejected_because=None,
            )
            return _with(proposed_by(page, event.person), event.change, requested)
        case change.ChangeApproved():
            page = page | {"content_hash": event.content_hash}
            return _decided(page, event.change, "approved", None, when)
        case change.ChangeRejected():
            return _decided(page, event.change, "rejected", event.reason, when)
        case change.PlanChanged():
            return with_content(page, page["content"] | {"plan": plain(event.plan)})
        case change.TargetChanged():
            return with_content(page, page["content"] | {"targets": plain(event.targets)})
        case change.TeamChanged():
            return with_content(page, page["content"] | {"team": plain(event.team)})
        case change.PartnersChanged():
            return with_content(page, page["content"] | {"partners": plain(event.partners)})
        case version.VersionMoved():
            moved_to = VersionMove(
                parts=plain(event.parts),
                reason=event.reason,
                person=event.person,
                demanded_by=event.demanded_by,
                change=event.change,
                at=when,
            )
            return page | {"moves": [*page["moves"], moved_to]}
        case extension.ExtensionGranted():
            granted = Extension(
                milestone=event.milestone,
                due_before=event.due_before.isoformat(),
                due=event.due.isoformat(),
                reason=event.reason,
                at=when,
            )
            page = page | {"extensions": [*page["extensions"], granted]}
            return _with_dates(page, {("milestone", event.milestone): event.due.isoformat()})
        case leadership.LeadHandedOver():
            handed = Handover(
                from_person=event.from_person,
                to_person=event.to_person,
                reason=event.reason,
                at=when,
                handover=event.handover,
                figures=plain(event.figures),
            )
            return page | {"lead": event.to_person, "handovers": [*page["handovers"], handed]}
        case pause.ProjectSuspended():
            until = event.until or months_after(event.on, USUAL.suspension_months)
            return page | {
                "state": "suspended",
                "suspended_since": event.on.isoformat(),
                "suspended_until": until.isoformat(),
                "suspension_overran": False,
            }
        case pause.ProjectResumed():
            over = Pause(since=page["suspended_since"] or event.on.isoformat(), until=event.on.isoformat())
            resumed: Page = page | {
                "pauses": [*page["pauses"], over],
                "state": "in_implementation",
                "suspended_since": None,
                "suspended_until": None,
            }
            return _steps_later(moved(resumed, event.dates), event)
        case termination.ProjectTerminated():
            return lapse_step(page, when) | {
                "state": "terminated",
                "suspended_since": None,
                "suspended_until": None,
                "closed_on": event.on.isoformat(),
                "over_on": event.on.isoformat(),
                "ended_because": event.reason,
            }
        case _:
            assert_never(event)


def _decided(page: Page, code: str, state: str, because: str | None, when: str) -> Page:
    asked = over(page["changes"][code], "passed" if state == "approved" else state, when)
    return _with(page, code, asked | {"state": state, "decided_at": when, "rejected_because": because})


def _with(page: Page, code: str, asked: Change) -> Page:
    return page | {"changes": {**page["changes"], code: asked}}


def moved(page: Page, dates: Iterable[extension.NewDate]) -> Page:
    """The page with these new dates."""
    return _with_dates(page, {(new.subject, new.code): new.due.isoformat() for new in dates})


def _steps_later(page: Page, resumed: pause.ProjectResumed) -> Page:
    """The page with the open steps of its changes as if they had opened so much later (R43)."""
    due = {new.code: new.due for new in resumed.dates if new.subject == "change"}
    for code, day in due.items():
        asked = page["changes"][code]
        steps = [_later(step, day, resumed.days) for step in asked["steps"]]
        page = _with(page, code, asked | {"steps": steps})
    return page


def _later(step: Step, due: date, days: int) -> Step:
    if step["state"] != "open":
        return step
    since = step["counted_from"]
    from_day = days_after(date.fromisoformat(since), days).isoformat() if since else None
    later: Step = due_on(step, due) | {"counted_from": from_day}
    return later


def _with_dates(page: Page, moved: Mapping[tuple[str, str], str]) -> Page:
    """The page with these dates of milestones, indicators, tasks and findings."""
    plan = [
        planned | {"due": moved.get(("milestone", planned["code"]), planned["due"])}
        for planned in page["content"]["plan"]
    ]
    targets = [
        target | {"due": moved.get(("indicator", target["code"]), target["due"])}
        for target in page["content"]["targets"]
    ]
    tasks: dict[str, Task] = {
        code: task | {"due": moved.get(("task", code), task["due"])} for code, task in page["tasks"].items()
    }
    findings: dict[str, Finding] = {
        code: finding | {"due": moved.get(("finding", code), finding["due"])}
        for code, finding in page["findings"].items()
    }
    after: Page = with_content(page, page["content"] | {"plan": plan, "targets": targets}) | {
        "tasks": tasks,
        "findings": findings,
    }
    return after
