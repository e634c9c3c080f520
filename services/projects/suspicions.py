"""What makes an act worth an auditor's question (审计疑点): for each kind, what it recalls, when it fires.

A suspicion is no finding. Nothing is refused because of one, and nobody is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any, Literal, get_args

from services.projects.domain.handover import Parties
from services.projects.domain.project.approval import (
    ContentOpened,
    DecisionChangedByHigher,
    OpinionGiven,
    ProjectApproved,
    ProposalAmended,
)
from services.projects.domain.project.change import TargetChanged
from services.projects.domain.project.closing import ClosureRequested
from services.projects.domain.project.content import Indicator
from services.projects.domain.project.figures import FigureConfirmed
from services.projects.domain.project.paper import PaperEntered
from services.projects.domain.project.proposal import ProposalDrafted, ProposalSubmitted
from services.projects.domain.project.succession import LeadMoved
from services.projects.domain.project.tasks import ClaimTask, TaskClaimed
from services.projects.likeness import TEXTS
from services.projects.spelling import folded
from shared.envelope import Recorded
from shared.merkle import leaf_hash

Code = Literal[
    "agreed_within_a_minute",
    "clerk_is_deputy",
    "changed_by_higher",
    "late_without_paper",
    "changed_after_closing",
    "same_text",
    "target_reached_before",
    "between_terms",
]
CODES: tuple[Code, ...] = get_args(Code)
A_MINUTE = timedelta(minutes=1)
OF_NO_OFFICE = ContentOpened | TaskClaimed  # decided by nobody, or by somebody for themselves
SIGNS_AT_LEAST = 12  # a shorter text is anybody's

Memory = dict[
    str, Any
]  # what is recalled of a project, as plain values; replaced part by part, never changed
Place = dict[str, Any]  # of an event, who signed it and when


@dataclass(frozen=True, slots=True)
class Suspicion:
    """That an act is worth a question; `earlier` is the event beside which it is."""

    code: Code
    earlier: Place | None = None
    subject: str = ""  # which of several in one event
    batch: str = ""  # id of the batch in which it was done, counted apart (R83)
    facts: Mapping[str, str] = field(default_factory=dict)


def place_of(recorded: Recorded) -> Place:
    """Where an event lies, its leaf's hash, and who signed it; of a claim on paper nobody is told (R53)."""
    by, event = recorded.envelope.by, recorded.event
    if isinstance(event, PaperEntered) and event.act == ClaimTask.__name__:
        by = None
    return {
        "ledger": recorded.ledger,
        "position": recorded.position,
        "hash": leaf_hash(recorded.stream, recorded.version, recorded.body).hex(),
        "event": recorded.envelope.name,
        "recorded_at": recorded.envelope.recorded_at,
        "happened_at": recorded.envelope.happened_at,
        "person": by.person if by else None,
        "on_behalf_of": by.on_behalf_of if by else None,
        "office": by.office if by else None,
        "unit": by.unit if by else None,
    }


def begun(recorded: Recorded, drafted: ProposalDrafted) -> Memory:
    """What is recalled of a project from its draft on."""
    return {
        "project": str(recorded.stream),
        "company": drafted.company,
        "unit": drafted.unit,
        "reference": drafted.reference,
        "title": drafted.title,
        "opened": {},  # by person and content: where it was opened
        "clerks": {},  # by person: where they entered a paper, and for whom they stand in
        "approvers": {},  # by person whose word it was: where it was given
        "deputies": {},  # by person who gave it for another: the same
        "targets": {},  # by code: name, measure, kind and target of an indicator
        "confirmed": {},  # by indicator and period: the value, and where it was confirmed
        "at_closing": None,  # those of the moment when closing was asked for
        "closing": None,  # where that was
    }


def led_on(known: Memory, act: Recorded) -> None:
    """Keep what names the project: its leading unit, its title and its indicators."""
    match act.event:
        case LeadMoved() as moved:
            known |= {"unit": moved.unit, "company": moved.company}
        case ProposalSubmitted() | ProposalAmended() | ProjectApproved() as content:
            known |= {"title": content.proposal.title, "targets": _targets(content.proposal.targets)}


