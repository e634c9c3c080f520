"""How a command becomes an endpoint: its body from the command, its facts and signature from the edge."""

# No postponed annotations here: the endpoints' types are made while the module runs.

import re
from collections.abc import Awaitable, Callable, Container, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from functools import partial
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Request
from pydantic import BaseModel, ConfigDict, create_model

from services.projects.acting import Asking
from services.projects.files import Stored
from services.projects.papers import OnPaper, clerk, whose, with_paper
from services.projects.parts import Parts, parts_of
from services.projects.routing import taken_under, tracks_of
from shared.bodies import body_of, made, named_in
from shared.clock import today
from shared.decision import Outcome, Submission
from shared.domain import By, Decider, OfficeId, PersonId, Refusal, Track, UnitId
from shared.envelope import moment
from shared.signed_in import SignedIn
from shared.traces import inject
from shared.web import Body, Posted, Sending, Sent

ByOf = Callable[[Asking, Any, Any], By]
FactOf = Callable[["Situation"], Any]


class NotOfTheGroup(Refusal):
    """The group has no {unknown}.

    Choose people and units of the group, and a track of its programme."""


@dataclass(frozen=True, slots=True)
class Situation:
    """All that a fact may be made from, at the moment of the decision."""

    asking: Asking
    state: Any
    body: Any
    by: By
    seen: Any = None  # what `look` read before


@dataclass(frozen=True, slots=True)
class Act:
    """One command offered over HTTP: who may sign it, and which of its fields are facts."""

    command: type
    by: ByOf
    facts: Mapping[str, FactOf] = field(default_factory=dict)
    look: Callable[[Parts, UUID, Any], Awaitable[Any]] | None = None  # reads what is not in memory
    given: frozenset[str] = frozenset()  # facts that are made from a field which is given all the same
    asks: type | None = None  # a dataclass of what a person gives, where it is not the command's own fields
    on_paper: bool = False  # whether it may be entered for whoever did it without the system (R35)

    @property
    def path(self) -> str:
        """The command's name as people write addresses: `SubmitProposal` → `submit-proposal`."""
        return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", self.command.__name__).lower()

    @property
    def title(self) -> str:
        """The command's name in words: `Submit proposal`."""
        return self.path.replace("-", " ").capitalize()

    def body(self) -> type[Body]:
        """What a person gives: the command's fields without `by` and facts, and why they do it."""
        given = self.given_body()
        name = f"{self.command.__name__}Body"
        more: dict[str, Any] = {"paper": (body_of(OnPaper) | None, None)} if self.on_paper else {}
        return create_model(name, __base__=given, __doc__=given.__doc__, why=(str, ""), **more)

    def given_body(self) -> type[Body]:
        """The command's fields that a person gives."""
        return body_of(self.asks or self.command, {"by", *self.facts} - self.given)

    def signature(self, asking: Asking, state: Any, body: Any) -> By:
        """Of whose act it is; refused to them, or to who may not enter it for them."""
        by = self.by(whose(asking, body), state, body)
        clerk(asking, body, by)
        return by

    def command_from(
        self, asking: Asking, state: Any, body: Any, seen: Any, stored: Stored | None = None
    ) -> Any:
        """The command with its signature and facts; raises what these refuse. `stored` is a paper's scan."""
        by = with_paper(asking, body, self.signature(asking, state, body), state, stored)
        situation = Situation(whose(asking, body), state, body, by, seen)
        self._refuse_unknown(situation)
        return self.command_in(situation)

    def command_in(self, situation: Situation) -> Any:
        """The command with its facts, whomever the body names."""
        facts = {name: fact(situation) for name, fact in self.facts.items()}
        return made(self.command, situation.body, by=situation.by, **facts)

    def _refuse_unknown(self, it: Situation) -> None:
        """What is recorded is there for ever: it names nobody and nothing that the group does not have."""
        organisation = it.asking.organisation
        known: dict[Any, Callable[[], Container[str]]] = {
            PersonId: lambda: organisation.people,
            UnitId: lambda: organisation.units,
            Track: lambda: tracks_of(organisation, getattr(it.state, "programme", ""), it.asking.today),
        }
        named = named_in(self.asks or self.command, it.body)
        if unknown := [name for kind, name in named if name not in known[kind]()]:
            raise NotOfTheGroup(unknown=list(dict.fromkeys(unknown)))


