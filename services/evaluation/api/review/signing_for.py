"""In which office an act of a review is done (R59, R61, R62, R64, R68)."""

from __future__ import annotations

from datetime import date
from typing import Any

from services.evaluation.domain.review.cycle.state import NoSuchCycle, State
from services.evaluation.domain.review.veto import RECORDED_BY
from shared.acting import Asking
from shared.domain import By, NotAllowed, PersonId, UnitId
from shared.offices import offices
from shared.organisation import MEMBER, Organisation

OBJECTOR = PersonId("objector")  # as the record knows them: who it is stands sealed in the objection
RUN, HOLD, ANSWER = ("run_review", "run_own_review"), "hold", "handle_objection"  # of the group, of a company


def unit_of(cycle: State) -> UnitId:
    """Whose review it is; NoSuchCycle."""
    if cycle.unit is None:
        raise NoSuchCycle()
    return cycle.unit


def running(asking: Asking, cycle: State, _body: Any, _seen: Any) -> By:
    """Whoever runs reviews over its unit."""
    return asking.with_any_right(RUN, unit_of(cycle))


def apart_of(cycle: State, panel: str) -> UnitId | None:
    """The department that alone runs a panel, since it judges the host's own projects (R61); None: any."""
    named = next((one for one in cycle.panels if one.panel == panel), None)
    if named is None or all(cycle.entrants[project].branch != cycle.host for project in named.projects):
        return None
    return named.department


def running_panel(asking: Asking, unit: UnitId, apart: UnitId | None) -> By:
    """Whoever runs reviews over the unit; of the host's own projects, in that department alone."""
    return asking.with_any_right(RUN, unit) if apart is None else asking.with_right_in(RUN, apart)


def may_run(organisation: Organisation, person: PersonId, unit: UnitId, on: date) -> bool:
    """Whether somebody runs the reviews of a unit on a day."""
    return any(organisation.may(person, right, unit, on) is not None for right in RUN)


def runs_in(organisation: Organisation, unit: UnitId, on: date) -> bool:
    """Whether somebody runs reviews in just this unit on a day."""
    run = (code for code, office in offices().items() if not office.rights.isdisjoint(RUN))
    return any(organisation.persons(office, unit, on) for office in run)


def opening(asking: Asking, _cycle: State, body: Any, _seen: Any) -> By:
    """Whoever runs reviews over the unit that is named."""
    return asking.with_any_right(RUN, body.unit)


def holding(asking: Asking, cycle: State, _body: Any, _seen: Any) -> By:
    """Discipline over its unit (R64)."""
    return asking.with_right(HOLD, unit_of(cycle))


def answering(asking: Asking, cycle: State, _body: Any, _seen: Any) -> By:
    """Discipline, or whoever may run reviews and had no hand in this one (R62)."""
    return asking.with_any_right((ANSWER, *RUN), unit_of(cycle))


def objecting(asking: Asking, cycle: State, body: Any, _seen: Any) -> Any:
    """Anybody of the group, in a name that is sealed, or nobody at all (R62, R68)."""
    unit = unit_of(cycle)
    return None if body.anonymous else By(OBJECTOR, MEMBER, unit)


def vetoing(asking: Asking, _state: Any, body: Any, seen: Any) -> By:
    """The department that the scheme names for this veto, above the project's unit."""
    for term in asking.terms():
        if term.office == RECORDED_BY[body.code] and asking.organisation.reaches(term.unit, seen.unit):
            return asking.as_holder(term)
    raise NotAllowed()
