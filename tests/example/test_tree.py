"""The example in a tree of units that somebody gives it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from cli.example.plan import plan
from cli.example.tree import NotATree, read_tree

UNTIL = date(2026, 11, 20)
TREE = """code,name,parent_code,level
7,南片,,1
71,青石水务,7,2
72,双桥热力,7,2
711,供水管理部,71,3
712,维修管理部,71,3
721,热源管理部,72,3
7111,一水厂,711,4
7112,二水厂,711,4
7121,管网队,712,4
7211,东热源,721,4
7212,西热源,721,4
"""


def given(text: str, tmp_path: Path) -> Path:
    file = tmp_path / "units.csv"
    file.write_text(text, encoding="utf-8")
    return file


def test_projects_live_in_the_tree_and_every_unit_of_it_is_established(tmp_path: Path) -> None:
    group = read_tree(given(TREE, tmp_path), 12, "1", UNTIL)
    assert {unit.name for unit in group.companies} == {"青石水务", "双桥热力"}
    made = plan(companies=0, projects=12, seed="1", until=UNTIL, group=group)
    established = [post.body["code"] for post in made.posts if post.path == "/units/establish-unit"]
    assert set(established) >= {"7", "71", "72", "711", "712", "721", "7111", "7112", "7121", "7211", "7212"}
    assert {story.company.code for story in made.stories} == {"71", "72"}


def test_people_are_only_where_projects_live(tmp_path: Path) -> None:
    group = read_tree(given(TREE, tmp_path), 1, "1", UNTIL)
    assert {person.unit for person in group.people} == {"HL-1", "7111"}
    made = plan(companies=0, projects=1, seed="1", until=UNTIL, group=group)
    assert {story.company.code for story in made.stories} == {"71"}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("code,name\n7,南片\n", "the columns are"),
        ("code,name,parent,level\n7,南片,,9\n", "a level from 1 to 4"),
        ("code,name,parent,level\n7,南片,,1\n7,北片,,1\n", "a new code"),
        ("code,name,parent,level\n71,青石水务,7,2\n", "not in the file"),
        ("code,name,parent,level\n7,南片,,1\n", "no unit of level 2"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(text: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(NotATree, match=says):
        read_tree(given(text, tmp_path), 3, "1", UNTIL)