class Taken(BaseModel):
    """Where a command's last event lies; give `position` as `wait_for` to read what it caused."""

    model_config = ConfigDict(frozen=True)

    id: UUID
    version: int
    position: str
    recorded_at: datetime
    events: tuple[str, ...]
    repeated: bool


def taken(outcome: Outcome) -> Taken:
    """The answer to a command."""
    return Taken(
        id=outcome.stream,
        version=outcome.version,
        position=f"{outcome.service}/{outcome.ledger}:{outcome.position}",
        recorded_at=moment(outcome.recorded_at),
        events=outcome.events,
        repeated=outcome.repeated,
    )


async def chosen_office(
    denggao_office: str | None = Header(
        None, description="The term of office in which you act, if several fit"
    ),
) -> OfficeId | None:
    """The term named in the header `Denggao-Office`."""
    return OfficeId(denggao_office) if denggao_office else None


async def take(
    parts: Parts,
    act: Act,
    decider: Decider[Any, Any, Any],
    *,
    ledger: str,
    stream: UUID,
    body: Any,
    person: PersonId,
    office: OfficeId | None,
    sent: Sent,
    guard: Callable[[Asking, Any], None] = lambda _asking, _state: None,
    seen: Any = None,
    request: str | None = None,
    stored: Stored | None = None,
) -> Outcome:
    """Send a command to the writer, its facts made there from what is then true.

    `guard` refuses before anything else is looked at: what somebody may not know of is not found.
    """

    def prepare(state: Any) -> Any:
        day = today(parts.clock, parts.settings.time_zone)
        asking = Asking(person, parts.organisation, day, office, body.why, str(stream))
        guard(asking, state)
        return act.command_from(asking, state, body, seen, stored)

    return await parts.writer.submit(
        Submission(
            ledger=ledger,
            stream=stream,
            decider=decider,
            prepare=prepare,
            command_id=sent.command_id(person),
            request=request or sent.request,
            happened_at=_happened_at(parts, body),
            correlation=sent.correlation,
            expected_version=sent.expected_version,
            programme=partial(taken_under, parts.organisation),
            traceparent=inject({}).get("traceparent", ""),
        )
    )


def _happened_at(parts: Parts, body: Any) -> datetime | None:
    """Noon of the day on a paper: nobody knows the hour. None for what happens now."""
    given = getattr(body, "paper", None)
    zone = parts.settings.time_zone
    if given is None or given.on >= today(parts.clock, zone):
        return None
    return datetime.combine(given.on, time(12), zone)


Taker = Callable[[Parts, Act, UUID, Any, PersonId, OfficeId | None, Sent], Awaitable[Outcome]]


def offer(router: APIRouter, act: Act, path: str, taker: Taker) -> None:
    """Add the endpoint of an act on what is there: `path`, with `{stream}`, and the command's name."""
    body_type = act.body()

    async def endpoint(
        request: Request,
        stream: UUID,
        body: Posted[body_type],  # type: ignore[valid-type] # made above: what this command takes
        sent: Sending,
        person: SignedIn,
        office: OfficeId | None = Depends(chosen_office),
    ) -> Taken:
        return taken(await taker(parts_of(request), act, stream, body, person, office, sent))

    _add(router, act, f"{path}/{act.path}", endpoint, 200)


def offer_new(
    router: APIRouter, act: Act, path: str, taker: Taker, id_of: Callable[[Any, Sent, PersonId], UUID]
) -> None:
    """Add the endpoint of an act that begins something; `id_of` names its stream, the same for a repeat."""
    body_type = act.body()

    async def endpoint(
        request: Request,
        body: Posted[body_type],  # type: ignore[valid-type] # made above: what this command takes
        sent: Sending,
        person: SignedIn,
        office: OfficeId | None = Depends(chosen_office),
    ) -> Taken:
        stream = id_of(body, sent, person)
        return taken(await taker(parts_of(request), act, stream, body, person, office, sent))

    _add(router, act, f"{path}/{act.path}", endpoint, 201)


def _add(router: APIRouter, act: Act, path: str, endpoint: Callable[..., Any], status: int) -> None:
    endpoint.__doc__ = act.command.__doc__
    name = act.command.__name__
    router.add_api_route(
        path,
        endpoint,
        methods=["POST"],
        name=name,
        summary=act.title,
        operation_id=name,
        status_code=status,
    )
