"""What a page says of the days to come: the dates that are open, and what closing will ask for."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from services.projects.projections.page.shape import OpenDate, Page

MEASURES_CHANGE = ("raise", "lower")
HOLDS = ("open", "reported")  # findings (R51)
SECTIONS = ("data", "facts", "experience", "results")


def open_dates(page: Page) -> list[OpenDate]:
    """Everything that is due, the earliest first; nothing while clocks stand still (R43)."""
    return sorted(_open_dates(page), key=lambda date: (date["due"], date["subject"], date["code"]))


def _open_dates(page: Page) -> Iterator[OpenDate]:
    route = page["route"]
    if page["state"] == "in_approval" and route["open"] is not None:
        step = route["steps"][route["open"]]
        if step["due"]:
            yield OpenDate(subject="step", code=str(route["open"]), due=step["due"])
    if page["state"] == "in_implementation":
        for code, milestone in page["milestones"].items():
            if milestone["reached_on"] is None:  # a dropped one was reached
                yield OpenDate(subject="milestone", code=code, due=milestone["due"])
        for code, task in page["tasks"].items():
            if task["state"] in ("open", "offered", "held"):
                yield OpenDate(subject="task", code=code, due=task["due"])
    if page["state"] in ("in_implementation", "in_closing"):
        for code, finding in page["findings"].items():
            if finding["state"] == "open":
                yield OpenDate(subject="finding", code=code, due=finding["due"])
        for key, known in page["memberships"].items():
            if known["owes_by"]:
                yield OpenDate(subject="departure", code=key, due=known["owes_by"])
        for code, support in page["supports"].items():
            if support["state"] in ("requested", "granted"):
                yield OpenDate(subject="support", code=code, due=support["provide_by"] or support["due"])


def missing(page: Page) -> list[str]:
    """What a request for closing would be refused for, by the rule's codes, from the day of approval on."""
    if page["state"] not in ("in_implementation", "suspended"):
        return []
    return list(_missing(page))


def _missing(page: Page) -> Iterator[str]:
    for code, task in page["tasks"].items():
        if task["state"] not in ("accepted", "expired"):
            yield f"tasks.{code}"
    for code, milestone in page["milestones"].items():
        if milestone["reached_on"] is None:
            yield f"milestones.{code}"
    for code, indicator in page["indicators"].items():
        if indicator["dropped"]:
            continue
        if indicator["kind"] in MEASURES_CHANGE and not _same(
            indicator["baseline"], indicator["confirmed_baseline"]
        ):
            yield f"baselines.{code}"
        if not any(reading["state"] == "confirmed" for reading in indicator["readings"]):
            yield f"readings.{code}"
    yield from (f"findings.{code}" for code, found in page["findings"].items() if found["state"] in HOLDS)
    if any(known["owes_by"] for known in page["memberships"].values()):
        yield "departures"
    yield from (f"changes.{code}" for code, asked in page["changes"].items() if asked["state"] == "requested")
    yield from (f"report.{section}" for section in SECTIONS)
    yield "secrecy_review"


def _same(one: str | None, other: str | None) -> bool:
    """Whether two figures are equal, however many zeros they end in."""
    return one is not None and other is not None and Decimal(one) == Decimal(other)
