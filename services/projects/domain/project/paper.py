"""Acts done on paper or by telephone: entered by a clerk, confirmed by whose they are (R35, R36)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import assert_never

from services.projects.domain.project.approval.signing import GiveOpinion
from services.projects.domain.project.figures import ReportReading
from services.projects.domain.project.rectification import ReportRectification
from services.projects.domain.project.state import (
    Entry,
    State,
    acting,
    refuse_future,
    refuse_players,
    require,
)
from services.projects.domain.project.supervision import HoldInspection, RecordFinding
from services.projects.domain.project.tasks.climbing import ClaimTask
from services.projects.domain.project.tasks.doing import CompleteTask
from services.projects.domain.project.work import HoldActivity, ReachMilestone
from shared.domain import By, NotAllowed, NotAsItStands, NotKnown, Paper, PersonId, Refusal

OnPaper = (
    GiveOpinion
    | ClaimTask
    | CompleteTask
    | ReachMilestone
    | HoldActivity
    | ReportReading
    | HoldInspection
    | RecordFinding
    | ReportRectification
)


@dataclass(frozen=True, slots=True)
class PaperEntered:
    """What the same decision recorded was done without the system, and reached it late."""

    entry: str  # its number in the project
    act: str  # name of the command
    subject: str  # what it was about, and its code
    code: str
    person: PersonId  # whose act it is
    office: str  # in which it was done
    paper: Paper


@dataclass(frozen=True, slots=True)
class LateEntryToAccept:
    """The party department is asked whether the day on the paper counts."""

    entry: str
    on: date
    until: date


@dataclass(frozen=True, slots=True)
class PaperConfirmed:
    """Whose act it is said that it is theirs."""

    entry: str
    person: PersonId


@dataclass(frozen=True, slots=True)
class PaperDenied:
    """Whose act it is said to be did not do it so."""

    entry: str
    person: PersonId
    reason: str


@dataclass(frozen=True, slots=True)
class PaperLeftUnconfirmed:
    """Nobody said in time that it is theirs; the mark stays until they do."""

    entry: str
    due: date


@dataclass(frozen=True, slots=True)
class LateEntryAccepted:
    """Time limits count the day on the paper instead of the day of entry (R36)."""

    entry: str
    on: date
    person: PersonId


Event = (
    PaperEntered | LateEntryToAccept | PaperConfirmed | PaperDenied | PaperLeftUnconfirmed | LateEntryAccepted
)


@dataclass(frozen=True, slots=True)
class ConfirmPaper:
    """Say that what was entered for one is one's own act; after its time, too."""

    by: By
    entry: str


@dataclass(frozen=True, slots=True)
class DenyPaper:
    """Say that what was entered for one is not what one did; the act stays, with that mark."""

    by: By
    entry: str
    reason: str


@dataclass(frozen=True, slots=True)
class LeavePaperUnconfirmed:
    """Note that the time to confirm is over."""

    by: By | None
    entry: str
    due: date
    today: date


@dataclass(frozen=True, slots=True)
class AcceptLateEntry:
    """Let time limits count the day on the paper. Fact: tied_to."""

    by: By
    entry: str
    today: date
    tied_to: tuple[PersonId, ...] = ()


Command = ConfirmPaper | DenyPaper | LeavePaperUnconfirmed | AcceptLateEntry


class NotTakenOnPaper(Refusal):
    """This act is not entered from paper.

    Whoever it is for does it in the system."""


class PaperOrCall(Refusal):
    """What is entered for somebody has either a scan of the paper or a note of the call.

    Attach the scan, or write who was called and what was said."""


class OwnLateEntryNeedsPaper(Refusal):
    """What you enter late for yourself has the paper of that day.

    Attach its scan; without one, do the act as of today."""


class ClerksOwnDuty(NotAllowed):
    """A clerk enters nothing that is their own to do, in an office or as a deputy.

    Do it yourself, or let another clerk enter it."""


class PlayerMayNotEnterOpinions(NotAllowed):
    """Whoever proposed, leads or works on a project enters no opinion on it.

    Let another clerk enter it."""


class PaperBeforeStep(Refusal):
    """The paper is of {on}, before the step opened on {opened_on}.

    An opinion binds to what is asked now: ask for a new one."""


class NoSuchEntry(NotKnown):
    """The project has no entry {code} from paper.

    Choose from the list of its entries."""


class OnlyWhoseActItIs(NotAllowed):
    """Only the person for whom it was entered says whether it is theirs.

    They have been asked to."""


class EntryIsAnswered(NotAsItStands):
    """Whether this entry is theirs has been said already.

    Nothing more is needed."""


class TimeToConfirmLeft(Refusal):
    """There is time until {due} to confirm this entry.

    It is marked when that day is over."""


class DayOfEntryCounts(NotAsItStands):
    """Without a paper the day of entry counts.

    Nothing can be accepted here."""


class EntryIsDenied(NotAsItStands):
    """The person for whom it was entered said that it is not theirs.

    Ask them, and the clerk who entered it."""


class LateEntryIsAccepted(NotAsItStands):
    """The day on this paper has been accepted.

    Nothing more is needed."""


class AcceptedTooLate(NotAsItStands):
    """The day on a paper is accepted until {until}; now the day of entry counts.

    An explanation of the delay can still be given."""


class EntrantMayNotAccept(NotAllowed):
    """Whoever did or entered an act does not accept the day on its paper.

    Somebody else of the party department accepts it."""


