"""The panels of a review: terms, lot, cards by letter with what they come to, and the seal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial, reduce

from services.evaluation.domain.review.cycle.judging import PanelDissolved, PanelNamed
from services.evaluation.domain.review.panel import PANEL
from services.evaluation.domain.review.panel.fixing import LotFixed
from services.evaluation.domain.review.panel.opening import PanelOpened
from services.evaluation.domain.review.panel.sealing import DossierResult, PanelSealed, digest
from services.evaluation.domain.review.panel.state import State, Terms
from services.evaluation.review.dossier.record import Record
from shared.dossier import said_in
from shared.envelope import Recorded
from shared.printing import Column, Section
from shared.sentences import Language, listed, word


def panels(record: Record, language: Language) -> Iterator[Section]:
    """One after the other in the order in which they were named, those dissolved too."""
    named = {one.event.panel: one.event for one in record.of(PanelNamed)}
    dissolved = {one.event.panel: one.event.reason for one in record.of(PanelDissolved)}
    for number, (panel, stream) in enumerate(record.panels.items(), 1):
        yield _panel(record, number, named[panel], stream, dissolved.get(panel, ""), language)


def _panel(
    record: Record,
    number: int,
    named: PanelNamed,
    stream: Sequence[Recorded],
    dissolved: str,
    language: Language,
) -> Section:
    tell = partial(said_in, language)
    state: State = reduce(PANEL.evolve, (one.event for one in stream), PANEL.initial)
    sealed = next((one.event for one in stream if isinstance(one.event, PanelSealed)), None)
    results = {of.number: of for of in sealed.results} if sealed else {}
    heading = f"{tell('review_panel', number=number)} · {word('review_round', named.round, language)}"
    return Section(
        heading=heading,
        sentences=(tell("review_dissolved", reason=dissolved),) if dissolved else (),
        pairs=(
            (tell("review_panel_id"), named.panel),
            (tell("review_department"), record.unit(named.department)),
            *_terms(state, stream, language),
            *_lot(stream, language),
            *(((tell("review_signed_cards"), digest(state)),) if sealed else ()),
        ),
        columns=tuple(
            Column(tell(code), width)
            for code, width in (
                ("review_number", 7),
                ("review_project", 28),
                ("review_computed", 13),
                ("review_cards_by_letter", 24),
                ("review_result", 28),
            )
        ),
        rows=tuple(_row(record, state, at, results.get(at), language) for at in sorted(state.dossiers)),
    )


def _terms(state: State, stream: Sequence[Recorded], language: Language) -> Iterator[tuple[str, str]]:
    tell, terms = partial(said_in, language), state.terms
    opened = next((one.event for one in stream if isinstance(one.event, PanelOpened)), None)
    if terms is None or opened is None:
        return
    yield tell("review_method"), _method(terms, opened, language)
    yield tell("review_minimum"), str(terms.minimum_cards)
    yield tell("review_due"), terms.due.isoformat()
    yield tell("review_chairs"), listed((terms.chair, terms.vice_chair), language)
    yield tell("review_letters"), listed(sorted(state.letters), language)


def _method(terms: Terms, opened: PanelOpened, language: Language) -> str:
    method = word("aggregation", terms.method, language)
    if opened.wanted == terms.method:
        return method
    wanted = word("aggregation", opened.wanted, language)
    return said_in(language, "review_method_wanted", method=method, wanted=wanted)


def _lot(stream: Sequence[Recorded], language: Language) -> Iterator[tuple[str, str]]:
    """Where the last lot stood fast, and the seed that followed: what a redraw begins with."""
    fixed = [one for one in stream if isinstance(one.event, LotFixed)]
    opened = next((one.event for one in stream if isinstance(one.event, PanelOpened)), None)
    if fixed:
        yield said_in(language, "review_lot_fixed"), listed((str(one.position) for one in fixed), language)
    if opened:
        yield said_in(language, "review_seed"), opened.seed


def _row(
    record: Record, state: State, number: int, result: DossierResult | None, language: Language
) -> tuple[str, ...]:
    dossier = state.dossiers[number]
    cards = sorted((juror, card.points) for (at, juror), card in state.cards.items() if at == number)
    recused = sorted(juror for at, juror in state.recused if at == number and juror in state.letters)
    told = [f"{juror} {points}" for juror, points in cards]
    if recused:
        told.append(said_in(language, "review_recused", letters=listed(recused, language)))
    came = ""
    if result:
        facts = {"score": result.score, "spread": result.spread, "normalised": result.normalised}
        came = said_in(language, "review_came_to", **facts)
    return (
        str(number),
        record.project(dossier.project, language),
        f"{dossier.computed}",
        "\n".join(told),
        came,
    )
