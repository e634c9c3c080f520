"""A page's changes on their way through the deciders; every word stays."""

from __future__ import annotations

from datetime import date
from typing import assert_never

from services.projects.domain.project import change_route
from services.projects.projections.page.approval import (
    met,
    referred,
    step_opened,
    with_signer,
    with_transfer,
    without_word,
)
from services.projects.projections.page.shape import Change, Opinion, Page, Step, at, plain


def fold(page: Page, event: change_route.Event, when: str) -> Page:
    """The page after an event on the way of a change."""
    asked = page["changes"][event.change]
    step = asked["steps"][event.step]
    match event:
        case change_route.ChangeStepOpened():
            return _with(page, event, over(asked, "passed", when), step_opened(step, event, when))
        case change_route.ChangeOpinionGiven():
            given = Opinion(
                seat=plain(event.seat),
                at=when,
                content_hash=event.content_hash,
                person=event.person,
                opinion=event.opinion,
                note=event.reason,
                answers=[],
                batch=None,
                withdrawn=None,
                withheld=None,
            )
            return _with(page, event, asked, step | {"opinions": [*step["opinions"], given]})
        case change_route.ChangeOpinionWithdrawn():
            return _with(page, event, asked, without_word(step, event, when))
        case change_route.ChangeSignerAdded():
            return _with(page, event, asked, with_signer(step, event, when))
        case change_route.ChangeStepTransferred():
            return _with(page, event, asked, with_transfer(step, event, when))
        case change_route.ChangeDeciderUrged():
            return _with(page, event, asked, step | {"urged_on": plain(event.on)})
        case change_route.ChangeDeadlineRecounted():
            return _with(page, event, asked, due_on(step, event.due))
        case change_route.ChangeDeadlinePassed():
            return _with(page, event, asked, step | {"overdue_on": plain(event.on)})
        case change_route.ChangeMeetingDecided():
            return _with(page, event, asked, met(step, event, when))
        case change_route.ChangeReferredUp():
            return _with(page, event, asked, referred(step, event))
        case _:
            assert_never(event)


def over(asked: Change, state: str, when: str) -> Change:
    """The change with its open step decided, if it has one."""
    steps: list[Step] = [
        step | {"state": state, "decided_at": when} if step["state"] == "open" else step
        for step in asked["steps"]
    ]
    return asked | {"steps": steps}


def due_on(step: Step, due: date) -> Step:
    """The step with this last day; one that moved is not noted as over."""
    moved: Step = step | {"due": plain(due)}
    return moved if moved["due"] == step["due"] else moved | {"overdue_on": None}


def _with(page: Page, event: change_route.Event, asked: Change, step: Step) -> Page:
    after: Change = asked | {"steps": at(asked["steps"], event.step, step)}
    return page | {"changes": {**page["changes"], event.change: after}}
