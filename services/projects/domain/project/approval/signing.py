"""A step that is signed: every seat gives its word, until enough agree or a disagreement stops it (R29)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol, assert_never

from services.projects.domain.project.approval import steps
from services.projects.domain.project.content import Seat
from services.projects.domain.project.route import (
    STAYS,
    Answer,
    Onward,
    Opinion,
    Question,
    RequiredChange,
    Wanted,
)
from services.projects.domain.project.standing import Standing, Word
from services.projects.domain.project.state import SeatNotAddressed, State, acting, refuse_players
from shared.domain import By, NotAllowed, NotAsItStands, PersonId, Refusal


@dataclass(frozen=True, slots=True)
class OpinionGiven:
    """A seat gave its word on exactly this content."""

    step: int
    seat: Seat
    person: PersonId
    opinion: Opinion
    content_hash: str
    changes: tuple[RequiredChange, ...] = ()
    note: str = ""
    batch: str = ""  # id of the batch in which it was given (R83)
    answers: tuple[Answer, ...] = ()  # to the step's questions


@dataclass(frozen=True, slots=True)
class OpinionWithdrawn:
    """A seat's word was taken back, and with it the open changes that it asked for (R82)."""

    step: int
    seat: Seat
    person: PersonId
    reason: str
    numbers: tuple[int, ...] = ()


Event = OpinionGiven | OpinionWithdrawn


@dataclass(frozen=True, slots=True)
class GiveOpinion:
    """Say a seat's word in a signing step. Facts: seat, tied_to, onward, handler_acts, batch.

    Where the step asks questions, whichever word it is answers all of them; something that is not in
    order hinders no agreement, and is told to all who decide afterwards. A return answers none: what it
    asks for are its numbered changes.
    """

    by: By
    step: int
    opinion: Opinion
    content_hash: str  # of what was read
    seat: Seat  # the addressed seat that `by` holds or stands in for (R3)
    changes: tuple[Wanted, ...] = ()
    note: str = ""
    tied_to: tuple[PersonId, ...] = ()  # whom `by` is deputy for, kin or adviser of (R4, R5)
    onward: Onward = STAYS
    handler_acts: bool = True  # whether to whom the seat was transferred can still act for it
    batch: str = ""
    answers: tuple[Answer, ...] = ()


@dataclass(frozen=True, slots=True)
class WithdrawOpinion:
    """Take back one's own word, as long as the step is not decided. Facts: seat, tied_to, handler_acts."""

    by: By
    step: int
    reason: str
    seat: Seat
    tied_to: tuple[PersonId, ...] = ()
    handler_acts: bool = True


Command = GiveOpinion | WithdrawOpinion


class MeetingMayNotBeReplacedBySigning(NotAsItStands):
    """What a meeting must decide is not decided by signing, circulating or asking one by one.

    Put it on the agenda of the body's next meeting."""


class StepStoppedByDisagreement(NotAsItStands):
    """Somebody disagreed; the step takes no more opinions.

    Return the proposal with required changes, or reject it with the reason."""


class OpinionAlreadyGiven(NotAsItStands):
    """This office has given its opinion in this step.

    Nothing more is asked of it here."""


class NotYourTurn(NotAsItStands):
    """In this step the offices speak in order, and another one is before you.

    Wait for its opinion."""


class ConditionsAreNumberedChanges(Refusal):
    """Agreeing with changes lists the changes; agreeing or disagreeing lists none.

    Choose the opinion that fits, and write each change on a line of its own."""


class HandledByAnother(NotAllowed):
    """This was transferred to somebody else of the same office.

    Whoever it was transferred to acts; ask them to transfer it back."""


class NoOpinionToWithdraw(NotAsItStands):
    """This office has given no opinion in this step.

    Nothing needs to be withdrawn."""


class OnlyWhoGaveItWithdraws(NotAllowed):
    """An opinion is withdrawn by whoever gave it, and by nobody else.

    Ask who gave it."""


