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
    return len(looks(Section(heading="一", columns=COLUMNS, rows=rows), language=language))


def looks(*sections: Section, language: Language = "zh-CN") -> list[bytes]:
    """The pages of these sections, as pictures."""
    document = Document(
        language=language,
        title="题",
        subtitle="",
        mark="内部",
        watermark="王审计",
        foot="打印",
        head=(),
        sections=sections,
    )
    return pages(document, dots_per_inch=20)


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_a_row_that_fits_on_a_page_is_never_parted(language: Language) -> None:
    """Three of them stand on three pages, though all their lines have room on two."""
    assert printed(*((HALF, HALF) for _ in range(3)), language=language) == 3
    assert printed(("甲", HALF), ("乙", "丙"), ("丁", HALF), language=language) == 2


def test_a_row_longer_than_a_page_goes_on_on_the_next() -> None:
    assert printed(("甲", LONG)) == 4
    assert printed(("甲", LONG), ("乙", HALF)) == 5


def below(millimetres: int, section: Section) -> list[bytes]:
    """The pages of a section below so much of another."""
    return looks(Section(heading="一", spaces=(((), millimetres),)), section)


SENTENCES = Section(heading="二", sentences=("如下。", "共两项。"), columns=COLUMNS, rows=(("甲", HALF),))
IN_GROUPS = Section(heading="二", columns=COLUMNS, rows=(("组",), ("甲", HALF)))


@pytest.mark.parametrize("section", [SENTENCES, IN_GROUPS], ids=["sentences", "group"])
def test_what_leads_to_a_row_is_on_the_page_of_the_row(section: Section) -> None:
    """With room for it and not for the row it stands as with no room for it: all of it on the next page."""
    _, with_room = below(140, section)
    _, without = below(200, section)
    assert with_room == without


def test_a_group_is_named_again_on_the_next_page() -> None:
    rows = [(f"{number}", "乙") for number in range(60)]
    named, unnamed = (
        looks(Section(heading="一", columns=COLUMNS, rows=(*first, *rows))) for first in ([("组",)], [])
    )
    assert len(named) == len(unnamed) == 2
    assert named[1] != unnamed[1]
