"""The audit form (审计取证单) of scores that moved, and of jurors far from all others by letter (R68)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from services.evaluation import dossier
from services.evaluation.api.reading import TABLE, seen_scores
from services.evaluation.api.suspicions.asking import Looking, looking
from services.evaluation.api.suspicions.far import FarJuror, OnlyAuditSeesFarJurors, far_in
from services.evaluation.api.suspicions.files import Titles, titles_of
from services.evaluation.api.suspicions.moved import MovedScore, OnlyAuditSeesMovedScores, moved_score
from services.evaluation.domain.project_score import ScoreAdjusted, ScoreFixed
from services.evaluation.domain.review.panel.cards import ScorecardCorrected, ScorecardSubmitted
from services.evaluation.domain.review.panel.checks import CheckAsked, ScorecardUpheld
from shared.as_pdf import ANSWERS, as_pdf
from shared.audit_sheet import (
    ON_ONE_FORM_AT_MOST,
    Case,
    Form,
    Place,
    document,
    notice_of,
    number_of,
    unit_above,
)
from shared.domain import NotKnown, UnitId
from shared.dossier import printed
from shared.envelope import Recorded
from shared.ledger_file import Statement
from shared.merkle import leaf_hash
from shared.sentences import Language, word
from shared.signed_in import SignedIn
from shared.wait_for import WaitFor
from shared.web import NO_NUL, language

router = APIRouter(prefix="/suspicions", tags=["scores"])

NUMBERS = {"score_moved": "09", "juror_far": "10"}  # behind those of projects
JUROR = r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/[A-Z]{1,3}$"
OF_A_CARD = (ScorecardSubmitted, ScorecardCorrected, CheckAsked, ScorecardUpheld)
Notice = Annotated[
    str | None, Query(max_length=100, pattern=NO_NUL, description="Else that of the reader's mandate")
]


@router.get("/score-moved/sheet", response_class=Response, responses=ANSWERS)
async def print_moved_scores(
    request: Request,
    person: SignedIn,
    wait_for: WaitFor,
    case: Annotated[
        list[UUID],
        Query(min_length=1, max_length=ON_ONE_FORM_AT_MOST, description="Projects, as the list has them"),
    ],
    document_number: Notice = None,
) -> Response:
    """The audit form of some scores that moved, for the unit above all of them to answer, sign and seal."""
    asking = looking(request, person, OnlyAuditSeesMovedScores)
    await asking.parts.group.reached(asking.parts.scores, wait_for)
    said, wanted = language(request), [TABLE.c.moved, TABLE.c.project.in_({*case})]
    scores, _ = await seen_scores(asking.parts, asking.person, wanted, None, len(case))
    moved = [one for scored in scores if asking.reaches(scored.tally.unit) and (one := moved_score(scored))]
    if len(moved) < len({*case}):
        raise NotKnown()
    moved.sort(key=lambda one: one.reference)
    units = [UnitId(one.unit) for one in moved]
    await _look(request, asking, units, str(moved[0].project) if len(moved) == 1 else "")
    numbers, cases = list[str](), list[Case]()
    for one in moved:
        stream = await asking.parts.ledgers.read_stream(one.project)
        its = [event for event in stream if isinstance(event.event, ScoreFixed | ScoreAdjusted)]
        places = [
            _place(asking, event, word("audit_sheet", "this_act" if at else "earlier", said), said)
            for at, event in enumerate(its)
        ]
        last = its[-1].position if its else 0  # closed, and not fixed yet
        numbers.append(f"{one.reference}-{NUMBERS['score_moved']}-{last}")
        cases.append(Case(one.reference, printed(said, one.title), [*_moved_facts(one, said)], places))
    return await _printed(request, asking, "score_moved", number_of(numbers), cases, units, document_number)


@router.get("/juror-far/sheet", response_class=Response, responses=ANSWERS)
async def print_far_jurors(
    request: Request,
    person: SignedIn,
    wait_for: WaitFor,
    case: Annotated[
        list[Annotated[str, Field(pattern=JUROR)]],
        Query(min_length=1, max_length=ON_ONE_FORM_AT_MOST, description="<panel>/<letter>"),
    ],
    document_number: Notice = None,
) -> Response:
    """The same of some jurors of sealed panels; who the letters are stays sealed."""
    asking = looking(request, person, OnlyAuditSeesFarJurors)
    await asking.parts.group.reached(asking.parts.reviews, wait_for)
    wanted, said = {*case}, language(request)
    found = await far_in(asking, {UUID(one.partition("/")[0]) for one in wanted})
    jurors = [one for one in found if f"{one.panel}/{one.juror}" in wanted]
    if len(jurors) < len(wanted):
        raise NotKnown()
    units = [one.unit for one in jurors]
    reviews = {str(one.review) for one in jurors}
    await _look(request, asking, units, reviews.pop() if len(reviews) == 1 else "")
    titles = await titles_of(asking.parts, [card.project for one in jurors for card in one.far])
    cases = [await _juror(asking, one, titles, said) for one in jurors]
    numbers = [f"{one.year}-{one.panel.hex[:8]}-{NUMBERS['juror_far']}-{one.juror}" for one in jurors]
    return await _printed(request, asking, "juror_far", number_of(numbers), cases, units, document_number)


async def _look(request: Request, asking: Looking, units: Sequence[UnitId], of: str) -> None:
    """At one project or review, or at the unit above all of them."""
    term = next(iter(asking.above(units)), None)
    await asking.look(request, "suspicions", of or unit_above(asking.known, units), term)


def _moved_facts(one: MovedScore, said: Language) -> Iterator[tuple[str, str]]:
    for name, points in (("at_closing", one.at_closing), ("fixed", one.fixed), ("now", one.now)):
        if points is not None:
            yield word("suspicion_fact", name, said), f"{points}"
    for item in one.items:
        yield f"{item.code} {printed(said, item.name)}", f"{item.before} → {item.after}\n{item.event}"


async def _juror(asking: Looking, one: FarJuror, titles: Titles, said: Language) -> Case:
    far = {(card.number, one.juror) for card in one.far}
    stream = await asking.parts.ledgers.read_stream(one.panel)
    its = [event for event in stream if isinstance(event.event, OF_A_CARD)]
    places = [
        _place(asking, event, _dossier(event.event.number, said), said)
        for event in its
        if (event.event.number, event.event.juror) in far
    ]
    named = word("suspicion_sheet", "juror_of", said)
    what = {"year": one.year, "round": word("review_round", one.round, said), "letter": one.juror}
    return Case(
        named.format(**what),
        dossier.unit_name(one.unit, asking.known),
        [*_far_facts(one, titles, said)],
        places,
    )


def _far_facts(one: FarJuror, titles: Titles, said: Language) -> Iterator[tuple[str, str]]:
    for name, value in (("cards", one.cards), ("mean", one.mean), ("mean_of_all", one.mean_of_all)):
        yield word("suspicion_fact", name, said), f"{value}"
    for card in one.far:
        reference, title = titles.get(card.project, (str(card.project), ""))
        lowest, highest = card.others
        points = word("suspicion_sheet", "points", said).format(
            points=card.points, lowest=lowest, highest=highest
        )
        yield _dossier(card.number, said), f"{reference} {printed(said, title)}\n{points}"


def _dossier(number: int, said: Language) -> str:
    return word("suspicion_sheet", "dossier", said).format(number=number)


def _place(asking: Looking, one: Recorded, which: str, said: Language) -> Place:
    return Place(
        which=which,
        label=word("suspicion_event", one.envelope.name, said),
        who=dossier.who(one.envelope.by, asking.known, said),
        happened_at=one.envelope.happened_at,
        recorded_at=one.envelope.recorded_at,
        ledger=f"evaluation/{one.ledger}",  # projects has one of the same name
        position=one.position,
        hash=leaf_hash(one.stream, one.version, one.body).hex(),
    )


async def _printed(
    request: Request,
    asking: Looking,
    code: str,
    number: str,
    cases: Sequence[Case],
    units: Sequence[UnitId],
    document_number: str | None,
) -> Response:
    parts, signing = asking.parts, request.app.state.signing
    answers, names = unit_above(asking.known, units), await parts.group.names([asking.person])
    last = Statement.all_last(signing.state, signing.keys)
    ledgers = sorted({at.ledger for one in cases for at in one.places})
    form = Form(
        code=code,
        number=number,
        cases=cases,
        unit=asking.known.units[answers].name,
        document=document_number or notice_of(asking.above(units)),
        reader_name=names.get(asking.person, asking.person),
        signed={ledger: last.get(ledger.removeprefix("evaluation/")) for ledger in ledgers},
        made_at=parts.clock.now().astimezone(parts.settings.time_zone),
        zone=parts.settings.time_zone,
        about="review" if code == "juror_far" else "project",
    )
    return await as_pdf(document(form, language(request)), number)