def _targets(targets: tuple[Indicator, ...]) -> dict[str, Any]:
    return {
        one.code: {"name": one.name, "measure": one.unit, "kind": one.kind, "target": str(one.target)}
        for one in targets
    }


# One for each suspicion: `known` is the caller's own copy, in which it leaves what it has to recall


def agreed_within_a_minute(known: Memory, act: Recorded) -> Iterator[Suspicion]:
    """Agreed to within a minute of opening exactly this content; what a clerk typed in was read on paper."""
    match act.event:
        case ContentOpened() as opened:
            key = f"{opened.person} {opened.content_hash}"
            known["opened"] = {key: place_of(act)} | known["opened"]
        case OpinionGiven(opinion="agree") as given if act.envelope.by and act.envelope.by.paper is None:
            earlier = known["opened"].get(f"{given.person} {given.content_hash}")
            if earlier is None:
                return
            after = act.recorded_at - _at(earlier)
            if after <= A_MINUTE:
                seconds = f"{after.total_seconds():.0f}"
                yield Suspicion(
                    "agreed_within_a_minute", earlier, batch=given.batch, facts={"seconds": seconds}
                )


def clerk_is_deputy(known: Memory, act: Recorded) -> Iterator[Suspicion]:
    """In one project somebody enters papers as a clerk and is deputy of one who decides on it."""
    by = act.envelope.by
    match act.event:
        case PaperEntered(paper=paper) as entered if paper.entered_by != entered.person:
            clerk, here = paper.entered_by, place_of(act)
            stood_in = [known["approvers"].get(person) for person in paper.stood_in_for]
            earlier = known["deputies"].get(clerk) or next((one for one in stood_in if one), None)
            known["clerks"] = known["clerks"] | {clerk: here | {"stood_in_for": list(paper.stood_in_for)}}
            if earlier is not None:
                yield Suspicion("clerk_is_deputy", earlier, facts={"clerk": clerk})
        case OpinionGiven() if by is not None:
            whose, here = by.on_behalf_of or by.person, place_of(act)
            known["approvers"] = known["approvers"] | {whose: here}
            clerks = known["clerks"]
            who = next((one for one in sorted(clerks) if whose in clerks[one]["stood_in_for"]), "")
            if by.on_behalf_of is not None:
                known["deputies"] = known["deputies"] | {by.person: here}
                who = by.person if by.person in clerks else who
            if who:
                yield Suspicion("clerk_is_deputy", clerks[who], facts={"clerk": who})


def changed_by_higher(known: Memory, act: Recorded) -> Iterator[Suspicion]:
    """A higher office set aside what those asked had said (R44)."""
    if isinstance(act.event, DecisionChangedByHigher):
        said = list(known["approvers"].values())
        yield Suspicion("changed_by_higher", said[-1] if said else None, facts={"reason": act.event.reason})


def late_without_paper(_known: Memory, act: Recorded) -> Iterator[Suspicion]:
    """Entered after the day on which it was done, from a telephone call alone (R35)."""
    match act.event:
        case PaperEntered(paper=paper) as entered if paper.scan is None and paper.entered_on > paper.on:
            facts = {"act": entered.act, "on": paper.on.isoformat()}
            if entered.act != ClaimTask.__name__:  # an auditor does not choose among claims
                facts |= {"clerk": paper.entered_by, "call": paper.call}
            yield Suspicion("late_without_paper", facts=facts)


def changed_after_closing(known: Memory, act: Recorded) -> Iterator[Suspicion]:
    """A figure that stood confirmed when closing was asked for is another one now."""
    match act.event:
        case ClosureRequested() if known["closing"] is None:
            known |= {"closing": place_of(act), "at_closing": known["confirmed"]}
        case FigureConfirmed() as now:
            key = f"{now.indicator}/{now.period}"
            before = (known["at_closing"] or {}).get(key)
            known["confirmed"] = known["confirmed"] | {key: place_of(act) | {"value": str(now.value)}}
            if before is not None and Decimal(before["value"]) != now.value:
                facts = {"indicator": _name(known, now.indicator), "period": now.period}
                facts |= {"before": before["value"], "after": str(now.value)}
                yield Suspicion("changed_after_closing", before, facts=facts)


