"""The items of a meeting and the votes on them: outcomes follow from votes, and votes from who was there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from services.projects.domain import quorum
from services.projects.domain.body import Kind
from services.projects.domain.project.content import FIELDS
from services.projects.domain.project.route import Wanted
from services.projects.domain.quorum import TooFewPresent, VotesDoNotCarry
from shared.domain import Incomplete, PersonId, Refusal

Method = Literal["spoken", "show_of_hands", "secret", "named"]


Outcome = Literal["passed", "passed_with_changes", "not_passed", "deferred"]


Result = Literal["passed", "passed_with_changes", "not_passed", "deferred", "referred_up"]


@dataclass(frozen=True, slots=True)
class Item:
    number: int
    matter: str  # id of what is decided on: a project, a programme, an award list
    title: str
    content_hash: str
    withdrawn: tuple[PersonId, ...] = ()  # who may not vote on it (R4)
    two_thirds: bool = False  # the bar for presence that some matters ask for
    change: str = ""  # code of the change of a running project that it is about, if it is


@dataclass(frozen=True, slots=True)
class Absence:
    person: PersonId
    reason: str
    written_view: str = ""  # kept, and not counted


@dataclass(frozen=True, slots=True)
class Vote:
    number: int  # of the item
    method: Method
    votes_for: int
    against: int
    abstain: int
    outcome: Outcome
    text: str = ""  # the resolution, or what must change
    withdrawn: tuple[PersonId, ...] = ()  # who withdrew only in the meeting
    chair_spoke_last: bool = True
    changes: tuple[Wanted, ...] = ()  # owed when passed with changes (R30)


@dataclass(frozen=True, slots=True)
class ItemResult:
    number: int
    matter: str
    content_hash: str
    result: Result
    should_attend: int
    present: int
    withdrawn: int
    votes_for: int
    against: int
    abstain: int
    text: str
    changes: tuple[Wanted, ...] = ()
    change: str = ""


class NotAProposalField(Refusal):
    """Item {number} asks to change {field}, which is no field of a proposal.

    Name the field that each change touches."""


class ChangesNeedTheirOutcome(Refusal):
    """Item {number} lists changes, but is not passed with changes.

    Choose the outcome that fits, or write what must be heard into the resolution."""


class OutcomeContradictsVotes(Refusal):
    """Item {number} has {votes_for} votes of {should_attend}: it is passed, not refused.

    Correct the numbers or the outcome."""


class MoreVotesThanVoters(Refusal):
    """Item {number} has {votes} votes, but only {may_vote} present may vote on it.

    Correct the numbers; written views of absent members are not counted."""


class OnlyWhoVotesWithdraws(Refusal):
    """Item {number} names somebody as withdrawn who has no vote in the body.

    Only those who should attend step aside; correct the list."""


def check(
    vote: Vote, item: Item, kind: Kind, base: tuple[PersonId, ...], present: tuple[PersonId, ...]
) -> None:
    """The outcome must follow from the votes, and the votes from who was there."""
    should_attend = len(base)
    if not is_present(kind, should_attend, len(present), item.two_thirds):
        raise TooFewPresent(present=len(present), should_attend=should_attend)
    if not set(vote.withdrawn) <= set(base):
        raise OnlyWhoVotesWithdraws(number=vote.number)
    may_vote = len(set(present) - withdrawn(item, vote))
    votes = vote.votes_for + vote.against + vote.abstain
    if votes > may_vote or min(vote.votes_for, vote.against, vote.abstain) < 0:
        raise MoreVotesThanVoters(number=vote.number, votes=votes, may_vote=may_vote)
    carried = quorum.passes(should_attend, vote.votes_for)
    if vote.outcome in ("passed", "passed_with_changes") and not carried:
        raise VotesDoNotCarry(votes_for=vote.votes_for, should_attend=should_attend)
    if vote.outcome == "not_passed" and carried:
        raise OutcomeContradictsVotes(
            number=vote.number, votes_for=vote.votes_for, should_attend=should_attend
        )
    check_changes(vote)


def check_changes(vote: Vote) -> None:
    """A pass with changes says which, and where, so that somebody can make them (R30); no other does."""
    if vote.outcome != "passed_with_changes":
        if vote.changes:
            raise ChangesNeedTheirOutcome(number=vote.number)
        return
    missing = [] if vote.text.strip() else [f"votes.{vote.number}.text"]
    if not vote.changes or not all(change.text.strip() for change in vote.changes):
        missing.append(f"votes.{vote.number}.changes")
    if missing:
        raise Incomplete(missing=missing)
    for change in vote.changes:
        if change.field not in FIELDS:
            raise NotAProposalField(number=vote.number, field=change.field)


def is_present(kind: Kind, should_attend: int, present: int, two_thirds: bool) -> bool:
    """A party committee needs more than half, some items two thirds (R26); branches need half (R2)."""
    if kind == "party_committee" or two_thirds:
        return quorum.present_is_enough(should_attend, present, two_thirds)
    return quorum.half_is_present(should_attend, present)


def withdrawn(item: Item, vote: Vote) -> set[PersonId]:
    """Who may not vote: known before, or withdrawn in the meeting."""
    return {*item.withdrawn, *vote.withdrawn}


def result(item: Item, vote: Vote | None, should_attend: int, present: int) -> ItemResult:
    """What an item came to, with the numbers that make it valid.

    It is referred up without votes, or where too few were left to pass it: it was not voted down (R27).
    """
    aside = len(withdrawn(item, vote) if vote else item.withdrawn)
    possible = quorum.can_pass(should_attend, should_attend - aside)
    return ItemResult(
        number=item.number,
        matter=item.matter,
        content_hash=item.content_hash,
        result=vote.outcome if vote and possible else "referred_up",
        should_attend=should_attend,
        present=present,
        withdrawn=aside,
        votes_for=vote.votes_for if vote else 0,
        against=vote.against if vote else 0,
        abstain=vote.abstain if vote else 0,
        text=vote.text if vote else "",
        changes=vote.changes if vote else (),
        change=item.change,
    )
