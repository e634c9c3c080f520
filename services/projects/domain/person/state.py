"""What the rules of a person read of their past, and the refusal that its parts share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from shared.domain import Refusal


class NotRegistered(Refusal):
    """This person is not registered, or has been erased.

    Register them first."""


@dataclass(frozen=True, slots=True)
class Person:
    registered: bool = False
    restricted_until: date | None = None
    left_on: date | None = None  # as was said first
    ties: frozenset[str] = frozenset()  # ids of people and units
