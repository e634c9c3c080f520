"""What is printed: a row of a table stays whole where it fits on a page, and what does not goes on."""

from __future__ import annotations

import pytest

from shared.printing import Column, Document, Section, pages
from shared.sentences import Language

COLUMNS = (Column("什么", 30), Column("内容", 70))
HALF = "\n".join("内容" for _ in range(30))  # a row of these is a bit longer than half a page
LONG = "内容" * 3_000  # longer than a page


def printed(*rows: tuple[str, str], language: Language = "zh-CN") -> int:
    """On how many pages a table of these rows stands."""
    document = Document(
        language=language,
        title="题",
        subtitle="",
        mark="内部",
        watermark="王审计",
        foot="打印",
        head=(),
        sections=(Section(heading="一", columns=COLUMNS, rows=rows),),
    )
    return len(pages(document, dots_per_inch=10))


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_a_row_that_fits_on_a_page_is_never_parted(language: Language) -> None:
    """Three of them stand on three pages, though all their lines have room on two."""
    assert printed(*((HALF, HALF) for _ in range(3)), language=language) == 3
    assert printed(("甲", HALF), ("乙", "丙"), ("丁", HALF), language=language) == 2


def test_a_row_longer_than_a_page_goes_on_on_the_next() -> None:
    assert printed(("甲", LONG)) == 4
    assert printed(("甲", LONG), ("乙", HALF)) == 5
