"""A figure in a request has at most 18 digits before the point and 6 after it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import pytest
from pydantic import ValidationError

from shared.bodies import body_of
from shared.sentences import word


@dataclass(frozen=True, slots=True)
class Part:
    """A part with a figure."""

    weight: Decimal


@dataclass(frozen=True, slots=True)
class Act:
    """An act with figures of every kind."""

    value: Decimal = Decimal(1)
    perhaps: Decimal | None = None
    several: tuple[Decimal, ...] = ()
    parts: tuple[Part, ...] = ()


PLACES = ('"value": "{}"', '"perhaps": "{}"', '"several": ["{}"]', '"parts": [{{"weight": "{}"}}]')
model = body_of(Act)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    ("figure", "code"),
    [
        ("1E+30", "decimal_max_digits"),
        ("1234567890123456789", "decimal_whole_digits"),
        ("0.0000001", "decimal_max_places"),
        ("1E-30", "decimal_max_digits"),
    ],
)
def test_a_figure_that_nobody_can_reckon_with_is_refused(place: str, figure: str, code: str) -> None:
    with pytest.raises(ValidationError) as refused:
        model.model_validate_json("{" + place.format(figure) + "}")
    assert [error["type"] for error in refused.value.errors()] == [code]
    assert word("validation", code, "zh-CN", default="") != ""


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("figure", ["123456789012345678.123456", "-12.50", "1E+3", "0"])
def test_every_figure_of_business_is_taken(place: str, figure: str) -> None:
    model.model_validate_json("{" + place.format(figure) + "}")
