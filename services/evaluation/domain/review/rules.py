"""What a programme says of its yearly review: rounds, jurors, awards, and how many a company recommends."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from math import floor

from services.evaluation.domain.review.aggregation import Method
from services.evaluation.domain.review.allocation import Award, Quotas
from services.evaluation.domain.review.cycle.state import Judging

NO_FLOOR = Decimal(0)  # who is recommended is told by rank alone


@dataclass(frozen=True, slots=True)
class Recommendation:
    """How many of its closed projects a company may recommend to the group (R56)."""

    share_of_closed: Decimal
    at_least: int
    at_most: int
    extra_for_pair: int

    def quotas(self, closed: int) -> Quotas:
        """As awards of the company's review: the share at most, but for the least; one more for a pair."""
        places = min(max(floor(self.share_of_closed * closed), self.at_least), self.at_most)
        pairs = Award("recommended_pair", self.extra_for_pair, NO_FLOOR, only_pairs=True)
        return Quotas((Award("recommended", places, NO_FLOOR), pairs))


@dataclass(frozen=True, slots=True)
class JurorLoad:
    """How many jurors a dossier needs, and how many dossiers one juror reads (R57)."""

    dossiers_at_most: int
    jurors_per_dossier: int
    substitutes_per_panel: int


@dataclass(frozen=True, slots=True)
class OnSite:
    """The meeting: minutes that each project has."""

    minutes_show: int
    minutes_questions: int


@dataclass(frozen=True, slots=True)
class ReviewRules:
    """All of it, as the version says that holds for the review (R20)."""

    method: Method
    trimmed_from: int
    minimum_cards: int
    lowest_minimum: int
    load: JurorLoad
    rounds: tuple[Judging, ...]  # of the group's review
    on_site: OnSite
    quotas: Quotas
    recommendation: Recommendation
    moves_up: bool = False  # after an award is revoked (R63)


def faults(rules: ReviewRules) -> list[str]:
    """What keeps rules that can be read from being held to; empty for sound ones."""
    quotas, load, recommended = rules.quotas, rules.load, rules.recommendation
    shares = {
        "functional_units_at_most": quotas.functional_at_most,
        "frontline_at_least": quotas.frontline_at_least,
        "share_of_closed": recommended.share_of_closed,
    }
    main = [award for award in quotas.awards if not award.only_pairs]
    floors = [award.floor for award in main if _sound(award)]
    return [
        *(f"{name} lies between 0 and 1" for name, share in shares.items() if not _is_share(share)),
        *(
            f"{award.code} has places and a floor from 0 to 100"
            for award in quotas.awards
            if not _sound(award)
        ),
        *(["awards stand from the highest floor down"] if floors != sorted(floors, reverse=True) else []),
        *(["no award is open to all projects"] if not main else []),
        *_of_jurors(rules),
        *(["a juror reads at least one dossier"] if load.dossiers_at_most < 1 else []),
        *(
            ["recommendations are at least 0, and the least is not above the most"]
            if not 0 <= recommended.at_least <= recommended.at_most or recommended.extra_for_pair < 0
            else []
        ),
    ]


def _of_jurors(rules: ReviewRules) -> list[str]:
    if 1 <= rules.lowest_minimum <= rules.minimum_cards <= rules.load.jurors_per_dossier:
        return []
    return ["lowest_minimum_by_decision, minimum_cards and jurors_per_dossier follow one another from 1 on"]


def _sound(award: Award) -> bool:
    return award.places >= 0 and award.floor.is_finite() and 0 <= award.floor <= 100


def _is_share(share: Decimal) -> bool:
    return share.is_finite() and 0 <= share <= 1
