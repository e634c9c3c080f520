"""What the rules of a project read of its past, and the refusals that several of its parts share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Literal

from services.projects.domain.dates import days_after
from services.projects.domain.project.content import (
    Agreement,
    Alteration,
    Indicator,
    LeaderKind,
    Partner,
    Proposal,
    Seat,
    differences,
)
from services.projects.domain.project.standing import NOT_ASKED, Approval, Standing
from shared.domain import (
    FIRST_OFFICE,
    By,
    NotAllowed,
    NotAsItStands,
    NotKnown,
    Paper,
    PersonId,
    Refusal,
    Stale,
    UnitId,
)

Phase = Literal[
    "absent",
    "draft",
    "in_approval",
    "in_implementation",
    "suspended",
    "in_closing",
    "closed",
    "archived",
    "rejected",
    "terminated",
]
Key = Literal["first", "second"]
Dated = Literal[
    "step", "change", "filing", "milestone", "suspension", "task", "finding", "reading", "look_back"
]
Item = Literal["milestone", "task", "finding"]
Told = Literal["holder", "leader"]
Explained = Literal["project", "milestone", "task", "finding"]
CUSTODIAN = "custodian"  # of a vacant office (R10); an act of theirs names it, no catalogue does
NOBODY = PersonId("")
NOWHERE = UnitId("")
FIRST_OFFICES = frozenset(FIRST_OFFICE.values())


class NotADraft(NotAsItStands):
    """The proposal is not a draft.

    Withdraw it first, or ask for a change if it is approved."""


class NotInApproval(NotAsItStands):
    """The proposal is not in approval.

    Look at its history to see where it stands."""


class NotInImplementation(NotAsItStands):
    """The project is not in implementation.

    Look at its history to see where it stands."""


class NotSuspended(NotAsItStands):
    """The project is not suspended.

    Nothing needs to be resumed."""


class NotInClosing(NotAsItStands):
    """The project is not in closing.

    Request its closure first."""


class ProjectNotClosed(NotAsItStands):
    """The project is not closed.

    Close it first."""


class NotEnded(NotAsItStands):
    """The project has not ended.

    Close, terminate or reject it before it goes to the archive."""


class ProposerMayNotApprove(NotAllowed):
    """Whoever proposed, leads or works on a project does not decide on it.

    The nearest person without conflict decides."""


class SeatNotAddressed(NotAllowed):
    """Nobody asked this office here.

    Look who is addressed; act in the office that is."""


class CodeTaken(Refusal):
    """The code {code} is in use in this project.

    Take another one."""


class NotInTheFuture(Refusal):
    """{on} has not come yet.

    Enter it when it has happened."""


class ContentHasChanged(Stale):
    """The content has changed since you read it.

    Look at the differences and decide again."""


class NoSuchIndicator(NotKnown):
    """The project has no indicator {indicator}.

    Choose one of its indicators."""


class NoSuchMilestone(NotKnown):
    """The project has no milestone {milestone}.

    Choose one of its plan."""


@dataclass(frozen=True, slots=True)
class Task:
    """A piece of work; `open` again after a release."""

    due: date = date.min
    weight: Decimal = Decimal(0)
    climbing: bool = False
    status: Literal["open", "offered", "expired", "held", "completed", "accepted"] = "open"
    holder: PersonId = NOBODY
    completed_on: date = date.min
    claimants: tuple[PersonId, ...] = ()
    circle: tuple[UnitId, ...] = ()  # whose people may claim it
    offered_on: date = date.min
    window_ends: date = date.min


@dataclass(frozen=True, slots=True)
class Reading:
    """The last value reported for an indicator and period."""

    value: Decimal
    on: date
    person: PersonId
    status: Literal["reported", "confirmed", "disputed"] = "reported"
    corrects: Reading | None = None  # the confirmed one, which stands until this one is confirmed

    @property
    def confirmed(self) -> Reading | None:
        """The value of its period for which the department stands."""
        return self if self.status == "confirmed" else self.corrects


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to be put right."""

    unit: UnitId = NOWHERE
    caused_by: PersonId | None = None
    due: date = date.min
    found_by: PersonId = NOBODY
    finder: Seat | None = None  # in which office; none in old events
    status: Literal["open", "reported", "closed", "in_support", "disputed", "withdrawn"] = "open"
    stopped_on: date = date.min  # since when its clock stands still: in support, or disputed
    dispute_by: date | None = None  # the last day for it (R48)
    judge: Seat | None = None  # who decides whether it stands, or did
    look_back: date | None = None  # when it is to be looked at again, once it is closed
    responsible: PersonId = NOBODY  # for putting it right, as planned


@dataclass(frozen=True, slots=True)
class Support:
    """Help that was asked for."""

    of: Seat
    finding: str = ""
    status: Literal["requested", "granted", "declined", "provided"] = "requested"


@dataclass(frozen=True, slots=True)
class Entry:
    """An act that was entered from paper; whose act it is says whether it is theirs (R35)."""

    person: PersonId
    paper: Paper
    status: Literal["own", "entered", "confirmed", "denied", "unconfirmed"] = "entered"
    accepted: bool = False


