"""The assessment scheme: groups of criteria whose weights sum to the total, marked by people or computed."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from services.evaluation.domain.formulas import Formula


@dataclass(frozen=True, slots=True)
class Criterion:
    """One line of the scheme: computed by a formula, or judged by people along its anchors."""

    code: str
    zh: str
    weight: Decimal
    formula: Formula | None = None  # None: judged
    anchors: dict[str, str] = field(default_factory=dict)  # band -> what earns it


@dataclass(frozen=True, slots=True)
class Group:
    """Criteria that share a weight, and take over what does not apply to one of them."""

    code: str
    zh: str
    weight: Decimal
    criteria: tuple[Criterion, ...]


@dataclass(frozen=True, slots=True)
class Scheme:
    """What a project is assessed by; fixed at its approval (R18, R19)."""

    total: Decimal
    bands: dict[str, Decimal]  # band -> share of a criterion's weight that it begins at
    groups: tuple[Group, ...]
    sha256: str = ""  # of the published text that it was read from

    def band(self, share: Decimal) -> str:
        """The highest band that a share (0 to 1) of a criterion's weight reaches."""
        return max((start, name) for name, start in self.bands.items() if start <= share)[1]


def faults(scheme: Scheme) -> list[str]:
    """What keeps a scheme that can be read from being scored by; empty for a sound one."""
    return [
        f"nothing in {group.code} applies to every project"
        for group in scheme.groups
        if all(c.formula and c.formula.may_not_apply for c in group.criteria)
    ]
