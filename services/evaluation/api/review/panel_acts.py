"""What is done on a panel: by who runs the review, by clerks, and by jurors, these by letter (R68)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from fastapi import APIRouter

from services.evaluation.api.acts import Situation, take_on_stream
from services.evaluation.api.review import signing_for
from services.evaluation.domain.review.cycle import CYCLE
from services.evaluation.domain.review.panel import PANEL
from services.evaluation.domain.review.panel.cards import SubmitScorecard, TypeScorecard
from services.evaluation.domain.review.panel.changing import LowerMinimum, NameChairs, WithdrawDossier
from services.evaluation.domain.review.panel.checks import AskCheck, UpholdScorecard
from services.evaluation.domain.review.panel.jurors import (
    DeclareTies,
    JurorTie,
    Recuse,
    TieKind,
    WithdrawJuror,
)
from services.evaluation.domain.review.panel.sealing import SignPanel
from services.evaluation.domain.review.panel.stage import BeginTurn, DrawOrder, EndTurn
from services.evaluation.domain.review.panel.state import JUROR, State, chair_of
from services.evaluation.parts import Parts
from services.evaluation.review.keys import LINE, letter_of
from services.evaluation.review.programme import rules_of
from shared.acting import Asking
from shared.acts import Act, offer
from shared.decision import Outcome
from shared.domain import By, NotAllowed, NotKnown, OfficeId, PersonId, UnitId
from shared.sealing import seal
from shared.web import Sent

router = APIRouter(prefix="/panels", tags=["review"])


class NoJurorHere(NotAllowed):
    """You are no juror of this panel.

    Open your own queue; it names the panels that you judge in."""


class JurorsAreNoClerks(NotAllowed):
    """Whoever is or was a juror of this panel types no papers of it.

    Have another clerk type them."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """The key of a panel's review, whose review it is, and under which version."""

    key: bytes
    unit: UnitId
    programme: str
    apart: UnitId | None = None  # the department that alone runs the panel (R61)


async def under_seal(parts: Parts, panel: UUID, _body: Any = None) -> Sealed:
    """What opens a panel's letters, and never changes; NotKnown where there is no panel."""
    review = (await parts.streams.known(PANEL, panel)).cycle
    if not review:
        raise NotKnown()
    cycle = await parts.streams.known(CYCLE, UUID(review))
    if all(named.panel != str(panel) for named in cycle.panels):  # named by another replica meanwhile
        cycle = (await parts.streams.now(CYCLE, UUID(review))).state
    apart = signing_for.apart_of(cycle, str(panel))
    return Sealed(await parts.keys.of(review), signing_for.unit_of(cycle), cycle.programme, apart)


def own_letter(person: PersonId, panel: State, seen: Sealed) -> str | None:
    """The letter of somebody who is or was a juror here; None for anybody else."""
    letter = letter_of(seen.key, panel.sealed_letters, person)
    return letter if letter in panel.letters else None


# Whose act it is

Signing = Callable[[Asking, State, Any, Sealed], By]


def _as_letter(asking: Asking, panel: State, _body: Any, seen: Sealed) -> By:
    letter = own_letter(asking.person, panel, seen)
    if letter is None:
        raise NoJurorHere()
    return By(PersonId(letter), JUROR, seen.unit, None, asking.why)


def _as_running(asking: Asking, _panel: State, _body: Any, seen: Sealed) -> By:
    return signing_for.running_panel(asking, seen.unit, seen.apart)


def _as_clerk(asking: Asking, panel: State, _body: Any, seen: Sealed) -> By:
    if own_letter(asking.person, panel, seen) is not None:
        raise JurorsAreNoClerks()
    return asking.with_right("enter_paper", seen.unit)


def _as_watching(asking: Asking, _panel: State, _body: Any, seen: Sealed) -> By:
    """Whoever runs the panel, or discipline."""
    try:
        return _as_running(asking, _panel, _body, seen)
    except NotAllowed:
        return asking.with_right(signing_for.HOLD, seen.unit)


def _as_juror_or(others: Signing) -> Signing:
    """A juror for themselves alone; of another juror who is none."""

    def signed(asking: Asking, panel: State, body: Any, seen: Sealed) -> By:
        own = own_letter(asking.person, panel, seen)
        if own is None:
            return others(asking, panel, body, seen)
        if body.juror not in ("", own):
            raise NotAllowed()
        return _as_letter(asking, panel, body, seen)

    return signed


