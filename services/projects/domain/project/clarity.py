"""What a content lacks before anybody can decide on it: the five clarities and what goes with them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import get_args

from services.projects.domain.project.content import (
    ActivityKind,
    FoundWhere,
    Indicator,
    ProblemKind,
    Proposal,
)
from shared.domain import Incomplete, Refusal

TEXTS = ("title", "track", "problem", "acceptance_standard", "business_goal")
LISTS = ("plan", "targets", "measures", "working_rules", "integrations")
INDICATORS_OF_SHORT_FORMS = 3  # simple and emergency projects (R33)


class ProposalIncomplete(Incomplete):
    """The proposal is not complete: {missing}.

    Fill in what is listed and submit again."""


class BaselineEqualsTarget(Refusal):
    """Baseline and target of {indicator} are the same.

    Choose an indicator that is to be kept, or another target."""


class NotASource(Refusal):
    """The figures of {indicator} cannot be confirmed by the office {office}.

    Name the department whose figures they are; figures of money are finance's."""


class NoSuchKindOfProblem(Refusal):
    """A problem is a {problem_kinds}, and was found in one of these: {found_where}.

    Choose from these words, or leave both empty."""


class NoSuchKindOfActivity(Refusal):
    """A party activity is one of these: {activity_kinds}.

    Choose from these words."""


class CodesRepeat(Refusal):
    """The code {code} stands twice.

    Give every milestone and every indicator a code of its own."""


class AtMostThreeIndicators(Refusal):
    """A simple or emergency project has at most three indicators.

    Keep those that matter most, or use the full form."""


def refuse_repeats(codes: Iterable[str]) -> None:
    """CodesRepeat at the first code that stands twice."""
    seen: set[str] = set()
    for code in codes:
        if code in seen:
            raise CodesRepeat(code=code)
        seen.add(code)


def refuse_unlisted(proposal: Proposal) -> None:
    """Refuse a kind of problem, where it was found, or a kind of activity that is said in other words."""
    kinds, places = get_args(ProblemKind), get_args(FoundWhere)
    if proposal.problem_kind not in ("", *kinds) or proposal.found_where not in ("", *places):
        raise NoSuchKindOfProblem(problem_kinds=list(kinds), found_where=list(places))
    activities = get_args(ActivityKind)
    if any(activity.kind not in activities for activity in proposal.activities):
        raise NoSuchKindOfActivity(activity_kinds=list(activities))


def refuse_unclear(proposal: Proposal, *also_missing: str) -> None:
    """Refuse a content with all that is missing at once, as stable codes; then what contradicts itself."""
    if missing := [*missing_in(proposal), *also_missing]:
        raise ProposalIncomplete(missing=missing)
    if (proposal.simple or proposal.emergency) and len(proposal.targets) > INDICATORS_OF_SHORT_FORMS:
        raise AtMostThreeIndicators()
    refuse_standing_still(proposal.targets)
    for indicator in proposal.targets:
        refuse_unfit_source(indicator)


def refuse_standing_still(targets: Iterable[Indicator]) -> None:
    """BaselineEqualsTarget for an indicator that promises a change of nothing (R40)."""
    for indicator in targets:
        if indicator.measures_change and indicator.baseline == indicator.target:
            raise BaselineEqualsTarget(indicator=indicator.name)


def refuse_unfit_source(indicator: Indicator) -> None:
    """NotASource for an indicator whose figures no source department would confirm (R40)."""
    if indicator.source.office not in indicator.confirmed_by:
        raise NotASource(indicator=indicator.name, office=indicator.source.office)


def unmeasurable(indicator: Indicator) -> Iterator[str]:
    """Codes of what keeps an indicator from being measured."""
    if indicator.measures_change and indicator.baseline is None:
        yield f"targets.{indicator.code}.baseline"
    if indicator.kind == "by_date":
        if indicator.due is None:
            yield f"targets.{indicator.code}.due"
    elif indicator.target is None:
        yield f"targets.{indicator.code}.target"


def sides_unmeasured(proposal: Proposal) -> Iterator[str]:
    """Codes of figures of nobody, and of a pair without a figure of its weak side.

    Asked at the submission only: the figures of a partner that leaves stay (R69).
    """
    keys = {"", *(partner.key for partner in proposal.partners)}
    yield from (f"targets.{target.code}.of" for target in proposal.targets if target.of not in keys)
    weak = {partner.key for partner in proposal.partners if partner.weak}
    if proposal.pair and weak and not any(t.of in weak and t.measures_change for t in proposal.targets):
        yield "weak_side"


def owed_at_submission(proposal: Proposal, strong_side_is_model: bool) -> Iterator[str]:
    """Codes of what a submission asks besides: both sides measured, and why the strong one is no model."""
    yield from sides_unmeasured(proposal)
    if proposal.pair and not (strong_side_is_model or proposal.strong_side_reason.strip()):
        yield "strong_side_reason"


def missing_in(proposal: Proposal) -> Iterator[str]:
    """Codes of what is empty or half said."""
    yield from (name for name in TEXTS if not getattr(proposal, name).strip())
    yield from (name for name in LISTS if not getattr(proposal, name))
    for indicator in proposal.targets:
        yield from unmeasurable(indicator)
    for integration in proposal.integrations:
        if not integration.how.strip():
            yield f"integrations.{integration.code}.how"
    known = {indicator.code for indicator in proposal.targets}
    for number, activity in enumerate(proposal.activities, 1):
        if activity.indicator not in known:
            yield f"activities.{number}.indicator"
    if not proposal.team.members:
        yield "team"
    if proposal.pair and not proposal.partners:
        yield "partners"
    if not proposal.secrecy_checked:
        yield "secrecy_checked"
