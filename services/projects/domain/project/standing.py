"""Where a matter stands on its way: who is asked, whose turn it is, whether it is enough."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from services.projects.domain.project.content import Proposal, Seat
from services.projects.domain.project.route import (
    Decides,
    Opinion,
    Place,
    Question,
    RequiredChange,
    Share,
    Step,
)
from shared.domain import PersonId


@dataclass(frozen=True, slots=True)
class Word:
    """What a seat said, who said it of which content, and under which numbers it asked for changes."""

    opinion: Opinion
    person: PersonId
    content_hash: str
    numbers: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Added:
    """A signer whom an addressed seat asked to sign before or after itself."""

    place: Place
    beside: Seat


@dataclass(frozen=True, slots=True)
class Handler:
    """To whom a seat's work was transferred, and in which office they do it."""

    person: PersonId
    office: Seat


@dataclass(frozen=True, slots=True)
class Objection:
    """Who objected to what was filed, and who has to answer (R34)."""

    person: PersonId
    to: tuple[Seat, ...]
    answered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a matter stands on its route: a proposal, or a request to change what was approved."""

    route: tuple[Step, ...] = ()  # pinned; a proposal's stays through returns (R18)
    open: int | None = None  # the step that decides now
    opened_on: date = date.min
    due: date | None = None
    raised_on: tuple[date, ...] = ()  # when time sent it to the offices above
    seats: tuple[Seat, ...] = ()  # in their order, with those added
    decides: Decides = "any"
    share: Share | None = None
    opinions: Mapping[Seat, Word] = field(default_factory=dict)
    added: Mapping[Seat, Added] = field(default_factory=dict)
    handlers: Mapping[Seat, Handler] = field(default_factory=dict)
    urged_on: date | None = None

    @property
    def waiting(self) -> tuple[Seat, ...]:
        """The seats that have not spoken."""
        return tuple(seat for seat in self.seats if seat not in self.opinions)

    @property
    def asked_now(self) -> tuple[Seat, ...]:
        """The seats whose turn it is; of a meeting all."""
        return tuple(seat for seat in self.waiting if self.has_turn(seat))

    def has_turn(self, seat: Seat) -> bool:
        """Whether nobody must speak before this seat: in order the one before, else an added signer's own."""
        if self.decides == "in_order":
            return self.waiting[:1] == (seat,)
        if any(a.beside == seat and a.place == "before" and s in self.waiting for s, a in self.added.items()):
            return False
        added = self.added.get(seat)
        return added is None or added.place == "before" or added.beside in self.opinions or self._enough

    def questions_for(self, seat: Seat) -> tuple[Question, ...]:
        """What is answered with the word of this seat: a signer who was added answers nothing."""
        if self.open is None or seat in self.added:
            return ()
        return self.route[self.open].checklist

    @property
    def carried(self) -> bool:
        """Whether enough agree: as the step says of its own seats, and every added signer (R29)."""
        return self._enough and all(self._said(seat) is True for seat in self.added)

    @property
    def stopped(self) -> bool:
        """Whether it cannot be carried any more, so that only a return or a rejection is left (R29)."""
        said_no = [seat for seat in self.opinions if self._said(seat) is False]
        if self.decides != "share" or any(seat in self.added for seat in said_no):
            return bool(said_no)
        return bool(said_no) and len(self._own) - len(said_no) < self._needed

    @property
    def _own(self) -> tuple[Seat, ...]:
        return tuple(seat for seat in self.seats if seat not in self.added)

    @property
    def _needed(self) -> int:
        """How many of its own seats must agree."""
        if self.decides == "any":
            return 1
        return len(self._own) if self.share is None else self.share.needed(len(self._own))

    @property
    def _enough(self) -> bool:
        return bool(self._own) and sum(self._said(seat) is True for seat in self._own) >= self._needed

    def _said(self, seat: Seat) -> bool | None:
        """Whether it agreed; None where it has not spoken."""
        word = self.opinions.get(seat)
        return None if word is None else word.opinion != "disagree"


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval(Standing):
    """Where a proposal stands on its way."""

    round: int = 0
    returns: int = 0
    numbered: int = 0  # changes asked for so far
    route_code: str = ""
    start: int = 0  # the step at which a resubmission goes on that changes only what is `numbered_fields`
    returned: Proposal = field(default_factory=Proposal)  # as it was sent back
    numbered_fields: frozenset[str] = frozenset()
    rejected: int | None = None  # the step that said no
    conditions: tuple[RequiredChange, ...] = ()  # not yet confirmed (R30)
    objections: frozenset[tuple[int, Seat]] = frozenset()  # of this round, in whichever step, not withdrawn
    agreed: frozenset[Seat] = frozenset()  # who has agreed on the way
    filed: Mapping[int, date] = field(default_factory=dict)  # step -> day on which its offices were informed
    objected: Mapping[tuple[int, Seat], Objection] = field(default_factory=dict)  # to filings, by step
    read: frozenset[tuple[PersonId, str]] = frozenset()  # who has opened which content


NOBODY_ASKED = Standing()
NOT_ASKED = Approval()
