"""How one part of a tally changes: a milestone, a task, a finding, the date of an indicator."""

from __future__ import annotations

from datetime import date
from typing import TypeVar, assert_never

from services.evaluation.domain import heard
from services.evaluation.domain.tally import Finding, Milestone, Tally, Task
from shared.domain import changed

Part = TypeVar("Part")


def with_date(tally: Tally, moved: heard.NewDate, event_id: str) -> Tally:
    match moved.subject:
        case "milestone":
            return milestone_changed(tally, moved.code, due=moved.due, event=event_id)
        case "task":
            return task_changed(tally, moved.code, due=moved.due, event=event_id)
        case "finding":
            return finding_changed(tally, moved.code, due=moved.due, event=event_id)
        case "indicator":
            changes: dict[str, object] = {"due": moved.due, "event": event_id}
            return changed(tally, indicators=_with_part(tally.indicators, moved.code, changes))
        case "change":  # what its deciders have scores nothing
            return tally
        case _:
            assert_never(moved.subject)


def said(field: str, on: date, entered: date) -> dict[str, object]:
    """The later day counts until a paper of an earlier one is accepted (R36)."""
    return {field: max(on, entered), "stated": on, "entered": entered, "entry": ""}


def unsaid(field: str) -> dict[str, object]:
    return {field: None, "stated": None, "entered": None, "entry": ""}


def counted_from(tally: Tally, entry: str, day: date | None) -> Tally:
    """What was entered from this paper counts from its day; from the day of entry where there is none.

    What was said anew meanwhile stays as it is.
    """
    subject, code = tally.papers.get(entry, ("", ""))
    parts: dict[str, Milestone | Task | Finding] = {
        **(tally.milestones if subject == "milestone" else {}),
        **(tally.tasks if subject == "task" else {}),
        **(tally.findings if subject == "finding" else {}),
    }
    part = parts.get(code)
    if part is None or part.entry != entry or part.stated is None or part.entered is None:
        return tally
    counts = max(part.stated, day or part.entered)
    return part_changed(tally, subject, code, **{"mended" if subject == "finding" else "done": counts})


def part_changed(tally: Tally, subject: str, code: str, **changes: object) -> Tally:
    match subject:
        case "milestone":
            return milestone_changed(tally, code, **changes)
        case "task":
            return task_changed(tally, code, **changes)
        case "finding":
            return finding_changed(tally, code, **changes)
        case _:
            return tally


def milestone_changed(tally: Tally, code: str, **changes: object) -> Tally:
    return changed(tally, milestones=_with_part(tally.milestones, code, changes))


def task_changed(tally: Tally, code: str, **changes: object) -> Tally:
    return changed(tally, tasks=_with_part(tally.tasks, code, changes))


def task_split(tally: Tally, event: heard.TaskSplit, event_id: str) -> Tally:
    """One task that became two of half its weight."""
    whole = tally.tasks.get(event.task)
    if whole is None:
        return tally
    titles = {event.task: event.title, event.half: event.half_title}
    halves = {
        code: changed(whole, title=title, weight=event.weight, event=event_id)
        for code, title in titles.items()
    }
    return changed(tally, tasks=tally.tasks | halves)


def finding_changed(tally: Tally, code: str, **changes: object) -> Tally:
    return changed(tally, findings=_with_part(tally.findings, code, changes))


def _with_part(parts: dict[str, Part], code: str, changes: dict[str, object]) -> dict[str, Part]:
    part = parts.get(code)
    return parts if part is None else parts | {code: changed(part, **changes)}  # type: ignore[type-var]
