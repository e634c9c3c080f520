"""Help from outside the project: guidance given, support asked for and answered (R45, R51)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import assert_never

from services.projects.domain.project.content import ANSWER_SUPPORT, Seat
from services.projects.domain.project.rectification import FOLLOWED_UP, open_finding, refuse_rectifier
from services.projects.domain.project.state import (
    CodeTaken,
    State,
    Support,
    acting,
    refuse_future,
    refuse_players,
    require,
)
from shared.domain import By, NotAllowed, NotAsItStands, NotKnown, PersonId, Refusal, UnitId


@dataclass(frozen=True, slots=True)
class GuidanceGiven:
    """Somebody from outside the project helped it on."""

    on: date
    seat: Seat  # in which office
    person: PersonId
    matter: str
    note: str  # one line


@dataclass(frozen=True, slots=True)
class SupportRequested:
    """A department or a committee, whose secretary answers for it, is asked for help by a day."""

    support: str
    matter: str
    of: Seat
    due: date
    person: PersonId
    finding: str = ""  # that was turned into this request


@dataclass(frozen=True, slots=True)
class FindingTurnedIntoSupport:
    """What was found is beyond the branch: its clock stands still, and closing does not wait for it (R51)."""

    finding: str
    support: str
    on: date
    person: PersonId


@dataclass(frozen=True, slots=True)
class SupportDecided:
    """It will be given, or it will not; a finding that was turned into it is then the branch's again."""

    support: str
    granted: bool
    note: str
    provide_by: date | None
    person: PersonId
    finding: str = ""
    finding_due: date | None = None  # its date, later by the days that it waited


@dataclass(frozen=True, slots=True)
class SupportProvided:
    """The help is there."""

    support: str
    what: str
    on: date
    person: PersonId


Event = GuidanceGiven | SupportRequested | FindingTurnedIntoSupport | SupportDecided | SupportProvided


@dataclass(frozen=True, slots=True)
class GiveGuidance:
    """Record help that was given, in one line."""

    by: By
    on: date
    matter: str
    note: str
    today: date


@dataclass(frozen=True, slots=True)
class RequestSupport:
    """Ask a department or a committee for help. Fact: due, the day that is wished for or the usual one."""

    by: By
    support: str
    matter: str
    of: Seat
    today: date
    due: date
    wanted_by: date | None = None


@dataclass(frozen=True, slots=True)
class TurnFindingIntoSupport:
    """Let those help who can, where a finding is beyond the branch. Facts: due, units, tied_to."""

    by: By
    finding: str
    support: str
    matter: str
    of: Seat
    today: date
    due: date
    wanted_by: date | None = None
    units: tuple[UnitId, ...] = ()  # to which `by` belongs, through every office held (R5)
    tied_to: tuple[PersonId, ...] = ()


@dataclass(frozen=True, slots=True)
class DecideSupport:
    """Say whether the help will be given, how and by when; a refusal says why. Fact: tied_to."""

    by: By
    support: str
    granted: bool
    note: str
    today: date
    provide_by: date | None = None
    tied_to: tuple[PersonId, ...] = ()


@dataclass(frozen=True, slots=True)
class ProvideSupport:
    """Say that the help was given; who still lacks it asks again. Fact: tied_to."""

    by: By
    support: str
    what: str
    on: date
    today: date
    tied_to: tuple[PersonId, ...] = ()


Command = GiveGuidance | RequestSupport | TurnFindingIntoSupport | DecideSupport | ProvideSupport


class GuidanceComesFromOutside(NotAllowed):
    """Whoever proposed, leads or works on a project does not guide it.

    Record it as an activity of the project."""


class AnswersNoSupport(Refusal):
    """The office {office} does not answer requests for support.

    Ask a department, or the secretary of the committee that is to help."""


class SupportWantedTooSoon(Refusal):
    """{due} has passed.

    Name a day that is still to come."""


class FindingWaitsForSupport(NotAsItStands):
    """This finding waits for support already.

    Answer that request first; what else is needed is asked for by itself."""


class NoSuchSupport(NotKnown):
    """The project has no request for support {code}.

    Choose from the list of its requests."""


class SupportIsDecided(NotAsItStands):
    """This request for support has been answered.

    Ask again if help is still needed."""


class DecliningNeedsAReason(Refusal):
    """Whoever declines to help says why.

    Name the reason, and who else could help."""


class SupportNotGranted(NotAsItStands):
    """No help that was promised is outstanding here.

    Decide on the request first; what was provided is provided."""


def decide(command: Command, state: State) -> list[Event]:
    """The events of a command about help."""
    match command:
        case GiveGuidance():
            return guide(command, state)
        case RequestSupport():
            return request(command, state)
        case TurnFindingIntoSupport():
            return turn(command, state)
        case DecideSupport():
            return answer(command, state)
        case ProvideSupport():
            return provide(command, state)
        case _:
            assert_never(command)