class BatchOnlyAgrees(Refusal):
    """In a batch one only agrees; changes and disagreement need their own words.

    Open the proposal and give your opinion there."""


class NoSuchQuestion(Refusal):
    """This step has no question {code}.

    Answer those that it asks, and no others."""


class AnsweredTwice(Refusal):
    """{question} is answered twice.

    Give one answer to each question."""


class QuestionsUnanswered(Refusal):
    """This step has questions to answer: {questions}.

    Say of each whether it is in order."""


class NotInOrderSaysWhy(Refusal):
    """What is not in order says why: {questions}.

    Write a remark beside each of them."""


class QuestionsAreAnsweredAlone(Refusal):
    """This step has questions to answer; it is not decided in a batch.

    Open the proposal, answer them and give your opinion there."""


class MoneyIsDecidedAlone(Refusal):
    """A proposal with money is not decided in a batch.

    Open it and give your opinion there."""


class DisputedIsDecidedAlone(Refusal):
    """Somebody disagreed with this proposal; it is not decided in a batch.

    Open it and give your opinion there."""


class NotOpenedYet(Refusal):
    """You have not opened this proposal as it is now.

    Read it before you decide on it."""


class ForSeat(Protocol):
    """A command for a seat in an open step of some route."""

    @property
    def by(self) -> By: ...
    @property
    def seat(self) -> Seat: ...
    @property
    def tied_to(self) -> tuple[PersonId, ...]: ...
    @property
    def handler_acts(self) -> bool: ...


class InSeat(ForSeat, Protocol):
    """A command of an addressed seat in an open signing step."""

    @property
    def step(self) -> int: ...


def decide(command: Command, state: State) -> list[Event | steps.Event]:
    """The events of a seat's word, given or taken back."""
    match command:
        case GiveOpinion():
            return give_opinion(command, state)
        case WithdrawOpinion():
            return withdraw_opinion(command, state)
        case _:
            assert_never(command)


def give_opinion(command: GiveOpinion, state: State) -> list[Event | steps.Event]:
    """One word for each seat, on the content as it is; any, all, in order or a share make the step (R29)."""
    refuse_signing(command, state)
    refuse_stopped(state)
    refuse_untimely(command.seat, state.approval)
    if bool(command.changes) != (command.opinion == "agree_with_changes"):
        raise ConditionsAreNumberedChanges()
    steps.refuse_unanchored(command.changes)
    steps.refuse_other_content(command.content_hash, state)
    if command.batch:
        _refuse_unfit_for_batch(command, state)
    _refuse_unanswered(command.answers, state.approval.questions_for(command.seat))
    changes = steps.numbered(state, command.changes, confirmer=command.seat)
    given = OpinionGiven(
        command.step,
        command.seat,
        command.by.person,
        command.opinion,
        command.content_hash,
        changes,
        command.note,
        command.batch,
        command.answers,
    )
    if not evolve(state, given).approval.carried:
        return [given]
    return [given, *steps.onward(state, changes, command.onward)]


def _refuse_unfit_for_batch(command: GiveOpinion, state: State) -> None:
    """Only what is routine and was read: no questions, no money, no disagreement on record (R83)."""
    if command.opinion != "agree":
        raise BatchOnlyAgrees()
    if state.approval.questions_for(command.seat):
        raise QuestionsAreAnsweredAlone()
    if state.proposal.budget:
        raise MoneyIsDecidedAlone()
    if state.approval.objections:
        raise DisputedIsDecidedAlone()
    if (command.by.person, command.content_hash) not in state.approval.read:
        raise NotOpenedYet()


def _refuse_unanswered(answers: Sequence[Answer], questions: Sequence[Question]) -> None:
    """All that is asked is answered, each once, and what is not in order says why."""
    names = {question.code: question.name for question in questions}
    said: dict[str, Answer] = {}
    for answer in answers:
        if answer.code not in names:
            raise NoSuchQuestion(code=answer.code)
        if answer.code in said:
            raise AnsweredTwice(question=names[answer.code])
        said[answer.code] = answer
    if unanswered := [name for code, name in names.items() if code not in said]:
        raise QuestionsUnanswered(questions=unanswered)
    if bare := [names[code] for code, one in said.items() if not one.ok and not one.remark.strip()]:
        raise NotInOrderSaysWhy(questions=bare)


