"""What a programme says of appraisals: the year's last version counts, and what cannot be held is named."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from services.evaluation.appraisal.rules import AppraisalRulesUnreadable, rules_of
from services.evaluation.domain.appraisal import Days
from shared import roster
from shared.organisation import Organisation
from tests.support.recorded import recorded


def published(*contents: dict[str, Any], year: int = 2026, corrects: str = "") -> Organisation:
    """Versions 1, 2, … of a year's programme, one after the other; or corrigenda of the first."""
    known = Organisation()
    for number, content in enumerate(contents, 1):
        mended = corrects if number > 1 else ""
        event = roster.ProgrammePublished(
            f"{year}.{number}", year, date(year, number, 1), json.dumps(content), "hash", mended
        )
        known.apply(recorded(number, event))
    return known


def test_without_a_programme_the_shipped_rules_hold() -> None:
    """R25: from October to September."""
    rules = rules_of(Organisation(), 2026)
    assert (rules.programme, rules.year) == ("", Days(date(2025, 10, 1), date(2026, 10, 1)))
    assert [(g.name, g.floor, g.share_at_most) for g in rules.grades] == [
        ("优秀", 90, Decimal("0.30")),
        ("良好", 80, None),
        ("合格", 60, None),
        ("不合格", 0, None),
    ]
    assert rules.words == ("好", "较好", "一般", "差")


def test_the_last_version_of_the_year_says_its_days_grades_and_shares() -> None:
    grades = [{"zh": "好", "from": 85, "share_at_most": "0.25"}, {"zh": "差", "from": 0}]
    later = {
        "scheme": {"grades": grades, "appraisal_grades": ["好", "差"]},
        "deadlines": {"year_window": {"from": "01-01", "to": "12-31"}},
    }
    known = published({}, later)
    rules = rules_of(known, 2026)
    assert (rules.programme, rules.year) == ("2026.2", Days(date(2026, 1, 1), date(2027, 1, 1)))
    assert [(g.name, g.floor, g.share_at_most) for g in rules.grades] == [
        ("好", 85, Decimal("0.25")),
        ("差", 0, None),
    ]
    assert rules.words == ("好", "差")
    assert rules_of(known, 2027).programme == ""


def test_a_corrigendum_mends_its_version() -> None:
    """R21."""
    mended = {"scheme": {"grades": [{"zh": "达标", "from": 0}]}}
    rules = rules_of(published({}, mended, corrects="2026.1"), 2026)
    assert (rules.programme, [grade.name for grade in rules.grades]) == ("2026.1", ["达标"])


@pytest.mark.parametrize(
    "content",
    [
        {"scheme": {"grades": []}},
        {"scheme": {"grades": [{"zh": "好", "from": 85}]}},
        {"scheme": {"grades": [{"zh": "好", "from": "viel"}]}},
        {"scheme": {"grades": [{"zh": "好", "from": 90, "share_at_most": 3}, {"zh": "差", "from": 0}]}},
        {"scheme": {"appraisal_grades": "好"}},
        {"deadlines": {"year_window": {"to": "31-12"}}},
    ],
)
def test_what_nobody_could_hold_to_is_refused_and_named(content: dict[str, Any]) -> None:
    with pytest.raises(AppraisalRulesUnreadable) as refused:
        rules_of(published(content), 2026)
    assert refused.value.facts["faults"]
