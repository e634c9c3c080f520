"""A higher office changes what a signing step came to: its own act with a reason, and no signature."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.projects.domain.project.approval import signing, steps
from services.projects.domain.project.content import Seat
from services.projects.domain.project.route import STAYS, Onward
from services.projects.domain.project.state import State, acting, refuse_players
from shared.domain import By, NotAllowed, NotAsItStands, PersonId


@dataclass(frozen=True, slots=True)
class DecisionChangedByHigher:
    """A disagreement or rejection in a signing step was set aside; the route goes on after the step."""

    step: int
    person: PersonId
    office: Seat
    reason: str
    what_next: str  # with the reason its written explanation (R44)
    content_hash: str


Event = DecisionChangedByHigher


@dataclass(frozen=True, slots=True)
class ChangeDecision:
    """Let a proposal go on that a signing step stopped or rejected. Facts: higher, tied_to, onward."""

    by: By
    step: int
    reason: str
    what_next: str
    content_hash: str
    higher: bool  # whether the office of `by` stands above every office that was asked
    tied_to: tuple[PersonId, ...] = ()
    onward: Onward = STAYS


Command = ChangeDecision


class NothingToChange(NotAsItStands):
    """This step has come to no disagreement that a higher office could set aside.

    Wait until the offices asked have spoken."""


class OnlyAHigherOffice(NotAllowed):
    """Only an office above all those that were asked changes what they decided.

    Ask the secretary or the leader in charge above."""


class ChangedInPersonOnly(NotAllowed):
    """A higher office changes a decision in person; no deputy does it.

    Ask the holder of the office."""


class OwnDecisionNotChanged(NotAllowed):
    """Whoever gave an opinion in this step does not change its outcome.

    Ask another office above."""


def decide(command: Command, state: State) -> Sequence[Event | steps.Event]:
    """Not where a meeting must decide (R28), not by a deputy (R8), and with both parts of the explanation."""
    approval = state.approval
    if command.step != (approval.rejected if state.phase == "rejected" else approval.open):
        raise steps.StepNotOpen()
    if approval.decides == "meeting":
        raise signing.MeetingMayNotBeReplacedBySigning()
    if not approval.stopped:
        raise NothingToChange()
    if command.by.on_behalf_of is not None:
        raise ChangedInPersonOnly()
    if not command.higher:
        raise OnlyAHigherOffice()
    refuse_players(state, acting(command.by) | set(command.tied_to))
    if any(word.person == command.by.person for word in approval.opinions.values()):
        raise OwnDecisionNotChanged()
    steps.refuse_other_content(command.content_hash, state)
    changed = DecisionChangedByHigher(
        command.step,
        command.by.person,
        Seat(command.by.office, command.by.unit),
        command.reason,
        command.what_next,
        command.content_hash,
    )
    return [changed, *steps.onward(evolve(state, changed), (), command.onward)]


def evolve(state: State, event: Event) -> State:
    """The project on its way again, the step still to be left."""
    again = replace(state.approval, open=event.step, rejected=None)
    return replace(state, phase="in_approval", approval=again)
