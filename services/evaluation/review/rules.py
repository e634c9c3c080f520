"""Reading what a programme says of its review: the shipped rules and those of published versions."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from typing import Literal

import msgspec
import yaml
from msgspec import Struct

from services.evaluation.domain.review.aggregation import Method
from services.evaluation.domain.review.allocation import Award, Quotas
from services.evaluation.domain.review.cycle.state import Judging
from services.evaluation.domain.review.rules import JurorLoad, OnSite, Recommendation, ReviewRules, faults
from services.evaluation.schemes import default_text
from shared.domain import Refusal


class ReviewRulesUnreadable(Refusal):
    """What the programme says of the review cannot be held to.

    Ask headquarters to correct what is listed under "faults" in a new version of the programme."""


class _Aggregation(Struct, frozen=True):
    method: Method
    trimmed_from_jurors: int
    minimum_cards: int
    lowest_minimum_by_decision: int


class _DossierMix(Struct, frozen=True):
    closing_score: Decimal
    dossier_cards: Decimal


class _OnSiteMix(Struct, frozen=True):
    dossier_review: Decimal
    on_site_cards: Decimal


class _Mix(Struct, frozen=True):
    dossier_review: _DossierMix
    on_site: _OnSiteMix


class _Award(Struct, frozen=True):
    places: int
    floor: Decimal
    only: Literal["", "pair"] = ""


class _Limits(Struct, frozen=True):
    each_track_at_least: int
    functional_units_at_most: Decimal
    frontline_at_least: Decimal
    one_unit_at_most: int
    move_up_after_revocation: bool = False


class _OnSite(Struct, frozen=True):
    projects: int
    minutes_show: int
    minutes_questions: int


class _Said(Struct, frozen=True):
    aggregation: _Aggregation
    review_mix: _Mix
    awards: dict[str, _Award]
    award_limits: _Limits
    recommendation: Recommendation
    juror_load: JurorLoad
    on_site: _OnSite


@cache
def default_rules() -> ReviewRules:
    """The shipped ones, in force where a programme says nothing of its own."""
    return read_rules("")


@cache
def read_rules(section: str) -> ReviewRules:
    """Those of a scheme's section, and the shipped ones for each part that it does not have.

    ReviewRulesUnreadable names what is wrong. Figures are read as text, so no float is ever made.
    """
    try:
        parts = _parts(default_text()) | _parts(section)
        said = msgspec.convert(parts, _Said, strict=False)
        found = _unlike_one(said)
        rules = _rules(said)
    except (msgspec.ValidationError, ArithmeticError, yaml.YAMLError, RecursionError) as error:
        raise ReviewRulesUnreadable(faults=[str(error)]) from error
    if found := [*found, *faults(rules)]:
        raise ReviewRulesUnreadable(faults=found)
    return rules


def _parts(section: str) -> dict[str, object]:
    read = yaml.load(section, Loader=yaml.BaseLoader)
    return (
        {part: read[part] for part in _Said.__struct_fields__ if part in read}
        if isinstance(read, dict)
        else {}
    )


def _rules(said: _Said) -> ReviewRules:
    limits, aggregation, mix = said.award_limits, said.aggregation, said.review_mix
    return ReviewRules(
        method=aggregation.method,
        trimmed_from=aggregation.trimmed_from_jurors,
        minimum_cards=aggregation.minimum_cards,
        lowest_minimum=aggregation.lowest_minimum_by_decision,
        load=said.juror_load,
        rounds=(
            Judging("dossier_review", mix.dossier_review.closing_score),
            Judging("on_site", mix.on_site.dossier_review, said.on_site.projects),
        ),
        on_site=OnSite(said.on_site.minutes_show, said.on_site.minutes_questions),
        quotas=Quotas(
            tuple(
                Award(code, award.places, award.floor, award.only == "pair")
                for code, award in said.awards.items()
            ),
            limits.each_track_at_least,
            limits.functional_units_at_most,
            limits.frontline_at_least,
            limits.one_unit_at_most,
        ),
        recommendation=said.recommendation,
        moves_up=limits.move_up_after_revocation,
    )


def _unlike_one(said: _Said) -> list[str]:
    mix = said.review_mix
    shares = {
        "dossier_review": (mix.dossier_review.closing_score, mix.dossier_review.dossier_cards),
        "on_site": (mix.on_site.dossier_review, mix.on_site.on_site_cards),
    }
    return [
        f"the shares of {round_} are from 0 to 1 and sum to 1"
        for round_, (before, cards) in shares.items()
        if before + cards != 1 or not 0 <= before <= 1
    ]
