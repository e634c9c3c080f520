"""Who leads a project, from one person to the next."""

from __future__ import annotations

from dataclasses import dataclass, replace

from services.projects.domain.project.figures import FigureThen, figures_now
from services.projects.domain.project.state import State, require
from shared.domain import By, NotAsItStands, PersonId, Refusal


@dataclass(frozen=True, slots=True)
class LeadHandedOver:
    """Another person leads from now on; past acts stay with who did them."""

    from_person: PersonId
    to_person: PersonId
    reason: str
    handover: str = ""  # whose third signature brought it about (R11)
    figures: tuple[FigureThen, ...] = ()  # as they stood: what each of the two answers for


Event = LeadHandedOver


@dataclass(frozen=True, slots=True)
class HandOverLead:
    """Let another person lead. Facts: handover, owed."""

    by: By
    to_person: PersonId
    reason: str
    handover: str = ""
    owed: bool = False  # whether the office that leads waits for the three signatures, and still in time


Command = HandOverLead


class LeadStays(Refusal):
    """This person leads the project already.

    Name another person."""


class HandoverIsOwed(NotAsItStands):
    """The office that leads this project is being handed over: the lead follows the three signatures.

    Have the list signed; once its time is over, the party department hands the lead over."""


def decide(command: HandOverLead, state: State) -> list[Event]:
    """To somebody else, and by hand only where no three have to sign first (R11)."""
    require(state, "in_implementation", "draft", "in_approval", "suspended", "in_closing")
    if command.to_person == state.lead:
        raise LeadStays()
    if command.owed:
        raise HandoverIsOwed()
    figures = figures_now(state)
    return [LeadHandedOver(state.lead, command.to_person, command.reason, command.handover, figures)]


def evolve(state: State, event: Event) -> State:
    """The project as another person leads it."""
    before = {state.lead}
    return replace(state, former=state.former | before, led=state.led | before, lead=event.to_person)
