"""Which projects a review has, their scores round by round, and every run of the allocation with its why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import partial

from services.evaluation.domain.review.cycle.allotting import AllocationRun, PlaceGiven, TieVoted
from services.evaluation.domain.review.cycle.collecting import ProjectCollected, ProjectLeftOut
from services.evaluation.domain.review.cycle.judging import ProjectScored
from services.evaluation.review.dossier.record import Record, table
from shared.dossier import said_in
from shared.printing import Column, Section
from shared.sentences import Language, listed, word


def entrants(record: Record, language: Language) -> Section:
    """The list as it was collected: exceptions with their reasons, and what was left out again."""
    out = {one.event.project: one.event.reason for one in record.of(ProjectLeftOut)}
    rows = (
        (
            record.project(entrant.project, language),
            record.unit(entrant.branch),
            f"{entrant.score}",
            collected.closed_on.isoformat(),
            "\n".join(filter(None, (collected.exception, out.get(entrant.project, "")))),
        )
        for collected in (one.event for one in record.of(ProjectCollected))
        for entrant in (collected.entrant,)
    )
    columns = (
        ("review_project", 32),
        ("review_branch", 22),
        ("score_fixed", 12),
        ("review_closed_on", 14),
        ("review_exception", 20),
    )
    return table("review_list", columns, rows, language)


def rounds(record: Record, language: Language) -> Section:
    """What each project had before a round, of its cards, and then."""
    rows = (
        (
            record.project(one.event.project, language),
            word("review_round", one.event.round, language),
            f"{one.event.before}",
            f"{one.event.cards}",
            f"{one.event.score}",
        )
        for one in record.of(ProjectScored)
    )
    columns = (
        ("review_project", 40),
        ("review_of_round", 18),
        ("review_before", 14),
        ("review_cards", 14),
        ("review_score", 14),
    )
    return table("review_rounds", columns, rows, language)


def runs(record: Record, language: Language) -> Iterator[Section]:
    """Each run with every place and why; none was overwritten (R62)."""
    tell = partial(said_in, language)
    places = [one.event for one in record.of(PlaceGiven)]
    for run in (one.event for one in record.of(AllocationRun)):
        cause = word("run_cause", run.cause, language)
        empty = listed(
            (f"{_award(code, language)} {count}" for code, count in run.vacant.items() if count), language
        )
        yield Section(
            heading=tell("review_run", run=run.run, cause=cause),
            sentences=tuple(filter(None, (run.reason, empty and tell("review_vacant", awards=empty)))),
            columns=tuple(
                Column(tell(code), width)
                for code, width in (
                    ("review_place", 8),
                    ("review_project", 36),
                    ("review_score", 10),
                    ("review_award", 20),
                    ("review_why", 26),
                )
            ),
            rows=tuple(_place(record, one, language) for one in places if one.run == run.run),
        )


def _place(record: Record, given: PlaceGiven, language: Language) -> tuple[str, ...]:
    why = word("place_why", given.why, language)
    tie = given.tie and word("tie_rule", given.tie, language)
    among = said_in(language, "review_among", place=given.group_place) if given.group else ""
    return (
        str(given.place),
        record.project(given.project, language),
        f"{given.score}",
        _award(given.award, language) if given.award else "–",
        "\n".join(filter(None, (why, tie, among, given.listed))),
    )


def votes(record: Record, language: Language) -> Section:
    """Ties that a named vote decided: how often each came first, not who voted how."""
    rows = []
    for one in record.of(TieVoted):
        first = Counter(ballot.first for ballot in one.event.ballots)
        order = (f"{record.project(project, language)} · {first[project]}" for project in one.event.order)
        rows.append((f"{said_in(language, 'position')} {one.position}", "\n".join(order)))
    return table("review_votes", (("when", 24), ("review_order", 76)), rows, language)


def _award(code: str, language: Language) -> str:
    """An award's name: a programme may have others than the shipped ones."""
    return word("award", code, language)
