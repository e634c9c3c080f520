"""What is remembered of a project, meeting or review, to address later notices and fill their texts."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date

from services.notifications.domain import heard, panel, review
from services.notifications.domain.panel import Panel
from services.notifications.domain.review import Review
from shared.domain import PersonId, UnitId
from shared.withdrawn import without


@dataclass(frozen=True, slots=True)
class Task:
    """A task as it was added."""

    title: str
    standard: str
    due: date


@dataclass(frozen=True, slots=True)
class Waiting:
    """The step in which a change waits: its name, by when, whether a meeting decides, who took over."""

    step: str = ""
    due: date | None = None
    meets: bool = False
    passed_on: dict[str, PersonId] = field(default_factory=dict)  # seat -> to whom its work was transferred


@dataclass(frozen=True, slots=True)
class Indicator:
    """An indicator's name and its unit of measure."""

    name: str
    unit: str


@dataclass(frozen=True, slots=True)
class Entry:
    """An act from paper: of which day, and who entered it."""

    on: date
    entered_by: PersonId


@dataclass(frozen=True, slots=True)
class Known:
    """Of a project all but the last ones, of a meeting its chair, of a review and its panels their unit."""

    title: str = ""
    company: str = ""
    unit: str = ""  # that leads it
    leader: str = ""  # kind of party organisation
    lead: str = ""
    proposers: tuple[str, ...] = ()
    team: tuple[str, ...] = ()
    former: tuple[str, ...] = ()  # who led, were on the team or gave a task back
    doers: tuple[str, ...] = ()  # who had one of its tasks
    partners: tuple[str, ...] = ()
    resumes_at: int = 0  # the step with which the next submission begins
    conditions: tuple[heard.RequiredChange, ...] = ()  # changes that nobody has confirmed yet
    step: str = ""  # name of the one that decides now
    due: date | None = None  # by when
    meets: bool = False  # whether a meeting decides it
    passed_on: dict[str, PersonId] = field(default_factory=dict)  # seat -> to whom its work was transferred
    changes: dict[str, Waiting] = field(default_factory=dict)  # by code of the change
    tasks: dict[str, Task] = field(default_factory=dict)
    indicators: dict[str, Indicator] = field(default_factory=dict)
    inspectors: dict[str, str] = field(default_factory=dict)  # finding -> who found it
    rectifiers: dict[str, str] = field(default_factory=dict)  # finding -> unit that puts it right
    chair: str = ""
    papers: dict[str, Entry] = field(default_factory=dict)  # by entry
    supports: dict[str, str] = field(default_factory=dict)  # request -> what it asks for
    withdrawn: frozenset[str] = frozenset()  # texts that nobody is told any more, by hash
    panel: Panel | None = None
    review: Review | None = None

    @property
    def players(self) -> frozenset[PersonId]:
        """Who has a part in it or had one: they decide and confirm nothing about it (R4)."""
        people = {self.lead, *self.proposers, *self.team, *self.former}
        return frozenset(map(PersonId, people - {""}))

    @property
    def workers(self) -> frozenset[PersonId]:
        """Players, and whoever did one of its tasks: they close nothing of it (R4)."""
        return self.players.union(map(PersonId, self.doers))


