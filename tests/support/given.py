"""Tests of an aggregate read as sentences: given what happened, when somebody acts, then this follows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, Generic, TypeVar

import pytest

from shared.domain import Decider, Refusal

C = TypeVar("C")
E = TypeVar("E")
S = TypeVar("S")


@dataclass(frozen=True)
class Given(Generic[C, E, S]):
    """A past."""

    decider: Decider[C, E, S]
    past: tuple[E, ...]

    @property
    def state(self) -> S:
        return reduce(self.decider.evolve, self.past, self.decider.initial)

    def when(self, command: C) -> When[C, E, S]:
        return When(self, command)

    def after(self, *commands: C) -> Given[C, E, S]:
        """The past with these commands carried out, none of which may be refused."""
        past, state = list(self.past), self.state
        for command in commands:
            for event in self.decider.decide(command, state):
                past.append(event)
                state = self.decider.evolve(state, event)
        return Given(self.decider, tuple(past))


@dataclass(frozen=True)
class When(Generic[C, E, S]):
    """An act on that past."""

    given: Given[C, E, S]
    command: C

    @property
    def events(self) -> Sequence[E]:
        return self.given.decider.decide(self.command, self.given.state)

    def then(self, *expected: E) -> None:
        assert tuple(self.events) == expected

    def then_names(self, *expected: type) -> None:
        """Only the kinds of events matter."""
        assert tuple(type(event) for event in self.events) == expected

    def then_refused(self, rule: type[Refusal], **facts: Any) -> None:
        """Refused by exactly this rule, with at least these facts."""
        with pytest.raises(Refusal) as refusal:
            _ = self.events
        assert type(refusal.value) is rule
        assert facts.items() <= refusal.value.facts.items()


def given(decider: Decider[C, E, S], *past: E) -> Given[C, E, S]:
    """Begin with what happened; nothing, if nothing is named."""
    return Given(decider, past)
