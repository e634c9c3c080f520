"""How a command of projects is taken: its body, facts and signature, on paper too, and sent to the writer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time
from functools import partial
from typing import Any
from uuid import UUID

from pydantic import create_model

from services.projects.acting import Asking
from services.projects.files import Stored
from services.projects.papers import OnPaper, clerk, whose, with_paper
from services.projects.parts import Parts
from services.projects.routing import taken_under, tracks_of
from shared import acts
from shared.bodies import body_of
from shared.clock import today
from shared.decision import Outcome, Submission
from shared.domain import By, Decider, OfficeId, PersonId
from shared.traces import inject
from shared.web import Body, Sent

FactOf = Callable[["Situation"], Any]


@dataclass(frozen=True, slots=True)
class Situation:
    """All that a fact may be made from, at the moment of the decision."""

    asking: Asking
    state: Any
    body: Any
    by: By
    seen: Any = None  # what `look` read before


@dataclass(frozen=True)
class Act(acts.Act):
    """One command of projects offered over HTTP."""

    on_paper: bool = False  # whether it may be entered for whoever did it without the system (R35)

    def body(self) -> type[Body]:
        """What a person gives: the command's fields without `by` and facts, why, and perhaps a paper."""
        given = super().body()
        more: dict[str, Any] = {"paper": (body_of(OnPaper) | None, None)} if self.on_paper else {}
        return create_model(given.__name__, __base__=given, __doc__=given.__doc__, **more)

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
        organisation = asking.organisation
        pinned = getattr(state, "programme", "")
        self.refuse_unknown(organisation, lambda: tracks_of(organisation, pinned, asking.today), body)
        return self.command_in(situation)


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
