"""What means the same is found whatever it was typed with: traditional or simplified, wide or not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from services.projects.spelling import folded

SIGNS = some.text("干乾幹隆净淨后後勤里裡裏著着作发發髮汇彙匯報ＡａA1１％-号號", max_size=12)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("專業黨支部後勤", "专业党支部后勤"),
        ("面漆返修率減半", "面漆返修率减半"),
        ("成本賬", "成本账"),
        ("Ａ－００１２", "a-0012"),
        ("乾淨", "干净"),
        ("首班\u200b清洁", "首班清洁"),
    ],
)
def test_texts_that_mean_the_same_fold_to_one(one: str, other: str) -> None:
    assert folded(one) == folded(other)


@given(SIGNS, SIGNS, SIGNS)
def test_a_part_is_found_within_the_whole(before: str, part: str, after: str) -> None:
    assert folded(part) in folded(before + part + after)


def test_a_part_is_found_within_a_word_that_keeps_its_own_spelling() -> None:
    """OpenCC leaves 乾 in 乾隆, and makes 干 of it alone."""
    assert folded("乾") in folded("乾隆窑")
