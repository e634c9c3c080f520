"""What an operator does to a service, on its own port: the front does not lead here."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from fastapi import FastAPI

from shared.problems import FieldsWrong
from shared.reading import Runner
from shared.web import Body, Posted


class NothingHeld(FieldsWrong):
    """The view {view} holds nothing under {held}.

    Take both from /health of this service, where `parked` lists what is held."""


class Resume(Body):
    """Which view, and what it holds, both as /health names them."""

    view: str
    held: str


def add_operating(app: FastAPI, runners: Callable[[], Iterable[Runner]]) -> None:
    """Let an operator take up again what a view or reaction has parked."""

    @app.post("/resume", include_in_schema=False)
    async def resume(body: Posted[Resume]) -> dict[str, bool]:
        """Apply it again from the event that failed; says whether it is held still."""
        for runner in runners():
            if runner.consumer.name == body.view and await runner.holds(body.held):
                return {"held": not await runner.resume(body.held)}
        raise NothingHeld(fields=["view", "held"], view=body.view, held=body.held)
