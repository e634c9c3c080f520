"""What the reader may do with a project, from the same rules that take or refuse the act when it is sent.

Of its own beside the page: it needs the project as its rules see it, folded from the record, while the
page lies ready in a view.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from itertools import chain
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel

from services.projects.acting import Asking
from services.projects.api import (
    archiving,
    disputing,
    evidence,
    helping,
    inspecting,
    on_paper,
    partnering,
    practices,
    project_acts,
    secrecy,
)
from services.projects.api.acts import Act, Situation
from services.projects.api.ahead import seen_project
from services.projects.api.project_facts import handover_is_owed
from services.projects.api.to_answer import ToAnswer, to_answer
from services.projects.deciding import whose_word
from services.projects.domain.body import Kind
from services.projects.domain.colours import Colour, Why, colour, why
from services.projects.domain.project import PROJECT
from services.projects.domain.project.approval import GiveOpinion
from services.projects.domain.project.content import Seat
from services.projects.domain.project.state import State
from services.projects.domain.quorum import Numbers
from services.projects.minutes import Decided
from services.projects.parts import Parts
from services.projects.projections.page import Dated, open_ones, page_of
from services.projects.rehearsal import SUPPOSED, Subject, Supposing, subjects
from services.projects.sight import circle_of_state
from shared.acts import chosen_office
from shared.domain import (
    FIRST_OFFICE,
    By,
    NotAllowed,
    NotAsItStands,
    NotKnown,
    OfficeId,
    PersonId,
    Refusal,
    UnitId,
)
from shared.organisation import MEMBER
from shared.sentences import Language, sentences
from shared.signed_in import SignedIn
from shared.web import etag, language
from shared.working_days import is_provisional, is_working_day

ACTS: Sequence[Act] = (
    *project_acts.ACTS,
    *helping.ACTS,
    *disputing.ACTS,
    *partnering.ACTS,
    *practices.ACTS,
    *on_paper.ACTS,
    inspecting.HOLD,
    evidence.ATTACH,
    secrecy.REVIEW,
    secrecy.SEAL,
    secrecy.WITHDRAW,
    *archiving.ACTS,
)
KIND: Kind = "party_committee"
OWED = {  # what somebody has to do as soon as they may, and the kind of date that it meets
    "GiveOpinion": "step",
    "ReturnProposal": "step",
    "RejectProject": "step",
    "ApproveChange": "change",
    "ReachMilestone": "milestone",
    "CompleteTask": "task",
    "PlanRectification": "finding",
    "ReportRectification": "finding",
    "LookBackAtFinding": "look_back",
    "DecideDispute": "dispute",
    "AnswerObjection": "",
    "DecideSupport": "support",
    "ProvideSupport": "support",
    "ReportReading": "reading",
    "ConfirmPaper": "paper",
    "DenyPaper": "paper",
    "ResumeProject": "suspension",
    **dict.fromkeys(("AcceptTask", "GrantClaim", "ConfirmBaseline", "ConfirmFigure", "CloseFinding"), ""),
    **dict.fromkeys(("ConfirmChanges", "ReviewClosure", "AssessClosure"), ""),
    **dict.fromkeys(
        ("JoinProject", "ListPractice", "DeclinePractice", "VerifyAdoption", "ArchiveProject"), ""
    ),
    "HandOverToArchive": "archive",
}

router = APIRouter(prefix="/projects", tags=["projects"])


class Due(BaseModel):
    """Until when it is owed; `left` counts in `unit` and is less than 0 once that is over."""

    at: datetime
    unit: Literal["working_days", "days"]
    left: int
    provisional: bool  # counted through a year whose holidays are not announced yet (R38)
    colour: Colour
    colour_reason: Why


class Action(BaseModel):
    """Something that may be done: `code` ends the act's address, `subject` names in its body what it is on.

    Where it is not enabled, `sentence` says why not; the office is then that of who may, or the reader's
    own where nobody may as things stand.
    """

    code: str
    subject: dict[str, str | int | list[int]]
    enabled: bool
    sentence: str | None
    by_office: str
    by_unit: str
    due: Due | None
    questions: list[ToAnswer]


class Actions(BaseModel):
    """What the reader may do, what waits for them first; then what they know of and may not do now."""

    actions: list[Action]
    version: int


@router.get("/{project}/actions")
async def read_actions(
    request: Request,
    response: Response,
    project: UUID,
    person: SignedIn,
    office: Annotated[OfficeId | None, Depends(chosen_office)],
) -> Actions:
    """The acts on a project that the reader may take now, and why not those that they may not (R3)."""
    parts, state, asking, stream = await seen_project(request, project, person, office)
    page = page_of(stream)
    assert page is not None, "it has been read by its rules"
    response.headers["ETag"] = etag(page["version"])
    dates = {(dated.subject, dated.code): dated for dated in open_ones(page, parts.settings.time_zone)}

    def order(rehearsed: Rehearsed) -> tuple[bool, bool, date]:
        dated = dates.get(rehearsed.date)
        return rehearsed.refusal is not None, not rehearsed.is_owed, dated.due if dated else date.max

    said_in, owed = language(request), await handover_is_owed(parts, state)
    return Actions(
        actions=[
            _action(parts, rehearsed, asking, state, dates.get(rehearsed.date), said_in)
            for rehearsed in sorted(rehearsals(asking, state, owed=owed), key=order)
        ],
        version=page["version"],
    )


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What would become of an act: whose it would be, and what refuses it now."""

    act: Act
    subject: Subject
    by: By
    refusal: Refusal | None

    @property
    def is_owed(self) -> bool:
        """Whether it waits for somebody, and is not only open to them."""
        return self.act.command.__name__ in OWED

    @property
    def date(self) -> tuple[str, str]:
        """Under which kind and code the page has the date that it meets."""
        kind = OWED.get(self.act.command.__name__, "")
        return kind, str(next(iter(self.subject.values()), ""))


