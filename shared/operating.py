"""What an operator does to a service, on its own port: the front does not lead here."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from fastapi import FastAPI

from shared.problems import FieldsWrong
from shared.reading import Runner
from shared.signing import Signing
from shared.web import Body, Posted


class NothingHeld(FieldsWrong):
    """The view {view} holds nothing under {held}.

    Take both from /health of this service, where `parked` lists what is held."""


class Resume(Body):
    """Which view, and what it holds, both as /health names them."""

    view: str
    held: str


class SignAnew(Body):
    """All ledgers that /health says are refused."""

    ledgers: list[str]


def add_operating(
    app: FastAPI,
    runners: Callable[[], Iterable[Runner]],
    signing: Callable[[], Signing] | None = None,
) -> None:
    """Let an operator take up again what a view has parked, or what the signer refuses."""

    @app.post("/resume", include_in_schema=False)
    async def resume(body: Posted[Resume]) -> dict[str, bool]:
        """Apply it again from the event that failed; says whether it is held still."""
        for runner in runners():
            if runner.consumer.name == body.view and await runner.holds(body.held):
                return {"held": not await runner.resume(body.held)}
        raise NothingHeld(fields=["view", "held"], view=body.view, held=body.held)

    if signing is None:
        return

    @app.post("/sign-anew", include_in_schema=False)
    async def sign_anew(body: Posted[SignAnew]) -> dict[str, list[str]]:
        """Sign refused ledgers as they are now, under new origins; auditors are told why."""
        return {"origins": await signing().begin_anew(body.ledgers)}
