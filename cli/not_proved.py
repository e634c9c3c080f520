"""Why a proof proves nothing, in the language of whoever sits at the terminal."""

from __future__ import annotations

from pathlib import Path

from shared.sentences import Language, word
from shared.verifier import NotProved


def said(error: NotProved, language: Language) -> str:
    """The sentence of its code; where one file or line is wrong for a reason, that too."""
    why = error.__cause__
    facts = error.facts | ({"why": said(why, language)} if isinstance(why, NotProved) else {})
    return word("not_proved", error.code, language).format(**facts)


def not_verified(file: Path, error: NotProved, language: Language) -> str:
    """Of a file that was verified, that it is not what it claims, and why."""
    return word("witness", "not_verified", language).format(file=file, why=said(error, language))
