"""The rules: which are in force, what changed, and publishing others; headquarters alone publishes."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, Field

from services.notifications.api.ruling import checked, of_headquarters
from services.notifications.domain.difference import difference
from services.notifications.domain.rules import Rule, Rules
from services.notifications.parts import Parts, parts_of
from services.notifications.publishing import Publication, all_published, publish, published
from services.notifications.rulebook import SHIPPED, shipped_text
from shared.clock import SystemClock
from shared.domain import NotKnown
from shared.envelope import moment
from shared.sentences import Language, word
from shared.signed_in import SignedIn
from shared.web import NO_NUL, Body, Posted, Sending, etag, language

router = APIRouter(prefix="/rules", tags=["rules"])
_real = SystemClock()
TEXT_CHARACTERS = 200_000
Text = Annotated[str, Field(min_length=1, max_length=TEXT_CHARACTERS, pattern=NO_NUL)]
Version = Annotated[int, Path(ge=0, le=2**31 - 1)]


class PublishRules(Body):
    """All rules, in place of those there are: from then on they tell what happens."""

    text: Text
    reason: Annotated[str, Field(max_length=2000, pattern=NO_NUL)]


class RuleShown(BaseModel):
    """One rule: on which events whom it tells what, when and by what."""

    id: str
    title: str
    kind: Literal["todo", "read"]
    events: list[str]
    condition: str
    who: list[str] = Field(description="In words")
    to: list[str] = Field(description="As the rule says it")
    text: str = Field(description="In Chinese; placeholders in braces")
    en: str
    when: list[str] = Field(description="At once or in a summary, reminders and escalations, in words")
    channels: list[str] = Field(description="Empty: all that a company has")
    urgent: bool
    private: bool
    sealed: bool


class RulesShown(BaseModel):
    """One version. Version 0 is the one that comes with the system."""

    version: int
    in_force: bool
    published_at: datetime | None
    by: str | None
    reason: str | None
    rules: list[RuleShown]
    source: str = Field(description="The YAML as it was published")


class VersionShown(BaseModel):
    """A version, without its rules."""

    version: int
    published_at: datetime
    by: str
    reason: str
    sha256: str


class Versions(BaseModel):
    """All that were published, the newest first."""

    versions: list[VersionShown]


class FieldShown(BaseModel):
    """One field of a rule before and after."""

    field: str
    before: str
    after: str


class RuleChanged(BaseModel):
    """A rule that says otherwise."""

    rule: str
    fields: list[FieldShown]


class DifferenceShown(BaseModel):
    """From one version to another."""

    since: int
    version: int
    new: list[str]
    gone: list[str]
    changed: list[RuleChanged]


class Published(BaseModel):
    """The version that the rules are from now on."""

    version: int


@router.get("")
async def rules_in_force(request: Request, response: Response, _person: SignedIn) -> RulesShown:
    """The rules by which what happens now is told; the ETag is their version."""
    parts = parts_of(request)
    async with parts.truth.connect() as connection:
        await parts.planning.book.in_force(connection)
    shown = await _shown(parts, parts.rules.version, language(request))
    response.headers["ETag"] = etag(shown.version)
    return shown


@router.post("", status_code=201)
async def publish_rules(
    request: Request, body: Posted[PublishRules], sent: Sending, person: SignedIn
) -> Published:
    """Publish the next version; with If-Match only where that is still the one in force."""
    parts, now = parts_of(request), _real.now()
    of_headquarters(parts, person)
    checked(body.text, language(request))
    version = await publish(
        parts.truth,
        Publication(
            body.text, body.reason, person, now, sent.command_id(person), sent.request, sent.expected_version
        ),
    )
    return Published(version=version)


@router.get("/versions")
async def versions(request: Request, _person: SignedIn) -> Versions:
    """Who published what when, and why."""
    async with parts_of(request).truth.connect() as connection:
        rows = await all_published(connection)
    return Versions(
        versions=[
            VersionShown(
                version=row.version,
                published_at=moment(row.published_at),
                by=row.by,
                reason=row.reason,
                sha256=row.sha256,
            )
            for row in rows
        ]
    )


@router.get("/{version}")
async def one_version(request: Request, version: Version, _person: SignedIn) -> RulesShown:
    """A version as it was published."""
    return await _shown(parts_of(request), version, language(request))


@router.get("/{version}/changes")
async def changes(
    request: Request,
    version: Version,
    _person: SignedIn,
    since: Annotated[int | None, Query(ge=0, le=2**31 - 1)] = None,
) -> DifferenceShown:
    """What is different since another version, by default the one before."""
    parts = parts_of(request)
    before = max(version - 1, SHIPPED) if since is None else since
    found = difference(await _rules(parts, before), await _rules(parts, version))
    return DifferenceShown(
        since=before,
        version=version,
        new=list(found.new),
        gone=list(found.gone),
        changed=[
            RuleChanged(
                rule=rule,
                fields=[FieldShown(field=f.field, before=f.before, after=f.after) for f in fields],
            )
            for rule, fields in found.changed.items()
        ],
    )


async def _rules(parts: Parts, version: int) -> Rules:
    async with parts.truth.connect() as connection:
        await parts.planning.book.know(connection, [version])
    try:
        return parts.planning.book.of(version)
    except KeyError as error:
        raise NotKnown() from error


async def _shown(parts: Parts, version: int, tongue: Language) -> RulesShown:
    rules = await _rules(parts, version)
    async with parts.truth.connect() as connection:
        row = await published(connection, version)
    return RulesShown(
        version=version,
        in_force=version == parts.rules.version,
        published_at=moment(row.published_at) if row else None,
        by=row.by if row else None,
        reason=row.reason if row else None,
        rules=[_rule(rule, tongue) for rule in rules.rules],
        source=row.text if row else shipped_text(),
    )


def _rule(rule: Rule, tongue: Language) -> RuleShown:
    return RuleShown(
        id=rule.id,
        title=rule.titled_in(tongue),
        kind=rule.kind,
        events=list(rule.events),
        condition=rule.condition,
        who=[word("recipient", one, tongue) for one in rule.to],
        to=list(rule.to),
        text=rule.text,
        en=rule.en,
        when=_when(rule, tongue),
        channels=list(rule.channels),
        urgent=rule.urgent,
        private=rule.private,
        sealed=rule.sealed,
    )


def _when(rule: Rule, tongue: Language) -> list[str]:
    said = [word("told_when", "urgent" if rule.urgent else rule.when, tongue)]
    if rule.remind_before is not None:
        said.append(word("told_when", "remind_before", tongue).format(days=rule.remind_before))
    for step in (rule.escalate_after, rule.then_after):
        if step is not None:
            to = word("recipient", step[1], tongue)
            said.append(word("told_when", "escalate_after", tongue).format(days=step[0], to=to))
    return said
