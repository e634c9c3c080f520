"""What a page shows of practices: its own that others may learn from, and those that it works by."""

from __future__ import annotations

from typing import assert_never

from services.projects.domain.project import practice
from services.projects.projections.page.shape import Adoption, Credit, Page, Practice, plain


def fold(page: Page, event: practice.Event) -> Page:
    """The page after an event about a practice."""
    match event:
        case practice.PracticeAdopted():
            adopted = Adoption(
                origin_unit=event.origin_unit,
                how=event.how,
                adopted_on=event.on.isoformat(),
                verified_on=None,
                indicator=None,
                effect=None,
            )
            return _adopting(page, event.origin, adopted)
        case practice.AdoptionVerified():
            verified: Adoption = page["adoptions"][event.origin] | {
                "verified_on": event.on.isoformat(),
                "indicator": event.indicator,
                "effect": event.effect,
            }
            return _adopting(page, event.origin, verified)
        case practice.PracticeRecommended():
            recommended = Practice(
                sheet=plain(event.sheet),
                state="recommended",
                recommended_on=event.on.isoformat(),
                listed_on=None,
                declined_because=None,
                kinds=[],
                adopted_by=[],
                document=None,
                issued_by=None,
                in_force=None,
            )
            return page | {"practice": recommended}
        case (
            practice.PracticeListed()
            | practice.PracticeDeclined()
            | practice.AdoptionCredited()
            | practice.PracticeInstitutionalised()
        ):
            known = page["practice"]
            if known is None:
                raise LookupError("no practice was recommended")
            is_rule = isinstance(event, practice.PracticeInstitutionalised)
            return page | {
                "practice": _spread(known, event),
                "no_rule": None if is_rule else page["no_rule"],
            }
        case _:
            assert_never(event)


def _spread(
    known: Practice,
    event: practice.PracticeListed
    | practice.PracticeDeclined
    | practice.AdoptionCredited
    | practice.PracticeInstitutionalised,
) -> Practice:
    match event:
        case practice.PracticeListed():
            return known | {
                "state": "listed",
                "listed_on": event.on.isoformat(),
                "kinds": list(event.kinds),
            }
        case practice.PracticeDeclined():
            return known | {"state": "declined", "declined_because": event.reason}
        case practice.AdoptionCredited():
            credit = Credit(
                project=event.project,
                unit=event.unit,
                company=event.company,
                on=event.on.isoformat(),
            )
            return known | {"adopted_by": [*known["adopted_by"], credit]}
        case practice.PracticeInstitutionalised():
            return known | {
                "state": "rule",
                "document": event.document,
                "issued_by": event.issued_by,
                "in_force": event.in_force.isoformat(),
            }
        case _:
            assert_never(event)


def _adopting(page: Page, origin: str, adoption: Adoption) -> Page:
    return page | {"adoptions": {**page["adoptions"], origin: adoption}}
