"""What a page shows beside the work itself: the team's form, the mid-term check, what it showed and left."""

from __future__ import annotations

from typing import assert_never

from services.projects.domain.project import midterm, outcome, showcase, team
from services.projects.projections.page.shape import Formation, Midterm, Outcome, Page, Showing, at, plain


def fold(page: Page, event: team.Event | midterm.Event | showcase.Event | outcome.Event) -> Page:
    """The page after one of these."""
    match event:
        case team.TeamFormed():
            formed = Formation(
                form=event.form,
                name=event.name,
                formed_on=event.on.isoformat(),
                stood_down_on=None,
                stood_down_because=None,
            )
            return page | {"formations": [*page["formations"], formed]}
        case team.TeamStoodDown():
            formations = page["formations"]
            stood_down: Formation = formations[-1] | {
                "stood_down_on": event.on.isoformat(),
                "stood_down_because": event.reason,
            }
            return page | {"formations": at(formations, len(formations) - 1, stood_down)}
        case midterm.MidtermChecked():
            checked = Midterm(
                result=event.result,
                note=event.note,
                on=event.on.isoformat(),
                seat=plain(event.seat),
                person=event.person,
            )
            return page | {"midterm": checked}
        case showcase.ShowcaseHeld() | showcase.ExperienceShared():
            shown = Showing(
                public=isinstance(event, showcase.ShowcaseHeld),
                on=event.on.isoformat(),
                audience=event.audience,
                materials=list(event.materials),
            )
            marks = {purpose: mark for purpose, mark in page["secrecy"].items() if purpose != "showcase"}
            return page | {"showings": [*page["showings"], shown], "secrecy": marks}
        case outcome.OutcomeNamed():
            named = Outcome(
                kind=event.kind,
                name=event.name,
                meaning=event.meaning,
                document=event.document,
                on=event.on.isoformat(),
            )
            no_rule = None if event.kind == "rule" else page["no_rule"]
            return page | {"outcomes": {**page["outcomes"], event.outcome: named}, "no_rule": no_rule}
        case outcome.RuleForgone():
            return page | {"no_rule": event.reason}
        case _:
            assert_never(event)
