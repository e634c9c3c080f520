"""What is known of a project that its score depends on."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

from services.evaluation.domain.around import Around
from services.evaluation.domain.heard.values import FigureThen

State = Literal[
    "draft",
    "in_approval",
    "rejected",
    "in_implementation",
    "in_closing",
    "suspended",
    "terminated",
    "closed",
    "archived",
]


@dataclass(frozen=True)  # and no slots: `changed`
class Milestone:
    """A dated result; `event` is what last touched it, here as in the other parts.

    `done` is the day that counts: the day of entry where that is later than the one `stated`, or of
    the paper from which it was entered, once that is accepted (R36).
    """

    title: str
    due: date
    weight: Decimal
    event: str
    done: date | None = None
    stated: date | None = None
    entered: date | None = None
    entry: str = ""  # from paper

    @property
    def accepted(self) -> bool:
        """A milestone needs nobody's acceptance."""
        return self.done is not None


@dataclass(frozen=True)  # and no slots: `changed`
class Task:
    """A piece of work, or a climbing item: offered, and held by somebody only once claimed."""

    title: str
    due: date
    weight: Decimal
    event: str
    offered: bool = False
    held: bool = False  # by anybody, ever: giving it back takes nothing out of the score
    done: date | None = None
    stated: date | None = None
    entered: date | None = None
    entry: str = ""  # from paper
    accepted: bool = False

    @property
    def counts(self) -> bool:
        """A climbing item that nobody ever took counts for nothing (R39)."""
        return self.held or not self.offered


@dataclass(frozen=True, slots=True)
class Reading:
    """A value that the source department stands for."""

    period: str
    value: Decimal
    on: date
    event: str


@dataclass(frozen=True)  # and no slots: `changed`
class Indicator:
    """A business figure as approved, with its confirmed readings by period."""

    name: str
    kind: Literal["raise", "lower", "keep_at_most", "keep_at_least", "by_date"]
    baseline: Decimal
    target: Decimal
    due: date | None
    weight: Decimal
    event: str
    confirmed: dict[str, Reading] = field(default_factory=dict)

    @property
    def latest(self) -> Reading | None:
        """The confirmed reading of the latest day."""
        return max(self.confirmed.values(), key=lambda reading: (reading.on, reading.period), default=None)


@dataclass(frozen=True)  # and no slots: `changed`
class Finding:
    """Something that must be put right by a day, and the day that counts as when it was (R36)."""

    text: str
    due: date
    event: str
    mended: date | None = None
    stated: date | None = None
    entered: date | None = None
    entry: str = ""  # from paper
    closed: bool = False
    came_back: bool = False
    waits: bool = False  # for others, in support or disputed: its clock stands still (R48, R51)


@dataclass(frozen=True, slots=True)
class Stage:
    """How far it had come by the last day of a year, as said by one who will turn the first key (R24)."""

    year: int
    cut_off: date
    office: str
    unit: str
    note: str
    figures: tuple[FigureThen, ...]
    event: str


@dataclass(frozen=True, slots=True)
class Adoption:
    """Its practice has worked in another project too, as was verified there by a confirmed figure (R40)."""

    project: str
    unit: str
    on: date
    event: str


@dataclass(frozen=True, slots=True)
class Activity:
    """A party activity that was held for an indicator; it scores nothing."""

    on: date
    event: str


@dataclass(frozen=True)  # and no slots: `changed`
class Tally:
    """One project's part in a score; parts by their code."""

    reference: str = ""
    company: str = ""
    unit: str = ""
    title: str = ""
    track: str = ""
    programme: str = ""
    schemes: tuple[
        str, ...
    ] = ()  # versions whose scheme a running project was moved to, the last in force (R19)
    state: State = "draft"
    suspended_on: date | None = None
    event: str = ""  # that laid down the content
    milestones: dict[str, Milestone] = field(default_factory=dict)
    indicators: dict[str, Indicator] = field(default_factory=dict)
    tasks: dict[str, Task] = field(default_factory=dict)
    findings: dict[str, Finding] = field(default_factory=dict)
    papers: dict[str, tuple[str, str]] = field(default_factory=dict)  # by entry: subject and code
    marks: dict[str, Decimal] = field(default_factory=dict)  # count from the closing on
    marks_event: str = ""
    assessed_by: str = ""  # the unit whose committee gave the marks
    around: Around = field(default_factory=Around)
    stages: tuple[Stage, ...] = ()
    adoptions: tuple[Adoption, ...] = ()
    activities: dict[str, tuple[Activity, ...]] = field(default_factory=dict)  # by indicator
    begun_on: date | None = None  # the day on which it was first approved
    over_on: date | None = None  # the day it was closed or terminated
    withdrawn: frozenset[str] = frozenset()  # texts that are shown no more, by hash

    @property
    def scored_by(self) -> str:
        """The version by whose scheme it is scored."""
        return self.schemes[-1] if self.schemes else self.programme

    @property
    def scored_before(self) -> tuple[str, ...]:
        """The versions by whose schemes it was scored before, the latest first."""
        return (self.programme, *self.schemes)[-2::-1] if self.schemes else ()

    @property
    def is_scored(self) -> tuple[object, ...]:
        """All that a score is computed from, but for the day."""
        parts = (self.milestones, self.tasks, self.indicators, self.findings)
        return (*parts, self.marks, self.scored_by, self.over_on)

    @property
    def over(self) -> bool:
        """Whether nothing more can be earned."""
        return self.over_on is not None

    @property
    def ends(self) -> date | None:
        """The day of the last milestone."""
        return max((milestone.due for milestone in self.milestones.values()), default=None)