def target_reached_before(known: Memory, act: Recorded) -> Iterator[Suspicion]:
    """Targets were changed to what the project's own confirmed figures had reached already."""
    if not isinstance(act.event, TargetChanged):
        return
    before, known["targets"] = known["targets"], _targets(act.event.targets)
    for target in act.event.targets:
        if before.get(target.code, {}).get("target") == str(target.target):
            continue
        of_it = (one for key, one in known["confirmed"].items() if key.partition("/")[0] == target.code)
        reached = next((one for one in of_it if is_reached(target, Decimal(one["value"]))), None)
        if reached is not None:
            yield already_reached(target, reached)


def between_terms(leaving: Mapping[str, Any] | None, act: Recorded) -> Iterator[Suspicion]:
    """Signed in an office, by who leaves or follows, while its handover waited for signatures.

    Once for each decision, whatever events it had.
    """
    by = act.envelope.by
    if (
        leaving is None
        or by is None
        or act.envelope.command_id is None
        or isinstance(act.event, OF_NO_OFFICE)
    ):
        return
    for role in ("outgoing", "incoming"):
        if leaving[role] in (by.person, by.on_behalf_of):
            yield Suspicion("between_terms", leaving["opened"], facts={"party": role})
            return


FROM_ITS_OWN: tuple[Callable[[Memory, Recorded], Iterator[Suspicion]], ...] = (
    agreed_within_a_minute,
    clerk_is_deputy,
    changed_by_higher,
    late_without_paper,
    changed_after_closing,
    target_reached_before,
)

# What stands beside other projects


def texts_of(act: Recorded) -> Iterator[tuple[str, str]]:
    """The long texts of a content that goes to others, by field, as a hash of how they read."""
    if isinstance(act.event, ProposalSubmitted | ProposalAmended):
        for name in TEXTS:
            said = getattr(act.event.proposal, name)
            text = folded("\n".join(said) if isinstance(said, tuple) else said).replace(" ", "")
            if len(text) >= SIGNS_AT_LEAST:
                yield name, sha256(text.encode()).hexdigest()


def same_text(known: Memory, first: Mapping[str, Any] | None, name: str) -> Iterator[Suspicion]:
    """Another unit had handed in the same text before; `first`: who did so first."""
    if first is not None and first["unit"] != known["unit"]:
        facts = {"field": name, "other_project": first["project"], "other_unit": first["unit"]}
        facts |= {"other_reference": first["said"]["reference"]}
        yield Suspicion("same_text", first["said"], subject=name, facts=facts)


def measured(unit: str, name: str, measure: str) -> tuple[str, str, str]:
    """What an indicator measures, whatever its code in one project is."""
    return unit, folded(name), folded(measure)


def is_reached(target: Indicator, value: Decimal) -> bool:
    """Whether a value is the target already, or better; what is only to be kept is always reached."""
    if target.target is None:
        return False
    if target.kind == "raise":
        return value >= target.target
    return target.kind == "lower" and value <= target.target


def already_reached(target: Indicator, reached: Mapping[str, Any]) -> Suspicion:
    """That this target asks for no more than this figure, which was confirmed before."""
    facts = {"indicator": target.name, "before": str(reached["value"]), "after": str(target.target)}
    return Suspicion("target_reached_before", dict(reached), subject=target.code, facts=facts)


def between(parties: Parties, opened: Recorded) -> dict[str, Any]:
    """What is recalled of a handover until it is signed by all."""
    return {"outgoing": parties.outgoing, "incoming": parties.incoming, "opened": place_of(opened)}


def _at(place: Place) -> datetime:
    return datetime.fromisoformat(place["recorded_at"])


def _name(known: Memory, indicator: str) -> str:
    return str(known["targets"].get(indicator, {}).get("name", indicator))
