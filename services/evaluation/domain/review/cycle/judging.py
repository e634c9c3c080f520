"""Round by round: panels that cover each project once, and scores once all are sealed (R56, R61)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from typing import assert_never

from services.evaluation.domain.review.aggregation import INNER
from services.evaluation.domain.review.cycle.collecting import ExceptionNeedsReason
from services.evaluation.domain.review.cycle.state import Named, State, at_stage, going_into
from services.evaluation.domain.review.panel.state import Round, without
from shared.domain import By, NotAllowed, PersonId, Refusal, UnitId

# Events


@dataclass(frozen=True, slots=True)
class PanelNamed:
    panel: str
    round: Round
    department: UnitId  # under which it works
    projects: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProjectScored:
    """What a project has after a round: so much of the score before, the rest of its cards."""

    project: str
    round: Round
    before: Decimal
    cards: Decimal
    score: Decimal


@dataclass(frozen=True, slots=True)
class RoundClosed:
    round: Round
    withdrawn: tuple[str, ...]  # from a panel
    not_among_the_best: tuple[str, ...]  # that went into the round
    closed_by: PersonId


@dataclass(frozen=True, slots=True)
class PanelDissolved:
    panel: str
    reason: str


Event = PanelNamed | ProjectScored | RoundClosed | PanelDissolved


# Commands


@dataclass(frozen=True, slots=True)
class NamePanel:
    by: By
    panel: str
    department: UnitId
    projects: tuple[str, ...]
    able: bool  # fact: whether somebody there runs reviews, and so could run the panel


@dataclass(frozen=True, slots=True)
class SealedPanel:
    """What a sealed panel says of each of its projects."""

    panel: str
    scores: tuple[tuple[str, Decimal], ...]
    withdrawn: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CloseRound:
    by: By
    sealed: tuple[SealedPanel, ...]  # fact: of all panels that are


@dataclass(frozen=True, slots=True)
class DissolvePanel:
    """Its projects go to others, such as one panel for two tracks (R57)."""

    by: By
    panel: str
    sealed: bool  # fact: and of the projects that it was named for
    reason: str


Command = NamePanel | CloseRound | DissolvePanel


# Refusals


class PanelHasNoProjects(Refusal):
    """A panel has at least one project, each once.

    Choose its projects."""


class NotInThisRound(Refusal):
    """{count} of these projects are not in this round.

    Choose among the projects that go into it."""


class HasAPanel(Refusal):
    """Another panel has {count} of these projects already.

    A project is judged by one panel in a round."""


class PanelIsNamed(Refusal):
    """This panel is named already.

    Name another for other projects."""


class HostsDoNotCompete(NotAllowed):
    """A project of whoever runs the review is judged by a panel under another department.

    Name a panel under another department for it."""


class WithoutAPanel(Refusal):
    """{count} projects of the round have no panel yet.

    Name panels for all projects of the round."""


class NoSuchOpenPanel(Refusal):
    """There is no panel of this round by this name that is not sealed.

    Choose one of the board."""


class PanelSaysOtherwise(Refusal):
    """A panel does not speak of exactly the projects that it was named for.

    Dissolve it, and name one with the right projects."""


class PanelsAreOpen(Refusal):
    """{count} of the round's panels are not sealed yet.

    Wait for their chairs, clerks and supervisors to sign."""


def decide(command: Command, cycle: State) -> Sequence[Event]:
    """The events of a command about a round."""
    match command:
        case NamePanel():
            return name_panel(command, cycle)
        case CloseRound():
            return close_round(command, cycle)
        case DissolvePanel():
            return dissolve_panel(command, cycle)
        case _:
            assert_never(command)


def name_panel(command: NamePanel, cycle: State) -> Sequence[Event]:
    """Each project in one panel, the host's own under another department (R61)."""
    at_stage(cycle, "judging")
    if not command.projects or len({*command.projects}) < len(command.projects):
        raise PanelHasNoProjects()
    if any(named.panel == command.panel for named in cycle.panels):
        raise PanelIsNamed()
    in_round = going_into(cycle)
    if strange := [project for project in command.projects if project not in in_round]:
        raise NotInThisRound(count=len(strange))
    taken = {project for named in cycle.panels for project in named.projects}
    if twice := [project for project in command.projects if project in taken]:
        raise HasAPanel(count=len(twice))
    hosts = any(cycle.entrants[project].branch == cycle.host for project in command.projects)
    if hosts and (command.department == cycle.department or not command.able):
        raise HostsDoNotCompete()
    return [PanelNamed(command.panel, cycle.rounds[cycle.at].round, command.department, command.projects)]


def close_round(command: CloseRound, cycle: State) -> Sequence[Event]:
    """Once every project has its panel and every panel is sealed; nobody moves up for one withdrawn (R56)."""
    at_stage(cycle, "judging")
    judging = cycle.rounds[cycle.at]
    taken = {project for named in cycle.panels for project in named.projects}
    if uncovered := going_into(cycle) - taken:
        raise WithoutAPanel(count=len(uncovered))
    sealed = {panel.panel: panel for panel in command.sealed}
    if open_ := sum(named.panel not in sealed for named in cycle.panels):
        raise PanelsAreOpen(count=open_)
    for named in cycle.panels:
        said = sealed[named.panel]
        if sorted([*(project for project, _ in said.scores), *said.withdrawn]) != sorted(named.projects):
            raise PanelSaysOtherwise()
    cards = {project: score for named in cycle.panels for project, score in sealed[named.panel].scores}
    scored = [
        ProjectScored(
            project,
            judging.round,
            cycle.scores[project],
            cards[project],
            mixed(cycle.scores[project], cards[project], judging.before_share),
        )
        for project in sorted(cards)
    ]
    withdrawn = tuple(sorted(taken - cards.keys()))
    others = tuple(sorted(cycle.scores.keys() - taken))
    return [*scored, RoundClosed(judging.round, withdrawn, others, command.by.person)]


def dissolve_panel(command: DissolvePanel, cycle: State) -> Sequence[Event]:
    """With a reason, and never one that is sealed and says what it should."""
    at_stage(cycle, "judging")
    if command.sealed or all(named.panel != command.panel for named in cycle.panels):
        raise NoSuchOpenPanel()
    if not command.reason.strip():
        raise ExceptionNeedsReason()
    return [PanelDissolved(command.panel, command.reason)]


def mixed(before: Decimal, cards: Decimal, before_share: Decimal) -> Decimal:
    """So much of the score before, the rest of the cards; to four digits, half up."""
    return (before * before_share + cards * (1 - before_share)).quantize(INNER, ROUND_HALF_UP)


def evolve(cycle: State, event: Event) -> State:
    """The cycle after a step of a round."""
    match event:
        case PanelNamed():
            return replace(
                cycle, panels=(*cycle.panels, Named(event.panel, event.projects, event.department))
            )
        case PanelDissolved():
            left = tuple(named for named in cycle.panels if named.panel != event.panel)
            return replace(cycle, panels=left)
        case ProjectScored():
            return replace(cycle, scores={**cycle.scores, event.project: event.score})
        case RoundClosed():
            at = cycle.at + 1
            return replace(
                cycle,
                at=at,
                scores=without(cycle.scores, *event.withdrawn, *event.not_among_the_best),
                panels=(),
                ran=cycle.ran | {event.closed_by},
                stage="judging" if at < len(cycle.rounds) else "judged",
            )
        case _:
            assert_never(event)
