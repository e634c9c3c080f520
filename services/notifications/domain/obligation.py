"""An obligation: one person owes one answer to one event under one rule, until the act itself closes it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

from services.notifications.domain import heard
from services.notifications.domain.heard import name_of
from services.notifications.domain.known import Known, evolve
from services.notifications.domain.notice.panel import signing_seats
from services.notifications.domain.notice.seats import confirmers, second_key
from services.notifications.domain.notice.subject import subject_of
from services.notifications.domain.notice.words import CHANGES, Notice
from services.notifications.domain.panel import Duty, Owed, owed
from services.notifications.domain.recipients import Organisation, addressed
from services.notifications.domain.rules import Rule
from shared.domain import PersonId, UnitId

Kind = Literal["todo", "read", "started"]


@dataclass(frozen=True, slots=True)
class Obligation:
    """What one person is told: to do, to read, or that something of their own has begun.

    One for each (event, rule, occurrence, recipient), for ever. `subject` is what a later event must
    be about to close it. Facts hold ids of people and units, never their names.
    """

    rule: str
    occurrence: str  # the seat that is addressed, or ""
    recipient: PersonId
    kind: Kind
    subject: str
    facts: dict[str, str]
    due: date | None = None


def obligations(
    rules: Iterable[Rule], notice: Notice, known: Known, organisation: Organisation, on: date
) -> Iterator[Obligation]:
    """What an event obliges whom to, rule by rule; nobody is told the same twice.

    One after the other: there may be a hundred thousand.
    """
    for rule in rules:
        told = set[tuple[PersonId, str]]()
        for word in rule.to if rule.condition in notice.holds else ():
            for person, seat in addressed(word, notice, known, organisation, on):
                once = (person, "" if rule.kind == "read" else seat)
                if once not in told:
                    told.add(once)
                    yield Obligation(
                        rule.id, seat, person, rule.kind, notice.subject, notice.facts, notice.due
                    )


STARTS = (heard.ProposalSubmitted, heard.ChangeRequested, heard.ClosureRequested)


def started(event: heard.Heard, known: Known, by: PersonId | None) -> list[Obligation]:
    """An entry among what its author has started, for acts that others now have to answer."""
    if (
        by is None
        or not isinstance(event, STARTS)
        or (isinstance(event, heard.ProposalSubmitted) and event.round > 1)
    ):
        return []
    name = type(event).__name__
    return [Obligation(name, "", by, "started", subject_of(event), {"title": known.title})]


DECIDED = frozenset(
    {
        heard.StepCompleted,
        heard.StepReferredUp,
        heard.ProposalReturned,
        heard.ProposalWithdrawn,
        heard.ProjectRejected,
        heard.ProjectApproved,
    }
)
WORD = frozenset({heard.OpinionGiven, heard.OpinionWithdrawn, heard.StepTransferred})  # ask anew, if at all
CHANGE_GOES_ON = frozenset(
    {heard.ChangeStepOpened, heard.ChangeReferredUp, heard.ChangeApproved, heard.ChangeRejected}
)
CHANGE_WORD = frozenset({heard.ChangeOpinionGiven, heard.ChangeOpinionWithdrawn, heard.ChangeStepTransferred})
CLOSED_BY: dict[str, frozenset[type]] = {
    "n02": DECIDED | WORD,
    "n03": DECIDED | WORD | {heard.ProposalAmended, heard.ChangesConfirmed},
    "n04": DECIDED | {heard.MeetingDecided},
    "n05": frozenset({heard.MeetingConfirmed, heard.MeetingLapsed}),
    "n06": frozenset({heard.ProposalSubmitted, heard.ProposalWithdrawn, heard.ClosureRequested}),
    "n07": (DECIDED - {heard.StepCompleted, heard.StepReferredUp}) | {heard.ProposalAmended},
    "n11": DECIDED | WORD | CHANGE_GOES_ON | CHANGE_WORD | {heard.ChangeMeetingDecided},
    "n12": frozenset({heard.FigureConfirmed, heard.FigureDisputed, heard.FigureToConfirm}),
    "n13": frozenset({heard.FigureToConfirm}),
    "n14": frozenset({heard.FigureConfirmed, heard.FigureToConfirm}),
    "n15": frozenset({heard.TaskCompleted, heard.TaskReleased, heard.TaskAssigned, heard.TaskOffered}),
    "n18": frozenset({heard.TaskOffered, heard.TaskAssigned}),
    "n19": frozenset({heard.TaskAccepted, heard.TaskSentBack}),
    "n20": frozenset({heard.TaskCompleted, heard.TaskReleased, heard.TaskAssigned, heard.TaskOffered}),
    "n22": frozenset(
        {
            heard.TaskCompleted,
            heard.MilestoneReached,
            heard.RectificationReported,
            heard.FindingClosed,
            heard.FindingTurnedIntoSupport,
            heard.FindingDisputed,
            heard.FindingWithdrawn,
            heard.ExplanationGiven,
        }
    ),
    "n23": frozenset({heard.SupportDecided, heard.SupportProvided}),
    "n56": frozenset({heard.PaperConfirmed, heard.PaperDenied}),
    "n60": frozenset({heard.SecrecyReviewed, heard.PracticeDeclined}),
    "n57": frozenset({heard.LateEntryAccepted, heard.PaperDenied}),
    "n50": frozenset({heard.PracticeListed, heard.PracticeDeclined}),
    "n48": frozenset({heard.PartnerInvited, heard.PartnerJoined, heard.PartnerLeft}),
    "n49": frozenset({heard.DepartureAnswered, heard.PartnerJoined, heard.PartnerLeft}),
    "n25": frozenset(
        {
            heard.RectificationPlanned,
            heard.RectificationReported,
            heard.FindingClosed,
            heard.FindingTurnedIntoSupport,
            heard.FindingDisputed,
            heard.FindingWithdrawn,
        }
    ),
    "n53": frozenset({heard.FindingUpheld, heard.FindingWithdrawn}),
    "n26": frozenset({heard.FindingClosed, heard.FindingTurnedIntoSupport}),
    "n27": frozenset({heard.FindingLookedBackAt, heard.FindingReopened}),
    "n28": CHANGE_GOES_ON,
    "n84": CHANGE_GOES_ON | CHANGE_WORD,
    "n85": CHANGE_GOES_ON | {heard.ChangeMeetingDecided},
    "n29": frozenset({heard.CustodianNamed, heard.OfficeAppointed}),
    "n30": frozenset(
        {heard.HandoverListDrawnUp, heard.HandoverSigned, heard.HandoverConfirmed, heard.HandoverLapsed}
    ),
    "n62": frozenset({heard.HandoverConfirmed, heard.HandoverLapsed}),
    "n31": frozenset({heard.ActRatified, heard.RatificationLapsed}),
    "n63": frozenset({heard.ActRatified, heard.RatificationLapsed}),
    "n78": frozenset({heard.SupportRequested, heard.GuidanceGiven}),
    "n79": frozenset({heard.ChangeRequested}),
    "n83": frozenset({heard.ObjectionAnswered}),
    "n74": frozenset({heard.ChangeRequested}),
    "n44": frozenset({heard.ArchiveHandedOver}),
    "n90": frozenset({heard.ArchiveHandedOver}),
    "n91": frozenset({heard.ArchiveSentBack, heard.ProjectArchived, heard.SupplementArchived}),
    "n32": frozenset({heard.ClosureReviewed, heard.ClosureAssessed, heard.ClosureReturned}),
    "n40": frozenset({heard.AwardObjectionAnswered}),
    "n95": frozenset({heard.AllocationRun, heard.TieVoted}),
    "n101": frozenset({heard.AllocationRun}),
    "n103": frozenset({heard.AppealAnswered}),
    "n107": frozenset({heard.UnsealingDeclined}),
    "n108": frozenset({heard.UnsealingDeclined}),
}

CLOSED_ELSEWHERE = frozenset({"n45"})  # by the word of whoever told them, which is no event

# Of a panel: closed once nothing of it is left to be done, by whatever act.
OF_PANELS: dict[Duty, str] = {
    "declare": "n35",
    "score": "n36",
    "replace": "n37",
    "check": "n38",
    "sign": "n93",
}

ANSWERED_ELSEWHERE = frozenset({"n78", "n79", "n74"})  # by an act about something else
OUTLIVE_THE_PROJECT = frozenset({"n23", "n27", "n56"})


@dataclass(frozen=True, slots=True)
class Closing:
    """The open todos of a project that an event closes; None stands for any."""

    rules: frozenset[str] | None
    subject: str | None
    seats: frozenset[str] | None = None
    recipient: PersonId | None = None


def closings(event: heard.Heard, known: Known) -> Iterator[Closing]:
    """All that an event ends, given what was known before it."""
    if isinstance(event, heard.OfPanel):
        done = owed(known.panel) - owed(evolve(known, event).panel)
        yield from (_of_panel(one, UnitId(known.unit)) for one in done)
        return
    if ends := closing(event, known):
        yield ends
        if elsewhere := (ends.rules or frozenset()) & ANSWERED_ELSEWHERE:
            yield Closing(elsewhere, None)
    if isinstance(event, heard.OpinionWithdrawn | heard.ChangesConfirmed):
        left = evolve(known, event).conditions
        if isinstance(event, heard.OpinionWithdrawn) and event.seat not in confirmers(left):
            yield Closing(frozenset({"n03"}), CHANGES, frozenset({name_of(event.seat)}))
        if not left:
            yield Closing(frozenset({"n07"}), CHANGES)


def _of_panel(done: Owed, unit: UnitId) -> Closing:
    seat = signing_seats(unit).get(done.by) if done.duty == "sign" else None
    by = name_of(seat) if seat else done.by
    seats = frozenset({by}) if by else None
    return Closing(frozenset({OF_PANELS[done.duty]}), done.subject, seats)


def closing(event: heard.Heard, known: Known) -> Closing | None:
    """What an event ends of its own subject; None where it ends nothing.

    Who disagreed in a signing step still has to return or reject; a meeting that deferred still has
    to decide (R26, R29): their todos stay. So does that of who promised support, even when the project
    is closed without it (R45, R51).
    """
    match event:
        case heard.OpinionGiven(opinion="disagree"):
            return None
        case heard.MeetingDecided(result="deferred") | heard.ChangeMeetingDecided(result="deferred"):
            return None
        case heard.SupportDecided(granted=True):
            return None
        case heard.HandoverSigned(role="witness"):
            return Closing(frozenset({"n30"}), None, frozenset({name_of(heard.witness_of(event.parties))}))
        case heard.HandoverSigned():
            return Closing(frozenset({"n30"}), None, frozenset({""}), event.person)
        case heard.ActRatified(left=left) if left:
            return None
        case heard.UnsealingAgreed():  # the other of the two still has to agree
            agreed = "n107" if event.opening == "discipline" else "n108"
            return Closing(frozenset({agreed}), subject_of(event))
        case heard.ProjectClosed():
            return Closing(frozenset(CLOSED_BY) - OUTLIVE_THE_PROJECT, None)
        case heard.ProjectRejected() | heard.ProjectTerminated():
            return Closing(None, None)
        case _:
            rules = frozenset(rule for rule, events in CLOSED_BY.items() if type(event) in events)
    return Closing(rules, subject_of(event) or None, _answered(event, known)) if rules else None


def _answered(event: heard.Heard, known: Known) -> frozenset[str] | None:
    """The seats for which the event answers; None: for all."""
    match event:
        case (
            heard.OpinionGiven()
            | heard.OpinionWithdrawn()
            | heard.StepTransferred()
            | heard.ClosureReviewed()
            | heard.ChangeOpinionGiven()
            | heard.ChangeOpinionWithdrawn()
            | heard.ChangeStepTransferred()
        ):
            seats = {event.seat}
        case heard.ClosureAssessed():
            seats = {second_key(known)}
        case heard.ChangesConfirmed():
            left = (change for change in known.conditions if change.number not in event.numbers)
            seats = {*confirmers(known.conditions)} - {*confirmers(left)}
        case _:
            return None
    return frozenset(map(name_of, seats))