def guide(command: GiveGuidance, state: State) -> list[Event]:
    """By somebody from outside, as long as there is something to help with; it is no conflict (R4)."""
    require(state, "in_implementation", "draft", "in_approval", "suspended", "in_closing")
    if not state.players.isdisjoint(acting(command.by)):
        raise GuidanceComesFromOutside()
    refuse_future(command.on, command.today)
    seat = Seat(command.by.office, command.by.unit)
    return [GuidanceGiven(command.on, seat, command.by.person, command.matter, command.note)]


def request(command: RequestSupport, state: State) -> list[Event]:
    """Of somebody who answers for help, under a code that is new in the project."""
    require(state, "in_implementation", "suspended", "in_closing")
    return [_requested(command, state, "")]


def turn(command: TurnFindingIntoSupport, state: State) -> list[Event]:
    """By whoever may close the finding, since it is then off the branch's shoulders (R51)."""
    finding = open_finding(command.finding, state)
    refuse_rectifier(command.by, command.units, finding, command.tied_to)
    if finding.status == "in_support":
        raise FindingWaitsForSupport()
    turned = FindingTurnedIntoSupport(command.finding, command.support, command.today, command.by.person)
    return [turned, _requested(command, state, command.finding)]


def _requested(
    command: RequestSupport | TurnFindingIntoSupport, state: State, finding: str
) -> SupportRequested:
    if command.support in state.supports:
        raise CodeTaken(code=command.support)
    if command.of.office not in ANSWER_SUPPORT:
        raise AnswersNoSupport(office=command.of.office)
    if command.due < command.today:
        raise SupportWantedTooSoon(due=command.due)
    return SupportRequested(
        command.support, command.matter, command.of, command.due, command.by.person, finding
    )


def answer(command: DecideSupport, state: State) -> list[Event]:
    """Once, by nobody with a part in the project; whoever declines says why."""
    support = _open(command.support, state, acting(command.by) | set(command.tied_to))
    if support.status != "requested":
        raise SupportIsDecided()
    if not command.granted and not command.note.strip():
        raise DecliningNeedsAReason()
    if command.provide_by is not None and command.provide_by < command.today:
        raise SupportWantedTooSoon(due=command.provide_by)
    return [
        SupportDecided(
            command.support,
            command.granted,
            command.note,
            command.provide_by if command.granted else None,
            command.by.person,
            support.finding,
            None if command.granted else _due_again(support.finding, command.today, state),
        )
    ]


def _due_again(code: str, today: date, state: State) -> date | None:
    """By when the branch puts a finding right that others do not; None where it does not wait for them."""
    finding = state.findings.get(code)
    if finding is None or finding.status != "in_support" or state.phase == "archived":
        return None
    return state.due_again(finding, today)


def provide(command: ProvideSupport, state: State) -> list[Event]:
    """Once, after it was promised."""
    support = _open(command.support, state, acting(command.by) | set(command.tied_to))
    if support.status != "granted":
        raise SupportNotGranted()
    refuse_future(command.on, command.today)
    return [SupportProvided(command.support, command.what, command.on, command.by.person)]


def _open(code: str, state: State, people: Iterable[PersonId]) -> Support:
    """Also after the closing, which does not wait for it."""
    require(state, "in_implementation", *FOLLOWED_UP, "archived")
    if code not in state.supports:
        raise NoSuchSupport(code=code)
    refuse_players(state, people)
    return state.supports[code]


def evolve(state: State, event: Event) -> State:
    """The project after help was given, asked for or answered."""
    match event:
        case GuidanceGiven():
            return replace(state, guided={**state.guided, event.seat: state.approval.returns})
        case SupportRequested():
            return _with(state, event.support, Support(event.of, event.finding))
        case FindingTurnedIntoSupport():
            return _with_finding(state, event.finding, status="in_support", stopped_on=state.clock(event.on))
        case SupportDecided():
            support = state.supports.get(event.support)
            if support is None:
                return state
            answered = replace(support, status="granted" if event.granted else "declined")
            decided = _with(state, event.support, answered)
            if event.granted or event.finding_due is None:
                return decided
            return _with_finding(decided, event.finding, status="open", due=event.finding_due)
        case SupportProvided():
            support = state.supports.get(event.support)
            return (
                state if support is None else _with(state, event.support, replace(support, status="provided"))
            )
        case _:
            assert_never(event)


def _with(state: State, code: str, support: Support) -> State:
    return replace(state, supports={**state.supports, code: support})


def _with_finding(state: State, code: str, **changes: object) -> State:
    finding = state.findings.get(code)
    if finding is None:
        return state
    after = replace(finding, **changes)  # type: ignore[arg-type] # of the two callers above
    return replace(state, findings={**state.findings, code: after})
