"""A scheme is read as text, typed, and refused where it could not be scored by."""

import json
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from services.evaluation.schemes import default_scheme, read_scheme, read_section
from shared.scheme import SchemeUnreadable, scheme_section
from shared.sentences import word

SHIPPED = default_scheme()
PLAIN = {
    "total": "10",
    "bands": {"优": "0.9", "差": "0"},
    "groups": [
        {
            "code": "work",
            "zh": "工作",
            "weight": "10",
            "criteria": [
                {"code": "marks", "zh": "评分", "weight": "4", "source": "judged"},
                {
                    "code": "milestones",
                    "zh": "节点",
                    "weight": "6",
                    "source": "computed",
                    "formula": "milestones_on_time",
                    "version": "1",
                    "params": {"made_up_late": "0.6"},
                },
            ],
        }
    ],
}


def test_the_shipped_scheme_has_four_groups_of_20_20_20_40() -> None:
    assert {g.code: g.weight for g in SHIPPED.groups} == {
        "basis": 20,
        "organisation": 20,
        "members": 20,
        "results": 40,
    }


def test_every_judged_criterion_of_the_shipped_scheme_has_an_anchor_for_each_band() -> None:
    judged = [c for g in SHIPPED.groups for c in g.criteria if c.formula is None]
    assert judged
    assert all(c.anchors.keys() == SHIPPED.bands.keys() for c in judged)


def test_every_formula_of_the_shipped_scheme_is_explained_in_both_languages() -> None:
    formulas = [c.formula for g in SHIPPED.groups for c in g.criteria if c.formula is not None]
    shipped = yaml.safe_load(Path("services/evaluation/default/scheme.yaml").read_text("utf-8"))
    assert {f.name for f in formulas} == shipped["formulas_for_secretaries"].keys()
    for formula in formulas:
        code = f"{formula.name} v{formula.version}"
        assert word("formula", code, "zh-CN") != code
        assert word("formula", code, "en") != code


def test_a_share_falls_into_the_highest_band_that_it_reaches() -> None:
    assert [SHIPPED.band(Decimal(s)) for s in ("1", "0.9", "0.8999", "0.75", "0.6", "0")] == list(
        "优优良良中差"
    )


def test_figures_of_a_programme_keep_their_digits() -> None:
    content = json.dumps({"scheme": PLAIN}).replace('"0.6"', "0.6").replace('"10"', "10")
    formula = read_section(scheme_section(content)).groups[0].criteria[1].formula
    assert formula is not None
    assert formula == read_scheme(json.dumps(PLAIN)).groups[0].criteria[1].formula


def test_a_programme_without_a_scheme_is_scored_by_the_shipped_one() -> None:
    assert read_section(scheme_section('{"tracks": {}}')) is SHIPPED


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('"total": "10"', '"total": "11"', "sum to 11"),
        ('"10"', '"1E+30"', "not above 100"),
        ('"10"', '"Infinity"', "not above 100"),
        ('"weight": "6"', '"weight": "5"', "work do not sum"),
        ('"marks"', '"milestones"', "same code"),
        ('"0"', '"0.1"', "begins at 0"),
        ("milestones_on_time", "sums_of_activities", "no formula sums_of_activities"),
        ('"version": "1"', '"version": "2"', "version 2"),
        ("made_up_late", "made_up", "no parameter made_up"),
        ('"0.6"', '"1.6"', "between 0 and 1"),
        ('"0.6"', '"nan"', "between 0 and 1"),
        ('"4"', '"four"', "Invalid decimal"),
        ('"judged"', '"guessed"', "guessed"),
    ],
)
def test_a_faulty_scheme_is_refused_with_its_fault(old: str, new: str, fault: str) -> None:
    text = json.dumps(PLAIN)
    assert old in text
    with pytest.raises(SchemeUnreadable, match=fault):
        read_scheme(text.replace(old, new))


def test_a_group_in_which_nothing_may_apply_is_refused() -> None:
    lone = json.loads(json.dumps(PLAIN))
    lone["groups"][0]["criteria"] = [
        {
            "code": "findings",
            "zh": "问题",
            "weight": "10",
            "source": "computed",
            "formula": "findings_closed_in_time",
            "version": "1",
        }
    ]
    with pytest.raises(SchemeUnreadable, match="applies to every project"):
        read_scheme(json.dumps(lone))