def entered(act: object, state: State) -> list[Event]:
    """What is recorded besides where an act was done on paper; nothing for all others.

    An outside partner's word is entered by its agreement (R73), a juror's by the review (R60).
    """
    by: By | None = getattr(act, "by", None)
    if by is None or by.paper is None:
        return []
    if not isinstance(act, OnPaper):
        raise NotTakenOnPaper()
    paper = by.paper
    refuse_future(paper.on, paper.entered_on)
    if paper.entered_by == by.person:
        if paper.scan is None:
            raise OwnLateEntryNeedsPaper()
    elif not acting(by).isdisjoint((paper.entered_by, *paper.stood_in_for)):
        raise ClerksOwnDuty()
    elif (paper.scan is None) != bool(paper.call.strip()):
        raise PaperOrCall()
    if isinstance(act, GiveOpinion):
        _refuse_unfit_opinion(paper, state)
    entry = str(len(state.papers) + 1)
    subject, code = _about(act)
    put = PaperEntered(entry, type(act).__name__, subject, code, by.person, by.office, paper)
    if paper.accept_by is None:
        return [put]
    return [put, LateEntryToAccept(entry, paper.on, paper.accept_by)]


def _refuse_unfit_opinion(paper: Paper, state: State) -> None:
    """Nobody types in what their own project waits for (R4), nor a word on what nobody had asked yet."""
    if not state.players.isdisjoint((paper.entered_by, *paper.stood_in_for)):
        raise PlayerMayNotEnterOpinions()
    if paper.on < state.approval.opened_on:
        raise PaperBeforeStep(on=paper.on, opened_on=state.approval.opened_on)


def _about(act: OnPaper) -> tuple[str, str]:
    match act:
        case GiveOpinion():
            return "step", str(act.step)
        case ClaimTask() | CompleteTask():
            return "task", act.task
        case ReachMilestone():
            return "milestone", act.milestone
        case ReportReading() | HoldActivity():
            return "indicator", act.indicator
        case HoldInspection():
            return "inspection", act.inspection
        case RecordFinding() | ReportRectification():
            return "finding", act.finding
        case _:
            assert_never(act)


def decide(command: Command, state: State) -> list[Event]:
    """The events of a command about an entry."""
    entry = state.papers.get(command.entry)
    if entry is None:
        raise NoSuchEntry(code=command.entry)
    match command:
        case ConfirmPaper():
            _refuse_others(command.by, entry)
            return [PaperConfirmed(command.entry, command.by.person)]
        case DenyPaper():
            _refuse_others(command.by, entry)
            return [PaperDenied(command.entry, command.by.person, command.reason)]
        case LeavePaperUnconfirmed():
            return leave(command, entry)
        case AcceptLateEntry():
            return accept(command, entry, state)
        case _:
            assert_never(command)


def _refuse_others(by: By, entry: Entry) -> None:
    if entry.person != by.person or by.on_behalf_of is not None:
        raise OnlyWhoseActItIs()
    if entry.status in ("own", "confirmed", "denied"):
        raise EntryIsAnswered()


def leave(command: LeavePaperUnconfirmed, entry: Entry) -> list[Event]:
    """Once; it takes nothing back."""
    if entry.status != "entered" or entry.paper.confirm_by != command.due:
        raise EntryIsAnswered()
    if command.today <= command.due:
        raise TimeToConfirmLeft(due=command.due)
    return [PaperLeftUnconfirmed(command.entry, command.due)]


def accept(command: AcceptLateEntry, entry: Entry, state: State) -> list[Event]:
    """By who neither did nor entered it nor has a part in the project, in time, of a paper's day (R36)."""
    require(state, "in_implementation", "in_approval", "suspended", "in_closing")
    if entry.paper.accept_by is None:
        raise DayOfEntryCounts()
    if entry.status == "denied":
        raise EntryIsDenied()
    if entry.accepted:
        raise LateEntryIsAccepted()
    if command.today > entry.paper.accept_by:
        raise AcceptedTooLate(until=entry.paper.accept_by)
    people = acting(command.by) | set(command.tied_to)
    if not {entry.person, entry.paper.entered_by}.isdisjoint(people):
        raise EntrantMayNotAccept()
    refuse_players(state, people)
    return [LateEntryAccepted(command.entry, entry.paper.on, command.by.person)]


def evolve(state: State, event: Event) -> State:
    """The project after an entry from paper, or after something was said of one."""
    match event:
        case PaperEntered():
            own = event.paper.entered_by == event.person
            entry = Entry(event.person, event.paper, "own" if own else "entered")
            scan = event.paper.scan
            proves = {(scan.sha256, "paper", event.entry)} if scan else set[tuple[str, str, str]]()
            return replace(_with(state, event.entry, entry), evidence=state.evidence | proves)
        case LateEntryToAccept():
            return state
        case PaperConfirmed():
            return _changed(state, event.entry, status="confirmed")
        case PaperDenied():
            return _changed(state, event.entry, status="denied", accepted=False)
        case PaperLeftUnconfirmed():
            return _changed(state, event.entry, status="unconfirmed")
        case LateEntryAccepted():
            return _changed(state, event.entry, accepted=True)
        case _:
            assert_never(event)


def _changed(state: State, code: str, **changes: object) -> State:
    entry = state.papers.get(code)
    if entry is None:
        return state
    after = replace(entry, **changes)  # type: ignore[arg-type] # of the callers above
    return _with(state, code, after)


def _with(state: State, code: str, entry: Entry) -> State:
    return replace(state, papers={**state.papers, code: entry})
