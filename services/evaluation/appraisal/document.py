"""The appraisal of one secretary's year, made to be printed: the figure and all that it follows from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial

from services.evaluation.appraisal.rules import AppraisalRules
from services.evaluation.domain.appraisal import (
    DAY,
    Appraised,
    Award,
    Fixed,
    Led,
    Mark,
    Part,
    Standing,
    UnitYear,
)
from services.evaluation.domain.grading import grade_of
from services.evaluation.domain.score import ItemScore, Score, shown
from services.evaluation.domain.tally import Adoption, Stage
from services.evaluation.dossier import because
from shared.dossier import printed
from shared.printing import Column, Document, Section
from shared.sentences import Language, listed, word


@dataclass(frozen=True, slots=True)
class Told:
    """A secretary's year in words: names as the reader may know them."""

    year: int
    of: UnitYear
    secretary: Appraised
    rules: AppraisalRules
    unit: str
    name: str
    reader: str
    made_on: date

    @property
    def grade(self) -> str:
        """Of the figure, by the programme; "" without one."""
        score = self.secretary.score
        return grade_of(score, self.rules.grades).name if score is not None else ""


def said(language: Language, code: str, **facts: object) -> str:
    """Words of an appraisal, with what they speak of."""
    return word("appraisal", code, language).format(**facts)


def office_said(secretary: Appraised, language: Language) -> str:
    """The office, and whether it was held by somebody acting (R9)."""
    office = word("office", secretary.term.office, language)
    return said(language, "acting", office=office) if secretary.term.acting else office


def document(told: Told, scores: Mapping[str, Score], language: Language) -> Document:
    """In one language; internal, since it names somebody (R74). `scores`: the fixed ones by project."""
    tell, secretary = partial(said, language), told.secretary
    return Document(
        language=language,
        title=tell("title", year=told.year),
        subtitle=f"{told.unit} · {told.name}",
        mark=word("secrecy_mark", "internal", language),
        watermark=f"{told.reader} {told.made_on}",
        foot=f"{told.reader} {told.made_on}",
        head=(
            (tell("secretary"), f"{told.name} · {office_said(secretary, language)}"),
            (tell("unit"), told.unit),
            (tell("window"), _span(told.of.year.since, told.of.year.end, told.of.year.count, language)),
            (tell("term"), _span(secretary.days.since, secretary.days.end, secretary.days.count, language)),
            *(((tell("appointed"), secretary.term.document),) if secretary.term.document else ()),
            (tell("figure"), _figure(told, language)),
            (tell("unit_figure"), _or_none(told.of.score, language)),
            (tell("without"), str(told.of.without)),
            (tell("version"), told.rules.programme or tell("shipped")),
            (tell("made_for"), told.reader),
        ),
        sections=(
            Section(
                heading=tell("how"),
                sentences=tuple(map(tell, ("how_weighed", "how_fixed", "how_rounded", "how_frozen"))),
            ),
            _overview(secretary, language),
            *(one for part in secretary.parts for one in _project(part, scores, language)),
            *_adopted(secretary, language),
            Section(
                heading=tell("meeting"),
                sentences=(tell("meeting_says", words=listed(told.rules.words, language)),),
                spaces=(((tell("grade_given"), tell("signed")), 18.0),),
            ),
        ),
    )


def _span(since: date, end: date, days: int, language: Language) -> str:
    return said(language, "from_to", since=since, until=end - DAY, days=days)


def _figure(told: Told, language: Language) -> str:
    score = told.secretary.score
    if score is None:
        return said(language, "no_figure")
    return said(language, "graded", figure=score, grade=told.grade)


def _or_none(score: Decimal | None, language: Language) -> str:
    return said(language, "not_counted") if score is None else str(score)


def _overview(secretary: Appraised, language: Language) -> Section:
    tell = partial(said, language)
    return Section(
        heading=tell("projects"),
        columns=(
            Column(tell("project"), 34),
            Column(tell("days"), 14),
            Column(tell("counts"), 14),
            Column(tell("earned"), 20),
            Column(tell("lost"), 18),
        ),
        rows=tuple(
            (
                f"{part.led.reference} {printed(language, part.led.title)}",
                tell("days_of", days=part.days, of=part.of),
                _or_none(part.counts, language),
                f"{_earned(part.before)} → {_earned(part.after)}",
                "–" if part.after is None else f"{shown(part.after.open)} / {shown(part.after.lost)}",
            )
            for part in secretary.parts
        ),
    )


def _earned(standing: Standing | None) -> str:
    return "–" if standing is None else str(shown(standing.earned))


