"""What a page says of days that are over."""

from __future__ import annotations

from typing import assert_never

from services.projects.domain.project import deadlines
from services.projects.projections.page.shape import Page, Step, at


def fold(page: Page, event: deadlines.Event) -> Page:
    """The page after a day that is over."""
    match event:
        case deadlines.DeadlinePassed():
            return _over(page, event.step, event.on.isoformat())
        case deadlines.FilingEnded():
            return _over(page, event.step, event.due.isoformat())
        case deadlines.DeadlineRecounted():
            recounted: Step = page["route"]["steps"][event.step] | {"due": event.due.isoformat()}
            return _with_step(page, event.step, recounted)
        case deadlines.SuspensionOverran():
            return page | {"suspension_overran": True}
        case _:
            assert_never(event)


def _over(page: Page, place: int, on: str) -> Page:
    return _with_step(page, place, page["route"]["steps"][place] | {"overdue_on": on})


def _with_step(page: Page, place: int, step: Step) -> Page:
    route = page["route"]
    return page | {"route": route | {"steps": at(route["steps"], place, step)}}
