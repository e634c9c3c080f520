"""The appraisal of many secretaries as a sheet: a row for each project of each of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from services.evaluation.appraisal.document import Told, adopted_as, marked, office_said, said, staged
from services.evaluation.domain.appraisal import DAY, Appraised, Part, Standing
from services.evaluation.domain.score import shown
from shared.dossier import printed
from shared.sentences import Language, word
from shared.sheets import Lines, Value

PLACES = (
    *("unit", "secretary", "office", "since", "until", "figure", "grade", "unit_figure", "without"),
    *("reference", "name", "days", "of_days", "fixed_first", "counts", "adjusted"),
    *("earned_before", "earned_after", "open_after", "lost_after", "event"),
    *("mark", "stage", "adopted"),
)


def sheet(year: int, told: Sequence[Told], reader: str, at: str, language: Language) -> Lines:
    """Internal, since it names people (R74)."""
    mark = word("secrecy_mark", "internal", language)

    def lines() -> Iterator[Sequence[Value]]:
        yield [said(language, place) for place in PLACES]
        for one in told:
            for part in one.secretary.parts or (None,):
                yield [*_secretary(one, language), *(_project(part, one.secretary, language) if part else ())]

    stamp = said(language, "stamp", mark=mark, person=reader, at=at)
    return Lines(said(language, "sheet", year=year), mark, [stamp], len(PLACES), lines)


def _secretary(one: Told, language: Language) -> tuple[Value, ...]:
    days, score = one.secretary.days, one.secretary.score
    return (
        one.unit,
        one.name,
        office_said(one.secretary, language),
        days.since,
        days.end - DAY,
        score,
        one.grade or None,
        one.of.score,
        one.of.without,
    )


def _project(part: Part, secretary: Appraised, language: Language) -> tuple[Value, ...]:
    led, after = part.led, part.after
    fixed = led.fixed
    return (
        led.reference,
        printed(language, led.title),
        part.days,
        part.of,
        fixed.total if fixed else None,
        part.counts,
        _lines(
            f"{one.on} {one.before} → {one.total} {printed(language, one.reason)} {one.document} {one.event}"
            for one in (fixed.adjustments if fixed else ())
        ),
        _earned(part.before),
        _earned(after),
        shown(after.open) if after else None,
        shown(after.lost) if after else None,
        fixed.event if fixed else None,
        _lines(text for mark in led.marks for text in marked(mark, language)),
        _lines(staged(stage, language) for stage in part.stages),
        _lines(adopted_as(of, one, language) for of, one in secretary.adopted if of.project == led.project),
    )


def _lines(texts: Iterable[str]) -> str | None:
    return "\n".join(texts) or None


def _earned(standing: Standing | None) -> Value:
    return shown(standing.earned) if standing else None
