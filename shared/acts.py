"""How a command becomes an endpoint: its body from the command, its facts and signature from the edge."""

# No postponed annotations here: the endpoints' types are made while the module runs.

import re
from collections.abc import Awaitable, Callable, Container, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Request
from pydantic import BaseModel, ConfigDict, create_model

from shared.bodies import body_of, made, named_in
from shared.decision import Outcome
from shared.domain import By, OfficeId, PersonId, Refusal, Track, UnitId
from shared.envelope import moment
from shared.organisation import Organisation
from shared.signed_in import SignedIn
from shared.web import Body, Posted, Sending, Sent

FactOf = Callable[[Any], Any]


class NotOfTheGroup(Refusal):
    """The group has no {unknown}.

    Choose people and units of the group, and a track of its programme."""


@dataclass(frozen=True)
class Act:
    """One command offered over HTTP: who may sign it, and which of its fields are facts."""

    command: type
    by: Callable[..., By]  # of who asks, the state, the body, and, in evaluation, what `look` has read
    facts: Mapping[str, FactOf] = field(default_factory=dict)
    look: Callable[[Any, UUID, Any], Awaitable[Any]] | None = None  # reads what is not in memory
    given: frozenset[str] = frozenset()  # facts that are made from a field which is given all the same
    asks: type | None = None  # a dataclass of what a person gives, where it is not the command's own fields

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
        return create_model(name, __base__=given, __doc__=given.__doc__, why=(str, ""))

    def given_body(self) -> type[Body]:
        """The command's fields that a person gives."""
        return body_of(self.asks or self.command, {"by", *self.facts} - self.given)

    def refuse_unknown(
        self, organisation: Organisation, tracks: Callable[[], Container[str]], body: Any
    ) -> None:
        """What is recorded is there for ever: it names nobody and nothing that the group does not have."""
        known: dict[Any, Callable[[], Container[str]]] = {
            PersonId: lambda: organisation.people,
            UnitId: lambda: organisation.units,
            Track: tracks,
        }
        named = named_in(self.asks or self.command, body)
        if unknown := [name for kind, name in named if name not in known[kind]()]:
            raise NotOfTheGroup(unknown=list(dict.fromkeys(unknown)))

    def command_in(self, situation: Any) -> Any:
        """The command with its facts, from a situation that has at least `body` and `by`."""
        facts = {name: fact(situation) for name, fact in self.facts.items()}
        return made(self.command, situation.body, by=situation.by, **facts)


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


Taker = Callable[[Any, Any, UUID, Any, PersonId, OfficeId | None, Sent], Awaitable[Outcome]]


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
        return taken(await taker(request.app.state.parts, act, stream, body, person, office, sent))

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
        return taken(await taker(request.app.state.parts, act, stream, body, person, office, sent))

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