def evolve(known: Known, event: heard.Heard) -> Known:
    """What is known after an event; most events add nothing."""
    if isinstance(event, heard.OfPanel):
        return replace(known, panel=panel.evolve(known.panel, event))
    match event:
        case heard.ProposalDrafted():
            return replace(
                known,
                title=event.title,
                company=event.company,
                unit=event.unit,
                leader=event.leader,
                lead=event.lead,
                proposers=(event.proposer,),
            )
        case heard.ProposalSubmitted():
            return _proposed_by(_content(known, event.proposal), event.proposer)
        case heard.ProposalRevised() | heard.ChangeRequested() | heard.ClosureRequested():
            return _proposed_by(known, event.person)
        case heard.ProposalAmended():
            return _proposed_by(_content(known, event.proposal), event.person)
        case heard.ProjectApproved():
            return _content(known, event.proposal)
        case heard.ProposalReturned():
            if event.rerun:
                return replace(known, resumes_at=0, conditions=())
            return replace(known, resumes_at=event.step)
        case heard.ProposalWithdrawn() | heard.ProgrammeAdopted():
            return replace(known, resumes_at=0, conditions=())
        case heard.StepOpened() if event.decides != "filing":
            meets = event.decides == "meeting"
            return replace(known, step=event.name, due=event.due, meets=meets, passed_on={})
        case heard.StepReferredUp():
            return replace(known, due=event.due, passed_on=_still(known.passed_on, event.seats))
        case heard.StepTransferred():
            return replace(known, passed_on=known.passed_on | {heard.name_of(event.seat): event.to})
        case heard.OpinionGiven() | heard.MeetingDecided():
            return replace(known, conditions=known.conditions + event.changes)
        case heard.OpinionWithdrawn():
            left = tuple(change for change in known.conditions if change.number not in event.numbers)
            return replace(known, conditions=left)
        case heard.ChangesConfirmed():
            left = tuple(change for change in known.conditions if change.number not in event.numbers)
            return replace(known, conditions=left)
        case heard.ChangeStepOpened() if event.decides != "filing":
            return _waits(known, event.change, Waiting(event.name, event.due, event.decides == "meeting"))
        case heard.ChangeReferredUp():
            waits = known.changes.get(event.change, Waiting())
            still = _still(waits.passed_on, event.seats)
            return _waits(known, event.change, replace(waits, due=event.due, passed_on=still))
        case heard.ChangeStepTransferred():
            waits = known.changes.get(event.change, Waiting())
            to = waits.passed_on | {heard.name_of(event.seat): event.to}
            return _waits(known, event.change, replace(waits, passed_on=to))
        case heard.TeamChanged():
            return replace(known, team=_people(event.team), former=_and(known.former, *known.team))
        case heard.TargetChanged():
            return replace(known, indicators=_indicators(event.targets))
        case heard.PartnersChanged():
            return replace(known, partners=_units(event.partners))
        case heard.LeadHandedOver():
            return replace(known, lead=event.to_person, former=_and(known.former, known.lead))
        case heard.LeadMoved():
            return _succeeded(known, event)
        case heard.TaskAdded():
            task = Task(event.title, event.standard, event.due)
            return replace(known, tasks=known.tasks | {event.task: task})
        case heard.TaskSplit():
            if (whole := known.tasks.get(event.task)) is None:
                return known
            first, second = replace(whole, title=event.title), replace(whole, title=event.half_title)
            return replace(known, tasks=known.tasks | {event.task: first, event.half: second})
        case heard.TaskAssigned() | heard.ClaimGranted():
            return replace(known, doers=_and(known.doers, event.person))
        case heard.TaskReleased():
            return replace(known, former=_and(known.former, event.person))
        case heard.FindingRecorded():
            return replace(
                known,
                inspectors=known.inspectors | {event.finding: event.found_by},
                rectifiers=known.rectifiers | {event.finding: event.unit},
            )
        case heard.PaperEntered():
            entry = Entry(event.paper.on, event.paper.entered_by)
            return replace(known, papers=known.papers | {event.entry: entry})
        case heard.SupportRequested():
            return replace(known, supports=known.supports | {event.support: event.matter})
        case heard.TextWithdrawn():
            hashes = known.withdrawn | {event.sha256}
            return replace(without(known, hashes), withdrawn=hashes)
        case heard.MeetingConvened():
            return replace(known, chair=event.chair)
        case heard.CycleOpened():
            return replace(known, unit=event.unit, review=review.evolve(None, event))
        case _ if isinstance(event, heard.OfReview):
            return replace(known, review=review.evolve(known.review, event))
        case _:
            return known


def _waits(known: Known, change: str, waits: Waiting) -> Known:
    return replace(known, changes=known.changes | {change: waits})


def _still(passed_on: dict[str, PersonId], seats: tuple[heard.Seat, ...]) -> dict[str, PersonId]:
    """Who does the work of those seats that are asked still."""
    asked = {heard.name_of(seat) for seat in seats}
    return {seat: to for seat, to in passed_on.items() if seat in asked}


def _succeeded(known: Known, event: heard.LeadMoved) -> Known:
    """As the successor leads it: its same offices are asked (R70)."""
    after = {passed.before: passed.after for passed in event.units}

    def asked(seat: heard.Seat) -> heard.Seat:
        return heard.Seat(seat.office, after.get(seat.unit, seat.unit))

    def seat_name(name: str) -> str:
        office, _, unit = name.partition("@")
        return heard.name_of(asked(heard.Seat(office, UnitId(unit))))

    def still(passed_on: dict[str, PersonId]) -> dict[str, PersonId]:
        return {seat_name(name): to for name, to in passed_on.items()}

    return replace(
        known,
        unit=event.unit,
        company=event.company,
        leader=event.leader,
        conditions=tuple(
            replace(change, confirmer=asked(change.confirmer)) if change.confirmer else change
            for change in known.conditions
        ),
        passed_on=still(known.passed_on),
        changes={
            code: replace(waits, passed_on=still(waits.passed_on)) for code, waits in known.changes.items()
        },
        rectifiers={code: after.get(UnitId(unit), unit) for code, unit in known.rectifiers.items()},
    )


def _proposed_by(known: Known, person: PersonId) -> Known:
    return replace(known, proposers=_and(known.proposers, person))


def _content(known: Known, proposal: heard.Proposal) -> Known:
    return replace(
        known,
        title=proposal.title,
        team=_people(proposal.team),
        partners=_units(proposal.partners),
        indicators=_indicators(proposal.targets),
    )


def _units(partners: tuple[heard.Partner, ...]) -> tuple[str, ...]:
    return tuple(partner.unit for partner in partners if partner.unit is not None)


def _people(team: heard.Team) -> tuple[str, ...]:
    return tuple(member.person for member in team.members)


def _and(known: tuple[str, ...], *more: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*known, *more)))


def _indicators(targets: tuple[heard.Indicator, ...]) -> dict[str, Indicator]:
    return {target.code: Indicator(target.name, target.unit) for target in targets}
