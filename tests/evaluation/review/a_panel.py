"""A panel of three dossiers and six jurors, five of them on each, as most tests of panels have it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from services.evaluation.domain.review.panel import PANEL, Command, Event
from services.evaluation.domain.review.panel.cards import SubmitScorecard
from services.evaluation.domain.review.panel.fixing import FixLot
from services.evaluation.domain.review.panel.jurors import DeclareTies, JurorTie
from services.evaluation.domain.review.panel.opening import OpenPanel
from services.evaluation.domain.review.panel.sealing import PanelSealed, SignPanel, digest
from services.evaluation.domain.review.panel.state import Dossier, Mark, Scale, Signing, State, Terms
from shared.domain import By, PersonId, UnitId
from tests.support.given import Given, given

Life = Given[Command, Event, State]
GROUP = UnitId("group")
HEADQUARTERS = By(PersonId("zhao"), "headquarters", GROUP)
CLERK = By(PersonId("clerk"), "meeting_clerk", GROUP)
OTHER_CLERK = By(PersonId("other clerk"), "meeting_clerk", GROUP)
SUPERVISOR = By(PersonId("supervisor"), "discipline_officer", GROUP)
JURORS = ("A", "B", "C", "D", "E", "F")
SPARE = "F"  # has nothing assigned
DUE = date(2026, 11, 14)
SCALES = (Scale("real_problem", "问题真、切口小", Decimal(8)), Scale("influence", "辐射带动", Decimal(6)))
COMPUTED = Decimal("60.5")
TERMS = Terms(
    round="dossier_review",
    method="mean",
    trimmed_from=7,
    minimum_cards=5,
    lowest_minimum=3,
    dossiers_at_most=20,
    due=DUE,
    chair="A",
    vice_chair="B",
)
DOSSIERS = tuple(Dossier(n, f"project {n}", COMPUTED, SCALES) for n in (1, 2, 3))
FIX = FixLot(HEADQUARTERS, "cycle", "the lot", "sealed", same=False)
OPEN = OpenPanel(
    HEADQUARTERS,
    "cycle",
    ("safety_quality",),
    TERMS,
    DOSSIERS,
    JURORS,
    tuple((dossier.number, juror) for dossier in DOSSIERS for juror in JURORS if juror != SPARE),
    (),
    "20261101",
    1,
)


def as_juror(letter: str) -> By:
    return By(PersonId(f"juror {letter}"), "juror", GROUP)


def marks(real_problem: str = "7", influence: str = "5") -> tuple[Mark, ...]:
    return (Mark("real_problem", Decimal(real_problem)), Mark("influence", Decimal(influence)))


def card(number: int, juror: str, *points: str, on: date = DUE) -> SubmitScorecard:
    return SubmitScorecard(as_juror(juror), number, juror, marks(*points), on)


def declares(juror: str, *ties: JurorTie) -> DeclareTies:
    return DeclareTies(as_juror(juror), juror, ties)


FIXED = given(PANEL).after(FIX)


def opened(command: OpenPanel = OPEN) -> Life:
    return FIXED.after(command)


def declared(command: OpenPanel = OPEN) -> Life:
    """Everybody with a dossier has declared that nothing ties them."""
    return opened(command).after(*(declares(juror) for juror in sorted({who for _, who in command.assigned})))


def scored(*without: tuple[int, str], command: OpenPanel = OPEN) -> Life:
    """Every card is there but those that are named."""
    return declared(command).after(*(card(*seat) for seat in command.assigned if seat not in without))


def sign(panel: State, signing: Signing, signer: str = "") -> SignPanel:
    """A signature of the right one, on the cards as they are."""
    who = {"chair": (as_juror("A"), "A"), "clerk": (CLERK, "clerk"), "supervisor": (SUPERVISOR, "supervisor")}
    by, own = who[signing]
    return SignPanel(by, signing, signer or own, digest(panel))


def signs(panel: State) -> tuple[SignPanel, ...]:
    return (sign(panel, "chair"), sign(panel, "clerk"), sign(panel, "supervisor"))


def seal(life: Life) -> PanelSealed:
    """What it comes to once the three have signed."""
    last = life.after(*signs(life.state)).past[-1]
    assert isinstance(last, PanelSealed)
    return last


def with_terms(**terms: object) -> OpenPanel:
    return replace(OPEN, terms=replace(TERMS, **terms))  # type: ignore[arg-type]
