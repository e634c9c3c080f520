"""Acts in an office before it was known who holds it: the right holder ratifies them (R12)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import assert_never, get_args

from services.projects.domain.project.deadlines import DateHasMoved, DayNotOver
from services.projects.domain.project.state import ProposerMayNotApprove
from shared.domain import By, Decider, NotAllowed, NotKnown, PersonId, Refusal, UnitId

DECIDED_BY_LEADS = frozenset({"ClaimGranted", "TaskAccepted", "TaskSentBack", "PartnerJoined"})


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody did in the office, while by what is known now another held it."""

    id: str  # of its event
    project: str
    title: str
    event: str
    person: PersonId
    on: date
    decides: bool

    @property
    def bars_players(self) -> bool:
        """Whether it decides on the project, so that nobody with a part in it might have done it (R4)."""
        return self.decides and self.event not in DECIDED_BY_LEADS


@dataclass(frozen=True, slots=True)
class Whose:
    """The office in question, and who holds it rightly."""

    office: str
    unit: UnitId
    company: UnitId
    holder: PersonId


# Events


@dataclass(frozen=True, slots=True)
class ActsToRatify:
    whose: Whose
    since: date
    until: date  # the day on which it was entered
    due: date
    acts: tuple[Act, ...]
    count: int


@dataclass(frozen=True, slots=True)
class ActRatified:
    acts: tuple[str, ...]
    person: PersonId
    on: date
    left: int


@dataclass(frozen=True, slots=True)
class RatificationOverdue:
    """What was not ratified in time and decides something: the party department has it run again."""

    whose: Whose
    due: date
    acts: tuple[str, ...]
    count: int


@dataclass(frozen=True, slots=True)
class RatificationLapsed:
    """The company has ended and its record is closed: what nobody ratified is ratified no more (R70)."""

    whose: Whose
    acts: tuple[str, ...]


Event = ActsToRatify | ActRatified | RatificationOverdue | RatificationLapsed

# Commands


@dataclass(frozen=True, slots=True)
class AskToRatify:
    by: By | None
    whose: Whose
    since: date
    until: date
    due: date
    acts: tuple[Act, ...]


@dataclass(frozen=True, slots=True)
class RatifyActs:
    """Ratify these acts, or with none named the whole list. Fact: own."""

    by: By
    acts: tuple[str, ...]
    today: date
    own: tuple[str, ...] = ()  # projects of the list in which whoever ratifies has a part


@dataclass(frozen=True, slots=True)
class OverrunRatification:
    by: By | None
    due: date
    today: date


@dataclass(frozen=True, slots=True)
class LapseRatification:
    """Let it end; the system's own act, before its record is closed."""

    by: By | None


Command = AskToRatify | RatifyActs | OverrunRatification | LapseRatification

# Refusals


class AskedAlready(Refusal):
    """These acts wait to be ratified already.

    Open the list and ratify what is right."""


class RatifiedByTheHolder(NotAllowed):
    """Acts are ratified in person by who holds the office rightly.

    Nobody ratifies for another, and no deputy does."""


class NothingToRatify(Refusal):
    """None of these acts waits to be ratified.

    Look at the list; what is ratified stays so."""


@dataclass(frozen=True, slots=True)
class Ratification:
    """What waits."""

    asked: ActsToRatify | None = None
    ratified: frozenset[str] = frozenset()
    overdue: bool = False
    lapsed: bool = False

    @property
    def waiting(self) -> tuple[Act, ...]:
        """What nobody has ratified."""
        acts = self.asked.acts if self.asked else ()
        return tuple(act for act in acts if act.id not in self.ratified)


def decide(command: Command, state: Ratification) -> Sequence[Event]:
    """What the command causes, or the refusal."""
    if isinstance(command, AskToRatify):
        return ask(command, state)
    if state.asked is None:
        raise NotKnown()
    match command:
        case RatifyActs():
            return ratify(command, state, state.asked)
        case OverrunRatification():
            return overrun(command, state, state.asked)
        case LapseRatification():
            left = tuple(act.id for act in state.waiting)
            return [RatificationLapsed(state.asked.whose, left)] if left and not state.lapsed else []
        case _:
            assert_never(command)


def ask(command: AskToRatify, state: Ratification) -> Sequence[Event]:
    """What is not in the list already: an appointment and an end may both tell of the same acts."""
    known = {act.id for act in state.asked.acts} if state.asked else set[str]()
    new = tuple(act for act in command.acts if act.id not in known)
    if not new:
        raise AskedAlready()
    return [ActsToRatify(command.whose, command.since, command.until, command.due, new, len(new))]


def ratify(command: RatifyActs, state: Ratification, asked: ActsToRatify) -> Sequence[Event]:
    """By the right holder alone, also after the last day; what they might not have decided is left (R4)."""
    if command.by.on_behalf_of is not None or command.by.person != asked.whose.holder:
        raise RatifiedByTheHolder()
    named = set(command.acts)
    wanted = [act for act in state.waiting if not named or act.id in named]
    found = tuple(act.id for act in wanted if not (act.bars_players and act.project in command.own))
    if wanted and (not found or named) and len(found) < len(wanted):
        raise ProposerMayNotApprove()
    if not found or not named <= set(found):
        raise NothingToRatify()
    return [ActRatified(found, command.by.person, command.today, len(state.waiting) - len(found))]


def overrun(command: OverrunRatification, state: Ratification, asked: ActsToRatify) -> Sequence[Event]:
    """Once; nothing is noted where only acts are left that decide nothing."""
    if command.due != asked.due or state.overdue:
        raise DateHasMoved()
    if command.today <= asked.due:
        raise DayNotOver(due=asked.due)
    left = tuple(act.id for act in state.waiting if act.decides)
    return [RatificationOverdue(asked.whose, asked.due, left, len(left))] if left else []


def evolve(state: Ratification, event: Event) -> Ratification:
    """The state after the event."""
    match event:
        case ActsToRatify():
            before = state.asked.acts if state.asked else ()
            return replace(state, asked=replace(event, acts=(*before, *event.acts)), overdue=False)
        case ActRatified():
            return replace(state, ratified=state.ratified.union(event.acts))
        case RatificationOverdue():
            return replace(state, overdue=True)
        case RatificationLapsed():
            return replace(state, lapsed=True)
        case _:
            assert_never(event)


RATIFICATION: Decider[Command, Event, Ratification] = Decider(
    "ratification", Ratification(), decide, evolve, get_args(Command), get_args(Event)
)
