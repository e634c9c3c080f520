"""The end of a page: the two keys."""

from __future__ import annotations

from typing import assert_never

from services.projects.domain.project import closing
from services.projects.projections.page.approval import asking
from services.projects.projections.page.proposal import proposed_by
from services.projects.projections.page.shape import Closing, KeySeat, Page, SecondKey, not_requested, plain


def fold(page: Page, event: closing.Event, when: str) -> Page:
    """The page after an event of closing that happened at this moment."""
    now = page["closing"]
    match event:
        case closing.ClosureRequested():
            requested: Closing = now | {
                "requested_on": event.on.isoformat(),
                "report": plain(event.report),
                "secrecy": plain(event.secrecy),
                "explanation": event.explanation,
                "first_key": [
                    KeySeat(seat=plain(seat), person=None, note=None, at=None) for seat in event.first_key
                ],
                "second_key": None,
            }
            return proposed_by(page, event.person) | {"state": "in_closing", "closing": requested}
        case closing.ClosureReviewed():
            seat = plain(event.seat)
            turned = KeySeat(seat=seat, person=event.person, note=event.note, at=when)
            seats = [turned if key["seat"] == seat else key for key in now["first_key"]]
            return page | {"closing": now | {"first_key": seats}}
        case closing.ClosureAssessed():
            assessed = SecondKey(
                meeting=event.meeting,
                item=event.item,
                minutes=event.minutes,
                numbers=plain(event.numbers),
                body=list(event.body),
                marks={mark.criterion: str(mark.points) for mark in event.marks},
                at=when,
                withheld=None,
            )
            return page | {"closing": now | {"second_key": assessed}}
        case closing.ClosureReturned():
            returned = [*now["returned"], {"key": event.key, "at": when}]
            back: Page = page | {"state": "in_implementation", "closing": not_requested(returned)}
            return asking(back, "closing", event.changes, when)
        case closing.ProjectClosed():
            on = event.on.isoformat()
            return page | {"state": "closed", "closed_on": on, "over_on": on}
        case _:
            assert_never(event)
