"""The project: one stream from the first draft to the archive; each part of its life decides for itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never, get_args

from services.projects.domain.project import (
    approval,
    archiving,
    asking,
    change,
    change_deadlines,
    change_meeting,
    change_route,
    change_waiting,
    closing,
    deadlines,
    dispute,
    extension,
    figures,
    lateness,
    leadership,
    midterm,
    outcome,
    paper,
    partnership,
    pause,
    practice,
    proposal,
    saying,
    secrecy,
    showcase,
    stage,
    succession,
    supervision,
    support,
    tasks,
    team,
    termination,
    vacancy,
    version,
    work,
)
from services.projects.domain.project.state import State
from shared.domain import Decider, NotKnown

Command = (
    proposal.Command
    | approval.Command
    | tasks.Command
    | work.Command
    | figures.Command
    | supervision.Command
    | dispute.Command
    | support.Command
    | partnership.Command
    | practice.Command
    | change.Command
    | change_meeting.Command
    | change_waiting.Command
    | change_deadlines.Command
    | extension.Command
    | pause.Command
    | leadership.Command
    | succession.Command
    | termination.Command
    | version.Command
    | vacancy.Command
    | closing.Command
    | archiving.Command
    | deadlines.Command
    | lateness.Command
    | asking.Command
    | stage.Command
    | outcome.Command
    | showcase.Command
    | midterm.Command
    | team.Command
    | paper.Command
    | secrecy.Command
)
Event = (
    proposal.Event
    | approval.Event
    | tasks.Event
    | work.Event
    | figures.Event
    | supervision.Event
    | dispute.Event
    | support.Event
    | partnership.Event
    | practice.Event
    | change.Event
    | change_route.Event
    | extension.Event
    | pause.Event
    | leadership.Event
    | succession.Event
    | termination.Event
    | version.Event
    | vacancy.Event
    | closing.Event
    | archiving.Event
    | deadlines.Event
    | lateness.Event
    | asking.Event
    | stage.Event
    | outcome.Event
    | showcase.Event
    | midterm.Event
    | team.Event
    | paper.Event
    | secrecy.Event
)


def decide(command: Command, state: State) -> Sequence[Event]:
    """The events of any command; of a project that nobody has drafted nothing is known."""
    events = [*_decided(command, state), *paper.entered(command, state)]
    saying.refuse_unsaid(command)  # last: what is refused anyhow needs no better words
    return events


def _decided(command: Command, state: State) -> Sequence[Event]:
    if state.phase == "absent" and not isinstance(command, proposal.DraftProposal):
        raise NotKnown()
    if isinstance(command, proposal.Command):
        return proposal.decide(command, state)
    if isinstance(command, approval.Command):
        return approval.decide(command, state)
    if isinstance(command, tasks.Command):
        return tasks.decide(command, state)
    if isinstance(command, work.Command):
        return work.decide(command, state)
    if isinstance(command, figures.Command):
        return figures.decide(command, state)
    if isinstance(command, supervision.Command):
        return supervision.decide(command, state)
    if isinstance(command, dispute.Command):
        return dispute.decide(command, state)
    if isinstance(command, support.Command):
        return support.decide(command, state)
    if isinstance(command, partnership.Command):
        return partnership.decide(command, state)
    if isinstance(command, practice.Command):
        return practice.decide(command, state)
    if isinstance(command, change.Command):
        return change.decide(command, state)
    if isinstance(command, change_meeting.Command):
        return change_meeting.decide(command, state)
    if isinstance(command, change_waiting.Command):
        return change_waiting.decide(command, state)
    if isinstance(command, change_deadlines.Command):
        return change_deadlines.decide(command, state)
    if isinstance(command, extension.Command):
        return extension.decide(command, state)
    if isinstance(command, pause.Command):
        return pause.decide(command, state)
    if isinstance(command, leadership.Command):
        return leadership.decide(command, state)
    if isinstance(command, succession.Command):
        return succession.decide(command, state)
    if isinstance(command, termination.Command):
        return termination.decide(command, state)
    if isinstance(command, version.Command):
        return version.decide(command, state)
    if isinstance(command, vacancy.Command):
        return vacancy.decide(command, state)
    if isinstance(command, closing.Command):
        return closing.decide(command, state)
    if isinstance(command, archiving.Command):
        return archiving.decide(command, state)
    if isinstance(command, stage.Command):
        return stage.decide(command, state)
    if isinstance(command, team.Command):
        return team.decide(command, state)
    if isinstance(command, midterm.Command):
        return midterm.decide(command, state)
    if isinstance(command, showcase.Command):
        return showcase.decide(command, state)
    if isinstance(command, outcome.Command):
        return outcome.decide(command, state)
    if isinstance(command, deadlines.Command):
        return deadlines.decide(command, state)
    if isinstance(command, lateness.Command):
        return lateness.decide(command, state)
    if isinstance(command, asking.Command):
        return asking.decide(command, state)
    if isinstance(command, paper.Command):
        return paper.decide(command, state)
    if isinstance(command, secrecy.Command):
        return secrecy.decide(command, state)
    assert_never(command)


def evolve(state: State, event: Event) -> State:
    """The project after any of its events; never raises."""
    if isinstance(event, proposal.Event):
        return proposal.evolve(state, event)
    if isinstance(event, approval.Event):
        return approval.evolve(state, event)
    if isinstance(event, tasks.Event):
        return tasks.evolve(state, event)
    if isinstance(event, work.Event):
        return work.evolve(state, event)
    if isinstance(event, figures.Event):
        return figures.evolve(state, event)
    if isinstance(event, supervision.Event):
        return supervision.evolve(state, event)
    if isinstance(event, dispute.Event):
        return dispute.evolve(state, event)
    if isinstance(event, support.Event):
        return support.evolve(state, event)
    if isinstance(event, partnership.Event):
        return partnership.evolve(state, event)
    if isinstance(event, practice.Event):
        return practice.evolve(state, event)
    if isinstance(event, change.Event):
        return change.evolve(state, event)
    if isinstance(event, change_route.Event):
        return change_route.evolve(state, event)
    if isinstance(event, extension.Event):
        return extension.evolve(state, event)
    if isinstance(event, pause.Event):
        return pause.evolve(state, event)
    if isinstance(event, leadership.Event):
        return leadership.evolve(state, event)
    if isinstance(event, succession.Event):
        return succession.evolve(state, event)
    if isinstance(event, termination.Event):
        return termination.evolve(state, event)
    if isinstance(event, version.Event):
        return version.evolve(state, event)
    if isinstance(event, vacancy.Event):
        return vacancy.evolve(state, event)
    if isinstance(event, closing.Event):
        return closing.evolve(state, event)
    if isinstance(event, archiving.Event):
        return archiving.evolve(state, event)
    if isinstance(event, stage.Event):
        return stage.evolve(state, event)
    if isinstance(event, team.Event):
        return team.evolve(state, event)
    if isinstance(event, midterm.Event):
        return midterm.evolve(state, event)
    if isinstance(event, showcase.Event):
        return showcase.evolve(state, event)
    if isinstance(event, outcome.Event):
        return outcome.evolve(state, event)
    if isinstance(event, deadlines.Event):
        return deadlines.evolve(state, event)
    if isinstance(event, lateness.Event):
        return lateness.evolve(state, event)
    if isinstance(event, asking.Event):
        return asking.evolve(state, event)
    if isinstance(event, paper.Event):
        return paper.evolve(state, event)
    if isinstance(event, secrecy.Event):
        return secrecy.evolve(state, event)
    assert_never(event)


PROJECT: Decider[Command, Event, State] = Decider(
    aggregate="project",
    initial=State(),
    decide=decide,
    evolve=evolve,
    commands=get_args(Command),
    events=get_args(Event),
)
