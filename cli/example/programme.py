"""The year's programme: the shipped defaults as one version, drafted by one person, published by another."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from functools import cache
from hashlib import sha256
from pathlib import Path

import yaml

from cli.example.group import Group
from cli.example.posts import Post
from services.projects.ids import programme_id
from services.projects.programme_content import hash_of

ROOT = Path(__file__).parents[2]
SECTIONS = {
    "tracks": "services/projects/default/tracks.yaml",
    "scheme": "services/evaluation/default/scheme.yaml",
    "routes": "services/projects/default/routes.yaml",
    "deadlines": "services/projects/default/deadlines.yaml",
    "supplements": "services/projects/default/supplements.yaml",
    "forms": "services/projects/default/forms.yaml",
}


@cache
def content() -> str:
    """The sections as JSON text, each shaped as its default file, every figure with its digits."""
    sections = {
        name: yaml.load((ROOT / path).read_text(encoding="utf-8"), _Exact) for name, path in SECTIONS.items()
    }
    return json.dumps(sections, ensure_ascii=False, separators=(",", ":"), default=str)


class _Exact(yaml.SafeLoader):
    """Reads figures with a point as text, so that none is rounded on the way."""


def _text(loader: _Exact, node: yaml.ScalarNode) -> str:
    return str(node.value)


_Exact.add_constructor("tag:yaml.org,2002:float", _text)


@cache
def judged() -> tuple[tuple[str, Decimal], ...]:
    """The criteria that the second key marks, with their weights."""
    groups = json.loads(content())["scheme"]["groups"]
    return tuple(
        (criterion["code"], Decimal(criterion["weight"]))
        for group in groups
        for criterion in group["criteria"]
        if criterion["source"] == "judged"
    )


@cache
def prechecked() -> tuple[str, ...]:
    """The codes of the pre-check's questions."""
    return tuple(question["code"] for question in json.loads(content())["forms"]["precheck"])


def published(group: Group, day: date, slot: int, year: int) -> Iterator[Post]:
    """Two people of headquarters bring the year's first version into force on this day (R17)."""
    first, second = group.holders("headquarters", group.root.code)
    version = f"{year}.1"
    programme = programme_id(version)
    number, decided = f"华岭党发〔{year}〕3号", f"集团党委〔{year}〕1号"
    document = f"{number} 关于印发{year}年党建项目化管理实施方案的通知，{decided}会议审定。"
    file = sha256(document.encode()).hexdigest()
    draft = {
        "version": version,
        "year": year,
        "kind": "programme",
        "document": number,
        "meeting": decided,
        "in_force": day,
        "content": content(),
        "file": file,
        "file_name": f"{number}.txt",
    }
    label = f"programme/{version}"
    yield Post(
        day,
        slot,
        first,
        "/programmes/draft-programme",
        draft,
        f"{label}/draft",
        programme,
        file=document,
    )
    publish = {"content_hash": hash_of(content()), "file": file}
    yield Post(
        day,
        slot + 1,
        second,
        f"/programmes/{programme}/publish-programme",
        publish,
        f"{label}/publish",
        programme,
    )
