"""What a project is about, in words: a sample's variant with its slots filled, for one year and unit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import msgspec

from services.projects.domain.project.content import ActivityKind, IndicatorKind

CONTENT = Path(__file__).with_name("samples.yaml")


class Figure(msgspec.Struct, frozen=True):
    """An indicator as a sample names it; baseline and target are values, or slots of the variant."""

    code: str
    name: str
    unit: str
    kind: IndicatorKind
    source: str  # quality, operations or finance
    baseline: str = ""
    target: str = ""


class Piece(msgspec.Struct, frozen=True):
    """A task, or the climbing item."""

    title: str
    standard: str
    skills: str = ""


class Gathering(msgspec.Struct, frozen=True):
    """A party activity and the indicator that it serves; of a consultation, who does what by when."""

    kind: ActivityKind
    title: str
    serves: str
    decision: str = ""


class Trouble(msgspec.Struct, frozen=True):
    """A problem on the way and how it was solved."""

    text: str
    how: str


class Deficiency(msgspec.Struct, frozen=True):
    """What an inspector finds, what is done about it, and what was done."""

    text: str
    measures: str
    done: str


class Sample(msgspec.Struct, frozen=True):
    """A kind of project: texts with slots, and the variants that fill them."""

    code: str
    track: str
    kinds: tuple[str, ...]  # kinds of branches that do such projects
    units: tuple[str, ...]  # code of the branch that does each variant
    form: str
    title: str
    problem: str
    goal: str
    indicators: tuple[Figure, ...]
    measures: tuple[str, ...]
    milestones: tuple[str, ...]
    tasks: tuple[Piece, ...]
    climbing: Piece
    activities: tuple[Gathering, ...]
    trouble: Trouble
    finding: Deficiency
    integrations: dict[str, str]
    experience: str
    variants: tuple[dict[str, str | int], ...]
    partner: str = ""
    partners: tuple[str, ...] = ()  # of a pair: code of the weak side's branch, for each variant
    pair: bool = False


@dataclass(frozen=True, slots=True)
class Texts:
    """A sample of which every slot is filled."""

    filled: Sample
    figures: Mapping[str, tuple[Decimal | None, Decimal | None]]  # baseline and target by indicator


@cache
def samples() -> tuple[Sample, ...]:
    """The samples that come with the example."""
    return msgspec.yaml.decode(CONTENT.read_bytes(), type=_Samples).samples


class _Samples(msgspec.Struct, frozen=True):
    samples: tuple[Sample, ...]


def texts(sample: Sample, number: int, year: int, random: Random) -> Texts:
    """The sample's variant of this number; beyond the last they come again with other figures."""
    again, variant = divmod(number, len(sample.variants))
    slots: dict[str, str | int] = {"year": year, **sample.variants[variant]}
    if again:  # the same by how many of a hundred: what belongs together stays so
        share = random.randrange(88, 99)
        slots = {name: _other(value, share) for name, value in slots.items()} | {"year": year}
    filled = msgspec.convert(_filled(msgspec.to_builtins(sample), slots), Sample)
    figures = {
        figure.code: (_value(figure.baseline, slots), _value(figure.target, slots))
        for figure in sample.indicators
    }
    return Texts(filled, figures)


def _other(value: str | int, share: int) -> str | int:
    """Another believable figure with the same digits after the point; a word stays as it is."""
    try:
        before = Decimal(value)
    except ArithmeticError:
        return value
    exponent = Decimal(1).scaleb(min(0, int(before.as_tuple().exponent)))
    after = (before * share / 100).quantize(exponent, ROUND_HALF_UP)
    return type(value)(after)


def _filled(told: Any, slots: Mapping[str, str | int]) -> Any:
    match told:
        case str():
            return told.format_map(slots) if "{" in told else told
        case dict():
            return {
                name: value if name == "variants" else _filled(value, slots) for name, value in told.items()
            }
        case list() | tuple():
            return [_filled(part, slots) for part in told]
        case _:
            return told


def _value(told: str, slots: Mapping[str, str | int]) -> Decimal | None:
    return Decimal(slots.get(told, told)) if told else None
