"""Appeal: a unit asks the level above to look at its result again, once, and is answered (R55)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, assert_never

from shared.domain import By, Decider, NotAllowed, Refusal, UnitId

About = Literal["closing", "review"]  # the score at closing, or the mark of a review


# Events


@dataclass(frozen=True, slots=True)
class AppealFiled:
    project: str
    about: About
    of: UnitId  # that asks
    to: UnitId  # that answers: the level above who fixed the result
    reason: str
    answer_until: date
    review: str = ""  # whose mark it is


@dataclass(frozen=True, slots=True)
class AppealAnswered:
    """Where it is accepted, the body that fixed the result adjusts it; nothing changes by itself."""

    project: str
    accepted: bool
    answer: str
    about: About = "closing"  # answers of before this was kept name neither
    review: str = ""


Event = AppealFiled | AppealAnswered


# Commands


@dataclass(frozen=True, slots=True)
class FileAppeal:
    """Ask for a result to be looked at again. Facts: all but the reason."""

    by: By
    project: str
    about: About
    reason: str
    of: UnitId
    to: UnitId
    until: date  # the last day on which it may be asked
    on: date
    answer_until: date
    review: str = ""


@dataclass(frozen=True, slots=True)
class AnswerAppeal:
    by: By
    accepted: bool
    answer: str


Command = FileAppeal | AnswerAppeal


# Refusals


class AppealedAlready(Refusal):
    """This result has been appealed already; a unit does so once.

    Wait for the answer, or read it."""


class AppealIsLate(Refusal):
    """Until {until} this result could be appealed.

    Turn to the level above with what is new; it may have the result adjusted."""


class AppealSaysWhy(Refusal):
    """An appeal, and its answer, say why.

    Give the reason."""


class NoOpenAppeal(Refusal):
    """No appeal of this result awaits an answer.

    Look at what was asked and answered."""


class LevelAboveAnswers(NotAllowed):
    """An appeal is answered at the level above the body that fixed the result.

    Let that level answer."""


# State


@dataclass(frozen=True, slots=True)
class State:
    """Who is asked, and whether it was answered."""

    project: str = ""
    to: UnitId | None = None
    about: About = "closing"
    review: str = ""
    answered: bool = False


def decide(command: Command, state: State) -> list[Event]:
    """The events of a command, or the rule that refuses it."""
    match command:
        case FileAppeal():
            return file(command, state)
        case AnswerAppeal():
            return answer(command, state)
        case _:
            assert_never(command)


def file(command: FileAppeal, state: State) -> list[Event]:
    """Once, and within its days."""
    if state.to is not None:
        raise AppealedAlready()
    if command.on > command.until:
        raise AppealIsLate(until=command.until)
    if not command.reason.strip():
        raise AppealSaysWhy()
    return [
        AppealFiled(
            command.project,
            command.about,
            command.of,
            command.to,
            command.reason,
            command.answer_until,
            command.review,
        )
    ]


def answer(command: AnswerAppeal, state: State) -> list[Event]:
    """By the level above, in words."""
    if state.to is None or state.answered:
        raise NoOpenAppeal()
    if command.by.unit != state.to:
        raise LevelAboveAnswers()
    if not command.answer.strip():
        raise AppealSaysWhy()
    return [AppealAnswered(state.project, command.accepted, command.answer, state.about, state.review)]


def evolve(state: State, event: Event) -> State:
    """Filed, then answered."""
    match event:
        case AppealFiled():
            return State(event.project, event.to, event.about, event.review)
        case AppealAnswered():
            return replace(state, answered=True)
        case _:
            assert_never(event)


APPEAL: Decider[Command, Event, State] = Decider(
    "appeal", State(), decide, evolve, (FileAppeal, AnswerAppeal), (AppealFiled, AppealAnswered)
)
