"""What to tell of a proposal on its way to a decision."""

from __future__ import annotations

from dataclasses import replace

from services.notifications.domain import heard
from services.notifications.domain.known import Known
from services.notifications.domain.notice.seats import confirmers, newly_asked, secrecy_reviewer
from services.notifications.domain.notice.subject import subject_of
from services.notifications.domain.notice.urging import overdue, urged
from services.notifications.domain.notice.words import (
    ALWAYS,
    ANSWER_A_RETURN,
    CHANGES,
    NEVER,
    VERIFY,
    Notice,
    WorkingDayAfter,
    day_of,
)


def told(event: heard.OfApproval, known: Known, after: WorkingDayAfter) -> Notice | None:
    about, title = subject_of(event), {"title": known.title}
    match event:
        case heard.ProposalSubmitted():
            step = event.route[known.resumes_at]
            return Notice(
                f"step/{known.resumes_at}",
                title | {"unit": known.unit},
                after(step.limit_working_days),
                seats={"party_department": step.seats, "secrecy_reviewer": (secrecy_reviewer(known),)},
                barred=known.players,
                holds=ALWAYS if _is_precheck(known.resumes_at, step.seats) else NEVER,
            )
        case heard.StepOpened():
            body = event.seats[0].unit
            meets = event.decides == "meeting"
            decides = event.decides not in ("meeting", "filing")
            told_already = _is_precheck(event.step, event.seats) and not meets
            holds = frozenset({event.decides if event.decides in ("meeting", "filing") else ""})
            return Notice(
                about,
                title | {"step": event.name, "due": day_of(event.due), "body": body},
                event.due,
                seats={
                    "addressed_office": event.seats,
                    "party_department": (heard.Seat("party_department", body),),
                },
                barred=known.players if decides else frozenset(),
                holds=NEVER if told_already else holds,
            )
        case heard.SignerAdded() | heard.StepTransferred() | heard.OpinionWithdrawn():
            asked = event.signer if isinstance(event, heard.SignerAdded) else event.seat
            return Notice(
                about,
                title | {"step": known.step, "due": day_of(known.due)},
                known.due,
                seats={"addressed_office": (asked,)},
                barred=known.players,
                handlers=known.passed_on,
            )
        case heard.DeciderUrged():
            return replace(
                urged(about, event.name, event.seats, known, known.meets), handlers=known.passed_on
            )
        case heard.OpinionGiven() | heard.MeetingDecided():
            holds = frozenset({"with_changes"}) if event.changes else NEVER
            return Notice(CHANGES, title | {"n": str(len(event.changes))}, holds=holds)
        case heard.ProposalAmended():
            due = after(VERIFY)
            facts = {"step": "confirm_changes", "due": day_of(due)}
            seats = {"addressed_office": confirmers(known.conditions)}
            return Notice(about, title | facts, due, seats=seats, barred=known.players)
        case heard.StepReferredUp():
            seats, facts = {"new_office": newly_asked(event)}, {"reason": event.reason}
            barred, handlers = known.players, known.passed_on
            return Notice(about, title | facts, event.due, seats=seats, barred=barred, handlers=handlers)
        case heard.DeadlinePassed():
            return replace(overdue(about, event, known), handlers=known.passed_on)
        case heard.ProposalReturned():
            due = after(ANSWER_A_RETURN)
            return Notice(about, title | {"n": str(len(event.changes)), "due": day_of(due)}, due)
        case heard.ProjectApproved():
            return Notice(about, title | {"number": event.number})
        case heard.ProjectRejected():
            return Notice(about, title | {"reason": event.reason})
        case heard.FilingObjected():
            due = after(ANSWER_A_RETURN)
            facts = title | {"unit": event.seat.unit, "reason": event.reason, "due": day_of(due)}
            return Notice(about, facts, due, seats={"addressed_office": event.to}, barred=known.players)
        case heard.ObjectionAnswered():
            holds = ALWAYS if event.stands else ALWAYS | {"needs_change"}
            seats = {"addressed_office": event.objectors}
            return Notice(about, title | {"reason": event.reason}, seats=seats, holds=holds)
        case heard.FileSealed() | heard.TextWithdrawn():
            return Notice(about, title | {"reason": event.reason})
        case _:
            return None


def _is_precheck(step: int, seats: tuple[heard.Seat, ...]) -> bool:
    """The party department's pre-check, which n02 tells, so that n03 need not say it a second time."""
    return step == 0 and all(seat.office == "party_department" for seat in seats)
