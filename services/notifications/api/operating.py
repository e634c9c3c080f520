"""Who operates which channels: a company's operator its own, the group's those of the group (R80)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Path, Request

from services.notifications.parts import Parts, parts_of
from shared.acting import Asking
from shared.clock import today
from shared.domain import NotKnown, PersonId, UnitId
from shared.signed_in import SignedIn


@dataclass(frozen=True, slots=True)
class Operator:
    """Somebody who may set up and look after the channels of this unit today."""

    parts: Parts
    person: PersonId
    company: UnitId


async def _operator(
    request: Request, company: Annotated[str, Path(max_length=36, pattern="^[!-~]+$")], person: SignedIn
) -> Operator:
    """NotAllowed for whoever is no operator of just this unit; NotKnown where it has no channels."""
    parts, unit = parts_of(request), UnitId(company)
    organisation = parts.group.organisation
    asking = Asking(person, organisation, today(parts.clock, parts.settings.time_zone))
    of_group = unit == organisation.group
    asking.with_right_in(("channels", "run_system") if of_group else ("channels",), unit)
    if not (of_group or organisation.units[unit].has_ledger):
        raise NotKnown()
    return Operator(parts, person, unit)


Operating = Annotated[Operator, Depends(_operator)]
