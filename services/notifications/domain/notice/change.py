"""What to tell of changes and of the end."""

from __future__ import annotations

from dataclasses import replace

from services.notifications.domain import heard
from services.notifications.domain.known import Known, Waiting
from services.notifications.domain.notice.seats import newly_asked, second_key
from services.notifications.domain.notice.subject import subject_of
from services.notifications.domain.notice.urging import overdue, urged
from services.notifications.domain.notice.words import (
    ANSWER_A_RETURN,
    DECIDE_CHANGE,
    REVIEW_A_CLOSURE,
    Notice,
    WorkingDayAfter,
    day_of,
)
from shared.domain import UnitId


def told(event: heard.OfChange, known: Known, after: WorkingDayAfter) -> Notice | None:
    about, title = subject_of(event), {"title": known.title}
    match event:
        case heard.TeamFormed():
            return Notice(about, title | {"item": event.name})
        case heard.TeamStoodDown():
            return Notice(about, title | {"reason": event.reason})
        case heard.ChangeRequested(route=()):
            alteration = event.alteration
            parts = (
                alteration.plan,
                alteration.targets,
                alteration.team,
                alteration.partners,
                alteration.programme,
            )
            changed = sum(part is not None for part in parts)
            department = heard.Seat("party_department", UnitId(known.company))
            seats = {"addressed_office": event.deciders or (department,)}
            return Notice(about, title | {"n": str(changed)}, seats=seats, barred=known.players)
        case heard.ChangeStepOpened():
            told_of = event.decides if event.decides in ("meeting", "filing") else ""
            body = event.seats[0].unit
            return Notice(
                about,
                title | {"step": event.name or DECIDE_CHANGE, "due": day_of(event.due), "body": body},
                event.due,
                seats={
                    "addressed_office": event.seats,
                    "party_department": (heard.Seat("party_department", body),),
                },
                barred=frozenset() if told_of else known.players,
                holds=frozenset({told_of}),
            )
        case heard.ChangeOpinionWithdrawn() | heard.ChangeSignerAdded() | heard.ChangeStepTransferred():
            asked = event.signer if isinstance(event, heard.ChangeSignerAdded) else event.seat
            waits = known.changes.get(event.change, Waiting())
            return Notice(
                about,
                title | {"step": waits.step or DECIDE_CHANGE, "due": day_of(waits.due)},
                waits.due,
                seats={"addressed_office": (asked,)},
                barred=known.players,
                handlers=waits.passed_on,
            )
        case heard.ChangeDeciderUrged():
            waits = known.changes.get(event.change, Waiting())
            told_to = urged(about, event.name or DECIDE_CHANGE, event.seats, known, waits.meets)
            return replace(told_to, handlers=waits.passed_on)
        case heard.ChangeDeadlinePassed():
            waits = known.changes.get(event.change, Waiting())
            return replace(overdue(about, event, known), handlers=waits.passed_on)
        case heard.ChangeReferredUp():
            above, facts = {"new_office": newly_asked(event)}, title | {"reason": event.reason}
            handlers = known.changes.get(event.change, Waiting()).passed_on
            return Notice(about, facts, event.due, seats=above, barred=known.players, handlers=handlers)
        case heard.VersionMoved():
            said = {"programme": event.parts[0].after, "document": event.demanded_by}
            said["parts"] = "_and_".join(sorted(moved.part for moved in event.parts))
            return Notice(about, title | said, holds=frozenset({"ordered"} if event.demanded_by else ()))
        case heard.LeadMoved() if event.units:
            return Notice(about, title | {"unit": event.unit_before})
        case heard.ClosureRequested():
            due = after(REVIEW_A_CLOSURE)
            nothing_missing = title | {"n": "0"}  # otherwise the request is refused
            keys = (*event.first_key, second_key(known))
            return Notice(about, nothing_missing, due, seats={"closing_bodies": keys}, barred=known.workers)
        case heard.ProjectTerminated():
            return Notice(about, title | {"reason": event.reason})
        case heard.SuspensionOverran():
            return Notice(about, title | {"due": day_of(event.until)})
        case heard.ClosureReturned():
            due = after(ANSWER_A_RETURN)
            return Notice(about, title | {"n": str(len(event.changes)), "due": day_of(due)}, due)
        case _:
            return None
