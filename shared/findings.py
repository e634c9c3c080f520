"""What an audit finds that is not as it must be."""

from __future__ import annotations

from collections import Counter

import msgspec

TOLD_AT_MOST = 20  # of one kind in one place; the rest is counted


class Finding(msgspec.Struct, frozen=True):
    """Something that is not as it must be; `code` is its sentence in the catalogue of words."""

    code: str
    place: str  # the ledger with its service, or the view
    position: int = 0  # of an event; 0 where it is about none
    facts: dict[str, str] = {}


class Findings:
    """What was found: the first of each kind in each place, and how many more there are."""

    def __init__(self) -> None:
        self.told: list[Finding] = []
        self.count: Counter[tuple[str, str]] = Counter()

    def add(self, code: str, place: str, position: int = 0, /, **facts: object) -> None:
        """One more."""
        self.count[place, code] += 1
        if self.count[place, code] <= TOLD_AT_MOST:
            self.told.append(Finding(code, place, position, {key: str(fact) for key, fact in facts.items()}))

    def more(self, place: str, code: str) -> int:
        """How many of a kind are counted and not told."""
        return max(0, self.count[place, code] - TOLD_AT_MOST)

    def of(self, place: str) -> int:
        """How many there are in a place."""
        return sum(count for (where, _), count in self.count.items() if where == place)