@dataclass(frozen=True, slots=True)
class Membership:
    """How far a partner is in the project; `named` in what was approved, it need not be invited."""

    partner: Partner
    status: Literal["named", "invited", "joined", "left"] = "named"
    inviter: PersonId = NOBODY
    agreement: Agreement | None = None
    instead_of: str = ""  # key of a partner that left
    owes_by: date | None = None  # until when the lead answers its departure


@dataclass(frozen=True, slots=True)
class Practice:
    """How far what worked here has spread."""

    status: Literal["none", "recommended", "listed", "declined"] = "none"
    credited: frozenset[str] = frozenset()  # projects in which its adoption was verified
    is_rule: bool = False


@dataclass(frozen=True, slots=True)
class Closing:
    """How far the two keys are turned."""

    requested_on: date = date.min
    first_key: tuple[Seat, ...] = ()
    reviewers: Mapping[Seat, PersonId] = field(default_factory=dict)
    assessors: frozenset[PersonId] = frozenset()

    @property
    def both_keys_turned(self) -> bool:
        """Whether every seat of the first key and the body of the second have accepted."""
        return set(self.first_key) <= set(self.reviewers) and bool(self.assessors)


@dataclass(frozen=True, slots=True)
class Archive:
    """How many packages the archive has received, under which number, and what it holds of the evidence."""

    received: int = 0
    number: str = ""
    retention: str = ""  # how long it keeps it
    told: bool = False  # that it is due
    waits: bool = False  # one was handed over
    handed_over_by: PersonId = NOBODY
    offered: frozenset[tuple[str, str, str]] = frozenset()  # evidence that was there then
    evidence: frozenset[tuple[str, str, str]] = frozenset()


