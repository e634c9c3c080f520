"""What evaluation adds to a project's dossier: the fixed score with its derivation, made to be printed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, tzinfo
from functools import partial

from services.evaluation.domain.project_score import ScoreAdjusted, ScoreFixed
from services.evaluation.domain.review.panel.state import JUROR
from services.evaluation.domain.scheme import Scheme
from services.evaluation.domain.score import CriterionScore, ItemScore, Score, shown
from shared.domain import By, UnitId
from shared.dossier import local_time, printed, proof, said_in
from shared.envelope import Recorded
from shared.ledger_file import Statement
from shared.organisation import Organisation
from shared.printing import Column, Document, Section
from shared.sentences import Language, word
from shared.signed_state import origin_of


@dataclass(frozen=True, slots=True)
class Record:
    """A fixed score as it stands in the ledger, with what is needed to say it in words."""

    reference: str
    title: str
    fixed: ScoreFixed
    stream: Sequence[Recorded]  # the fixing, and every adjustment after it
    scheme: Scheme  # by which it was fixed
    organisation: Organisation
    reader: By
    statement: Statement
    complete: bool  # whether the hashes of the ledger's other events go with it
    made_on: date  # the day that its watermark says
    zone: tzinfo


def document(record: Record, language: Language) -> Document:
    """The score, each lost point with its reason and the event it comes from, and what was adjusted since."""
    fixed, tell = record.fixed, partial(said_in, language)
    reader = who(record.reader, record.organisation, language)
    return Document(
        language=language,
        title=tell("score_title", reference=record.reference),
        subtitle=printed(language, record.title),
        mark=tell("mark_of_project"),
        watermark=tell("watermark", person=reader, at=record.made_on.isoformat()),
        foot=tell("foot", group=origin_of(record.statement.notes[-1]), position=record.stream[-1].position),
        head=(
            (tell("score_fixed"), f"{fixed.total}"),
            (tell("score_fixed_on"), local_time(record.stream[0].envelope.recorded_at, record.zone)),
            (tell("score_now"), f"{_now(record)}"),
            (tell("score_body"), unit_name(fixed.body, record.organisation)),
            (tell("score_at"), fixed.at),
            (tell("version"), fixed.scheme_of or fixed.programme),
            (tell("score_scheme"), fixed.score.scheme),
            (tell("score_formulas"), "\n".join(fixed.formulas)),
            (tell("made_for"), reader),
        ),
        sections=(
            *_groups(record, language),
            _adjustments(record, language),
            *(_before(other.programme, other.score, language) for other in fixed.before),
            proof([record.statement], language, complete=record.complete),
        ),
    )


def _now(record: Record) -> object:
    adjusted = [one.event.total for one in record.stream if isinstance(one.event, ScoreAdjusted)]
    return adjusted[-1] if adjusted else record.fixed.total


def who(by: By | None, organisation: Organisation, language: Language) -> str:
    """An office of a unit, or a juror by letter (R68): names are known to projects alone."""
    if by is None:
        return said_in(language, "score_system")
    if by.office == JUROR:
        return said_in(language, "review_juror", letter=by.person)
    return f"{word('office', by.office, language)} · {unit_name(by.unit, organisation)}"


def unit_name(unit: str, organisation: Organisation) -> str:
    """A unit's, as it is called now."""
    known = organisation.units.get(UnitId(unit))
    return known.name if known else unit


def _groups(record: Record, language: Language) -> Iterator[Section]:
    columns = derivation_columns(language)
    for heading, rows in derived(record.fixed.score, record.scheme, language):
        yield Section(heading=heading, columns=columns, rows=rows)


def derivation_columns(language: Language) -> tuple[Column, ...]:
    """Those of the rows of `derived`."""
    widths = {"score_what": 34, "score_earned": 15, "score_lost": 10, "score_why": 41}
    return tuple(Column(said_in(language, code), width) for code, width in widths.items())


def derived(
    score: Score, scheme: Scheme, language: Language
) -> Iterator[tuple[str, tuple[tuple[str, ...], ...]]]:
    """Each group by its name and points, with the rows of its criteria and their items."""
    names = {group.code: group.zh for group in scheme.groups}
    names |= {one.code: one.zh for group in scheme.groups for one in group.criteria}
    for group in score.groups:
        rows = [row for criterion in group.criteria for row in _criterion(criterion, names, language)]
        points = said_in(language, "score_points", earned=shown(group.earned), of=shown(group.weight))
        yield f"{names.get(group.code, group.code)} · {points}", tuple(rows)


def _criterion(
    criterion: CriterionScore, names: dict[str, str], language: Language
) -> Iterator[tuple[str, ...]]:
    """The criterion's own line with the formula in words, then a line for each item that it counts.

    What people mark has one item, the mark itself: it stands in the criterion's line.
    """
    name = names.get(criterion.code, criterion.code)
    how, items = word("formula", criterion.formula, language, ""), criterion.items
    if criterion.judged:
        how, items = "\n".join(_why(item, language) for item in items), ()
    if not criterion.applies:
        how = said_in(language, "score_not_applicable")
    of = f"{shown(criterion.earned)} / {shown(criterion.weight)}"
    yield "\n".join(part for part in (name, criterion.formula) if part), of, str(shown(criterion.lost)), how
    for item in items:
        points = (str(shown(item.earned)), str(shown(item.lost)))
        yield f"　{printed(language, item.name) or item.code}", *points, _why(item, language)


def because(item: ItemScore, language: Language) -> str:
    """Why an item lost points, in a sentence; "" where it lost none."""
    return word("lost_because", item.reason, language).format_map(item.facts) if item.reason else ""


def _why(item: ItemScore, language: Language) -> str:
    position = item.event.rpartition("/")[2]  # in the project's ledger, which the head names
    parts = (because(item, language), f"{said_in(language, 'position')} {position}")
    return "\n".join(filter(None, parts))


def _adjustments(record: Record, language: Language) -> Section:
    tell = partial(said_in, language)
    rows = [
        (
            local_time(one.envelope.recorded_at, record.zone),
            f"{one.event.before} → {one.event.total}",
            f"{printed(language, one.event.reason)}\n{printed(language, one.event.document)}",
            f"{who(one.envelope.by, record.organisation, language)}\n{one.id}",
        )
        for one in record.stream
        if isinstance(one.event, ScoreAdjusted)
    ]
    return Section(
        heading=tell("score_adjusted"),
        sentences=() if rows else (tell("score_never_adjusted"),),
        columns=(
            Column(tell("when"), 20),
            Column(tell("score_change"), 18),
            Column(tell("score_reason"), 32),
            Column(tell("who"), 30),
        ),
        rows=tuple(rows),
    )


def _before(programme: str, score: Score, language: Language) -> Section:
    tell = partial(said_in, language)
    return Section(
        heading=tell("score_before", version=programme),
        pairs=tuple((group.code, f"{shown(group.earned)} / {shown(group.weight)}") for group in score.groups),
    )


def table(
    heading: str,
    columns: Iterable[tuple[str, float]],
    rows: Iterable[tuple[str, ...]],
    language: Language,
    *,
    nothing: str,
) -> Section:
    """A table under a heading of the catalogue, or the sentence, by its code, that there is nothing."""
    made = tuple(rows)
    return Section(
        heading=said_in(language, heading),
        sentences=() if made else (said_in(language, nothing),),
        columns=tuple(Column(said_in(language, code), width) for code, width in columns) if made else (),
        rows=made,
    )
