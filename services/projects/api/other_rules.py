"""The command of a past decision as another version of the programme would have made it, all else equal."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from services.projects.acting import Asking
from services.projects.api import actions
from services.projects.api.acts import Act, Situation
from services.projects.deciding_again import Decision
from services.projects.domain.project import Command
from shared.domain import By
from shared.organisation import Organisation, Programme

# Facts that follow from the programme; all others say who, when and what, and stay as they were.
OF_THE_PROGRAMME = frozenset(
    {
        "criteria",
        "cut_off",
        "dispute_by",
        "due",
        "limits",
        "look_back",
        "route",
        "route_code",
        "units",
        "window_ends",
    }
)
OF_MINUTES = frozenset({"units"})  # where a meeting was read, this follows from what it said
ACTS = {act.command: act for act in actions.ACTS}


def by_other_rules(organisation: Organisation, taken: Decision, other: Programme, zone: ZoneInfo) -> Command:
    """The recorded command, with what this version says otherwise than the one it was decided under.

    Both are asked with the organisation as it is known now for that day, and only where they differ does
    the recorded fact give way: whatever else has become known since changes nothing. Raises what keeps
    a route from being found.
    """
    act, by = ACTS.get(type(taken.command)), getattr(taken.command, "by", None)
    if act is None or not isinstance(by, By):
        return taken.command
    first = taken.events[0]
    asking = Asking(
        by.person,
        organisation,
        first.recorded_at.astimezone(zone).date(),
        why=by.why,
        about=str(first.stream),
    )
    as_other = copy.copy(organisation)
    as_other.programmes = [
        replace(known, content=other.content, content_hash=other.content_hash)
        for known in organisation.programmes
    ]
    own = _facts(act, asking, taken, by)
    theirs = _facts(act, replace(asking, organisation=as_other), taken, by)
    differ: dict[str, Any] = {name: fact for name, fact in theirs.items() if fact != own[name]}
    return replace(taken.command, **differ)


def _facts(act: Act, asking: Asking, taken: Decision, by: By) -> dict[str, object]:
    names = (act.facts.keys() & OF_THE_PROGRAMME) - (OF_MINUTES if act.look else frozenset())
    situation = Situation(asking, taken.state, taken.command, by)
    return {name: act.facts[name](situation) for name in sorted(names)}
