"""A step that is signed: every seat gives its word, until enough agree or one disagreement stops it (R29)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from services.projects.domain.project.approval import steps
from services.projects.domain.project.content import Seat
from services.projects.domain.project.route import STAYS, Onward, Opinion, RequiredChange, Wanted
from services.projects.domain.project.state import SeatNotAddressed, State, acting, refuse_players
from shared.domain import By, PersonId, Refusal


@dataclass(frozen=True, slots=True)
class OpinionGiven:
    """A seat gave its word on exactly this content."""

    step: int
    seat: Seat
    person: PersonId
    opinion: Opinion
    content_hash: str
    changes: tuple[RequiredChange, ...] = ()
    note: str = ""


Event = OpinionGiven


@dataclass(frozen=True, slots=True)
class GiveOpinion:
    """Say a seat's word in a signing step. Facts: seat, tied_to, onward."""

    by: By
    step: int
    opinion: Opinion
    content_hash: str  # of what was read
    seat: Seat  # the addressed seat that `by` holds or stands in for (R3)
    changes: tuple[Wanted, ...] = ()
    note: str = ""
    tied_to: tuple[PersonId, ...] = ()  # whom `by` is deputy for, kin or adviser of (R4, R5)
    onward: Onward = STAYS


Command = GiveOpinion


class MeetingMayNotBeReplacedBySigning(Refusal):
    """What a meeting must decide is not decided by signing, circulating or asking one by one.

    Put it on the agenda of the body's next meeting."""


class StepStoppedByDisagreement(Refusal):
    """Somebody disagreed; the step takes no more opinions.

    Return the proposal with required changes, or reject it with the reason."""


class OpinionAlreadyGiven(Refusal):
    """This office has given its opinion in this step.

    Nothing more is asked of it here."""


class NotYourTurn(Refusal):
    """In this step the offices speak in order, and another one is before you.

    Wait for its opinion."""


class ConditionsAreNumberedChanges(Refusal):
    """Agreeing with changes lists the changes; agreeing or disagreeing lists none.

    Choose the opinion that fits, and write each change on a line of its own."""


def give_opinion(command: GiveOpinion, state: State) -> list[Event | steps.Event]:
    """One word for each seat, on the content as it is; any, all or in order make the step (R29)."""
    approval = state.approval
    refuse_signing(command.by, command.step, command.seat, command.tied_to, state)
    if approval.stopped:
        raise StepStoppedByDisagreement()
    if command.seat in approval.opinions:
        raise OpinionAlreadyGiven()
    waiting = [seat for seat in approval.seats if seat not in approval.opinions]
    if approval.decides == "in_order" and command.seat != waiting[0]:
        raise NotYourTurn()
    if bool(command.changes) != (command.opinion == "agree_with_changes"):
        raise ConditionsAreNumberedChanges()
    steps.refuse_other_content(command.content_hash, state)
    changes = steps.numbered(state, command.changes, confirmer=command.seat)
    given = OpinionGiven(
        command.step,
        command.seat,
        command.by.person,
        command.opinion,
        command.content_hash,
        changes,
        command.note,
    )
    decided = approval.decides == "any" or waiting == [command.seat]
    if command.opinion == "disagree" or not decided:
        return [given]
    return [given, *steps.onward(state, changes, command.onward)]


def refuse_signing(by: By, step: int, seat: Seat, tied_to: tuple[PersonId, ...], state: State) -> None:
    """Refuse an act in a signing step by a seat that is not asked, or a person with a part in it."""
    steps.refuse_unless_open(step, state)
    if state.approval.decides == "meeting":
        raise MeetingMayNotBeReplacedBySigning()
    if seat not in state.approval.seats:
        raise SeatNotAddressed()
    refuse_players(state, acting(by) | set(tied_to))


def evolve(state: State, event: Event) -> State:
    """The project after a seat's word."""
    opinions = {**state.approval.opinions, event.seat: event.opinion}
    given = replace(state, approval=replace(state.approval, opinions=opinions))
    return steps.with_conditions(given, event.changes)
