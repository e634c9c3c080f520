"""What is printed of an appraisal: the figure, how it is made, both adjusted figures, each lost point."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from openpyxl import load_workbook

from services.evaluation.appraisal.document import Told, document
from services.evaluation.appraisal.rules import AppraisalRules
from services.evaluation.appraisal.sheet import sheet
from services.evaluation.domain.appraisal import (
    Adjustment,
    Appraised,
    Award,
    Figure,
    Mark,
    MarkAdjustment,
    Standing,
    Term,
    UnitYear,
    appraise,
)
from services.evaluation.domain.heard.values import FigureThen
from services.evaluation.domain.score import score
from services.evaluation.domain.tally import Adoption, Stage
from services.evaluation.schemes import default_scheme
from shared.printing import Document
from shared.sentences import Language
from shared.sheets import write_xlsx
from tests.evaluation.test_appraisal import BRANCH, FIXED, GRADES, ONE, SECOND, YEAR
from tests.evaluation.test_what_if import closed_with_marks

CHANGE = Adjustment(
    "evaluation/company/2", date(2026, 11, 2), Decimal("92.40"), Decimal("81.00"), "复核", "〔2026〕9号"
)
FIGURE = Figure("rework", "返修率", Decimal("6.8"), Decimal("3.4"), Decimal("3.9"), "projects/company/31")
THEN = Standing(date(2026, 4, 1), Decimal(8), Decimal(92), Decimal(0), (), 18)
END = replace(THEN, on=date(2026, 9, 2), earned=Decimal(81), open=Decimal(0), figures=(FIGURE,), position=40)
REVOKED = Award("first", "first", "evaluation/group/8", revoked="evaluation/group/12", reason="数据失实")
SCORE = score(closed_with_marks(), default_scheme(), date(2026, 9, 1))


def told(of: UnitYear, secretary: Appraised) -> Told:
    rules = AppraisalRules("2026.1", YEAR, GRADES, ("好", "较好", "一般", "差"))
    return Told(2026, of, secretary, rules, "装配车间党支部", "王敏", "李强", date(2026, 10, 20))


STAGE = Stage(
    2026,
    date(2026, 6, 30),
    "party_department",
    "company",
    "过半完成",
    (FigureThen("rework", "返修率", Decimal("6.8"), Decimal("3.4"), "2026-06", Decimal("4.1")),),
    "projects/company/33",
)
ADOPTION = Adoption("other", "another branch", date(2026, 8, 3), "projects/other/7")
MARK = Mark(
    "cycle",
    2026,
    Decimal("90.10"),
    "first",
    "evaluation/group/9",
    date(2026, 12, 9),
    (
        MarkAdjustment(
            "evaluation/group/12",
            date(2026, 12, 20),
            Decimal("90.10"),
            Decimal("88.00"),
            "first",
            None,
            "数据失实",
            "〔2026〕12号",
        ),
    ),
)


def printed(language: Language, held: Term = SECOND, adjusted: bool = True) -> Document:
    fixed = replace(FIXED, adjustments=(CHANGE,) if adjusted else ())
    mark = MARK if adjusted else replace(MARK, adjustments=())
    led = replace(ONE, project="first", fixed=fixed, stages=(STAGE,), adoptions=(ADOPTION,), marks=(mark,))
    of = appraise(BRANCH, YEAR, [held], [led], {(held.term, "first"): (THEN, END)}, [REVOKED])
    return document(told(of, of.secretaries[0]), {"first": SCORE}, language)


def texts(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for part in value.values():
                yield from texts(part)
        case list() | tuple():
            for part in value:
                yield from texts(part)


def whole(made: Document) -> str:
    return "\n".join(texts(msgspec.to_builtins(made)))


def test_both_figures_of_an_adjustment_and_a_revoked_award_are_printed_with_their_events() -> None:
    """R54, R63."""
    text = whole(printed("zh-CN"))
    assert "2026-11-02由92.40调整为81.00：复核，〔2026〕9号（evaluation/company/2）" in text
    assert "92.40（evaluation/company/1）" in text
    assert "81.00（良好）" in text
    assert "first（evaluation/group/8），已撤销：数据失实（evaluation/group/12）" in text
    assert "调整" not in whole(printed("zh-CN", adjusted=False)).replace("有调整的以调整后的为准", "")


def test_marks_stages_and_practices_that_worked_elsewhere_are_printed_with_their_events() -> None:
    """R24, R40, R54: the old mark beside the new."""
    text = whole(printed("zh-CN"))
    assert "2026年度90.10（evaluation/group/9）" in text
    assert "2026-12-20由90.10 一等奖调整为88.00 –：数据失实，〔2026〕12号（evaluation/group/12）" in text
    assert "2026-06-30，党委工作部：过半完成〔返修率 4.1〕（projects/company/33）" in text
    assert "2026-08-03经其他单位验证有效，不计分（projects/other/7）" in text


def test_they_stand_in_the_sheet_too(tmp_path: Path) -> None:
    """R24, R40, R54."""
    led = replace(ONE, fixed=FIXED, stages=(STAGE,), adoptions=(ADOPTION,), marks=(MARK,))
    of = appraise(BRANCH, YEAR, [SECOND], [led])
    made = tmp_path / "sheet.xlsx"
    write_xlsx(sheet(2026, [told(of, of.secretaries[0])], "李强", "2026-10-20", "zh-CN"), made)
    page: Any = load_workbook(made).worksheets[0]
    (_, headings, row) = page.iter_rows(values_only=True)
    found = dict(zip(headings, row, strict=True))
    assert "90.10" in found["年度评审得分"]
    assert "88.00" in found["年度评审得分"]
    assert "过半完成" in found["年末阶段评议"]
    assert "projects/other/7" in found["经验做法推广成效"]


def test_it_is_shown_from_to_in_the_term() -> None:
    """R11."""
    text = whole(printed("en"))
    assert "8.00 earned, 92.00 open, 0.00 lost on 2026-04-01 (position 18)" in text
    assert "81.00 earned, 0.00 open, 0.00 lost on 2026-09-02 (position 40)" in text
    assert "153 of 243" in text
    (row,) = [row for section in printed("en").sections for row in section.rows if row[0] == "返修率"]
    assert row == ("返修率", "6.8", "3.4", "–", "3.9", "projects/company/31")


def test_each_lost_point_says_why_and_where_it_comes_from() -> None:
    (lost,) = [one for one in printed("zh-CN").sections if one.heading.endswith("扣分原因")]
    assert len(lost.rows) == sum(1 for _ in SCORE.losses) > 3
    assert all(re.search(r"[\u4e00-\u9fff].*\n\S+$", why, re.DOTALL) for _, _, why in lost.rows)


def test_who_only_acts_as_secretary_is_called_so() -> None:
    """R9."""
    assert "党支部书记（主持工作）" in whole(printed("zh-CN", replace(SECOND, acting=True)))
    assert "主持工作" not in whole(printed("zh-CN"))


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_it_is_marked_and_no_word_of_it_is_missing(language: Language) -> None:
    """R74: mark, name and day on every page; and no code or placeholder is left in it."""
    made = printed(language)
    assert (made.mark, made.watermark) == ({"zh-CN": "内部", "en": "internal"}[language], "李强 2026-10-20")
    assert not re.findall(r"\{\w*\}", whole(made))
    labels = [label for label, _ in made.head] + [one.label for s in made.sections for one in s.columns]
    if language == "zh-CN":
        assert [label for label in labels if not re.search(r"[\u4e00-\u9fff]", label)] == []


def test_a_term_without_any_project_says_that_there_is_no_figure() -> None:
    of = appraise(BRANCH, YEAR, [SECOND], [])
    text = whole(document(told(of, of.secretaries[0]), {}, "zh-CN"))
    assert "无（任职期间没有本年度结项的项目）" in text


def test_a_title_is_no_formula_in_the_sheet(tmp_path: Path) -> None:
    led = replace(ONE, title='=HYPERLINK("http://127.0.0.1")', fixed=replace(FIXED, adjustments=(CHANGE,)))
    of = appraise(BRANCH, YEAR, [SECOND], [led])
    made = tmp_path / "sheet.xlsx"
    write_xlsx(sheet(2026, [told(of, of.secretaries[0])], "李强", "2026-10-20", "zh-CN"), made)
    page: Any = load_workbook(made).worksheets[0]
    (stamp, headings, row) = page.iter_rows(values_only=True)
    assert stamp[0] == "内部 · 李强 于2026-10-20导出"
    assert row[headings.index("项目名称")].startswith("'=HYPERLINK")
    assert {cell.data_type for line in page.iter_rows() for cell in line} <= {"s", "n", "d"}
    found = dict(zip(headings, row, strict=True))
    assert (found["原确定得分"], found["计入得分"], found["年度得分"]) == (92.4, 81, 81)
    assert "92.40 → 81.00" in found["得分调整"]
