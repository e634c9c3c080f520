"""What to tell beside the project: rules, meetings, visits, scores, appeals and what is sealed."""

from __future__ import annotations

from services.notifications.domain import heard
from services.notifications.domain.known import Known
from services.notifications.domain.notice.seats import office_leading
from services.notifications.domain.notice.subject import subject_of
from services.notifications.domain.notice.words import OF_THE_GROUP, Notice, day_of
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
        case heard.ReviewScoreFixed():
            facts = {"score": str(event.score), "due": day_of(event.appeal_until)}
            return Notice("", {"title": known.title} | facts, event.appeal_until)
        case heard.DetachedActivityFound():
            indicator = known.indicators.get(event.indicator)
            name = indicator.name if indicator else event.indicator
            facts = {"n": str(len(event.activities)), "indicator": name}
            return Notice("", {"title": known.title} | facts)
        case heard.AppealFiled() | heard.AppealAnswered():
            return _appeal(event, known)
        case heard.AppraisalIssued():  # to whoever was in office in the year, also of a term that is over
            theirs = tuple(line.person for line in event.figures.lines)
            facts = {"unit": event.unit, "year": str(event.year)}
            return Notice("", facts, people={"branch_secretary": theirs})
        case heard.UnsealingAsked():
            return _unsealing(event, UnitId(known.unit))
        case _:
            return None


def _appeal(event: heard.AppealFiled | heard.AppealAnswered, known: Known) -> Notice:
    """To the level above; of a review's mark to who leads there, since who ran the review answers none."""
    about, facts = subject_of(event), {"title": known.title}
    if isinstance(event, heard.AppealAnswered):
        holds = frozenset({"granted" if event.accepted else "declined"})
        return Notice(about, facts | {"reason": event.answer}, holds=holds)
    facts |= {"unit": event.of, "due": day_of(event.answer_until)}
    if event.about == "review":
        seats = {"addressed_office": (heard.Seat("party_secretary", event.to),)}
        return Notice(about, facts, event.answer_until, seats=seats)
    return Notice(about, facts, event.answer_until, running=event.to)


def _unsealing(event: heard.UnsealingAsked, unit: UnitId) -> Notice:
    """To the two without whom no name is opened; nothing of what is asked for, nor by whom (R68)."""
    seats = {
        "discipline_officer": (heard.Seat("discipline_officer", unit),),
        "addressed_office": (heard.Seat("leader_in_charge", OF_THE_GROUP),),
    }
    return Notice(subject_of(event), {"unit": unit}, seats=seats)


def _rules(event: heard.OfRules) -> Notice:
    """To the whole group, or to the company whose supplement it is."""
    facts = {"in_force": day_of(event.in_force), "n": str(len(event.changes))}
    if isinstance(event, heard.ProgrammePublished):
        return Notice("", facts | {"programme": event.version}, within=OF_THE_GROUP)
    return Notice("", facts | {"programme": event.document}, within=event.company)
