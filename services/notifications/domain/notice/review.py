"""What to tell of a review: that it collects, its ties, notice and objections, what becomes of awards."""

from __future__ import annotations

from collections.abc import Iterator

from services.notifications.domain import heard
from services.notifications.domain.known import Known
from services.notifications.domain.notice.subject import TIES, subject_of
from services.notifications.domain.notice.words import Notice, day_of
from services.notifications.domain.review import Review
from shared.domain import PersonId, UnitId

AWARDED, UNNAMED = frozenset({"awarded"}), frozenset({"unnamed"})


def told(event: heard.OfReview, known: Known) -> Iterator[Notice]:
    """All that an event gives its rules to say; nothing of a review that is not known."""
    if known.review is None:
        return
    unit, about = UnitId(known.unit), subject_of(event)
    facts = {"unit": known.unit, "year": str(known.review.year)}
    match event:
        case heard.CycleOpened():
            days = {"from": day_of(event.closed_from), "to": day_of(event.closed_until)}
            yield Notice(about, facts | days, within=unit)
        case heard.AllocationRun(to_vote=ties) if ties:
            yield Notice(about, facts | {"n": str(len(ties))}, running=unit)
        case heard.NoticeOpened():
            due = {"due": day_of(event.until)}
            yield Notice(about, facts | due, within=unit)
            for project, award in known.review.awards.items():
                said = facts | due | {"award": award}
                yield Notice(about, said, about=project, holds=AWARDED)
        case heard.AwardObjectionFiled():
            yield from _objection(event, facts, unit, known.review)
        case heard.AwardObjectionAnswered(accepted=True):  # it waits for a run, as ties do for a vote
            yield Notice(TIES, facts, running=unit)
        case _:
            yield from _awards(event, facts)


def _objection(
    event: heard.AwardObjectionFiled, facts: dict[str, str], unit: UnitId, review: Review
) -> Iterator[Notice]:
    """Discipline answers what is said in real name, and is told of facts that nobody put a name to (R62)."""
    about = subject_of(event)
    seats = {"discipline_officer": (heard.Seat("discipline_officer", unit),)}
    if event.goes == "answered":
        due = {"due": day_of(event.answer_until)}
        ran = frozenset(map(PersonId, review.ran))
        yield Notice(about, facts | due, event.answer_until, seats=seats, barred=ran)
    elif event.goes == "discipline":
        yield Notice(about, facts, seats=seats, holds=UNNAMED)


def _awards(event: heard.OfReview, facts: dict[str, str]) -> Iterator[Notice]:
    """Each is about a project, and told to those who lead it and to its company."""
    match event:
        case heard.ResultHeld():
            yield Notice("", facts | {"due": day_of(event.until)}, about=event.project)
        case heard.HoldEnded():
            yield Notice("", facts, about=event.project)
        case heard.AwardsConfirmed():
            for one in event.awards:
                said = facts | {"award": one.award, "number": event.decision}
                yield Notice("", said, about=one.project)
        case heard.ProjectMovedUp():
            said = facts | {"award": event.award, "number": event.decision}
            yield Notice("", said, about=event.project)
        case heard.AwardRevoked():
            said = {"award": event.award, "number": event.decision, "reason": event.reason}
            yield Notice("", facts | said, about=event.project)
