"""The tables of a unit's year: scores, their derivations, adjustments, appeals, marks of reviews, awards."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from services.evaluation import dossier
from services.evaluation.domain.appeal import AppealAnswered, AppealFiled
from services.evaluation.domain.project_score import ScoreAdjusted
from services.evaluation.domain.review.mark import ReviewScoreAdjusted, ReviewScoreFixed
from services.evaluation.dossier import derivation_columns, derived
from services.evaluation.unit_dossier.record import AWARDING, OfProject, UnitRecord, titled
from shared.dossier import local_time, printed, said_in
from shared.envelope import Recorded
from shared.printing import Section
from shared.sentences import Language, word

table = partial(dossier.table, nothing="scores_none")


def overview(record: UnitRecord, language: Language) -> Section:
    """Each project: its score as it was fixed and as it counts, when that was, awards that stand."""
    rows = (
        (
            titled(of, language),
            record.name(of.unit),
            f"{of.fixed.total}",
            f"{of.result(record.zone).in_force}",
            entered(record, of.stream[0], language),
            "\n".join(word("award", one.award, language) for one in of.given() if not one.revoked),
        )
        for of in record.projects
    )
    columns = (
        ("scores_project", 29),
        ("scores_unit", 19),
        ("score_fixed", 10),
        ("score_now", 11),
        ("score_fixed_on", 18),
        ("scores_award", 13),
    )
    return table("scores_overview", columns, rows, language)


def derivation(record: UnitRecord, of: OfProject, language: Language) -> Section:
    """What a fixed score follows from, down to the event of each lost point."""
    tell, fixed = partial(said_in, language), of.fixed

    def rows() -> Iterator[tuple[str, ...]]:
        for group, lines in derived(fixed.score, of.scheme, language):
            yield (group,)
            yield from lines

    return Section(
        heading=tell("scores_derived", reference=of.reference, title=printed(language, of.title)),
        pairs=(
            (tell("score_fixed"), f"{fixed.total}"),
            (tell("score_now"), f"{of.result(record.zone).in_force}"),
            (tell("score_body"), record.name(fixed.body)),
            (tell("score_at"), fixed.at),
            (tell("version"), fixed.scheme_of or fixed.programme),
            (tell("score_scheme"), fixed.score.scheme),
        ),
        columns=derivation_columns(language),
        rows=tuple(rows()),
    )


def adjustments(record: UnitRecord, language: Language) -> Section:
    """Both figures of whatever was adjusted, with the reason and the document (R54)."""
    rows = (
        (
            entered(record, one, language),
            titled(of, language),
            f"{one.event.before} → {one.event.total}",
            f"{printed(language, one.event.reason)}\n{printed(language, one.event.document)}",
            record.who(one.envelope.by, language),
        )
        for of, one in record.of(ScoreAdjusted)
    )
    columns = (
        ("when", 20),
        ("scores_project", 24),
        ("score_change", 16),
        ("score_reason", 22),
        ("by_whom", 18),
    )
    return table("score_adjusted", columns, rows, language)


def appeals(record: UnitRecord, language: Language) -> Section:
    """What was asked to be looked at again, and what the level above said (R55)."""
    answers = {(of.project, one.stream): one.event for of, one in record.of(AppealAnswered)}
    rows = (
        (
            entered(record, one, language),
            f"{titled(of, language)}\n{word('appealed', one.event.about, language)}",
            f"{record.name(one.event.of)}\n{printed(language, one.event.reason)}",
            _answer(record, one.event, answers.get((of.project, one.stream)), language),
        )
        for of, one in record.of(AppealFiled)
    )
    columns = (("when", 20), ("scores_project", 24), ("scores_asked", 28), ("scores_answer", 28))
    return table("scores_appeals", columns, rows, language)


def _answer(record: UnitRecord, filed: AppealFiled, answer: AppealAnswered | None, language: Language) -> str:
    to = record.name(filed.to)
    if answer is None:
        return f"{to}\n{said_in(language, 'scores_answer_due', due=filed.answer_until)}"
    accepted = "review_accepted" if answer.accepted else "review_not_accepted"
    return f"{to} · {said_in(language, accepted)}\n{printed(language, answer.answer)}"


def marks(record: UnitRecord, language: Language) -> Section:
    """What reviews gave: from the score at closing round by round to the mark, and what it is since (R54)."""
    rows = (
        (entered(record, one, language), titled(of, language), *_mark(of, one.event, language))
        for of, one in record.of(ReviewScoreFixed, ReviewScoreAdjusted)
    )
    columns = (
        ("when", 20),
        ("scores_project", 26),
        ("scores_review", 10),
        ("scores_rounds", 24),
        ("review_score", 10),
        ("review_place", 10),
    )
    return table("scores_marks", columns, rows, language)


def _mark(of: OfProject, mark: ReviewScoreFixed | ReviewScoreAdjusted, language: Language) -> tuple[str, ...]:
    """Year, how it came about, the mark, the place; of an adjusted one both figures, and why."""
    if isinstance(mark, ReviewScoreFixed):
        place = "–" if mark.place is None else f"{mark.place}"
        return f"{mark.year}", "\n".join(_rounds(mark, language)), f"{mark.score}", place
    fixed = (one.event for one in of.marks if isinstance(one.event, ReviewScoreFixed))
    year = next((f"{one.year}" for one in fixed if one.review == mark.review), "")
    changed = ""
    if mark.award != mark.award_before:
        named = (word("award", one, language) if one else "–" for one in (mark.award_before, mark.award))
        changed = " → ".join(named)
    why = "\n".join(filter(None, (changed, printed(language, mark.reason), printed(language, mark.decision))))
    score = f"{mark.score}" if mark.score == mark.before else f"{mark.before} → {mark.score}"
    return year, why, score, ""


def _rounds(mark: ReviewScoreFixed, language: Language) -> Iterator[str]:
    yield said_in(language, "scores_closing", score=mark.closing)
    for one in mark.rounds:
        name = word("review_round", one.round, language)
        yield said_in(language, "scores_round", round=name, cards=one.cards, score=one.score)


def awards(record: UnitRecord, language: Language) -> Section:
    """What was confirmed, moved up and revoked, in the order in which that was entered (R63, R65)."""
    rows = (
        (
            entered(record, one, language),
            titled(of, language),
            word("award", _award(of, one), language),
            word("review_step", type(one.event).__name__, language),
            "\n".join(
                filter(None, (one.event.decision, printed(language, getattr(one.event, "reason", ""))))
            ),
        )
        for of, one in record.of(*AWARDING)
    )
    columns = (
        ("when", 20),
        ("scores_project", 28),
        ("scores_award", 14),
        ("review_step", 16),
        ("scores_decision", 22),
    )
    found = table("scores_awards", columns, rows, language)
    if not found.rows:
        return found
    said = said_in(language, "scores_awards_proved")
    return Section(heading=found.heading, sentences=(said,), columns=found.columns, rows=found.rows)


def _award(of: OfProject, one: Recorded) -> str:
    named = getattr(one.event, "awards", ())
    return next((each.award for each in named if each.project == of.project), "") or one.event.award


def entered(record: UnitRecord, one: Recorded, language: Language) -> str:
    """When something was entered, and where it stands: the foot of each page names the last ledger."""
    at = local_time(one.envelope.recorded_at, record.zone)
    place = "" if one.ledger == record.statements[-1].ledger else f"{one.ledger}/"
    return f"{at}\n{said_in(language, 'position')} {place}{one.position}"
