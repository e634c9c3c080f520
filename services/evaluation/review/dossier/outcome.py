"""What became of the places: notice with its objections, holds, the committee's decision, revocations."""

from __future__ import annotations

from collections.abc import Iterator

from services.evaluation.domain.review.cycle.confirming import AwardRevoked, AwardsConfirmed, ProjectMovedUp
from services.evaluation.domain.review.cycle.holding import HoldEnded, ResultHeld
from services.evaluation.domain.review.cycle.notice import (
    AwardObjectionAnswered,
    AwardObjectionFiled,
    NoticeOpened,
)
from services.evaluation.review.dossier.record import Record, table
from shared.dossier import local_time, said_in
from shared.printing import Section
from shared.sentences import Language, word


def notice(record: Record, language: Language) -> Section:
    """Its days, and objections with their answers; nobody's name, and no text that went to discipline."""
    answers = {one.event.number: one.event for one in record.of(AwardObjectionAnswered)}
    days = [f"{one.event.since} – {one.event.until}" for one in record.of(NoticeOpened)]

    def rows() -> Iterator[tuple[str, ...]]:
        for filed in (one.event for one in record.of(AwardObjectionFiled)):
            answer = answers.get(filed.number)
            yield (
                str(filed.number),
                record.project(filed.project, language),
                _text(filed, language),
                _answer(answer, language) if answer else word("objection_goes", filed.goes, language),
            )

    columns = (("review_number", 8), ("review_project", 30), ("review_objection", 31), ("review_answer", 31))
    found = table("review_notice", columns, rows(), language)
    said = tuple(said_in(language, "review_notice_days", days=one) for one in days)
    return Section(
        heading=found.heading, sentences=(*said, *found.sentences), columns=found.columns, rows=found.rows
    )


def _text(filed: AwardObjectionFiled, language: Language) -> str:
    if filed.goes == "discipline":
        return said_in(language, "review_with_discipline")
    in_name = "review_in_name" if filed.objector else "review_anonymous"
    return f"{said_in(language, in_name)}\n{filed.text}"


def _answer(answer: AwardObjectionAnswered, language: Language) -> str:
    accepted = "review_accepted" if answer.accepted else "review_not_accepted"
    return f"{said_in(language, accepted)}\n{answer.answer}"


def holds(record: Record, language: Language) -> Section:
    """Results that were held, until when, and when that ended; why is not in the review."""
    rows = (
        (
            local_time(one.envelope.recorded_at, record.zone),
            record.project(one.event.project, language),
            word("office", one.event.office, language) if isinstance(one.event, ResultHeld) else "",
            f"{one.event.until}"
            if isinstance(one.event, ResultHeld)
            else said_in(language, "review_hold_ended"),
        )
        for one in record.cycle
        if isinstance(one.event, ResultHeld | HoldEnded)
    )
    columns = (("when", 24), ("review_project", 40), ("review_held_by", 18), ("review_held_until", 18))
    return table("review_holds", columns, rows, language)


def confirmation(record: Record, language: Language) -> Section:
    """What the committee confirmed, under which number; what was held, by a later decision."""
    rows = (
        (
            f"{one.event.decision}\n{local_time(one.envelope.recorded_at, record.zone)}",
            record.project(awarded.project, language),
            word("award", awarded.award, language),
        )
        for one in record.of(AwardsConfirmed)
        for awarded in one.event.awards
    )
    columns = (("review_decision", 30), ("review_project", 48), ("review_award", 22))
    return table("review_confirmed", columns, rows, language)


def revocations(record: Record, language: Language) -> Section:
    """Awards that were taken back, the place vacant; and who moved up where the programme says so (R63)."""
    rows = (
        (
            f"{one.event.decision}\n{local_time(one.envelope.recorded_at, record.zone)}",
            record.project(one.event.project, language),
            word("award", one.event.award, language),
            one.event.reason if isinstance(one.event, AwardRevoked) else said_in(language, "review_moved_up"),
        )
        for one in record.cycle
        if isinstance(one.event, AwardRevoked | ProjectMovedUp)
    )
    columns = (("review_decision", 24), ("review_project", 34), ("review_award", 14), ("score_reason", 28))
    return table("review_revoked", columns, rows, language)
