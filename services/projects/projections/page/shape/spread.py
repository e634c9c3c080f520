"""What a page holds of others: partners, and practices that are passed on."""

from __future__ import annotations

from typing_extensions import TypedDict  # pydantic cannot read typing's own before Python 3.12

from services.projects.projections.page.shape.route import Seat


class Membership(TypedDict):
    """A partner: named in what was approved, invited, joined or left; `owes_by`: what the lead owes (R69)."""

    name: str
    unit: str | None
    weak: bool
    state: str
    brings: str | None
    asked: Seat | None
    invited_at: str | None
    instead_of: str | None
    joined_on: str | None
    signed_by: str | None
    agreement: dict[str, str] | None
    left_on: str | None
    left_because: str | None
    figures: list[dict[str, object]]
    owes_by: str | None
    answered: str | None  # another, or alone


class SideFigure(TypedDict):
    """A side's figure: its confirmed baseline and the last confirmed value; `of` is empty for the lead."""

    indicator: str
    of: str
    baseline: str | None
    result: str | None
    improved: bool | None


class Partnership(TypedDict):
    """Lead and partners as a pair, an alliance or joint; and of a pair whether 1+1 became more than 2."""

    form: str | None
    joined: list[str]  # by an act of their own, or by what they agreed to before the approval
    figures: list[SideFigure]
    more_than_two: bool | None


class Formation(TypedDict):
    """A form in which the team stood: commando, task force, responsibility area or model posts."""

    form: str
    name: str
    formed_on: str
    stood_down_on: str | None
    stood_down_because: str | None


class Showing(TypedDict):
    """Results shown in public, or experience shared within the group; materials by hash."""

    public: bool
    on: str
    audience: str
    materials: list[str]


class Outcome(TypedDict):
    """What a project leaves behind: a rule, standard, method, patent, brand or case."""

    kind: str
    name: str
    meaning: str
    document: str
    on: str


class Credit(TypedDict):
    """A project in which a practice was adopted and verified."""

    project: str
    unit: str
    company: str
    on: str


class Practice(TypedDict):
    """What others may learn from a project: recommended, declined, listed, or a standing rule."""

    sheet: dict[str, str]
    state: str
    recommended_on: str
    listed_on: str | None
    declined_because: str | None
    kinds: list[str]
    adopted_by: list[Credit]
    document: str | None
    issued_by: str | None
    in_force: str | None


class Adoption(TypedDict):
    """A practice of another branch by which a project works, and what it brought there."""

    origin_unit: str
    how: str
    adopted_on: str
    verified_on: str | None
    indicator: str | None
    effect: str | None
