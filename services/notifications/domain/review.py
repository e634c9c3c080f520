"""What is remembered of a review: its year, who had a hand in it, and which awards its last run gives."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from services.notifications.domain import heard


@dataclass(frozen=True, slots=True)
class Review:
    """A review that was opened."""

    year: int
    ran: frozenset[str] = frozenset()  # people who had a hand in it, and answer no objection (R62)
    awards: dict[str, str] = field(default_factory=dict)  # by project


def evolve(review: Review | None, event: heard.OfReview) -> Review | None:
    """The review after an event; most events change nothing that is told later."""
    if isinstance(event, heard.CycleOpened):
        return Review(event.year, frozenset({event.opened_by}))
    if review is None:
        return None
    match event:
        case heard.RoundClosed():
            return replace(review, ran=review.ran | {event.closed_by})
        case heard.AllocationRun():
            return replace(review, ran=review.ran | {event.made_by}, awards={})
        case heard.PlaceGiven(award=str(award)):
            return replace(review, awards=review.awards | {event.project: award})
        case heard.ProjectMovedUp():
            return replace(review, awards=review.awards | {event.project: event.award})
        case heard.AwardRevoked():
            left = {project: award for project, award in review.awards.items() if project != event.project}
            return replace(review, awards=left)
        case _:
            return review