@dataclass(frozen=True, slots=True)
class State:
    """One project."""

    phase: Phase = "absent"
    reference: str = ""
    company: UnitId = NOWHERE
    unit: UnitId = NOWHERE
    ledger: str = ""  # in which it goes on, once it has left that of the company in which it began (R70)
    leader: LeaderKind = "branch_with_committee"
    lead: PersonId = NOBODY
    proposers: frozenset[PersonId] = frozenset()
    former: frozenset[PersonId] = frozenset()  # who led, were on the team or gave a task back
    led: frozenset[PersonId] = frozenset()  # before the lead of now: they may read on (R11)
    programme: str = ""
    supplement: str = ""  # the company's version beside it (R22)
    moved: Mapping[str, str] = field(default_factory=dict)  # parts of it that go by another version (R19)
    began: date = date.min  # from when its length counts: its submission, later by every pause (R24, R43)
    proposal: Proposal = field(default_factory=Proposal)
    content_hash: str = ""
    approval: Approval = NOT_ASKED
    tasks: Mapping[str, Task] = field(default_factory=dict)
    reached: frozenset[str] = frozenset()  # milestones
    evidence: frozenset[tuple[str, str, str]] = frozenset()  # hash, subject, code
    problems: Mapping[str, bool] = field(default_factory=dict)  # whether still in the way
    baselines: Mapping[str, Decimal] = field(default_factory=dict)  # confirmed
    readings: Mapping[tuple[str, str], Reading] = field(default_factory=dict)
    inspections: frozenset[str] = frozenset()
    findings: Mapping[str, Finding] = field(default_factory=dict)
    supports: Mapping[str, Support] = field(default_factory=dict)
    guided: Mapping[Seat, int] = field(default_factory=dict)  # after how many returns each office did last
    sealed: frozenset[str] = frozenset()  # files, by hash
    withdrawn: frozenset[str] = frozenset()  # texts, by hash
    marked: Mapping[str, str] = field(default_factory=dict)  # for which purpose a reviewer set which mark
    papers: Mapping[str, Entry] = field(default_factory=dict)
    partners: Mapping[str, Membership] = field(default_factory=dict)  # by key, once one has acted
    changes: Mapping[str, Alteration | None] = field(default_factory=dict)  # None: decided
    deciding: Mapping[str, Standing] = field(default_factory=dict)  # changes: how far each is on its route
    suspended_on: date = date.min
    suspended_until: date = date.max  # the last day of the pause (R43)
    paused: Mapping[tuple[str, str], date] | None = None  # dates that a vacancy gave, while it lasts (R10)
    paused_since: date = date.min
    over: frozenset[tuple[Dated, str, date]] = frozenset()  # days that are noted as over
    warned: frozenset[tuple[Item, str, date, Told]] = frozenset()  # who was told that a date comes near
    stages: frozenset[tuple[int, Seat]] = frozenset()  # reviewed: of which year, by whom (R24)
    explained: frozenset[tuple[Explained, str]] = frozenset()  # why it is late (R44)
    team_formed: date | None = None  # since when it stands in a form of its own
    midterm_checked: bool = False
    closing: Closing = Closing()
    archive: Archive = Archive()
    practice: Practice = Practice()
    became_rule: frozenset[str] = frozenset()  # codes of the outcomes that are rules
    adoptions: Mapping[str, bool] = field(default_factory=dict)  # by origin: whether verified

    @property
    def ratifying(self) -> bool:
        """Whether it runs before the meeting has ratified that, and what it asked for is confirmed (R33)."""
        runs = self.phase in ("in_implementation", "suspended")
        return runs and (self.approval.open is not None or bool(self.approval.conditions))

    def goes_by(self, part: str) -> str:
        """The version by which it goes in a part of the programme (R18, R19)."""
        return self.moved.get(part, self.programme)

    @property
    def goes_on_at(self) -> int:
        """The step at which a submission goes on: the first, where more changed than was numbered (R30)."""
        approval = self.approval
        beyond = differences(approval.returned, self.proposal) - approval.numbered_fields
        return 0 if beyond else approval.start

    @property
    def team(self) -> frozenset[PersonId]:
        """The people on the team."""
        return frozenset(member.person for member in self.proposal.team.members)

    @property
    def partakers(self) -> frozenset[PersonId]:
        """Who proposed, leads or is on the team now."""
        return self.proposers | self.team | {self.lead}

    @property
    def players(self) -> frozenset[PersonId]:
        """Who has a part in it or had one: they decide nothing about it (R4)."""
        return self.partakers | self.former

    @property
    def workers(self) -> frozenset[PersonId]:
        """Players, and whoever did one of its tasks without being on the team."""
        return self.players | {task.holder for task in self.tasks.values()}

    def barred(self, key: Key) -> frozenset[PersonId]:
        """Who may not sit in a closing body: whoever worked on the project, or sits in the other one (R4)."""
        other = self.closing.assessors if key == "first" else self.closing.reviewers.values()
        return self.workers.union(other)

    @property
    def confirmed(self) -> frozenset[str]:
        """Indicators of which a reading is confirmed."""
        return frozenset(code for (code, _), read in self.readings.items() if read.confirmed)

    def indicator(self, code: str) -> Indicator:
        """An indicator by its code; NoSuchIndicator."""
        for indicator in self.proposal.targets:
            if indicator.code == code:
                return indicator
        raise NoSuchIndicator(indicator=code)

    def membership(self, key: str) -> Membership | None:
        """How far a partner is; whose first office agreed to the proposal has joined by that."""
        if key in self.partners:
            return self.partners[key]
        for partner in self.proposal.partners:
            if partner.key == key:
                first = {seat.unit for seat in self.approval.agreed if seat.office in FIRST_OFFICES}
                return Membership(partner, "joined" if partner.unit in first else "named")
        return None

    @property
    def departures(self) -> frozenset[str]:
        """Keys of partners that left and for which the lead has not gone on otherwise (R69)."""
        return frozenset(key for key, known in self.partners.items() if known.owes_by is not None)

    def signed_for_lead(self, membership: Membership) -> frozenset[PersonId]:
        """Who signed for the lead's side, and therefore signs for no partner (R72)."""
        return self.proposers | {self.lead, membership.inviter}

    def clock(self, day: date) -> date:
        """How far time has come for the project on a day: in a pause it stands still (R43)."""
        return self.suspended_on if self.phase == "suspended" else day

    def open_findings(self) -> list[str]:
        """Findings for which closing waits: not closed, withdrawn or beyond the branch (R48, R51)."""
        released = ("closed", "withdrawn", "in_support")
        return [code for code, finding in self.findings.items() if finding.status not in released]

    def due_again(self, finding: Finding, today: date) -> date:
        """The date of a finding whose clock runs again from today, later by the days that it stood still."""
        return days_after(finding.due, max(0, (self.clock(today) - finding.stopped_on).days))


_NOT: Mapping[Phase, type[Refusal]] = {
    "draft": NotADraft,
    "in_approval": NotInApproval,
    "in_implementation": NotInImplementation,
    "suspended": NotSuspended,
    "in_closing": NotInClosing,
    "closed": NotEnded,
}


def require(state: State, usual: Phase, *also: Phase) -> None:
    """Refuse what this phase of the project does not allow, in the words of the usual one."""
    if state.phase != usual and state.phase not in also:
        raise _NOT[usual]()


def acting(by: By) -> frozenset[PersonId]:
    """The persons whose conflicts count: who acts, and for whom (a deputy has the conflicts of both)."""
    return frozenset({by.person} if by.on_behalf_of is None else {by.person, by.on_behalf_of})


def refuse_players(state: State, people: Iterable[PersonId]) -> None:
    """ProposerMayNotApprove if any of these people has a part in the project (R4)."""
    if not state.players.isdisjoint(people):
        raise ProposerMayNotApprove()


def proposed_by(state: State, person: PersonId) -> State:
    """The project with one more who proposed; an event of before this was kept names nobody."""
    return replace(state, proposers=state.proposers | ({person} - {NOBODY}))


def refuse_future(on: date, today: date) -> None:
    """NotInTheFuture for a day that has not come."""
    if on > today:
        raise NotInTheFuture(on=on)
