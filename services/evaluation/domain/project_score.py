"""ProjectScore: the score that a project ends with, written once with all of its derivation (R54)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import assert_never, get_args

from services.evaluation.domain.score import Score, shown
from shared.domain import By, Decider, NotAllowed, NotKnown, PersonId, Refusal, UnitId
from shared.withdrawn import says

# Events


@dataclass(frozen=True, slots=True)
class OtherScore:
    """The same by the scheme of another version, by which it was scored before (R19)."""

    programme: str
    score: Score


@dataclass(frozen=True, slots=True)
class ScoreFixed:
    """The score at closing; later computations are for reference and never change it."""

    project: str
    body: UnitId  # the unit whose closing body assessed: it alone may adjust
    total: Decimal  # two digits, as people see it
    losses: int  # places where points were lost
    score: Score
    formulas: tuple[str, ...]
    programme: str  # version the project was approved under
    at: str  # event of projects that the score was computed at: projects/<ledger>/<position>
    appeal_until: date  # R55
    scheme_of: str = ""  # the version by whose scheme, where it was moved to another (R19)
    before: tuple[OtherScore, ...] = ()  # by those it was scored by before, the latest first


@dataclass(frozen=True, slots=True)
class ScoreAdjusted:
    """A change of a fixed score; both figures stay and are shown side by side."""

    project: str
    before: Decimal
    total: Decimal
    reason: str
    document: str


@dataclass(frozen=True, slots=True)
class ScoreTextWithdrawn:
    """A text of this SHA-256 is shown no more of any adjustment; the record and its proofs stay (R74)."""

    project: str
    sha256: str
    reason: str
    on: date
    person: PersonId


Event = ScoreFixed | ScoreAdjusted | ScoreTextWithdrawn


# Commands


@dataclass(frozen=True, slots=True)
class FixScore:
    """Write the score of a project that has just closed. Facts: all of it, from the reaction."""

    by: By | None  # the system's own reaction acts for nobody
    project: str
    body: UnitId
    score: Score
    programme: str
    at: str
    appeal_until: date
    scheme_of: str = ""
    before: tuple[OtherScore, ...] = ()


@dataclass(frozen=True, slots=True)
class AdjustScore:
    """Change a fixed score, by the body that fixed it, with a reason and the decision's document."""

    by: By
    total: Decimal
    reason: str
    document: str


@dataclass(frozen=True, slots=True)
class WithdrawScoreText:
    """Take why a score was adjusted, or by which document, out of all that is shown.

    It is named by its SHA-256, so as not to be said again. Fact: today.
    """

    by: By
    sha256: str
    reason: str
    today: date


Command = FixScore | AdjustScore | WithdrawScoreText


# Refusals


class ScoreIsFixed(Refusal):
    """The score of this project is fixed at {total}.

    Ask the body that fixed it for an adjustment with a reason."""


class ScoreNotFixed(Refusal):
    """This project has no fixed score yet.

    It is fixed when both closing bodies have accepted."""


class OnlyTheFixingBodyAdjusts(NotAllowed):
    """Only the body that fixed the score may adjust it.

    Apply to the unit named in the fixed score."""


class AdjustmentNeedsReason(Refusal):
    """An adjustment names its reason and the document of the decision.

    Give both."""


class ScoreOutOfRange(Refusal):
    """A score lies between 0 and 100 with at most two decimals.

    Correct the figure."""


class WithdrawingNeedsReason(Refusal):
    """Whoever withdraws a text says why, without saying the text again.

    Give the reason in one sentence."""


class ScoreTextIsWithdrawn(Refusal):
    """This text was withdrawn by a secrecy reviewer, and is shown nowhere.

    Nothing is left to do."""


class NoSuchScoreText(NotKnown):
    """No adjustment of this score says a text of this hash.

    Give the SHA-256 of the whole text as it is shown, in UTF-8; a single Latin word is no free text."""


# State


@dataclass(frozen=True, slots=True)
class State:
    """What adjusting needs to know, and the texts that it has said."""

    project: str = ""
    body: str = ""
    total: Decimal | None = None
    said: tuple[str, ...] = ()
    withdrawn: frozenset[str] = frozenset()


def decide(command: Command, state: State) -> list[Event]:
    """The events of a command, or the rule that refuses it."""
    match command:
        case FixScore():
            return fix(command, state)
        case AdjustScore():
            return adjust(command, state)
        case WithdrawScoreText():
            return withdraw(command, state)
        case _:
            assert_never(command)


def fix(command: FixScore, state: State) -> list[Event]:
    """Once only; whatever is computed later is for reference (R54)."""
    if state.total is not None:
        raise ScoreIsFixed(total=state.total)
    score = command.score
    return [
        ScoreFixed(
            command.project,
            command.body,
            shown(score.earned),
            sum(1 for _ in score.losses),
            score,
            score.formulas,
            command.programme,
            command.at,
            command.appeal_until,
            command.scheme_of,
            command.before,
        )
    ]


def adjust(command: AdjustScore, state: State) -> list[Event]:
    """With a reason, by the body that fixed it, shown beside the old (R54)."""
    if state.total is None:
        raise ScoreNotFixed()
    if command.by.unit != state.body:
        raise OnlyTheFixingBodyAdjusts()
    if not command.reason.strip() or not command.document.strip():
        raise AdjustmentNeedsReason()
    total = command.total
    if not (total.is_finite() and 0 <= total <= 100 and total == shown(total)):
        raise ScoreOutOfRange()
    return [ScoreAdjusted(state.project, state.total, command.total, command.reason, command.document)]


def withdraw(command: WithdrawScoreText, state: State) -> list[Event]:
    """At any time, by who reviews secrecy there; once, and only where it was said."""
    if not command.reason.strip():
        raise WithdrawingNeedsReason()
    if command.sha256 in state.withdrawn:
        raise ScoreTextIsWithdrawn()
    if not says(list(state.said), command.sha256):
        raise NoSuchScoreText()
    return [
        ScoreTextWithdrawn(state.project, command.sha256, command.reason, command.today, command.by.person)
    ]


def evolve(state: State, event: Event) -> State:
    """Fixing sets, adjusting replaces the figure in force."""
    match event:
        case ScoreFixed():
            return State(event.project, event.body, event.total)
        case ScoreAdjusted():
            return replace(state, total=event.total, said=(*state.said, event.reason, event.document))
        case ScoreTextWithdrawn():
            return replace(state, withdrawn=state.withdrawn | {event.sha256})
        case _:
            assert_never(event)


PROJECT_SCORE: Decider[Command, Event, State] = Decider(
    "project_score", State(), decide, evolve, get_args(Command), get_args(Event)
)
