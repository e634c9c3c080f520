"""Who leads a project, from one person to the next."""

from __future__ import annotations

from dataclasses import dataclass, replace

from services.projects.domain.project.figures import FigureThen, figures_now
from services.projects.domain.project.state import State, require
from shared.domain import By, PersonId, Refusal


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
    """Let another person lead. Fact: handover."""

    by: By
    to_person: PersonId
    reason: str
    handover: str = ""


Command = HandOverLead


class LeadStays(Refusal):
    """This person leads the project already.

    Name another person."""


def decide(command: HandOverLead, state: State) -> list[Event]:
    """To somebody else; what was done stays with who did it."""
    require(state, "in_implementation", "draft", "in_approval", "suspended", "in_closing")
    if command.to_person == state.lead:
        raise LeadStays()
    figures = figures_now(state)
    return [LeadHandedOver(state.lead, command.to_person, command.reason, command.handover, figures)]


def evolve(state: State, event: Event) -> State:
    """The project as another person leads it."""
    before = {state.lead}
    return replace(state, former=state.former | before, led=state.led | before, lead=event.to_person)
