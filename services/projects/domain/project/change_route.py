"""The way of a change request through its deciders, step by step as the pinned programme says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, assert_never

from services.projects.domain.project import deadlines
from services.projects.domain.project.approval import meeting, signers, signing, steps
from services.projects.domain.project.approval.meeting import StillAdded
from services.projects.domain.project.content import Seat
from services.projects.domain.project.route import Decides, Onward, Place, Share, Step
from services.projects.domain.project.standing import NOBODY_ASKED, Standing, Word
from services.projects.domain.project.state import State
from services.projects.domain.quorum import Numbers
from shared.domain import PersonId


@dataclass(frozen=True, slots=True)
class ChangeStepOpened:
    """A step of a change's route asks its seats; a filing step only informs them (R34)."""

    change: str
    step: int  # place in the change's route, from 0
    name: str
    seats: tuple[Seat, ...]
    decides: Decides
    due: date | None
    on: date | None = None
    share: Share | None = None


@dataclass(frozen=True, slots=True)
class ChangeOpinionGiven:
    """A seat gave its word on a change: on what the content would be with it."""

    change: str
    step: int
    seat: Seat
    person: PersonId
    opinion: Literal["agree", "disagree"]
    content_hash: str
    reason: str = ""  # of a disagreement


@dataclass(frozen=True, slots=True)
class ChangeOpinionWithdrawn:
    """A seat's word on a change was taken back (R82)."""

    change: str
    step: int
    seat: Seat
    person: PersonId
    reason: str


@dataclass(frozen=True, slots=True)
class ChangeSignerAdded:
    """A seat that is asked on a change asked another office to sign before or after itself (R29)."""

    change: str
    step: int
    signer: Seat
    place: Place
    beside: Seat
    person: PersonId  # who added it
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ChangeStepTransferred:
    """Somebody else of the same office acts for this seat in this step of a change."""

    change: str
    step: int
    seat: Seat
    person: PersonId  # who transferred it
    to: PersonId
    office: Seat  # in which both act: the seat, or the nearest to it without conflict
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ChangeDeciderUrged:
    """The leading organisation reminded those whose word a change waits for."""

    change: str
    step: int
    name: str
    seats: tuple[Seat, ...]
    on: date


@dataclass(frozen=True, slots=True)
class ChangeDeadlineRecounted:
    """The last day of a change's open step, counted again by a calendar announced meanwhile (R38)."""

    change: str
    step: int
    due_before: date
    due: date


@dataclass(frozen=True, slots=True)
class ChangeDeadlinePassed:
    """The open step of a change was not decided by its last day; nothing is decided by that."""

    change: str
    step: int
    due: date
    on: date  # the day on which it was noted; who is asked is reminded then
    decides: Decides
    late: tuple[Seat, ...]  # whose word is waited for


@dataclass(frozen=True, slots=True)
class ChangeMeetingDecided:
    """A committee voted on a change; the result follows from the numbers."""

    change: str
    step: int
    meeting: str
    item: int
    minutes: str
    numbers: Numbers
    result: Literal["passed", "not_passed", "deferred"]
    content_hash: str


@dataclass(frozen=True, slots=True)
class ChangeReferredUp:
    """The open step of a change is for those above: too few could vote (R27), or its time is over."""

    change: str
    step: int
    seats: tuple[Seat, ...]
    reason: str
    due: date | None = None
    counted_from: date | None = None
    on: date | None = None  # the day on which its time sent it up; None where nobody had been late
    stays: tuple[Seat, ...] = ()  # of the seats those whose word stands
    added: tuple[StillAdded, ...] = ()  # of the seats those that were not asked by the route


Event = (
    ChangeStepOpened
    | ChangeOpinionGiven
    | ChangeOpinionWithdrawn
    | ChangeSignerAdded
    | ChangeStepTransferred
    | ChangeDeciderUrged
    | ChangeDeadlineRecounted
    | ChangeDeadlinePassed
    | ChangeMeetingDecided
    | ChangeReferredUp
)


def opened(change: str, route: Sequence[Step], start: int, facts: Onward) -> list[ChangeStepOpened]:
    """What opens at this place of a change's route: filings inform, up to the next step that decides."""
    return [
        ChangeStepOpened(change, one.step, one.name, one.seats, one.decides, one.due, one.on, one.share)
        for one in steps.steps_from(route, start, facts.due, facts.on)
    ]


def is_through(opening: Sequence[ChangeStepOpened]) -> bool:
    """Whether nobody is left to decide where these steps open."""
    return not opening or opening[-1].decides == "filing"


def with_word(standing: Standing, given: ChangeOpinionGiven) -> Standing:
    """With the word, refused unless it is this seat's turn (R28, R29)."""
    signing.refuse_unless_asked(given.seat, standing)
    signing.refuse_untimely(given.seat, standing)
    return _spoken(standing, given)


def _spoken(standing: Standing, given: ChangeOpinionGiven) -> Standing:
    return signing.with_word(standing, given.seat, Word(given.opinion, given.person, given.content_hash))


def noted_as(change: str, step: int) -> str:
    """By which code it is noted that the last day of a change's step is over."""
    return f"{change}/{step}"


def evolve(state: State, event: Event) -> State:
    """The project after an event on the way of a change."""
    standing = state.deciding.get(event.change, NOBODY_ASKED)
    match event:
        case ChangeStepOpened(decides="filing") | ChangeMeetingDecided():
            return state
        case ChangeDeadlinePassed():
            return deadlines.note(state, "change", noted_as(event.change, event.step), event.due)
        case ChangeStepOpened():
            standing = steps.opened(standing, event)
        case ChangeOpinionGiven():
            standing = _spoken(standing, event)
        case ChangeOpinionWithdrawn():
            standing = signing.without_word(standing, event.seat)
        case ChangeSignerAdded():
            standing = signers.with_signer(standing, event)
        case ChangeStepTransferred():
            standing = signers.with_handler(standing, event)
        case ChangeDeciderUrged():
            standing = replace(standing, urged_on=event.on)
        case ChangeDeadlineRecounted():
            standing = replace(standing, due=event.due)
        case ChangeReferredUp():
            standing = meeting.referred(standing, event)
        case _:
            assert_never(event)
    return replace(state, deciding={**state.deciding, event.change: standing})
