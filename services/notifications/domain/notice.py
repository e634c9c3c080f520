"""What an event gives its rules to say: facts for the text, whom it addresses, by when, about what."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from services.notifications.domain import heard
from services.notifications.domain.known import Indicator, Known
from shared.domain import FIRST_OFFICE, PersonId, UnitId

WorkingDayAfter = Callable[[int], date]  # the day so many working days after the event's

# Working days (defaults.md 8.5) where the event itself names no date.
ANSWER_A_RETURN, CONFIRM_A_FIGURE, PLAN_A_RECTIFICATION, VERIFY, REVIEW_A_CLOSURE = 10, 3, 5, 5, 7
NAME_SOMEBODY = 3
ALWAYS, NEVER = frozenset({""}), frozenset[str]()
CHANGES = "changes"  # the subject of those that a decider asked for


@dataclass(frozen=True, slots=True)
class Notice:
    """One event in the words of the rules; `holds` are the conditions (a rule's `if`) that it meets.

    `people` and `seats` answer the recipient words that only the event can answer; who is `barred` may
    not act in such a seat (R4), and `handlers` act in one alone.
    """

    subject: str
    facts: dict[str, str] = field(default_factory=dict)
    due: date | None = None
    people: Mapping[str, tuple[PersonId, ...]] = field(default_factory=dict)
    seats: Mapping[str, tuple[heard.Seat, ...]] = field(default_factory=dict)
    barred: frozenset[PersonId] = frozenset()
    handlers: Mapping[str, PersonId] = field(default_factory=dict)  # seat -> who took its work over
    holds: frozenset[str] = ALWAYS
    only_read: bool = False
    within: UnitId | None = None  # whoever holds the office there or below it; "" for the whole group


def subject_of(event: heard.Heard) -> str:
    """What an event is about within its project; "" for the proposal or the project as a whole."""
    match event:
        case (
            heard.StepOpened()
            | heard.OpinionGiven()
            | heard.OpinionWithdrawn()
            | heard.SignerAdded()
            | heard.StepTransferred()
            | heard.DeciderUrged()
            | heard.StepCompleted()
            | heard.StepReferredUp()
            | heard.DeadlinePassed()
            | heard.MeetingDecided()
        ):
            return f"step/{event.step}"
        case heard.ProposalAmended() | heard.ChangesConfirmed():
            return CHANGES
        case (
            heard.TaskAdded()
            | heard.TaskAssigned()
            | heard.TaskOffered()
            | heard.ClaimGranted()
            | heard.ClaimExpired()
            | heard.TaskReleased()
            | heard.TaskCompleted()
            | heard.TaskAccepted()
            | heard.TaskSentBack()
        ):
            return f"task/{event.task}"
        case heard.FigureToConfirm() | heard.FigureConfirmed() | heard.FigureDisputed():
            return f"figure/{event.indicator}/{event.period}"
        case (
            heard.FindingRecorded()
            | heard.RectificationPlanned()
            | heard.RectificationReported()
            | heard.FindingClosed()
            | heard.FindingReopened()
            | heard.FindingTurnedIntoSupport()
            | heard.FindingDisputed()
            | heard.FindingUpheld()
            | heard.FindingWithdrawn()
        ):
            return f"finding/{event.finding}"
        case heard.PracticeRecommended() | heard.PracticeListed():
            return "practice"
        case heard.PartnerInvited() | heard.PartnerJoined() | heard.PartnerLeft():
            return f"partner/{event.partner.key}"
        case heard.DepartureAnswered():
            return f"partner/{event.partner}"
        case (
            heard.PaperEntered()
            | heard.LateEntryToAccept()
            | heard.PaperConfirmed()
            | heard.PaperDenied()
            | heard.PaperLeftUnconfirmed()
            | heard.LateEntryAccepted()
        ):
            return f"paper/{event.entry}"
        case heard.SupportRequested() | heard.SupportDecided() | heard.SupportProvided():
            return f"support/{event.support}"
        case heard.ChangeRequested() | heard.ChangeApproved() | heard.ChangeRejected():
            return f"change/{event.change}"
        case (
            heard.ClosureRequested()
            | heard.ClosureReviewed()
            | heard.ClosureAssessed()
            | heard.ClosureReturned()
        ):
            return "closure"
        case heard.MidtermChecked():
            return "midterm"
        case heard.MeetingConvened() | heard.MeetingRecorded() | heard.MeetingConfirmed():
            return f"meeting/{event.meeting}"
        case heard.InspectionPlanned():
            return f"inspection/{event.inspection}"
        case _:
            return ""


def notice(event: heard.Heard, known: Known, after: WorkingDayAfter) -> Notice | None:
    """What to tell about an event, given what is known with it; None where no rule hears it.

    Facts named `unit`, `body` and `name` hold ids: whoever reads them sees today's names.
    """
    if isinstance(event, heard.ScoreFixed):
        facts = {"score": str(event.total), "n": str(event.losses), "due": _day(event.appeal_until)}
        return Notice("", {"title": known.title} | facts, event.appeal_until)
    if isinstance(event, heard.MeetingRecorded):
        people = {"chair_of_meeting": (PersonId(known.chair),)}
        return Notice(subject_of(event), {"meeting": event.minutes_number}, people=people)
    if isinstance(event, heard.OfRatification):
        return _ratification(event)
    if isinstance(event, heard.OfRules):
        return _rules(event)
    if isinstance(event, heard.OfHandover):
        return _handover(event)
    if isinstance(event, heard.VacancyRecorded):
        seats = {"party_department": (heard.Seat("party_department", event.unit),)}
        return Notice("", {"unit": event.unit, "office": event.office}, after(NAME_SOMEBODY), seats=seats)
    if isinstance(event, heard.OfMeeting | heard.OfVacancy):
        return None
    if isinstance(event, heard.InspectionPlanned):
        seats = {"leading_secretary": (heard.Seat(_first_office(event.leader), event.unit),)}
        return Notice(subject_of(event), {"date": _day(event.on), "unit": event.unit}, seats=seats)
    return (
        _approval(event, known, after)
        or _work(event, known, after)
        or _on_paper(event, known)
        or _control(event, known, after)
    )


def _rules(event: heard.OfRules) -> Notice:
    """To the whole group, or to the company whose supplement it is."""
    facts = {"in_force": _day(event.in_force), "n": str(len(event.changes))}
    if isinstance(event, heard.ProgrammePublished):
        return Notice("", facts | {"programme": event.version}, within=UnitId(""))
    return Notice("", facts | {"programme": event.document}, within=event.company)


def _approval(event: heard.OfProject, known: Known, after: WorkingDayAfter) -> Notice | None:
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
            return Notice(
                about,
                title | {"step": event.name, "due": _day(event.due), "body": body},
                event.due,
                seats={
                    "addressed_office": event.seats,
                    "party_department": (heard.Seat("party_department", body),),
                },
                barred=known.players if decides else frozenset(),
                holds=NEVER if told_already else frozenset({"meeting" if meets else ""}),
                only_read=event.decides == "filing",  # it informs, it asks for no decision (R34)
            )
        case heard.SignerAdded() | heard.StepTransferred() | heard.OpinionWithdrawn():
            asked = event.signer if isinstance(event, heard.SignerAdded) else event.seat
            return Notice(
                about,
                title | {"step": known.step, "due": _day(known.due)},
                known.due,
                seats={"addressed_office": (asked,)},
                barred=known.players,
                handlers=known.passed_on,
            )
        case heard.DeciderUrged():
            asks = {heard.Seat("party_department", seat.unit) for seat in event.seats}  # sets the agenda
            return Notice(
                about,
                title | {"unit": known.unit, "step": event.name},
                seats={"addressed_office": tuple(asks) if known.meets else event.seats},
                barred=frozenset() if known.meets else known.players,
                handlers=known.passed_on,
            )
        case heard.OpinionGiven() | heard.MeetingDecided():
            holds = frozenset({"with_changes"}) if event.changes else NEVER
            return Notice(CHANGES, title | {"n": str(len(event.changes))}, holds=holds)
        case heard.ProposalAmended():
            due = after(VERIFY)
            facts = {"step": "confirm_changes", "due": _day(due)}
            seats = {"addressed_office": confirmers(known.conditions)}
            return Notice(about, title | facts, due, seats=seats, barred=known.players)
        case heard.StepReferredUp():
            new = tuple(seat for seat in event.seats if seat not in event.stays)
            seats, facts = {"new_office": new}, {"reason": event.reason}
            barred, handlers = known.players, known.passed_on
            return Notice(about, title | facts, event.due, seats=seats, barred=barred, handlers=handlers)
        case heard.DeadlinePassed():
            late = event.late
            if event.decides == "meeting":  # its members give no single consent (R28)
                late = tuple(heard.Seat("party_department", seat.unit) for seat in late)
            facts = title | {"due": _day(event.due)}
            return Notice(about, facts, seats={"addressed_office": late}, barred=known.players)
        case heard.ProposalReturned():
            due = after(ANSWER_A_RETURN)
            return Notice(about, title | {"n": str(len(event.changes)), "due": _day(due)}, due)
        case heard.ProjectApproved():
            return Notice(about, title | {"number": event.number})
        case heard.ProjectRejected():
            return Notice(about, title | {"reason": event.reason})
        case _:
            return None


def _work(event: heard.OfProject, known: Known, after: WorkingDayAfter) -> Notice | None:
    about, facts = subject_of(event), {"title": known.title} | _named(event, known)
    match event:
        case heard.TaskAssigned():
            task = known.tasks.get(event.task)
            due = task.due if task else None
            facts |= {"standard": task.standard if task else "", "due": _day(due)}
            return Notice(about, facts, due, {"assignee": (event.person,)})
        case heard.TaskOffered():
            circle = tuple(heard.Seat("member", unit) for unit in event.circle)
            ends = event.window_ends
            return Notice(about, facts | {"due": _day(ends)}, ends, seats={"circle": circle})
        case heard.ClaimGranted():
            facts |= {"name": event.person, "reason": event.reason}
            return Notice(about, facts, people={"claimants": (event.person, *event.declined)})
        case heard.ClaimExpired():
            return Notice(about, facts)
        case heard.TaskCompleted():
            return Notice(about, facts, people={"did_it": (event.person,)})
        case heard.TaskSentBack():
            return Notice(about, facts | {"reason": event.reason}, people={"assignee": (event.person,)})
        case heard.FigureToConfirm():
            facts |= {"unit": known.unit, "value": str(event.value)}
            seats = {"source_department": (event.source,)}
            return Notice(about, facts, after(CONFIRM_A_FIGURE), seats=seats, barred=known.players)
        case heard.FigureDisputed():
            return Notice(about, facts | {"reason": event.reason})
        case _:
            return None


def _on_paper(event: heard.OfProject, known: Known) -> Notice | None:
    """Whose act was entered from paper confirms it; the party department accepts its day (R35, R36)."""
    about, title = subject_of(event), {"title": known.title}
    match event:
        case heard.PaperEntered():
            paper = event.paper
            facts = title | {"name": paper.entered_by, "date": _day(paper.on), "due": _day(paper.confirm_by)}
            asked = (event.person,) if paper.confirm_by else ()
            return Notice(about, facts, paper.confirm_by, {"whose_act": asked})
        case heard.LateEntryToAccept():
            facts = title | {"date": _day(event.on), "due": _day(event.until)}
            seats = {"addressed_office": (heard.Seat("party_department", UnitId(known.company)),)}
            return Notice(about, facts, event.until, seats=seats, barred=known.players)
        case heard.PaperDenied() | heard.PaperLeftUnconfirmed():
            entry = known.papers[event.entry]
            reason = event.reason if isinstance(event, heard.PaperDenied) else ""
            facts = title | {"date": _day(entry.on), "reason": reason}
            return Notice(about, facts, people={"who_entered": (entry.entered_by,)})
        case _:
            return None


def _ratification(event: heard.OfRatification) -> Notice | None:
    match event:
        case heard.ActsToRatify():
            facts = {"from": _day(event.since), "to": _day(event.until), "n": str(event.count)}
            return Notice("", facts, event.due, people={"right_holder": (event.whose.holder,)})
        case heard.RatificationOverdue():
            facts = {"unit": event.whose.unit, "office": event.whose.office}
            facts |= {"n": str(event.count), "due": _day(event.due)}
            seats = {"party_department": (heard.Seat("party_department", event.whose.company),)}
            return Notice("", facts, seats=seats)
        case _:
            return None


def _handover(event: heard.OfHandover) -> Notice | None:
    if isinstance(event, heard.HandoverSigned | heard.HandoverConfirmed):
        return None
    parties = event.parties
    facts = {"unit": parties.unit, "office": parties.office, "due": _day(event.due)}
    department = heard.witness_of(parties)
    if isinstance(event, heard.HandoverOverdue):
        return Notice("", facts, seats={"party_department": (department,)})
    return Notice(
        "",
        facts | {"n": str(event.count)},
        event.due,
        people={"outgoing": (parties.outgoing,), "incoming": (parties.incoming,)},
        seats={"witness": (department,)},
        barred=frozenset({parties.outgoing, parties.incoming}),
    )


def _control(event: heard.OfProject, known: Known, after: WorkingDayAfter) -> Notice | None:
    about, title = subject_of(event), {"title": known.title}
    match event:
        case heard.FindingRecorded() | heard.FindingReopened() | heard.FindingUpheld():
            due = after(PLAN_A_RECTIFICATION)
            facts = title | {"n": "1", "due": _day(due)}
            if isinstance(event, heard.FindingUpheld):
                facts |= {"reason": event.reason}
            seats = {"rectifies": (_rectifies(event.finding, known),)}
            return Notice(about, facts, due, _inspector(event.finding, known), seats=seats)
        case heard.FindingDisputed():
            facts = {"unit": known.unit, "reason": event.reason, "due": _day(event.due)}
            found_by = _inspector(event.finding, known)
            barred = known.players.union(*found_by.values())
            seats = {"addressed_office": (event.of,)}
            return Notice(about, title | facts, event.due, seats=seats, barred=barred)
        case heard.FindingWithdrawn():
            return Notice(about, title | {"reason": event.reason}, people=_inspector(event.finding, known))
        case heard.RectificationReported():
            due = after(VERIFY)
            facts = title | {"unit": known.unit, "due": _day(due)}
            return Notice(about, facts, due, _inspector(event.finding, known))
        case heard.PracticeRecommended():
            seats = {"addressed_office": (event.of,), "secrecy_reviewer": (secrecy_reviewer(known),)}
            return Notice(about, title | {"unit": known.unit}, seats=seats, barred=known.players)
        case heard.FileSealed():
            return Notice(about, title | {"reason": event.reason})
        case heard.PartnerInvited():
            facts = {"unit": known.unit, "matter": event.brings}
            return Notice(about, title | facts, seats={"addressed_office": (event.of,)})
        case heard.PartnerLeft():
            facts = {"unit": event.partner.key, "reason": event.reason, "due": _day(event.answer_by)}
            return Notice(about, title | facts, event.answer_by, holds=ALWAYS if event.answer_by else NEVER)
        case heard.TeamFormed():
            return Notice(about, title | {"item": event.name})
        case heard.TeamStoodDown():
            return Notice(about, title | {"reason": event.reason})
        case heard.MidtermChecked():
            return Notice(about, title | {"reason": event.note}, holds=frozenset({event.result}))
        case heard.SupportRequested():
            facts = {"unit": known.unit, "matter": event.matter, "due": _day(event.due)}
            seats = {"addressed_office": (event.of,)}
            return Notice(about, title | facts, event.due, seats=seats, barred=known.players)
        case heard.SupportDecided():
            facts = {"matter": known.supports.get(event.support, event.support), "reason": event.note}
            answer = "granted" if event.granted else "declined"
            if event.finding_due is None:
                return Notice(about, title | facts, holds=frozenset({answer}))
            due = after(PLAN_A_RECTIFICATION)
            return Notice(
                f"finding/{event.finding}",  # which is the branch's again (R51)
                title | facts | {"n": "1", "due": _day(due)},
                due,
                seats={"rectifies": (_rectifies(event.finding, known),)},
                holds=frozenset({answer, ""}),
            )
        case heard.ChangeRequested():
            alteration = event.alteration
            parts = (alteration.plan, alteration.targets, alteration.team, alteration.partners)
            changed = sum(part is not None for part in parts)
            seats = {"addressed_office": (heard.Seat("party_department", UnitId(known.company)),)}
            return Notice(about, title | {"n": str(changed)}, seats=seats, barred=known.players)
        case heard.ClosureRequested():
            due = after(REVIEW_A_CLOSURE)
            nothing_missing = title | {"n": "0"}  # otherwise the request is refused
            keys = (*event.first_key, second_key(known))
            return Notice(about, nothing_missing, due, seats={"closing_bodies": keys}, barred=known.workers)
        case heard.SuspensionOverran():
            return Notice(about, title | {"due": _day(event.until)})
        case heard.ClosureReturned():
            due = after(ANSWER_A_RETURN)
            return Notice(about, title | {"n": str(len(event.changes)), "due": _day(due)}, due)
        case _:
            return None


def _inspector(finding: str, known: Known) -> dict[str, tuple[PersonId, ...]]:
    """Who found it, as rules address them."""
    inspector = known.inspectors.get(finding)
    return {"inspector": (PersonId(inspector),) if inspector else ()}


def _rectifies(finding: str, known: Known) -> heard.Seat:
    """Who puts a finding right: the first office of its unit."""
    unit = known.rectifiers.get(finding, known.unit)
    office = first_office(known) if unit == known.unit else "branch_secretary"
    return heard.Seat(office, UnitId(unit))


def first_office(known: Known) -> str:
    """The office whose holder is the project's first responsible person."""
    return _first_office(known.leader)


def _first_office(leader: str) -> str:
    return FIRST_OFFICE.get(leader, "branch_secretary")


def second_key(known: Known) -> heard.Seat:
    """Who calls the committee together that turns the second key (R52)."""
    return heard.Seat("party_secretary", UnitId(known.company))


def secrecy_reviewer(known: Known) -> heard.Seat:
    """Who looks for classified matter (R74)."""
    return heard.Seat("secrecy_reviewer", UnitId(known.company))


def confirmers(changes: Iterable[heard.RequiredChange]) -> tuple[heard.Seat, ...]:
    """Who is to confirm these changes, each once."""
    return tuple(dict.fromkeys(change.confirmer for change in changes if change.confirmer))


def _named(event: heard.OfProject, known: Known) -> dict[str, str]:
    """The task or indicator of an event in words."""
    if isinstance(event, heard.FigureToConfirm | heard.FigureDisputed):
        indicator = known.indicators.get(event.indicator) or Indicator(event.indicator, "")
        return {"indicator": indicator.name, "unit_of_measure": indicator.unit, "period": event.period}
    code = getattr(event, "task", "")
    return {"task": known.tasks[code].title if code in known.tasks else code}


def _is_precheck(step: int, seats: tuple[heard.Seat, ...]) -> bool:
    """The party department's pre-check, which n02 tells, so that n03 need not say it a second time."""
    return step == 0 and all(seat.office == "party_department" for seat in seats)


def _day(day: date | None) -> str:
    return "" if day is None else day.isoformat()
