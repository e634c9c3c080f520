"""The course of a review: its steps and those of its panels, in the order in which they were recorded."""

from __future__ import annotations

from typing import Any

from services.evaluation.domain.review.cycle import (
    allotting,
    beginning,
    collecting,
    confirming,
    holding,
    judging,
    notice,
)
from services.evaluation.domain.review.panel import (
    changing,
    checks,
    fixing,
    joining,
    jurors,
    opening,
    sealing,
    stage,
)
from services.evaluation.review.dossier.record import Record, table
from shared.dossier import local_time, said_in
from shared.envelope import Recorded
from shared.printing import Section
from shared.sentences import Language, word

STEPS = (  # single projects, cards and places have tables of their own
    beginning.CycleOpened,
    collecting.CollectionClosed,
    *(judging.PanelNamed, judging.PanelDissolved, judging.RoundClosed),
    *(allotting.AllocationRun, allotting.TieVoted),
    *(notice.NoticeOpened, notice.AwardObjectionFiled, notice.AwardObjectionAnswered, notice.NoticeClosed),
    *(holding.ResultHeld, holding.HoldEnded, confirming.AwardsConfirmed, confirming.AwardRevoked),
    confirming.ProjectMovedUp,
    *(fixing.LotFixed, opening.PanelOpened, changing.MinimumLowered, changing.DossierWithdrawn),
    *(changing.ChairsNamed, joining.JurorAdded, jurors.JurorWithdrew, jurors.JurorRecused),
    *(stage.OrderDrawn, checks.CheckAsked, checks.ScorecardUpheld),
    *(sealing.PanelSigned, sealing.PanelSealed),
)


def course(record: Record, language: Language) -> Section:
    """Step by step: when and at which position, what, by which office or letter."""
    names = {panel: number for number, panel in enumerate(record.panels, 1)}
    rows = [_row(record, one, names, language) for one in record.acts if isinstance(one.event, STEPS)]
    return table("review_course", (("when", 26), ("review_step", 44), ("by_whom", 30)), rows, language)


def _row(record: Record, one: Recorded, names: dict[str, int], language: Language) -> tuple[str, str, str]:
    at = local_time(one.envelope.recorded_at, record.zone)
    step = word("review_step", type(one.event).__name__, language)
    panel = names.get(str(one.stream)) or names.get(getattr(one.event, "panel", ""))
    if panel is not None:
        step = said_in(language, "review_panel_step", number=panel, step=step)
    told = [step, *_facts(one.event, language)]
    return (
        f"{at}\n{said_in(language, 'position')} {one.position}",
        "\n".join(told),
        _who(record, one, language),
    )


def _who(record: Record, one: Recorded, language: Language) -> str:
    if isinstance(one.event, notice.AwardObjectionFiled):
        return said_in(language, "review_sealed")
    return record.who(one.envelope.by, language)


def _facts(event: Any, language: Language) -> list[str]:
    """What stands in a step beside its name, as somebody wrote it or as words."""
    match event:
        case allotting.AllocationRun():
            return [
                said_in(language, "review_run", run=event.run, cause=word("run_cause", event.cause, language))
            ]
        case judging.PanelNamed() | judging.RoundClosed():
            return [word("review_round", event.round, language)]
        case changing.MinimumLowered():
            return [str(event.minimum_cards), event.reason, event.document]
        case sealing.PanelSigned():
            return [word("signing", event.signing, language)]
        case joining.JurorAdded():
            return [f"{event.juror} · {word('juror_source', event.source, language)}"]
        case jurors.JurorRecused():  # the line in which the juror says why is sealed
            return [f"{event.number} · {event.juror} · {word('tie_kind', event.kind, language)}"]
        case checks.CheckAsked() | checks.ScorecardUpheld():
            return [f"{event.number} · {event.juror}"]
        case jurors.JurorWithdrew():
            return [event.juror]
        case confirming.AwardsConfirmed() | confirming.AwardRevoked() | confirming.ProjectMovedUp():
            return [event.decision]
        case fixing.LotFixed(reason=reason):
            return [reason] if reason else []
        case judging.PanelDissolved():
            return [event.reason]
        case changing.DossierWithdrawn():
            return [str(event.number), event.reason, event.document]
        case _:
            return []
