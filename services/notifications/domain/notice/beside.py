"""What to tell beside the project: rules, meetings, visits and scores."""

from __future__ import annotations

from services.notifications.domain import heard
from services.notifications.domain.known import Known
from services.notifications.domain.notice.seats import office_leading
from services.notifications.domain.notice.subject import subject_of
from services.notifications.domain.notice.words import Notice, day_of
from shared.domain import PersonId, UnitId


def told(
    event: heard.OfRules | heard.OfMeeting | heard.OfVisits | heard.OfEvaluation, known: Known
) -> Notice | None:
    match event:
        case heard.ProgrammePublished() | heard.SupplementPublished():
            return _rules(event)
        case heard.MeetingRecorded():
            people = {"chair_of_meeting": (PersonId(known.chair),)}
            return Notice(subject_of(event), {"meeting": event.minutes_number}, people=people)
        case heard.InspectionPlanned():
            seats = {"leading_secretary": (heard.Seat(office_leading(event.leader), event.unit),)}
            return Notice(subject_of(event), {"date": day_of(event.on), "unit": event.unit}, seats=seats)
        case heard.ScoreFixed():
            facts = {"score": str(event.total), "n": str(event.losses), "due": day_of(event.appeal_until)}
            return Notice("", {"title": known.title} | facts, event.appeal_until)
        case _:
            return None


def _rules(event: heard.OfRules) -> Notice:
    """To the whole group, or to the company whose supplement it is."""
    facts = {"in_force": day_of(event.in_force), "n": str(len(event.changes))}
    if isinstance(event, heard.ProgrammePublished):
        return Notice("", facts | {"programme": event.version}, within=UnitId(""))
    return Notice("", facts | {"programme": event.document}, within=event.company)
