"""With whom somebody shares a conflict, and to which units they belong or belonged (R5, R8)."""

from __future__ import annotations

from datetime import date

from shared.domain import PersonId, UnitId
from shared.organisation import Organisation


def ties_of(organisation: Organisation, person: PersonId, on: date) -> tuple[PersonId, ...]:
    """For whom somebody stands in on a day, and with whom they or these have a tie: shared conflicts."""
    stood_in = [term.person for term in organisation.stood_in(person, on)]
    tied = (other for one in (person, *stood_in) for other in sorted(organisation.tied(one, on)))
    return tuple(dict.fromkeys((*stood_in, *tied)))


def units_of(organisation: Organisation, person: PersonId, since: date, on: date) -> tuple[UnitId, ...]:
    """Their branch, units in which they hold an office or did from `since` on, and those of their ties."""
    known = organisation.people.get(person)
    posts = organisation.posts_of(person, since, on)
    own = (known.unit,) if known else ()
    tied = (UnitId(one) for one in organisation.declared_ties(person))
    return tuple(dict.fromkeys((*own, *sorted(posts), *tied)))