def rehearsals(
    asking: Asking, state: State, acts: Sequence[Act] = ACTS, *, owed: bool = False
) -> Iterator[Rehearsed]:
    """Every act that somebody may take, may take but not as things stand, or sees others take.

    Who has no part in the project is told nothing of the acts of others. `owed`: whether three have to
    sign before the lead passes on (R11).
    """
    stage, supposing = _Stage(asking, state, owed), Supposing(asking, state)
    for act in acts:
        model = act.given_body()
        for subject in subjects(act.command, frozenset(model.model_fields), state):
            body = supposing.body(act.asks or act.command, model, subject)
            by, refusal = stage.rehearse(act, body)
            if isinstance(refusal, NotKnown):
                continue
            has_part = asking.person in state.workers
            if isinstance(refusal, NotAllowed):
                by = stage.who_may(act, body) if has_part else None
            elif not isinstance(refusal, NotAsItStands):
                refusal = None  # what another body may mend is told to who sends it
            elif by and by.office == MEMBER and not has_part:
                continue
            if by is not None:
                yield Rehearsed(act, subject, by, refusal)


@dataclass(frozen=True)
class _Stage:
    """Where acts are rehearsed for somebody."""

    asking: Asking
    state: State
    owed: bool = False

    def rehearse(self, act: Act, body: Any) -> tuple[By | None, Refusal | None]:
        """Whose act it would be, and the first rule that refuses it."""
        by = None
        try:
            by = act.by(self.asking, self.state, body)
            seen = _SEEN.get(act.command.__name__)
            it = Situation(self.asking, self.state, body, by, seen and seen(self))
            PROJECT.decide(act.command_in(it), self.state)
        except Refusal as refusal:
            return by, refusal
        return by, None

    def who_may(self, act: Act, body: Any) -> By | None:
        """The signature of somebody near the project who may do it now; None if nobody there may."""
        for other in self._others:
            by, refusal = other.rehearse(act, body)
            if isinstance(refusal, NotKnown | NotAsItStands):
                return None
            if not isinstance(refusal, NotAllowed):
                return by
        return None

    @cached_property
    def _others(self) -> Sequence[_Stage]:
        known, on, state = self.asking.organisation, self.asking.today, self.state
        seats = [
            Seat(FIRST_OFFICE[state.leader], state.unit),
            *(Seat(office, UnitId(unit)) for office, unit in sorted(circle_of_state(state).seats)),
            Seat("party_department", state.company),
            Seat("inspector", state.company),
        ]
        holders = chain.from_iterable(known.persons(seat.office, seat.unit, on)[:1] for seat in seats)
        people = dict.fromkeys((*holders, *sorted(state.workers)))
        return [
            replace(self, asking=replace(self.asking, person=person, office=None))
            for person in people
            if person != self.asking.person
        ]


def _minutes(stage: _Stage) -> Decided:
    """As if a committee had just passed it, by people who have nothing to do with it."""
    voters = tuple(PersonId(f"{SUPPOSED}{number}") for number in range(3))
    return Decided(Numbers(3, 3, 3), voters, SUPPOSED, KIND, stage.state.company, stage.asking.today, True)


_SEEN: dict[str, Any] = {
    "HandOverLead": lambda stage: stage.owed,
    "AssessClosure": _minutes,
    "WithdrawText": lambda stage: (1,),  # as if it had been said
    "AdoptPractice": lambda stage: practices.Origin(UnitId(SUPPOSED), listed=True),
}


def _action(
    parts: Parts, rehearsed: Rehearsed, asking: Asking, state: State, dated: Dated | None, said_in: Language
) -> Action:
    refusal, by = rehearsed.refusal, rehearsed.by
    return Action(
        code=rehearsed.act.path,
        subject={name: value for name, value in rehearsed.subject.items() if name != "value"},
        enabled=refusal is None,
        sentence=sentences(refusal, said_in)[0] if refusal else None,
        by_office=by.office,
        by_unit=by.unit,
        due=_due(parts, dated, state, asking.today) if dated else None,
        questions=_questions(rehearsed, asking, state, said_in),
    )


def _questions(rehearsed: Rehearsed, asking: Asking, state: State, said_in: Language) -> list[ToAnswer]:
    """What the reader answers in the seat whose word is waited for."""
    if rehearsed.act.command is not GiveOpinion or rehearsed.refusal is not None:
        return []
    questions = state.approval.questions_for(whose_word(asking, state, state.approval)[1])
    return to_answer(asking, state.programme, questions, said_in)


def _due(parts: Parts, dated: Dated, state: State, day: date) -> Due:
    known = parts.organisation
    standing = state.deciding.get(dated.code) if dated.subject == "change" else None
    if dated.subject == "step":
        standing = state.approval
    asked = standing.waiting if standing else ()
    units = [seat.unit for seat in asked] or [state.unit]
    calendars = {known.calendar(unit) for unit in units}
    left = (dated.due - day).days
    if dated.working_days is not None:
        first, last = sorted((day, dated.due))
        between = [first + timedelta(days=n) for n in range(1, (last - first).days + 1)]
        counted = sum(all(is_working_day(one, calendar) for calendar in calendars) for one in between)
        left = counted if dated.due >= day else -counted
    return Due(
        at=known.day_ends(dated.due, units, parts.settings.time_zone),
        unit="days" if dated.working_days is None else "working_days",
        left=left,
        provisional=dated.working_days is not None and any(is_provisional(dated.due, c) for c in calendars),
        colour=colour(dated.since, dated.due, day),
        colour_reason=why(dated.since, dated.due, day),
    )
