"""Names for the ids among facts, looked up when they are read: they stand nowhere in between."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from services.notifications.parts import Parts
from shared.domain import PersonId, UnitId
from shared.sentences import Language, word

Named = Callable[[str, str], str]  # a placeholder and its fact


async def naming(parts: Parts, told: Iterable[str], tongue: Language) -> Named:
    """How each of these facts is said."""
    organisation = parts.group.organisation
    names = await parts.group.names(PersonId(f) for f in told if PersonId(f) in organisation.people)

    def named(placeholder: str, fact: str) -> str:
        if unit := organisation.units.get(UnitId(fact)):
            return unit.name
        if placeholder == "kinds":
            comma = ", " if tongue == "en" else "、"
            return comma.join(word(placeholder, kind, tongue) for kind in fact.split("、"))
        return names.get(PersonId(fact)) or word(placeholder, fact, tongue)

    return named
