"""Rules tried against history before they are published: a job, read by headquarters when it is ready."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime
from uuid import UUID

import msgspec
from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from sqlalchemy import Row

from services.notifications.api.naming import naming
from services.notifications.api.rules import Text
from services.notifications.api.ruling import checked, of_headquarters
from services.notifications.making_trials import jobs_of
from services.notifications.parts import Parts, parts_of
from services.notifications.reading_rules import read_rules
from services.notifications.trial import LINES_AT_MOST, Result
from shared.domain import NotKnown, Refusal
from shared.envelope import moment
from shared.sentences import Language
from shared.signed_in import SignedIn
from shared.web import Body, Posted, Sending, language

router = APIRouter(prefix="/rules/trials", tags=["rules"])
DAYS_AT_MOST = 1100  # three years


class TrialRunsBackwards(Refusal):
    """A trial is of at most {days} days, and its last day is not before the first.

    Choose other days."""


class TryRules(Body):
    """Rules, and the days of which it is asked what they would have told; both days are among them."""

    text: Text
    first: date
    last: date


class OfRule(BaseModel):
    """What one rule would have told; new and gone are beside the rules in force."""

    rule: str
    count: int
    people: int
    new: int
    gone: int


class LineShown(BaseModel):
    """One thing that somebody would have been told."""

    event: str
    rule: str
    recipient: str
    name: str
    kind: str
    text: str
    en: str
    new: bool


class Told(BaseModel):
    """What the rules would have told."""

    events: int = Field(description="That were heard on these days")
    count: int
    rules: list[OfRule]
    lines: list[LineShown] = Field(description=f"The first {LINES_AT_MOST}")


class TrialShown(BaseModel):
    """A trial as it stands; `done` and `of` count events."""

    id: UUID
    state: str
    done: int
    of: int | None
    first: date
    last: date
    asked_at: datetime
    problem: str | None
    detail: str | None
    told: Told | None = Field(description="Once it is ready")


_results = msgspec.json.Decoder(Result)


@router.post("", status_code=202)
async def try_rules(request: Request, body: Posted[TryRules], sent: Sending, person: SignedIn) -> TrialShown:
    """Ask what these rules would have told whom; nothing is changed and nobody is told."""
    parts, tongue = parts_of(request), language(request)
    of_headquarters(parts, person)
    if not 0 <= (body.last - body.first).days < DAYS_AT_MOST:
        raise TrialRunsBackwards(days=DAYS_AT_MOST)
    checked(body.text, tongue)
    values = {"person": person, "language": tongue, "text": body.text, "first": body.first, "last": body.last}
    row = await jobs_of(parts).ask(str(sent.command_id(person)), values, ("text", "first", "last"))
    return await _shown(parts, row, tongue)


@router.get("/{trial}")
async def read_trial(request: Request, trial: UUID, person: SignedIn) -> TrialShown:
    """How far one's own trial is, and what it came to."""
    parts = parts_of(request)
    of_headquarters(parts, person)
    found = await jobs_of(parts).of(person, str(trial))
    if not found:
        raise NotKnown()
    return await _shown(parts, found[0], language(request))


async def _shown(parts: Parts, row: Row[tuple[object, ...]], tongue: Language) -> TrialShown:
    return TrialShown(
        id=row.id,
        state=row.state,
        done=row.done,
        of=row.of,
        first=row.first,
        last=row.last,
        asked_at=moment(row.asked_at),
        problem=row.problem,
        detail=row.detail,
        told=await _told(parts, row) if row.state == "ready" else None,
    )


async def _told(parts: Parts, row: Row[tuple[object, ...]]) -> Told:
    result, rules = _results.decode(row.result), read_rules(row.text, check=False)
    ids = {fact for line in result.lines for fact in (line.recipient, *line.facts.values())}
    zh, en = await naming(parts, ids, "zh-CN"), await naming(parts, ids, "en")
    lines = []
    for line in result.lines:
        rule = rules.get(line.rule)
        assert rule is not None
        says = [
            text.format_map(defaultdict(str, {key: named(key, fact) for key, fact in line.facts.items()}))
            for text, named in ((rule.text, zh), (rule.said_in("en"), en))
        ]
        lines.append(
            LineShown(
                event=line.event,
                rule=line.rule,
                recipient=line.recipient,
                name=zh("name", line.recipient),
                kind=line.kind,
                text=says[0],
                en=says[1],
                new=line.new,
            )
        )
    return Told(
        events=result.events,
        count=result.count,
        rules=[
            OfRule(rule=id_, count=one.count, people=one.people, new=one.new, gone=one.gone)
            for id_, one in sorted(result.rules.items())
        ],
        lines=lines,
    )