def _project(part: Part, scores: Mapping[str, Score], language: Language) -> Iterator[Section]:
    """How it stood from–to, and the reason of each point that its fixed score lost."""
    tell, led = partial(said, language), part.led
    yield Section(
        heading=f"{led.reference} {printed(language, led.title)}",
        pairs=(
            *_fixed(led.fixed, language),
            (tell("stood_before"), _stood(part.before, language)),
            *(((tell("stood_after"), _stood(part.after, language)),) if part.after else ()),
            *((tell("mark"), one) for mark in led.marks for one in marked(mark, language)),
            *((tell("award"), _award(award, language)) for award in part.awards),
            *((tell("stage"), staged(stage, language)) for stage in part.stages),
        ),
        columns=tuple(
            Column(tell(code), width)
            for code, width in (
                ("indicator", 26),
                ("baseline", 12),
                ("target", 12),
                ("before", 12),
                ("after", 12),
                ("event", 26),
            )
        ),
        rows=tuple(_indicators(part, language)),
    )

    if score := scores.get(led.project):
        yield Section(
            heading=tell("lost_points", reference=led.reference),
            columns=(Column(tell("item"), 30), Column(tell("points"), 10), Column(tell("why"), 60)),
            rows=tuple(_lost(one, language) for one in score.losses),
        )


def _lost(one: ItemScore, language: Language) -> tuple[str, ...]:
    why = f"{because(one, language)}\n{one.event}"
    return printed(language, one.name) or one.code, str(shown(one.lost)), why


def _fixed(fixed: Fixed | None, language: Language) -> Iterator[tuple[str, str]]:
    """Both figures of whatever was adjusted (R54)."""
    tell = partial(said, language)
    if fixed is None:
        return
    yield tell("fixed"), tell("fixed_as", total=fixed.total, event=fixed.event)
    yield tell("at"), fixed.at
    yield tell("appeal"), str(fixed.appeal_until)
    for one in fixed.adjustments:
        facts = {"before": one.before, "total": one.total, "on": one.on, "event": one.event}
        reason = printed(language, one.reason)
        yield tell("adjusted"), tell("adjusted_as", reason=reason, document=one.document, **facts)


def _stood(standing: Standing | None, language: Language) -> str:
    if standing is None:
        return said(language, "began")
    points = {name: shown(getattr(standing, name)) for name in ("earned", "open", "lost")}
    return said(language, "stood", on=standing.on, position=standing.position, **points)


def _award(award: Award, language: Language) -> str:
    facts = {"award": award.award, "event": award.event, "reason": award.reason, "revoked": award.revoked}
    return said(language, "revoked" if award.revoked else "awarded", **facts)


def marked(mark: Mark, language: Language) -> Iterator[str]:
    """What a review gave, then each change with the mark before (R54)."""
    yield said(language, "mark_as", year=mark.year, score=mark.score, event=mark.event)
    for one in mark.adjustments:
        other = one.award != one.award_before
        facts: dict[str, object] = {
            "before": _given(one.before, one.award_before, language) if other else one.before,
            "total": _given(one.score, one.award, language) if other else one.score,
        }
        reason, document = printed(language, one.reason), printed(language, one.decision)
        facts |= {"on": one.on, "event": one.event}
        yield said(language, "adjusted_as", reason=reason, document=document, **facts)


def _given(score: Decimal, award: str | None, language: Language) -> str:
    return f"{score} {word('award', award, language) if award else '–'}"


def staged(stage: Stage, language: Language) -> str:
    """What was said of a project that goes on in the next year, with its figures of that day (R24, R25)."""
    values = (f"{printed(language, one.name)} {_value(one.value)}" for one in stage.figures)
    figures = listed(values, language)
    office, note = word("office", stage.office, language), printed(language, stage.note)
    return said(
        language, "stage_as", on=stage.cut_off, office=office, note=note, figures=figures, event=stage.event
    )


def adopted_as(led: Led, one: Adoption, language: Language) -> str:
    """A practice that worked elsewhere too; it is in no score (R40)."""
    return said(language, "adopted_as", reference=led.reference, on=one.on, event=one.event)


def _adopted(secretary: Appraised, language: Language) -> Iterator[Section]:
    if secretary.adopted:
        yield Section(
            heading=said(language, "adopted"),
            sentences=tuple(adopted_as(led, one, language) for led, one in secretary.adopted),
        )


def _value(value: Decimal | None) -> str:
    return "–" if value is None else f"{value}"


def _indicators(part: Part, language: Language) -> Iterator[tuple[str, ...]]:
    before = {one.code: one.value for one in part.before.figures} if part.before else {}
    for one in part.after.figures if part.after else ():
        values = (one.baseline, one.target, before.get(one.code), one.value)
        yield printed(language, one.name), *(_value(v) for v in values), one.event
