"""When a meeting may decide and what its votes amount to, from its numbers alone (R2, R26, R27)."""

from __future__ import annotations

from dataclasses import dataclass

from shared.domain import Refusal


@dataclass(frozen=True, slots=True)
class Numbers:
    """The numbers of one item of a meeting; all of them count people."""

    should_attend: int  # holders of seats on the day; vacant seats do not count (R84)
    present: int
    votes_for: int
    votes_against: int = 0
    abstain: int = 0
    withdrawn: int = 0  # stepped aside for this item; they stay in the base (R27)


def present_is_enough(should_attend: int, present: int, two_thirds: bool = False) -> bool:
    """Whether a committee may meet: more than half, or two thirds where the item asks for it (R26)."""
    return 3 * present >= 2 * should_attend if two_thirds else 2 * present > should_attend


def half_is_present(should_attend: int, present: int) -> bool:
    """Whether a branch may meet, its committee or its members: at least half (R2)."""
    return 2 * present >= should_attend


def passes(should_attend: int, votes_for: int) -> bool:
    """Whether the votes carry: more than half of those who should attend (R2, R26)."""
    return 2 * votes_for > should_attend


def can_pass(should_attend: int, may_vote: int) -> bool:
    """Whether an item can be carried at all by those left to vote on it (R27)."""
    return passes(should_attend, may_vote)


def adds_up(numbers: Numbers) -> bool:
    """Whether the numbers are possible: nobody votes who is absent or withdrew, none is negative."""
    counted = (numbers.votes_for, numbers.votes_against, numbers.abstain, numbers.withdrawn)
    return (
        0 < numbers.should_attend >= numbers.present >= 0
        and min(counted) >= 0
        and sum(counted[:3]) <= numbers.present
        and sum(counted[:3]) <= numbers.should_attend - numbers.withdrawn
    )


class NumbersDoNotAddUp(Refusal):
    """These numbers of a meeting are not possible together.

    Compare present, withdrawn and votes with the minutes; written views of absent members do not count."""


class TooFewPresent(Refusal):
    """{present} of {should_attend} are present: too few, the meeting is not valid.

    Convene it again."""


class VotesDoNotCarry(Refusal):
    """{votes_for} votes of {should_attend} who should attend are not more than half: it is not passed.

    Record it as not passed or deferred."""


def refuse_impossible(numbers: Numbers) -> None:
    """NumbersDoNotAddUp for numbers that no meeting can have."""
    if not adds_up(numbers):
        raise NumbersDoNotAddUp()
