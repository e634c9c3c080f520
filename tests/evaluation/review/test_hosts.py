"""Projects of the branch of whoever runs a review are judged under another department (R61)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.evaluation.review.a_review import BRANCHES, EAST, WEST, Review, project
from tests.evaluation.review.test_group_review import AT, collected
from tests.projects.a_group import person

THEIRS = "party department of west"


async def hosts_panel(review: Review) -> str:
    """The address of a panel of a project of the branch of whoever opened the review."""
    people = review.desk.organisation.people
    host = people[person("headquarters")]
    people[person("headquarters")] = replace(host, unit=BRANCHES[EAST][1])
    await collected(review)
    own: dict[str, Any] = {"projects": [str(project(1))]}
    await review.is_refused("HostsDoNotCompete", f"{AT}/name-panel", department=BRANCHES[WEST][0], **own)
    await review.does(f"{AT}/name-panel", department=WEST, **own)
    (panel,) = (await review.reads(f"{AT}/board"))["panels"]
    return f"/panels/{panel['panel']}"


async def test_a_panel_of_the_hosts_own_is_run_by_the_other_department_alone(review: Review) -> None:
    """Neither by whoever opened the review nor by anybody else of that department."""
    panel = await hosts_panel(review)
    for name in ("headquarters", "other headquarters", "party department of east"):
        await review.is_refused("NotAllowed", f"{panel}/fix-lot", name)
    await review.does(f"{panel}/fix-lot", THEIRS)
    await review.is_refused("NotAllowed", f"{panel}/open-panel", due="2026-11-14")
    await review.does(f"{panel}/open-panel", THEIRS, due="2026-11-14")
    await review.is_refused(
        "NotAllowed", f"{panel}/withdraw-dossier", number=1, reason="it is void", document="〔2026〕1号"
    )


async def test_a_panel_of_others_is_run_as_before(review: Review) -> None:
    panel = await hosts_panel(review)
    others: dict[str, Any] = {"projects": [str(project(number)) for number in (2, 3, 4)]}
    await review.does(f"{AT}/name-panel", department=WEST, **others)
    (other,) = [
        f"/panels/{one['panel']}"
        for one in (await review.reads(f"{AT}/board"))["panels"]
        if one["panel"] not in panel
    ]
    await review.does(f"{other}/fix-lot")
