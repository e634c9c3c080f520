"""What a page says of the days to come: the dates that are open, and what closing will ask for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC
from decimal import Decimal

from services.projects.projections.page.dated import OWED, open_ones
from services.projects.projections.page.shape import OpenDate, Page

MEASURES_CHANGE = ("raise", "lower")
HOLDS = ("open", "reported", "disputed")  # findings (R48, R51)
SECTIONS = ("data", "facts", "experience", "results")


def open_dates(page: Page) -> list[OpenDate]:
    """Everything that people owe, the earliest first; nothing while clocks stand still (R43)."""
    found = (
        OpenDate(subject=dated.subject, code=dated.code, due=dated.due.isoformat())
        for dated in open_ones(page, UTC)  # their last days are the same everywhere
        if dated.subject in OWED
    )
    return sorted(found, key=lambda date: (date["due"], date["subject"], date["code"]))


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
    if page["route"]["open"] is not None or any(
        change["kind"] == "condition" and change["state"] == "asked" for change in page["required_changes"]
    ):
        yield "ratification"
    yield from (f"changes.{code}" for code, asked in page["changes"].items() if asked["state"] == "requested")
    yield from (f"report.{section}" for section in SECTIONS)
    yield "secrecy_review"


def _same(one: str | None, other: str | None) -> bool:
    """Whether two figures are equal, however many zeros they end in."""
    return one is not None and other is not None and Decimal(one) == Decimal(other)
