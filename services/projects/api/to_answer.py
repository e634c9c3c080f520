"""A step's questions as its deciders read them: beside the act that answers them, and on the route ahead."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import BaseModel

from services.projects.acting import Asking
from services.projects.domain.project.route import Question
from services.projects.facts import asked_in
from shared.sentences import Language


class ToAnswer(BaseModel):
    """What is answered with an opinion: under its code, whether it is in order, and if not, why."""

    code: str
    name: str
    text: str


def to_answer(
    asking: Asking, programme: str, questions: Iterable[Question], said_in: Language
) -> list[ToAnswer]:
    """The questions of a route's step, worded as that version of the programme words them."""
    found = [(question, asked_in(asking, programme, question)) for question in questions]
    return [
        ToAnswer(
            code=question.code,
            name=asked.name_in(said_in) if asked else question.name,
            text=asked.text_in(said_in) if asked else "",
        )
        for question, asked in found
    ]
