"""What a request may hold: figures of business, ids of people and units, words of the catalogue."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError

from shared.bodies import body_of, named_in
from shared.domain import OfficeCode, OrganisationKind, PersonId, Track, UnitId
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


@dataclass(frozen=True, slots=True)
class Place:
    """A part with a unit and an office."""

    unit: UnitId
    office: OfficeCode = "clerk"


@dataclass(frozen=True, slots=True)
class Naming:
    """An act that names people, units and words."""

    person: PersonId | None = None
    places: tuple[Place, ...] = ()
    track: Track = ""
    organisation: OrganisationKind = ""


ONE, TWO = str(UUID(int=1)), str(UUID(int=2))
naming = body_of(Naming)


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ({"person": "张伟"}, "not_an_id"),
        ({"person": ""}, "not_an_id"),
        ({"person": f"{{{ONE}}}"}, "not_an_id"),
        ({"person": ONE.replace("-", "")}, "not_an_id"),
        ({"places": [{"unit": "喷涂车间"}]}, "not_an_id"),
        ({"places": [{"unit": ONE, "office": "班长"}]}, "literal_error"),
        ({"organisation": "所属党委"}, "literal_error"),
    ],
)
def test_a_name_is_no_id_and_a_word_is_one_of_the_catalogue(sent: dict[str, Any], code: str) -> None:
    with pytest.raises(ValidationError) as refused:
        naming.model_validate(sent, strict=False)
    assert code in [error["type"] for error in refused.value.errors()]
    assert word("validation", code, "zh-CN", default="") != ""


def test_ids_and_tracks_are_found_wherever_a_body_names_them() -> None:
    place = {"unit": TWO, "office": "finance"}
    sent = {"person": ONE, "places": [place], "track": "t", "organisation": "党支部"}
    body = naming.model_validate(sent, strict=False)
    assert list(named_in(Naming, body)) == [(PersonId, ONE), (UnitId, TWO), (Track, "t")]
    assert list(named_in(Naming, naming())) == []
