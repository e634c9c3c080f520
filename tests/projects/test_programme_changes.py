"""What differs between two versions of a programme: nothing is missed, and nothing told that is the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.example.programme import content
from services.projects.differences import Difference, differences
from tests.projects.an_office import FOUNDER, founded
from tests.support.engines import Database

ROUTES = [
    {"code": "simple", "steps": [{"zh": "初审", "limit": 3}, {"zh": "审批", "limit": 3}]},
    {"code": "ordinary", "steps": [{"zh": "初审", "limit": 5}]},
]
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.text("ab", max_size=2),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["code", "a", "b"]), inner),
    max_leaves=12,
)


def test_what_has_a_code_is_compared_with_its_namesake_wherever_it_stands() -> None:
    after = [ROUTES[1], {"code": "simple", "steps": [{"zh": "初审", "limit": 2}]}]
    assert differences({"routes": ROUTES}, {"routes": after}) == [
        Difference("routes.simple.steps.0.limit", "changed", 3, 2),
        Difference("routes.simple.steps.1", "removed", before={"zh": "审批", "limit": 3}),
        Difference("routes", "reordered", ["simple", "ordinary"], ["ordinary", "simple"]),
    ]


def test_a_new_part_is_told_whole() -> None:
    new = {"code": "emergency", "steps": []}
    assert differences(ROUTES, [*ROUTES, new]) == [Difference("emergency", "added", after=new)]


@pytest.mark.parametrize(("before", "after"), [(1, True), (0, False), ("1", 1), (None, False)])
def test_values_of_different_kinds_differ(before: Any, after: Any) -> None:
    assert differences({"x": before}, {"x": after}) == [Difference("x", "changed", before, after)]


def test_codes_that_are_no_names_or_stand_twice_compare_place_by_place() -> None:
    twice = [{"code": "a", "x": 1}, {"code": "a", "x": 2}]
    assert differences(twice, [twice[0], {"code": "a", "x": 3}]) == [Difference("1.x", "changed", 2, 3)]
    assert differences([{"code": 1}], [{"code": 2}]) == [Difference("0.code", "changed", 1, 2)]


@given(json_values, json_values)
def test_nothing_differs_exactly_where_the_texts_are_the_same(before: Any, after: Any) -> None:
    same = json.dumps(before, sort_keys=True) == json.dumps(after, sort_keys=True)
    assert (differences(before, after) == []) == same


async def test_a_version_is_compared_with_the_one_published_before_or_one_that_is_named(
    database: Database, tmp_path: Path
) -> None:
    sooner = json.loads(content())
    sooner["deadlines"]["claim_window_working_days"] = 2
    later = json.loads(content())
    later["routes"]["routes"] = [r for r in later["routes"]["routes"] if r["code"] != "simple"]
    async with founded(database, tmp_path) as office:
        await office.person("second", office.group)
        await office.appointed("second", "headquarters", office.group)
        applies = {"2026.2": [{"place": "deadlines", "to": "resubmission"}]}
        for version, said in (("2026.1", content()), ("2026.2", sooner), ("2026.3", later)):
            text = said if isinstance(said, str) else json.dumps(said, ensure_ascii=False)
            await office.published("second", "2026-02-01", version, text, applies=applies.get(version, []))

        async def told(path: str) -> Any:
            answer = await office.gets(FOUNDER, f"/programmes/{path}")
            return answer.json()

        window = {"place": "deadlines.claim_window_working_days", "kind": "changed", "before": 3, "after": 2}
        assert await told("2026.2/changes") == {
            "version": "2026.2",
            "since": "2026.1",
            "changes": [window],
            "on_resubmission": ["deadlines"],  # R19
            "on_request": [],
            "by_order": [],
            "demanded_by": "",
        }
        first = await told("2026.3/changes?since=2026.1")
        assert [(c["place"], c["kind"], c["after"]) for c in first["changes"]] == [
            ("routes.routes.simple", "removed", None)
        ]
        only = await told("2026.1/changes")
        assert (only["since"], only["changes"], only["on_resubmission"]) == (None, [], [])
        assert (await told("2026.1/changes?since=2025.1"))["code"] == "NotKnown"
        assert (await told("2027.1/changes"))["code"] == "NotKnown"


async def test_headquarters_sees_which_companies_have_offices_to_settle(
    database: Database, tmp_path: Path
) -> None:
    """R23."""
    async with founded(database, tmp_path) as office:
        await office.person("second", office.group)
        await office.appointed("second", "headquarters", office.group)
        await office.published("second", "2026-02-01")
        companies = [await office.unit(code, office.group, has_ledger=True) for code in ("C1", "C2", "C3")]
        await office.person("keeper", companies[0])
        await office.appointed("keeper", "party_department", companies[0])

        async def told(query: str) -> tuple[list[tuple[str, list[str]]], str | None]:
            page = (await office.gets(FOUNDER, f"/programmes/2026.1/to-settle?{query}")).json()
            told = [(c["code"], [o["office"] for o in c["offices"]]) for c in page["companies"]]
            return told, page["next"]

        first, after = await told("limit=2")
        assert ([code for code, _ in first], after) == (["C1", "C2"], "C2")
        assert "party_department" not in first[0][1]
        assert "party_department" in first[1][1]
        assert [code for code, _ in (await told("after=C2"))[0]] == ["C3", "G"]


async def test_what_is_to_settle_is_known_before_a_version_is_published(
    database: Database, tmp_path: Path
) -> None:
    """R23: to whoever publishes it, and it keeps nobody from publishing."""
    async with founded(database, tmp_path) as office:
        await office.person("second", office.group)
        await office.appointed("second", "headquarters", office.group)
        company = await office.unit("C1", office.group, has_ledger=True)
        await office.person("keeper", company)
        await office.appointed("keeper", "party_department", company)
        draft = {"version": "2026.1", "year": 2026, "kind": "programme", "document": "2号", "meeting": "1号"}
        draft |= {"in_force": "2026-02-01", "content": content()}
        await office.does(FOUNDER, "/programmes/draft-programme", **draft)
        before = (await office.gets("second", "/programmes/2026.1/to-settle")).json()
        assert [each["code"] for each in before["companies"]] == ["C1", "G"]
        hidden = await office.gets("keeper", "/programmes/2026.1/to-settle")
        assert hidden.json()["code"] == "NotAllowed"
        assert (await office.gets("second", "/programmes/2027.1/to-settle")).json()["code"] == "NotKnown"
        await office.published("second", "2026-02-01")
        assert (await office.gets("second", "/programmes/2026.1/to-settle")).json() == before
        assert (await office.gets("keeper", "/programmes/2026.1/to-settle")).json() == before
