"""What every aggregate is made of: a decider, its refusals, and who acts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Generic, Literal, NewType, TypeVar

PersonId = NewType("PersonId", str)
UnitId = NewType("UnitId", str)
OfficeId = NewType("OfficeId", str)  # one term: a person holding one office in one unit from a date

FIRST_OFFICE = {  # by kind of the leading organisation, whose holder is the first responsible person
    "branch_with_committee": "branch_secretary",
    "branch_without_committee": "branch_secretary",
    "general_branch": "general_branch_secretary",
    "party_committee": "party_secretary",
}


if TYPE_CHECKING:  # so that names and types of the changes are checked as those of `replace` are
    from dataclasses import replace as changed
else:

    def changed(state, /, **changes):
        """A frozen dataclass with some fields changed, as `replace` gives it, in a tenth of the time.

        For what is folded event by event: one dictionary is copied, so the class must have no slots.
        """
        after = object.__new__(state.__class__)
        object.__setattr__(after, "__dict__", {**state.__dict__, **changes})  # frozen: not by assignment
        return after


@dataclass(frozen=True, slots=True)
class Word:
    """Marks a text as a word of a list: of the catalogue in offices.yaml, or of the programme."""

    of: str
    or_none: bool = False  # then "" says that there is none


OfficeCode = Annotated[str, Word("offices")]
UnitKind = Annotated[str, Word("unit_kinds")]
UnitMark = Annotated[str, Word("marks")]
MODEL_BRANCH = "示范支部"  # of the marks; given by an act of its own, until a day
ExemptReason = Annotated[str, Word("exempt_reasons", or_none=True)]
OrganisationKind = Annotated[str, Word("organisation_kinds", or_none=True)]
PoliticalStatus = Annotated[str, Word("political_status")]
Track = Annotated[str, Word("tracks")]  # the programme's

C = TypeVar("C")
E = TypeVar("E")
S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Scan:
    """A paper as a file, known by its hash."""

    sha256: str
    name: str
    size_bytes: int
    media_type: str


@dataclass(frozen=True, slots=True)
class Paper:
    """Behind an act done without the system: when, and by whom and from what it was entered (R35)."""

    on: date  # when it was signed or said
    entered_by: PersonId  # a clerk, or for a late entry whoever did it
    entered_on: date
    scan: Scan | None = None
    call: str = ""  # note of the telephone call, where there is no paper
    confirm_by: date | None = (
        None  # until when whoever did it says that it is theirs; None for their own entry
    )
    accept_by: date | None = (
        None  # until when the day on the paper may be accepted; None without a paper (R36)
    )
    stood_in_for: tuple[PersonId, ...] = ()  # by the clerk


@dataclass(frozen=True, slots=True)
class Calendar:
    """On which days a unit works, and in which time zone its days end."""

    zone: str = ""  # its name as in Africa/Luanda; "": the group's
    chinese: bool = True  # as the Chinese calendar has it, else `rest` alone
    rest: tuple[int, ...] = (5, 6)  # the weekdays without work; Monday is 0
    off: tuple[date, ...] = ()  # single days without work all the same
    on: tuple[date, ...] = ()  # and with work


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often a party body meets (R32)."""

    every: Literal["week", "two_weeks", "month", "quarter"] = "month"
    first: date | None = None  # a regular meeting from which the others count; None: the day of asking


@dataclass(frozen=True, slots=True)
class By:
    """Who acts, in which office of which unit, for whom, why, and on what paper (R6, R8, R35)."""

    person: PersonId
    office: str  # code of defaults' offices, e.g. "branch_secretary"
    unit: UnitId
    on_behalf_of: PersonId | None = None
    why: str = ""
    paper: Paper | None = None


class Refusal(Exception):
    """The domain says no. A subclass is named as the rule; its docstring is the sentence people see.

    The first paragraph of the docstring is the sentence, the second what to do; both may name
    facts in braces, given as keywords. The catalogue `zh-CN.yaml` of a service holds the Chinese.
    """

    def __init__(self, **facts: Any) -> None:
        self.facts = facts
        super().__init__(type(self).__name__, facts)

    @classmethod
    def code(cls) -> str:
        """Stable name of the rule: the class's name, e.g. `ProposerMayNotApprove`."""
        return cls.__name__


class NotAllowed(Refusal):
    """Your office does not give this right.

    Ask a holder of the office that is named."""


class NotKnown(Refusal):
    """Not found, or you may not see it.

    Check the address; ask the party department of the unit if you should see it."""


class NotAsItStands(Refusal):
    """As it stands, this is not done.

    Look at its history to see where it stands."""


class Incomplete(Refusal):
    """Something is missing: {missing}.

    Fill in what is listed and send it again."""


class Stale(Refusal):
    """It has changed since you last read it.

    Read it again, compare, and send your change with the new ETag."""


@dataclass(frozen=True, slots=True)
class Decider(Generic[C, E, S]):
    """One aggregate: pure functions over closed unions (style: one aggregate, one file).

    `decide` gives the events that a command causes, or raises a Refusal; `evolve` never raises.
    """

    aggregate: str
    initial: S
    decide: Callable[[C, S], Sequence[E]]
    evolve: Callable[[S, E], S]
    commands: tuple[type, ...]
    events: tuple[type, ...]


Upcaster = Callable[[dict[str, Any]], dict[str, Any]]


class Leaves:
    """Mixin of the event with which a stream leaves its ledger, to go on in another (R70)."""

    __slots__ = ()


class Arrives:
    """Mixin of the event with which it goes on there: it names what it follows on (R70)."""

    __slots__ = ()
    ledger: str  # where it was, by the name within the service
    position: int  # of the event with which it left
    leaf: str  # hash of that event's leaf, as hex


class Closes:
    """Mixin of the last event of a ledger: nothing can be appended behind it (R70)."""

    __slots__ = ()


class Versioned:
    """Mixin of an event whose stored shape has changed: `schema` counts up, old data are upcast."""

    __slots__ = ()
    schema: ClassVar[int] = 1
    upcasters: ClassVar[dict[int, Upcaster]] = {}
