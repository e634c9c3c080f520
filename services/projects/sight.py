"""Whom a project concerns, as its page and as its rules tell; who may know of it says `shared.sight`."""

from __future__ import annotations

from services.projects.acting import Asking
from services.projects.domain.project.state import State
from services.projects.projections.page import Page
from shared.domain import NotKnown, PersonId, UnitId
from shared.sight import Circle, marks_seen, may_see

__all__ = ["Circle", "circle_of", "circle_of_state", "marks_seen", "may_see", "refuse_unless_seen"]

HELD = ("held", "completed", "accepted")  # tasks that are somebody's


def circle_of(page: Page) -> Circle:
    """The circle of a project as people see it."""
    of_changes = (asked["steps"] for asked in page["changes"].values())
    routes = (page["route"]["steps"], *page["route"]["earlier"], *of_changes)
    steps = [step for steps in routes for step in steps]
    seats = [
        *(seat for step in steps for seat in step["succeeded_by"] or step["seats"]),
        *(seat for step in steps for referral in step["referred_up"] for seat in referral["seats"]),
        *(change["confirmer"] for change in page["required_changes"] if change["confirmer"]),
        *(indicator["source"] for indicator in page["indicators"].values()),
        *(key["seat"] for key in page["closing"]["first_key"]),
        *(seat for asked in page["changes"].values() for seat in asked["deciders"]),
        *(support["of"] for support in page["supports"].values()),
        *(found["dispute"]["of"] for found in page["findings"].values() if found["dispute"]),
    ]
    people = [
        page["lead"],
        *(handed["from_person"] for handed in page["handovers"]),  # by right of their term (R11)
        *page["proposers"],
        *(member["person"] for member in page["team"].get("members", ())),
        *(task["person"] for task in page["tasks"].values() if task["person"]),
        *(entry["person"] for entry in page["papers"].values() if entry["person"]),
    ]
    known = (*page["partners"], *page["memberships"].values())
    partners = (partner["unit"] for partner in known if partner["unit"])
    asked = (unit for t in page["tasks"].values() if t["state"] == "offered" for unit in t["circle"])
    return Circle(
        frozenset(UnitId(unit) for unit in (page["unit"], *partners, *asked)),
        frozenset(PersonId(person) for person in people),
        frozenset((seat["office"], UnitId(seat["unit"])) for seat in seats),
    )


def circle_of_state(state: State) -> Circle:
    """The same of a project as its rules see it."""
    seats = [
        *(seat for step in state.approval.route for seat in step.seats),
        *state.approval.seats,
        *(change.confirmer for change in state.approval.conditions if change.confirmer),
        *(indicator.source for indicator in state.proposal.targets),
        *state.closing.first_key,
        *(seat for asked in state.deciding.values() for seat in asked.seats),
        *(seat for asked in state.deciding.values() for step in asked.route for seat in step.seats),
        *(support.of for support in state.supports.values()),
        *(finding.judge for finding in state.findings.values() if finding.judge),
    ]
    known = (*state.proposal.partners, *(membership.partner for membership in state.partners.values()))
    partners = (partner.unit for partner in known if partner.unit)
    asked = (unit for task in state.tasks.values() if task.status == "offered" for unit in task.circle)
    return Circle(
        frozenset((state.unit, *partners, *asked)),
        state.partakers
        | state.led
        | {task.holder for task in state.tasks.values() if task.status in HELD}
        | {entry.person for entry in state.papers.values()},
        frozenset((seat.office, seat.unit) for seat in seats),
    )


def refuse_unless_seen(asking: Asking, state: State) -> None:
    """NotKnown to everybody who may not see the project: never a word of what it is."""
    if not may_see(asking.organisation, asking.person, circle_of_state(state), asking.today):
        raise NotKnown()