def _as_signer(asking: Asking, panel: State, body: Any, seen: Sealed) -> By:
    """The chair by letter, the clerk who enters, the supervisor of the meeting (R59)."""
    match body.signing:
        case "chair":
            return _as_letter(asking, panel, body, seen)
        case "clerk":
            return asking.with_right("enter_paper", seen.unit)
        case _:
            return asking.with_right("witness", seen.unit)


def _as_leading(asking: Asking, panel: State, body: Any, seen: Sealed) -> By:
    """Who leads the meeting: its chair, or a clerk, or whoever runs the panel."""
    if (letter := own_letter(asking.person, panel, seen)) is not None and letter == chair_of(panel):
        return _as_letter(asking, panel, body, seen)
    try:
        return _as_running(asking, panel, body, seen)
    except NotAllowed:
        return asking.with_right("enter_paper", seen.unit)


# Facts


def _letter(it: Situation) -> str:
    """The letter of who acts."""
    return str(it.by.person)


def _signer(it: Situation) -> str:
    """The letter of who is or was a juror, in whatever office they sign; of anybody else the person."""
    return own_letter(it.asking.person, it.state, it.seen) or str(it.by.person)


def _named_or_own(it: Situation) -> str:
    return it.body.juror or _letter(it)


def _sealed_line(it: Situation) -> str:
    return seal(it.seen.key, LINE, it.body.line.strip())


def _sealed_ties(it: Situation) -> tuple[JurorTie, ...]:
    ties = (JurorTie(tie.number, tie.kind, tie.line) for tie in it.body.ties)
    return tuple(replace(tie, line=seal(it.seen.key, LINE, tie.line.strip())) for tie in ties)


def _minutes(it: Situation) -> int:
    """As the review's version says."""
    on_site = rules_of(it.asking.organisation, it.seen.programme).on_site
    return on_site.minutes_show if it.body.phase == "show" else on_site.minutes_questions


TODAY = {"on": lambda it: it.asking.today}


@dataclass(frozen=True, slots=True)
class Recusing:
    """A dossier that is not judged any more by a juror, mostly by whoever asks."""

    number: int
    kind: TieKind
    line: str = ""
    juror: str = ""


@dataclass(frozen=True, slots=True)
class Withdrawing:
    """A juror leaves the panel with what they have not scored; mostly whoever asks."""

    reason: str
    juror: str = ""


OWN = {"juror": _letter}
ACTS = (
    Act(DeclareTies, _as_letter, OWN | {"ties": _sealed_ties}, under_seal, given=frozenset({"ties"})),
    Act(SubmitScorecard, _as_letter, OWN | TODAY, under_seal),
    Act(UpholdScorecard, _as_letter, OWN, under_seal),
    Act(AskCheck, _as_letter, {"asking": _letter}, under_seal),
    Act(
        Recuse,
        _as_juror_or(_as_watching),
        {"juror": _named_or_own, "line": _sealed_line},
        under_seal,
        given=frozenset({"juror", "line"}),
        asks=Recusing,
    ),
    Act(
        WithdrawJuror,
        _as_juror_or(_as_running),
        {"juror": _named_or_own},
        under_seal,
        given=frozenset({"juror"}),
        asks=Withdrawing,
    ),
    Act(TypeScorecard, _as_clerk, TODAY, under_seal),
    Act(SignPanel, _as_signer, {"signer": _signer}, under_seal),
    Act(DrawOrder, _as_leading, {}, under_seal),
    Act(BeginTurn, _as_leading, {"minutes": _minutes}, under_seal),
    Act(EndTurn, _as_leading, {}, under_seal),
    Act(WithdrawDossier, _as_watching, {}, under_seal),
    Act(LowerMinimum, _as_running, {}, under_seal),
    Act(NameChairs, _as_running, {}, under_seal),
)


async def _on_panel(
    parts: Parts, act: Act, stream: UUID, body: Any, person: PersonId, office: OfficeId | None, sent: Sent
) -> Outcome:
    return await take_on_stream(parts, act, PANEL, stream, body, person, office, sent)


for _act in ACTS:
    offer(router, _act, "/{stream}", _on_panel)
