"""The acts of who signs: whose seat it is, and which facts the rules need of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from services.projects.acting import Asking
from services.projects.api.acts import Act, FactOf, Situation
from services.projects.deciding import (
    can_sign,
    colleagues,
    from_above,
    handler_acts,
    in_open_seat,
    spoken_for,
    ties_of,
    whose_word,
)
from services.projects.domain.project import approval
from services.projects.domain.project.approval.filing import to_answer
from services.projects.domain.project.content import Seat
from services.projects.domain.project.state import State
from services.projects.facts import final_seats, onward
from shared.bodies import made
from shared.domain import By
from shared.working_days import working_day_after

# Who signs


def addressed(asking: Asking, state: State, body: Any) -> By:
    """Who acts for a seat of the open step (R3)."""
    _refuse_unless_open(state, body)
    return in_open_seat(asking, state, state.approval, state.approval.seats)[0]


def gives_word(asking: Asking, state: State, body: Any) -> By:
    """Who acts for a seat of the open step that has not spoken (R3)."""
    _refuse_unless_open(state, body)
    return whose_word(asking, state, state.approval)[0]


def takes_back(asking: Asking, state: State, body: Any) -> By:
    """Who acts for the seat for which they spoke (R82)."""
    _refuse_unless_open(state, body)
    return spoken_for(asking, state, state.approval)[0]


def _refuse_unless_open(state: State, body: Any) -> None:
    """To who comes too late it is said that the step went on, and not that the next one is not theirs."""
    approval.refuse_decided(state)
    approval.refuse_unless_open(body.step, state)


def changes_decision(asking: Asking, state: State, body: Any) -> By:
    """Whose office changes decisions of those below, in person (R8)."""
    return from_above(asking, state)[0]


def informed(asking: Asking, state: State, body: Any) -> By:
    """Who acts for an office that a filing informed (R34)."""
    return _informed(asking, state, body)[0]


def answers(asking: Asking, state: State, body: Any) -> By:
    """Who acts for the office that decided, without a part in it and without an objection of their own."""
    return _answers(asking, state, body)[0]


def _informed(asking: Asking, state: State, body: Any) -> tuple[By, Seat]:
    route = state.approval.route
    if body.step not in state.approval.filed:
        raise approval.StepNotOpen()
    return asking.in_seat(route[body.step].seats)


def _answers(asking: Asking, state: State, body: Any) -> tuple[By, Seat]:
    waiting = to_answer(state, body.step)
    if not waiting:
        raise approval.NoObjectionToAnswer()
    seats = dict.fromkeys(seat for objection in waiting.values() for seat in objection.to)
    return asking.in_seat(seats, state.players | {objection.person for objection in waiting.values()})


# Facts


def filing_ends(it: Situation) -> date:
    """The last day for an objection, as the project's open dates tell it."""
    step = it.state.approval.route[it.body.step]
    return working_day_after(it.state.approval.filed[it.body.step], step.working_days)


def tied_to(it: Situation) -> Any:
    """Whose conflicts count as well (R8)."""
    return it.asking.tied_to()


def open_seat(it: Situation) -> Seat:
    """Which seat of the open step is theirs."""
    return in_open_seat(it.asking, it.state, it.state.approval, it.state.approval.seats)[1]


def own_word(it: Situation) -> Seat:
    """The seat whose word they gave."""
    return spoken_for(it.asking, it.state, it.state.approval)[1]


def awaited_seat(it: Situation) -> Seat:
    """The seat whose word is waited for."""
    return whose_word(it.asking, it.state, it.state.approval)[1]


def in_seat(found: Callable[[Situation], Seat]) -> dict[str, FactOf]:
    """The facts of every act for a seat of the open step."""
    return {
        "seat": found,
        "tied_to": tied_to,
        "handler_acts": lambda it: handler_acts(it.asking, it.state, it.state.approval, found(it)),
    }


ACTS: tuple[Act, ...] = (
    Act(
        approval.GiveOpinion,
        gives_word,
        in_seat(awaited_seat)
        | {
            "onward": lambda it: onward(it.asking, it.state),
            "batch": lambda it: it.seen or "",
        },
        on_paper=True,
    ),
    Act(
        approval.WithdrawOpinion,
        takes_back,
        in_seat(own_word),
    ),
    Act(
        approval.AddSigner,
        gives_word,
        in_seat(awaited_seat)
        | {"can_sign": lambda it: can_sign(it.asking, it.state, made(Seat, it.body.signer))},
    ),
    Act(
        approval.TransferStep,
        gives_word,
        in_seat(awaited_seat)
        | {
            "colleagues": lambda it: colleagues(it.asking, Seat(it.by.office, it.by.unit)),
            "their_ties": lambda it: ties_of(it.asking, it.body.to),
        },
    ),
    Act(
        approval.OpenContent,
        gives_word,
        {"seat": awaited_seat},
    ),
    Act(
        approval.ChangeDecision,
        changes_decision,
        {
            "higher": lambda it: from_above(it.asking, it.state)[1],
            "tied_to": tied_to,
            "onward": lambda it: onward(it.asking, it.state),
        },
    ),
    Act(
        approval.ObjectToFiling,
        informed,
        {
            "seat": lambda it: _informed(it.asking, it.state, it.body)[1],
            "today": lambda it: it.asking.today,
            "until": filing_ends,
            "to": lambda it: final_seats(it.state),
        },
    ),
    Act(
        approval.AnswerObjection,
        answers,
        {"seat": lambda it: _answers(it.asking, it.state, it.body)[1], "tied_to": tied_to},
    ),
    Act(approval.ReturnProposal, addressed, in_seat(open_seat)),
    Act(approval.RejectProject, addressed, in_seat(open_seat)),
)
