"""What a page says of days that are over, and why."""

from __future__ import annotations

from typing import assert_never

from services.projects.domain.project import deadlines
from services.projects.projections.page.shape import Explanation, Page, Step, at


def fold(page: Page, event: deadlines.Event, when: str) -> Page:
    """The page after a day that is over, or an explanation given at this moment."""
    match event:
        case deadlines.DeadlinePassed():
            return _over(page, event.step, event.on.isoformat())
        case deadlines.FilingEnded():
            return _over(page, event.step, event.due.isoformat())
        case deadlines.DeadlineRecounted():
            recounted: Step = page["route"]["steps"][event.step] | {"due": event.due.isoformat()}
            return _with_step(page, event.step, recounted)
        case deadlines.MilestoneMissed():
            missed = page["milestones"][event.milestone] | {"missed": event.due.isoformat()}
            return page | {"milestones": {**page["milestones"], event.milestone: missed}}
        case deadlines.SuspensionOverran():
            return page | {"suspension_overran": True}
        case deadlines.ExplanationGiven():
            given = Explanation(
                subject=event.subject,
                code=event.code,
                due=event.due.isoformat(),
                person=event.person,
                reason=event.reason,
                next_steps=event.next_steps,
                at=when,
            )
            return page | {"explanations": [*page["explanations"], given]}
        case _:
            assert_never(event)


def _over(page: Page, place: int, on: str) -> Page:
    return _with_step(page, place, page["route"]["steps"][place] | {"overdue_on": on})


def _with_step(page: Page, place: int, step: Step) -> Page:
    route = page["route"]
    return page | {"route": route | {"steps": at(route["steps"], place, step)}}
