"""The tasks and climbing items of a page."""

from __future__ import annotations

from typing import assert_never

from services.projects.domain.project import tasks
from services.projects.projections.page.paper import done, undone
from services.projects.projections.page.shape import Page, Task


def fold(page: Page, event: tasks.Event, when: str) -> Page:
    """The page after an event of a task that happened at this moment."""
    if isinstance(event, tasks.TaskAdded):
        return _with(page, event.task, _added(event, when))
    task = page["tasks"][event.task]
    match event:
        case tasks.TaskAssigned() | tasks.ClaimGranted():
            held: Task = task | {"state": "held", "person": event.person, "claims": 0, "claimants": []}
            return _with(page, event.task, held)
        case tasks.TaskOffered():
            offered: Task = task | {
                "state": "offered",
                "climbing": True,
                "from_level": event.from_level,
                "to_level": event.to_level,
                "circle": list(event.circle),
                "skills": event.skills,
                "window_ends": event.window_ends.isoformat(),
                "claims": 0,
                "claimants": [],
            }
            return _with(page, event.task, offered)
        case tasks.TaskClaimed():
            claimants: list[str] = [*task["claimants"], event.person]
            return _with(page, event.task, task | {"claims": len(claimants), "claimants": claimants})
        case tasks.ClaimContended():
            return page
        case tasks.TaskSplit():
            first: Task = task | {"title": event.title, "weight": str(event.weight)}
            second: Task = first | {"title": event.half_title}
            return _with(_with(page, event.task, first), event.half, second)
        case tasks.ClaimExpired():
            return _with(page, event.task, task | {"state": "expired"})
        case tasks.ClaimLapsed():
            others = [person for person in task["claimants"] if person != event.person]
            return _with(page, event.task, task | {"claims": len(others), "claimants": others})
        case tasks.TaskReleased():
            return _with(page, event.task, task | {"state": "open", "person": None})
        case tasks.TaskCompleted():
            days = done("completed_on", event, task["due"])
            completed: Task = task | days | {"state": "completed"}
            return _with(page, event.task, completed)
        case tasks.TaskAccepted():
            return _with(page, event.task, task | {"state": "accepted", "accepted_by": event.accepted_by})
        case tasks.TaskSentBack():
            back: Task = task | undone("completed_on") | {"state": "held", "sent_back": event.reason}
            return _with(page, event.task, back)
        case _:
            assert_never(event)


def _added(event: tasks.TaskAdded, when: str) -> Task:
    return Task(
        title=event.title,
        standard=event.standard,
        due=event.due.isoformat(),
        weight=str(event.weight),
        added_at=when,
        state="open",
        person=None,
        climbing=False,
        from_level="",
        to_level="",
        circle=[],
        skills="",
        window_ends=None,
        claims=0,
        claimants=[],
        completed_on=None,
        entered_on=None,
        counted_on=None,
        entry=None,
        accepted_by=None,
        sent_back=None,
        late=False,
    )


def _with(page: Page, code: str, task: Task) -> Page:
    return page | {"tasks": {**page["tasks"], code: task}}
