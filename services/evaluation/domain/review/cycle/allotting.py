"""Places by quota: runs of the allocation, numbered, never overwritten, with what they follow from (R62)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal, assert_never

from services.evaluation.domain.review.allocation import Quotas, Why
from services.evaluation.domain.review.cycle.placing import allocation_of, group_places
from services.evaluation.domain.review.cycle.state import State, at_stage
from shared.domain import By, PersonId, Refusal

Cause = Literal["first", "left_vacant", "vote", "objection", "veto"]


@dataclass(frozen=True, slots=True)
class Ballot:
    """Whom one member of the panel puts first among the projects of a tie, by name."""

    juror: str  # their letter; a name where no panel judged
    first: str
    panel: str = ""  # of the last round, by which the letter is theirs


@dataclass(frozen=True, slots=True)
class Voter:
    """A juror of the last round; nobody votes on a tie with a project that they are recused from (R5)."""

    panel: str
    letter: str
    recused_from: frozenset[str] = frozenset()


# Events


@dataclass(frozen=True, slots=True)
class AllocationRun:
    """A run of the allocation; what each project gets follows it."""

    run: int
    cause: Cause
    reason: str
    quotas: Quotas
    left_vacant: dict[str, int]  # by award
    votes: tuple[str, ...]  # projects of ties, in the order of their votes
    vetoed: tuple[str, ...]
    vacant: dict[str, int]  # by award
    to_vote: tuple[tuple[str, ...], ...]
    made_by: PersonId


@dataclass(frozen=True, slots=True)
class PlaceGiven:
    run: int
    project: str
    place: int
    score: Decimal
    award: str | None
    why: Why
    tie: str
    listed: str = ""  # the scheme of a list of its own; "": the list of all (R20)
    group: str = ""  # of comparable units (R66)
    group_place: int = 0  # among these, in the same list


@dataclass(frozen=True, slots=True)
class TieVoted:
    """A named vote of the panel, never a lot; a run follows it."""

    order: tuple[str, ...]
    ballots: tuple[Ballot, ...]
    minutes: str = ""  # their number


Event = AllocationRun | PlaceGiven | TieVoted


# Commands


@dataclass(frozen=True, slots=True)
class RunAllocation:
    """The first run, or the one that an accepted objection asks for, or a veto that came or was lifted."""

    by: By
    quotas: Quotas  # fact: of the programme's version; those of the first run hold
    vetoed: tuple[str, ...]  # fact: of the projects in it
    reason: str


@dataclass(frozen=True, slots=True)
class LeaveVacant:
    by: By
    award: str
    places: int
    reason: str
    vetoed: tuple[str, ...] = ()  # fact: as above


@dataclass(frozen=True, slots=True)
class VoteOnTie:
    """Enter the ballots from the panels' minutes: one of each juror, by letter and panel."""

    by: By
    ballots: tuple[Ballot, ...]
    minutes: str
    voters: tuple[Voter, ...] = ()  # fact: whose ballots these are; none where no panel judged
    vetoed: tuple[str, ...] = ()  # fact: as above


Command = RunAllocation | LeaveVacant | VoteOnTie


# Refusals


class RunNeedsReason(Refusal):
    """A further run, and a place left vacant, have a reason.

    Give the reason; the runs before stay as they are."""


class NoRunIsDue(Refusal):
    """The allocation was run, and neither an objection nor a veto asks for another.

    Leave a place vacant, vote on a tie, or go on."""


class NoSuchPlaces(Refusal):
    """The award has {places} places, of which that many cannot be left vacant.

    Give a number of its places."""


class NoSuchTie(Refusal):
    """These are not the projects of a tie that awaits a vote.

    Vote on one of the ties of the last run."""


class VoteIsTied(Refusal):
    """The vote leaves projects equal.

    Vote again until one is first; no lot decides."""


class VoteHasMinutes(Refusal):
    """A vote on a tie stands in minutes.

    Give their number."""


class BallotsAreTheJurors(Refusal):
    """A tie is voted on by all {count} jurors of the last round, but for those recused from its projects.

    Enter the ballot of each of them, by letter and panel."""


class OneBallotEach(Refusal):
    """Each member of the panel votes once.

    Correct the ballots."""


def decide(command: Command, cycle: State) -> Sequence[Event]:
    """The events of a command about places."""
    match command:
        case RunAllocation():
            return run_allocation(command, cycle)
        case LeaveVacant():
            return leave_vacant(command, cycle)
        case VoteOnTie():
            return vote_on_tie(command, cycle)
        case _:
            assert_never(command)


