"""A command as the edge makes it."""

from __future__ import annotations

from typing import Any

from services.projects.acting import Asking
from services.projects.api.project_acts import ACTS
from shared.codec import canonical
from shared.organisation import Organisation
from tests.projects.a_group import TODAY, person
from tests.projects.a_project import Project


def asked(command: type, name: str, past: Project, of: Organisation, /, **body: Any) -> Any:
    """The command as the edge makes it of what somebody sends."""
    (act,) = (act for act in ACTS if act.command is command)
    taken = act.body().model_validate_json(canonical(body))
    return act.command_from(Asking(person(name), of, TODAY), past.state, taken, None)
