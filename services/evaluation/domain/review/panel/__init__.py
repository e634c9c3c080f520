"""A panel: its dossiers, its jurors by letter, their cards, and what they come to once it is sealed.

Cards are in the panel's own stream, so that none can race the sealing (0079). Who a letter is stands
elsewhere, sealed (R68).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never, get_args

from services.evaluation.domain.review.panel import (
    cards,
    changing,
    checks,
    fixing,
    joining,
    jurors,
    opening,
    sealing,
    stage,
)
from services.evaluation.domain.review.panel.state import State
from shared.domain import Decider

Command = (
    fixing.FixLot
    | opening.OpenPanel
    | changing.Command
    | jurors.Command
    | joining.Command
    | cards.Command
    | checks.Command
    | stage.Command
    | sealing.SignPanel
)
Event = (
    fixing.LotFixed
    | opening.Event
    | changing.Event
    | jurors.Event
    | joining.Event
    | cards.Event
    | checks.Event
    | stage.Event
    | sealing.Event
)


def decide(command: Command, panel: State) -> Sequence[Event]:
    """What the command causes, or the refusal."""
    if isinstance(command, fixing.FixLot):
        return fixing.fix_lot(command, panel)
    if isinstance(command, opening.OpenPanel):
        return opening.open_panel(command, panel)
    if isinstance(command, changing.Command):
        return changing.decide(command, panel)
    if isinstance(command, jurors.Command):
        return jurors.decide(command, panel)
    if isinstance(command, joining.Command):
        return joining.decide(command, panel)
    if isinstance(command, cards.Command):
        return cards.decide(command, panel)
    if isinstance(command, checks.Command):
        return checks.decide(command, panel)
    if isinstance(command, stage.Command):
        return stage.decide(command, panel)
    if isinstance(command, sealing.SignPanel):
        return sealing.decide(command, panel)
    assert_never(command)


def evolve(panel: State, event: Event) -> State:
    """The state after the event."""
    if isinstance(event, fixing.LotFixed):
        return fixing.evolve(panel, event)
    if isinstance(event, opening.Event):
        return opening.evolve(panel, event)
    if isinstance(event, changing.Event):
        return changing.evolve(panel, event)
    if isinstance(event, jurors.Event):
        return jurors.evolve(panel, event)
    if isinstance(event, joining.Event):
        return joining.evolve(panel, event)
    if isinstance(event, cards.Event):
        return cards.evolve(panel, event)
    if isinstance(event, checks.Event):
        return checks.evolve(panel, event)
    if isinstance(event, stage.Event):
        return stage.evolve(panel, event)
    if isinstance(event, sealing.Event):
        return sealing.evolve(panel, event)
    assert_never(event)


PANEL: Decider[Command, Event, State] = Decider(
    "panel", State(), decide, evolve, get_args(Command), get_args(Event)
)