def run_allocation(command: RunAllocation, cycle: State) -> Sequence[Event]:
    """Once when all is judged; again where an objection was accepted or vetoes changed, visibly (R62).

    After the notice its new places need another.
    """
    at_stage(cycle, "judged", "allocated", "notice", "noticed")
    by_veto = cycle.vetoed != frozenset(command.vetoed)
    if cycle.run and not (cycle.run_is_due or by_veto):
        raise NoRunIsDue()
    if cycle.run and not command.reason.strip():
        raise RunNeedsReason()
    quotas = cycle.quotas if cycle.run else command.quotas
    next_ = replace(cycle, quotas=quotas, vetoed=frozenset(command.vetoed))
    cause: Cause = "first" if not cycle.run else "objection" if cycle.run_is_due else "veto"
    return [*_run(next_, cause, command.reason, command.by.person)]


def leave_vacant(command: LeaveVacant, cycle: State) -> Sequence[Event]:
    """Better none than one that is not worth it (R62)."""
    at_stage(cycle, "allocated")
    places = next((award.places for award in cycle.quotas.awards if award.code == command.award), 0)
    if not 1 <= command.places <= places:
        raise NoSuchPlaces(places=places)
    if not command.reason.strip():
        raise RunNeedsReason()
    left_vacant = {**cycle.left_vacant, command.award: command.places}
    next_ = replace(cycle, left_vacant=left_vacant, vetoed=frozenset(command.vetoed))
    return [*_run(next_, "left_vacant", command.reason, command.by.person)]


def vote_on_tie(command: VoteOnTie, cycle: State) -> Sequence[Event]:
    """The last resort where a place hangs on it, by name (R62)."""
    at_stage(cycle, "allocated", "notice")
    if not command.minutes.strip():
        raise VoteHasMinutes()
    voting = {(ballot.panel, ballot.juror) for ballot in command.ballots}
    if len(voting) < len(command.ballots):
        raise OneBallotEach()
    named = {ballot.first for ballot in command.ballots}
    tie = next((tied for tied in cycle.to_vote if named and named <= {*tied}), None)
    if tie is None:
        raise NoSuchTie()
    asked = {(one.panel, one.letter) for one in command.voters if one.recused_from.isdisjoint(tie)}
    if command.voters and voting != asked:
        raise BallotsAreTheJurors(count=len(asked))
    votes = Counter(ballot.first for ballot in command.ballots)
    if len({votes[project] for project in tie}) < len(tie):
        raise VoteIsTied()
    order = tuple(sorted(tie, key=lambda project: -votes[project]))
    next_ = replace(cycle, votes=(*cycle.votes, *order), vetoed=frozenset(command.vetoed))
    return [TieVoted(order, command.ballots, command.minutes), *_run(next_, "vote", "", command.by.person)]


def _run(cycle: State, cause: Cause, reason: str, by: PersonId) -> Iterator[Event]:
    """`cycle` as it is with what is new in this run."""
    found, run = allocation_of(cycle), cycle.run + 1
    own = {one.scheme for one in (cycle.unlike.apart if cycle.unlike else ())}
    yield AllocationRun(
        run,
        cause,
        reason,
        cycle.quotas,
        dict(cycle.left_vacant),
        cycle.votes,
        tuple(sorted(cycle.vetoed)),
        found.vacant,
        found.to_vote,
        by,
    )
    among = group_places(cycle, found, own)
    for placed in found.placed:
        score, scheme = cycle.scores[placed.project], cycle.entrants[placed.project].scheme
        listed = scheme if scheme in own else ""
        yield PlaceGiven(
            run,
            placed.project,
            placed.place,
            score,
            placed.award,
            placed.why,
            placed.tie,
            listed,
            cycle.entrants[placed.project].group,
            among[placed.project],
        )


def evolve(cycle: State, event: Event) -> State:
    """The cycle after a run of the allocation."""
    match event:
        case AllocationRun():
            return replace(
                cycle,
                run=event.run,
                quotas=event.quotas,
                left_vacant=event.left_vacant,
                votes=event.votes,
                vetoed=frozenset(event.vetoed),
                to_vote=event.to_vote,
                awards={},
                run_is_due=False,
                ran=cycle.ran | {event.made_by},
                stage="notice" if cycle.stage == "notice" else "allocated",
            )
        case PlaceGiven():
            if event.award is None:
                return cycle
            return replace(cycle, awards={**cycle.awards, event.project: event.award})
        case TieVoted():
            return cycle
        case _:
            assert_never(event)
