"""A delivery as it is shown: when, how and what became of it; neither what it says nor where it went."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field
from sqlalchemy import Row

from services.notifications.delivered import Page
from shared.domain import PersonId
from shared.envelope import moment
from shared.sentences import Language, word


class AttemptShown(BaseModel):
    """One try, or that somebody had it sent again."""

    number: int
    at: datetime
    took_ms: int
    outcome: str = Field(description="sent, later, never; or resent, where somebody let it wait again")
    code: str = Field(description="The receiver's own")
    answer: str = Field(description="Its words, without addresses")
    by: PersonId | None = Field(description="Who had it sent again")


class DeliveryShown(BaseModel):
    """One delivery of one obligation to one person by one channel."""

    id: UUID
    obligation: UUID
    rule: str
    kind: str
    person: PersonId
    channel: str
    state: str = Field(description="waiting, bundled for a summary, sent, dead or needless")
    state_label: str
    cause: str | None = Field(description="Why it is dead or needless")
    cause_label: str | None
    urgent: bool
    made_at: datetime
    not_before: datetime
    ended_at: datetime | None
    attempts: list[AttemptShown]


class Deliveries(BaseModel):
    """A page, newest first; give `next` as `after` for older ones."""

    deliveries: list[DeliveryShown]
    next: str | None


def shown(page: Page, tongue: Language) -> Deliveries:
    """The page in a language."""
    found = [_delivery(row, page.attempts.get(row.id, []), tongue) for row in page.rows]
    return Deliveries(deliveries=found, next=str(page.next) if page.next else None)


def _delivery(row: Row[Any], tried: list[Row[Any]], tongue: Language) -> DeliveryShown:
    return DeliveryShown(
        id=row.id,
        obligation=row.obligation,
        rule=row.rule,
        kind=row.kind,
        person=row.person,
        channel=row.channel,
        state=row.state,
        state_label=word("delivery_state", row.state, tongue),
        cause=row.cause,
        cause_label=word("delivery_cause", row.cause, tongue) if row.cause else None,
        urgent=row.urgent == 0,
        made_at=moment(row.made_at),
        not_before=moment(row.not_before),
        ended_at=None if row.ended_at is None else moment(row.ended_at),
        attempts=[_attempt(attempt) for attempt in tried],
    )


def _attempt(row: Row[Any]) -> AttemptShown:
    resent = row.outcome == "resent"
    return AttemptShown(
        number=row.number,
        at=moment(row.at),
        took_ms=row.took_ms,
        outcome=row.outcome,
        code="" if resent else row.code,
        answer=row.answer,
        by=row.code if resent else None,
    )
