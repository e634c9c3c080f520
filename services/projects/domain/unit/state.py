"""What the rules of a unit read of its past, and the refusal that its parts share."""

from __future__ import annotations

from enum import Enum

from shared.domain import Refusal


class UnitIsNotInForce(Refusal):
    """This unit is not established, or has been dissolved.

    Choose a unit that exists."""


class Unit(Enum):
    unknown = "unknown"
    in_force = "in force"
    dissolved = "dissolved"  # as soon as it is recorded, also for a later day
    ceased = "ceased"


def in_force(unit: Unit) -> None:
    """Refuse what is only done to a unit that is established and not dissolved."""
    if unit is not Unit.in_force:
        raise UnitIsNotInForce()
