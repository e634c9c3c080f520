"""What may be said outside the system: kind, short title, project, time limit and link, nothing else (R79).

Of what concerns an overseas unit not even the title (R75), nor of what is sealed or concerns one person's
delay: a message on a telephone is read by whoever holds it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

PROJECT_CHARACTERS_AT_MOST = 30
LINES_AT_MOST = 20
UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})  # categories: control, format, no character

Say = Callable[[str], str]  # a phrase of the catalogue, in the reader's language


@dataclass(frozen=True, slots=True)
class Told:
    """What is known of one thing that somebody is told."""

    kind: Literal["todo", "read"]
    title: str = ""  # the rule's own, which names nobody
    project: str = ""  # its title; "" where it has none, or where it was withdrawn
    project_id: str = ""
    due: date | None = None
    neutral: bool = False  # nothing is said but that there is something


@dataclass(frozen=True, slots=True)
class Said:
    """A message, but for whom it goes to."""

    title: str
    lines: tuple[str, ...]
    path: str  # of the console
    thread: str = ""


def message(told: Told, say: Say) -> Said:
    """One message about one thing."""
    path = f"/inbox/{'todo' if told.kind == 'todo' else 'copied'}"
    if told.neutral:
        return Said(say(f"{told.kind}_neutral"), (), path)
    kind = say(told.kind)
    title = (
        say("titled").format(kind=kind, title=plain(told.title)) if told.title else say(f"{told.kind}_one")
    )
    lines = []
    if told.project:
        lines.append(say("project").format(title=shortened(told.project)))
    if told.due:
        lines.append(say("due").format(due=told.due.isoformat()))
    if told.project_id:
        path = f"/projects/{told.project_id}"
    return Said(title, tuple(lines), path, told.project_id)


def summary(many: Sequence[Told], say: Say) -> Said:
    """One message about several things: how many, and a line for each of the first."""
    title = say("summary").format(n=len(many))
    shown = many[:LINES_AT_MOST]
    lines = [_line(told, say) for told in shown]
    if more := len(many) - len(shown):
        lines.append(say("more").format(n=more))
    path = "/inbox/todo" if any(told.kind == "todo" for told in many) else "/inbox/copied"
    return Said(title, tuple(lines), path)


def _line(told: Told, say: Say) -> str:
    said = message(told, say)
    return say("between").join((said.title, *said.lines))


def shortened(title: str) -> str:
    """A project's title for a line on a telephone."""
    clean = plain(title)
    if len(clean) <= PROJECT_CHARACTERS_AT_MOST:
        return clean
    return f"{clean[: PROJECT_CHARACTERS_AT_MOST - 1]}…"


def plain(text: str) -> str:
    """One line of what can be seen: no line breaks, which would make headers, and nothing invisible."""
    seen = (" " if c in "\r\n\t\u2028\u2029\x85" else c for c in text)
    return " ".join("".join(c for c in seen if unicodedata.category(c) not in UNSEEN).split())
