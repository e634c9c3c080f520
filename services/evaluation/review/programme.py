"""What of a published programme a review goes by: its card, its rules, the days of its notice (R20)."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from services.evaluation.domain.review.rules import ReviewRules
from services.evaluation.domain.scheme import Scheme
from services.evaluation.review.rules import ReviewRulesUnreadable, read_rules
from services.evaluation.schemes import read_section
from services.evaluation.scored import NoSuchVersion
from shared.organisation import Organisation
from shared.scheme import NOTICE_DAYS, NoticeDays, scheme_section


class _Deadlines(Struct, frozen=True):
    public_notice_working_days: NoticeDays = NOTICE_DAYS


class _Content(Struct, frozen=True):
    deadlines: _Deadlines = _Deadlines()


def section_of(organisation: Organisation, version: str) -> str:
    """The section `scheme` of a version; NoSuchVersion."""
    return scheme_section(_content(organisation, version))


def notice_days_of(organisation: Organisation, version: str) -> int:
    """For how many working days a version has awards shown (R62); NoSuchVersion, ReviewRulesUnreadable."""
    try:
        read = msgspec.json.decode(_content(organisation, version), type=_Content)
    except msgspec.ValidationError as error:
        raise ReviewRulesUnreadable(faults=[str(error)]) from error
    return read.deadlines.public_notice_working_days


def _content(organisation: Organisation, version: str) -> str:
    """As its last corrigendum has it (R21)."""
    found = organisation.version(version)
    if found is None:
        raise NoSuchVersion(version=version)
    return found.content


def rules_of(organisation: Organisation, version: str) -> ReviewRules:
    """What a version says of reviews; NoSuchVersion, ReviewRulesUnreadable."""
    return read_rules(section_of(organisation, version))


def card_of(organisation: Organisation, version: str) -> Scheme:
    """By which the jurors of a review under this version mark; NoSuchVersion, SchemeUnreadable."""
    return read_section(section_of(organisation, version))
