"""What the leading secretary alone reads beside a score: activities that moved nothing yet."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from pydantic import BaseModel, Field

from services.evaluation.domain.detached import detached
from services.evaluation.scores_read import Scored
from shared.sentences import Language, word


class ActivityShown(BaseModel):
    """A party activity, by the event of projects that says all of it."""

    on: date
    event: str


class DetachedShown(BaseModel):
    """Activities whose indicator is no nearer to its target than at the start; no point depends on it."""

    indicator: str
    says: str = Field(description="The same in a sentence")
    period: str
    baseline: Decimal
    value: Decimal
    reading: str = Field(description="The event by which the value was confirmed")
    activities: list[ActivityShown]


def detached_shown(found: Scored, tongue: Language) -> list[DetachedShown]:
    """Which activities moved nothing by the last readings, with what it follows from."""
    tally = found.tally
    held = {activity.event: activity.on for of in tally.activities.values() for activity in of}
    return [
        DetachedShown(
            indicator=one.indicator,
            says=word("detached", "activities", tongue).format(
                n=len(one.activities), indicator=tally.indicators[one.indicator].name
            ),
            period=one.period,
            baseline=one.baseline,
            value=one.value,
            reading=one.reading,
            activities=[ActivityShown(on=held[event], event=event) for event in one.activities],
        )
        for one in detached(str(found.project), tally)
    ]
