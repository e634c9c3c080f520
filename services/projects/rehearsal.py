"""What becomes of an act that nobody sent yet: the rules are asked with a body that is only supposed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from services.projects.acting import Asking
from services.projects.domain.project.archiving import PROPERTIES
from services.projects.domain.project.content import Proposal
from services.projects.domain.project.state import State
from shared.bodies import supposed
from shared.domain import PersonId, UnitId
from shared.web import Body

SUPPOSED = "…"  # a text, and a code that is new
BEGIN = frozenset(  # what they are on is said by who sends them: a code that is new, the hash of a text
    {
        "AddTask",
        "RaiseProblem",
        "HoldActivity",
        "HoldInspection",
        "RecordFinding",
        "RequestSupport",
        "RequestChange",
        "InvitePartner",
        "AdoptPractice",
        "WithdrawText",
    }
)

Subject = Mapping[str, Any]  # the fields of the body that name it


@dataclass(frozen=True)
class Supposing:
    """What stands in a body of which nothing is known but what the act is about."""

    asking: Asking
    state: State

    def body(self, type_: type, model: type[Body], subject: Subject) -> Body:
        """A body for what is given of a command, about a subject."""
        named = {**self._named, **subject}
        if "person" in model.model_fields and (task := self.state.tasks.get(subject.get("task", ""))):
            named["person"] = next(iter(task.claimants), self.asking.person)
        given = {name: value for name, value in named.items() if name in model.model_fields}
        return supposed(type_, model, self._usual, given)

    @cached_property
    def _usual(self) -> Mapping[Any, Any]:
        """A value of each type."""
        return {
            str: SUPPOSED,
            int: self.asking.today.year,
            bool: True,
            Decimal: Decimal(1),
            date: self.asking.today,
            PersonId: self.asking.person,
            UnitId: self.state.unit,
            Proposal: self.state.proposal,
        }

    @cached_property
    def _named(self) -> Mapping[str, Any]:
        """Fields that name what is there already, whatever the act is about."""
        confirmed = sorted(self.state.confirmed) or [target.code for target in self.state.proposal.targets]
        return {
            "content_hash": self.state.content_hash,
            "inspection": next(iter(sorted(self.state.inspections)), SUPPOSED),
            "indicator": next(iter(confirmed), SUPPOSED),
            "marks": (),
            "checked": PROPERTIES,
            "lacks": PROPERTIES[:1],
            "link": "https://denggao.invalid/",
        }


def subjects(command: type, given: frozenset[str], state: State) -> Iterator[Subject]:
    """Everything in the project that an act may be about, as the fields in which it is named."""
    name = command.__name__
    if name in BEGIN:
        yield {}
    elif name in ("ConfirmFigure", "DisputeFigure"):
        for (indicator, period), reading in state.readings.items():
            value = {"value": reading.value} if name == "ConfirmFigure" else {}
            yield {"indicator": indicator, "period": period, **value}
    elif name == "ObjectToFiling":
        yield from ({"step": step} for step in state.approval.filed)
    elif name == "AnswerObjection":
        waiting = {step for (step, _), known in state.approval.objected.items() if not known.answered}
        yield from ({"step": step} for step in sorted(waiting))
    elif name == "ConfirmChanges":
        yield from ({"numbers": (change.number,)} for change in state.approval.conditions)
    elif {"change", "step"} <= given:
        for code, standing in state.deciding.items():
            if state.changes.get(code) is not None and standing.open is not None:
                yield {"change": code, "step": standing.open}
    elif {"subject", "code"} <= given:
        yield {"subject": "project", "code": ""}
        yield from ({"subject": "task", "code": code} for code in state.tasks)
        if name == "GiveExplanation":
            yield from ({"subject": "milestone", "code": one.code} for one in state.proposal.plan)
            yield from ({"subject": "finding", "code": code} for code in state.findings)
    else:
        yield from _by_field(given, state)


def _by_field(given: frozenset[str], state: State) -> Iterator[Subject]:
    partners = {partner.key for partner in state.proposal.partners} | state.partners.keys()
    steps = [step for step in (state.approval.open, state.approval.rejected) if step is not None]
    there: dict[str, Any] = {
        "step": steps,
        "task": state.tasks,
        "milestone": [milestone.code for milestone in state.proposal.plan],
        "finding": state.findings,
        "support": state.supports,
        "change": [code for code, asked in state.changes.items() if asked is not None],
        "problem": [code for code, in_the_way in state.problems.items() if in_the_way],
        "entry": state.papers,
        "partner": sorted(partners),
        "origin": state.adoptions,
        "indicator": [target.code for target in state.proposal.targets],
        "sha256": sorted({sha256 for sha256, _, _ in state.evidence} - state.sealed),
    }
    named = next((field for field in there if field in given), None)
    if named is None:
        yield {}
    else:
        yield from ({named: code} for code in there[named])
