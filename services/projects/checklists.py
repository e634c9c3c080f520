"""The lists of questions in a programme's forms, which steps of its routes have answered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from shared.sentences import Language


class Asked(Struct, frozen=True):
    """A question: its code, its name, and what is asked; in English, where the programme says it so."""

    code: Annotated[str, Meta(min_length=1)]
    zh: Annotated[str, Meta(min_length=1)]
    ask: str
    en: str = ""
    ask_en: str = ""

    def name_in(self, language: Language) -> str:
        """What it is called."""
        return (self.en if language == "en" else "") or self.zh

    def text_in(self, language: Language) -> str:
        """What is asked."""
        return (self.ask_en if language == "en" else "") or self.ask


class Checklists(Struct, frozen=True):
    """The lists by their names in the section `forms`."""

    by_name: Mapping[str, tuple[Asked, ...]] = {}

    def of(self, name: str) -> tuple[Asked, ...]:
        """A list's questions; none where there is no such list."""
        return self.by_name.get(name, ())

    def asked(self, code: str) -> Asked | None:
        """The question of this code, in whichever list."""
        return next(
            (one for questions in self.by_name.values() for one in questions if one.code == code), None
        )


NO_LISTS = Checklists()


def read_checklists(forms: bytes | msgspec.Raw) -> Checklists:
    """What in a section `forms` (JSON) is a list of questions; all else is none, and no fault."""
    try:
        parts = msgspec.json.decode(forms, type=dict[str, msgspec.Raw])
    except (msgspec.MsgspecError, RecursionError):
        return NO_LISTS
    found = {}
    for name, part in parts.items():
        try:
            found[name] = msgspec.json.decode(part, type=tuple[Asked, ...])
        except (msgspec.MsgspecError, RecursionError):
            continue
    return Checklists({name: questions for name, questions in found.items() if questions})


def asked_twice(checklists: Checklists) -> Iterator[str]:
    """The codes that more than one question has: an answer names its question by the code alone."""
    codes = Counter(one.code for questions in checklists.by_name.values() for one in questions)
    yield from (code for code, times in codes.items() if times > 1)
