"""What of a published programme a review goes by: its card, and what it says of reviews (R20)."""

from __future__ import annotations

from services.evaluation.domain.review.rules import ReviewRules
from services.evaluation.domain.scheme import Scheme
from services.evaluation.review.rules import read_rules
from services.evaluation.schemes import read_section
from services.evaluation.scored import NoSuchVersion
from shared.organisation import Organisation
from shared.scheme import scheme_section


def section_of(organisation: Organisation, version: str) -> str:
    """The section `scheme` of a version; NoSuchVersion."""
    found = organisation.version(version)
    if found is None:
        raise NoSuchVersion(version=version)
    return scheme_section(found.content)


def rules_of(organisation: Organisation, version: str) -> ReviewRules:
    """What a version says of reviews; NoSuchVersion, ReviewRulesUnreadable."""
    return read_rules(section_of(organisation, version))


def card_of(organisation: Organisation, version: str) -> Scheme:
    """By which the jurors of a review under this version mark; NoSuchVersion, SchemeUnreadable."""
    return read_section(section_of(organisation, version))
