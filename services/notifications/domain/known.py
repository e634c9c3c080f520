"""What is remembered of a project or meeting, to address later notices and fill their texts."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date

from services.notifications.domain import heard
from shared.domain import PersonId


@dataclass(frozen=True, slots=True)
class Task:
    """A task as it was added."""

    title: str
    standard: str
    due: date


@dataclass(frozen=True, slots=True)
class Indicator:
    """An indicator's name and its unit of measure."""

    name: str
    unit: str


@dataclass(frozen=True, slots=True)
class Known:
    """Of a project all but the last field, of a meeting its chair."""

    title: str = ""
    company: str = ""
    unit: str = ""  # that leads it
    leader: str = ""  # kind of party organisation
    lead: str = ""
    proposer: str = ""
    team: tuple[str, ...] = ()
    partners: tuple[str, ...] = ()
    resumes_at: int = 0  # the step with which the next submission begins
    tasks: dict[str, Task] = field(default_factory=dict)
    indicators: dict[str, Indicator] = field(default_factory=dict)
    inspectors: dict[str, str] = field(default_factory=dict)  # finding -> who found it
    chair: str = ""

    @property
    def conflicted(self) -> frozenset[PersonId]:
        """Who may not decide on the project (R4): who proposed it, leads it, or is on its team."""
        return frozenset(map(PersonId, {self.proposer, self.lead, *self.team} - {""}))


def evolve(known: Known, event: heard.Heard) -> Known:
    """What is known after an event; most events add nothing."""
    match event:
        case heard.ProposalDrafted():
            return replace(
                known,
                title=event.title,
                company=event.company,
                unit=event.unit,
                leader=event.leader,
                lead=event.lead,
                proposer=event.proposer,
            )
        case heard.ProposalSubmitted():
            return replace(_content(known, event.proposal), proposer=event.proposer)
        case heard.ProposalAmended() | heard.ProjectApproved():
            return _content(known, event.proposal)
        case heard.ProposalReturned():
            return replace(known, resumes_at=0 if event.rerun else event.step)
        case heard.ProposalWithdrawn():
            return replace(known, resumes_at=0)
        case heard.TeamChanged():
            return replace(known, team=_people(event.team))
        case heard.TargetChanged():
            return replace(known, indicators=_indicators(event.targets))
        case heard.LeadHandedOver():
            return replace(known, lead=event.to_person)
        case heard.TaskAdded():
            task = Task(event.title, event.standard, event.due)
            return replace(known, tasks=known.tasks | {event.task: task})
        case heard.FindingRecorded():
            return replace(known, inspectors=known.inspectors | {event.finding: event.found_by})
        case heard.MeetingConvened():
            return replace(known, chair=event.chair)
        case _:
            return known


def _content(known: Known, proposal: heard.Proposal) -> Known:
    return replace(
        known,
        title=proposal.title,
        team=_people(proposal.team),
        partners=tuple(partner.unit for partner in proposal.partners if partner.unit is not None),
        indicators=_indicators(proposal.targets),
    )


def _people(team: heard.Team) -> tuple[str, ...]:
    return tuple(member.person for member in team.members)


def _indicators(targets: tuple[heard.Indicator, ...]) -> dict[str, Indicator]:
    return {target.code: Indicator(target.name, target.unit) for target in targets}
