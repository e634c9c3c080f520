"""The public notice: objections in real name are answered by others, an accepted one asks for a run (R62)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, assert_never

from services.evaluation.domain.review.cycle.collecting import NotInTheReview
from services.evaluation.domain.review.cycle.state import Objection, State, at_stage
from shared.domain import By, NotAllowed, PersonId, Refusal

Goes = Literal["answered", "discipline", "filed"]  # what becomes of an objection

# Events


@dataclass(frozen=True, slots=True)
class NoticeOpened:
    run: int
    since: date
    until: date


@dataclass(frozen=True, slots=True)
class AwardObjectionFiled:
    """Who objects is sealed in it, from the unit and from who runs the review (R68)."""

    number: int
    project: str
    text: str
    goes: Goes
    answer_until: date | None  # where it is to be answered
    objector: str = ""  # sealed with the review's key; "" where nobody gave a name


@dataclass(frozen=True, slots=True)
class AwardObjectionAnswered:
    number: int
    accepted: bool
    answer: str
    answered_by: PersonId


@dataclass(frozen=True, slots=True)
class NoticeClosed:
    run: int


Event = NoticeOpened | AwardObjectionFiled | AwardObjectionAnswered | NoticeClosed


# Commands


@dataclass(frozen=True, slots=True)
class OpenNotice:
    by: By
    since: date
    until: date  # fact: counted in working days
    working_days: int
    least: int  # fact: what the programme asks for
    most: int  # fact


@dataclass(frozen=True, slots=True)
class FileObjection:
    by: By | None  # nobody where it is anonymous
    project: str
    text: str
    has_facts: bool  # whether an anonymous one says something that can be checked
    on: date
    answer_until: date  # fact: counted in working days
    objector: str = ""  # fact: sealed


@dataclass(frozen=True, slots=True)
class AnswerObjection:
    by: By
    number: int
    accepted: bool
    answer: str
    had_a_hand: bool = False  # fact: did anything in the review, or judged in it; commands name no juror


@dataclass(frozen=True, slots=True)
class CloseNotice:
    by: By
    on: date


Command = OpenNotice | FileObjection | AnswerObjection | CloseNotice


# Refusals


class TiesAwaitAVote(Refusal):
    """{count} ties on which a place hangs were not voted on.

    Have the panel vote by name; then go on."""


class HasNoNotice(Refusal):
    """The awards of this review are confirmed without a notice.

    Have the committee confirm them."""


class NoticeLasts(Refusal):
    """A notice lasts from {least} to {most} working days.

    Give a number of days between them."""


class NoticeIsOver(Refusal):
    """The notice ended on {until}.

    Turn to the office of discipline with what is new."""


class ObjectionSaysWhat(Refusal):
    """An objection, and its answer, say something.

    Write what it is about."""


class NoSuchObjection(Refusal):
    """There is no objection {number} that awaits an answer.

    Choose one of the list."""


class AnsweredByAnother(NotAllowed):
    """Whoever had a hand in the review answers no objection to it.

    Have somebody else answer."""


class NoticeGoesOn(Refusal):
    """The notice goes on until {until}.

    Close it afterwards."""


class ObjectionsAreOpen(Refusal):
    """{count} objections are not answered, or a run that an accepted one asks for was not made.

    Answer them in writing and run the allocation anew."""


def decide(command: Command, cycle: State) -> Sequence[Event]:
    """The events of a command about the notice."""
    match command:
        case OpenNotice():
            return open_notice(command, cycle)
        case FileObjection():
            return file_objection(command, cycle)
        case AnswerObjection():
            return answer_objection(command, cycle)
        case CloseNotice():
            return close_notice(command, cycle)
        case _:
            assert_never(command)


def open_notice(command: OpenNotice, cycle: State) -> Sequence[Event]:
    """Of the run that holds, once no place hangs on a vote (R62)."""
    at_stage(cycle, "allocated")
    if not cycle.has_notice:
        raise HasNoNotice()
    if cycle.to_vote:
        raise TiesAwaitAVote(count=len(cycle.to_vote))
    if not command.least <= command.working_days <= command.most:
        raise NoticeLasts(least=command.least, most=command.most)
    return [NoticeOpened(cycle.run, command.since, command.until)]


def file_objection(command: FileObjection, cycle: State) -> Sequence[Event]:
    """In real name: answered; anonymous with facts: to discipline; else filed (R62)."""
    at_stage(cycle, "notice")
    if command.on > cycle.notice_until:
        raise NoticeIsOver(until=cycle.notice_until)
    if command.project not in cycle.entrants:
        raise NotInTheReview()
    if not command.text.strip():
        raise ObjectionSaysWhat()
    goes: Goes = "answered" if command.by else "discipline" if command.has_facts else "filed"
    until = command.answer_until if goes == "answered" else None
    return [
        AwardObjectionFiled(cycle.filed + 1, command.project, command.text, goes, until, command.objector)
    ]


def answer_objection(command: AnswerObjection, cycle: State) -> Sequence[Event]:
    """In writing, by someone who did not run the review (R62)."""
    at_stage(cycle, "notice")
    found = cycle.objections.get(command.number)
    if found is None or found.answered:
        raise NoSuchObjection(number=command.number)
    if command.by.person in cycle.ran or command.had_a_hand:
        raise AnsweredByAnother()
    if not command.answer.strip():
        raise ObjectionSaysWhat()
    return [AwardObjectionAnswered(command.number, command.accepted, command.answer, command.by.person)]


def close_notice(command: CloseNotice, cycle: State) -> Sequence[Event]:
    """When its days are over and nothing that was said is open."""
    at_stage(cycle, "notice")
    if command.on <= cycle.notice_until:
        raise NoticeGoesOn(until=cycle.notice_until)
    open_ = sum(not objection.answered for objection in cycle.objections.values())
    if open_ or cycle.run_is_due:
        raise ObjectionsAreOpen(count=open_)
    if cycle.to_vote:
        raise TiesAwaitAVote(count=len(cycle.to_vote))
    return [NoticeClosed(cycle.run)]


def evolve(cycle: State, event: Event) -> State:
    """The cycle after a step of its notice."""
    match event:
        case NoticeOpened():
            return replace(cycle, stage="notice", notice_until=event.until)
        case AwardObjectionFiled():
            filed = replace(cycle, filed=event.number)
            if event.goes != "answered":
                return filed
            return replace(filed, objections={**cycle.objections, event.number: Objection()})
        case AwardObjectionAnswered():
            return replace(
                cycle,
                objections={**cycle.objections, event.number: Objection(answered=True)},
                run_is_due=cycle.run_is_due or event.accepted,
            )
        case NoticeClosed():
            return replace(cycle, stage="noticed")
        case _:
            assert_never(event)