def withdraw_opinion(command: WithdrawOpinion, state: State) -> list[Event | steps.Event]:
    """By who gave it, with a reason (R82); what was changed for it meanwhile is still to be confirmed."""
    refuse_signing(command, state)
    word = word_of(command.seat, command.by.person, state.approval)
    still_open = {change.number for change in state.approval.conditions}
    untouched = word.content_hash == state.content_hash
    numbers = tuple(number for number in word.numbers if number in still_open) if untouched else ()
    return [OpinionWithdrawn(command.step, command.seat, command.by.person, command.reason, numbers)]


def word_of(seat: Seat, person: PersonId, standing: Standing) -> Word:
    """The word of a seat that this person gave and may take back (R82)."""
    word = standing.opinions.get(seat)
    if word is None:
        raise NoOpinionToWithdraw()
    if word.person != person:
        raise OnlyWhoGaveItWithdraws()
    return word


def refuse_signing(command: InSeat, state: State) -> None:
    """Refuse an act in a signing step by a seat that is not asked, or by a person who may not act for it."""
    steps.refuse_unless_open(command.step, state)
    refuse_unless_asked(command.seat, state.approval)
    refuse_players(state, acting(command.by) | set(command.tied_to))
    refuse_handled(command, state.approval)


def refuse_handled(command: ForSeat, standing: Standing) -> None:
    """Refuse an act for a seat whose work was transferred to somebody else who can do it (R29)."""
    handler = standing.handlers.get(command.seat)
    if handler and command.handler_acts and handler.person not in acting(command.by):
        raise HandledByAnother()


def refuse_unless_asked(seat: Seat, standing: Standing) -> None:
    """Refuse a word where a meeting decides (R28), and of a seat that is not asked."""
    if standing.decides == "meeting":
        raise MeetingMayNotBeReplacedBySigning()
    if seat not in standing.seats:
        raise SeatNotAddressed()


def refuse_untimely(seat: Seat, standing: Standing) -> None:
    """Refuse a second word of a seat, and one before its turn (R29)."""
    if seat in standing.opinions:
        raise OpinionAlreadyGiven()
    if not standing.has_turn(seat):
        raise NotYourTurn()


def with_word(standing: steps.S, seat: Seat, word: Word) -> steps.S:
    """With one more seat that has spoken."""
    return replace(standing, opinions={**standing.opinions, seat: word})


def without_word(standing: steps.S, seat: Seat) -> steps.S:
    """With a seat that has not spoken after all."""
    left = {other: word for other, word in standing.opinions.items() if other != seat}
    return replace(standing, opinions=left)


def refuse_stopped(state: State) -> None:
    """StepStoppedByDisagreement where only a return or a rejection is left."""
    if state.approval.stopped:
        raise StepStoppedByDisagreement()


def evolve(state: State, event: Event) -> State:
    """The project after a seat's word, or without it again."""
    approval, said_no = state.approval, frozenset({(event.step, event.seat)})
    match event:
        case OpinionGiven():
            numbers = tuple(change.number for change in event.changes)
            word = Word(event.opinion, event.person, event.content_hash, numbers)
            given = replace(
                with_word(approval, event.seat, word),
                objections=approval.objections | (said_no if event.opinion == "disagree" else frozenset()),
                agreed=approval.agreed | (frozenset() if event.opinion == "disagree" else {event.seat}),
            )
            return steps.with_conditions(replace(state, approval=given), event.changes)
        case OpinionWithdrawn():
            without = replace(
                without_word(approval, event.seat),
                objections=approval.objections - said_no,
                conditions=tuple(c for c in approval.conditions if c.number not in event.numbers),
            )
            return replace(state, approval=without)
        case _:
            assert_never(event)
