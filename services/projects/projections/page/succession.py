"""The page as another unit leads: its offices are asked what was asked of the one before (R70)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, assert_never

from services.projects.domain.project import succession
from services.projects.projections.page.shape import Change, Finding, Page, Step, Task
from shared.domain import UnitId

OVER = ("passed", "returned", "rejected", "lapsed")
GIVEN = ("earlier", "stages", "guidance", "changed_by_higher")  # acts stay with the office of who took them


def fold(page: Page, event: succession.Event) -> Page:
    """The page after the event; as long as it is on its way nothing changes."""
    match event:
        case succession.LedgerLeft():
            return page
        case succession.LeadMoved():
            after = {passed.before: passed.after for passed in event.units}
            route = page["route"]
            changes: dict[str, Change] = {
                code: _with_seats(change, after) | {"steps": _steps(change["steps"], after)}
                for code, change in page["changes"].items()
            }
            asked: Page = _with_seats(page, after) | {
                "route": route | {"steps": _steps(route["steps"], after)},
                "changes": changes,
            }
            return _led(asked, event, after)
        case _:
            assert_never(event)


def _steps(steps: Iterable[Step], after: Mapping[UnitId, UnitId]) -> list[Step]:
    """The steps of a route; the words of one that is decided stay with the office that gave them."""
    return [_with_seats(step, after) if step["state"] == "open" else _step(step, after) for step in steps]


def _step(step: Step, after: Mapping[UnitId, UnitId]) -> Step:
    """One that is over keeps the seats that decided it."""
    filed = step["state"] == "informed" and step["overdue_on"] is not None
    if step["state"] not in OVER and not filed:
        asked: Step = step | {"seats": _with_seats(step["seats"], after)}
        return asked
    now = _with_seats(step["succeeded_by"] or step["seats"], after)
    kept: Step = step | {"succeeded_by": now if now != step["seats"] else []}
    return kept


def _led(page: Page, event: succession.LeadMoved, after: Mapping[UnitId, UnitId]) -> Page:
    findings: dict[str, Finding] = {
        code: finding | {"unit": after.get(UnitId(finding["unit"]), finding["unit"])}
        for code, finding in page["findings"].items()
    }
    tasks: dict[str, Task] = {
        code: task | {"circle": [after.get(UnitId(unit), unit) for unit in task["circle"]]}
        for code, task in page["tasks"].items()
    }
    led: Page = page | {
        "unit": event.unit,
        "company": event.company,
        "leader": event.leader,
        "findings": findings,
        "tasks": tasks,
    }
    return led


def _with_seats(part: Any, after: Mapping[UnitId, UnitId]) -> Any:
    """The same with each office that is asked as the same office of the successor."""
    if isinstance(part, list):
        return [_with_seats(one, after) for one in part]
    if not isinstance(part, dict):
        return part
    if part.keys() == {"office", "unit"}:
        return part | {"unit": after.get(part["unit"], part["unit"])}
    return {name: value if name in GIVEN else _with_seats(value, after) for name, value in part.items()}
