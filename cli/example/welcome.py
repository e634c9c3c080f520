"""What the example says of itself when it is done: how much there is, who can sign in, what to try."""

from __future__ import annotations

from collections.abc import Mapping

from cli.example.founding import PASSWORD
from cli.example.plan import Plan
from shared.offices import offices

STATES = (
    *("draft", "in_approval", "in_implementation", "suspended", "in_closing", "closed", "archived"),
    *("rejected", "terminated"),
)
TRY = {
    "liqiang": "his projects; draft one, submit it too early and read what is missing",
    "zhangwei": "the tasks he holds, and the climbing items open to his branch",
    "zhoumin": "proposals to pre-check, closings to review",
    "wangzhiqiang": "the committee's meetings and what they decided",
    "hefang": "what the committee decided, with votes that others do not see",
    "zhenglan": "figures to confirm or to dispute",
    "fengyuan": "visits and findings; close one that was put right",
    "songjing": "the whole group; next year's programme",
    "tangning": "any project at any moment: ?as_of= and /history; he changes nothing",
}


def text(plan: Plan, states: Mapping[str, int], events: int, acts: int, seconds: int) -> str:
    """The closing words."""
    group = plan.group
    counted = ", ".join(f"{states[state]} {state.replace('_', ' ')}" for state in STATES if states.get(state))
    size = f"{len(group.companies)} companies, {len(group.units)} units, {len(group.people)} people"
    speed = f"{seconds} s, {acts // max(1, seconds)} commands per second"
    lines = [
        f"The example: {group.root.name}, {size}, from {plan.begins} to {plan.until}.",
        f"{sum(states.values())} projects: {counted}.",
        f"{acts} commands over HTTP, {events} events, {speed}.",
        "",
        f"Sign in (POST /api/projects/session); the password of all is {PASSWORD}:",
    ]
    for person, office in group.tour:
        known = offices().get(office)
        holds = "党员" if known is None else known.zh
        where = _place(plan, person.unit, office)
        lines.append(
            f"  {person.login:<13} {person.name}  {where} {holds} - {TRY.get(person.login, 'look around')}"
        )
    lines += [
        "",
        "Everybody else signs in with the staff number in small letters, if they did anything in that year.",
    ]
    return "\n".join(lines) + "\n"


def _place(plan: Plan, branch: str, office: str) -> str:
    unit = plan.group.unit[branch]
    above = plan.group.unit[unit.parent] if unit.parent else unit
    return f"{above.name} {unit.name}" if office in ("branch_secretary", "member") else above.name
