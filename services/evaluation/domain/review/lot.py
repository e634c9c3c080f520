"""What a lot for jurors is drawn from, who may be drawn for which dossier, and what it came to (R57)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from services.evaluation.domain.review.panel.state import Seat
from services.evaluation.domain.review.rules import JurorLoad

CalledIn = Literal["other_track", "external"]
Resort = Literal[CalledIn, "merged_panels", "lower_minimum"]
Lack = Literal["conflicts", "load"]


@dataclass(frozen=True, slots=True)
class Juror:
    """Somebody of the pool, by letter, so that a record of the lot names nobody (R68)."""

    letter: str
    track: str  # whose juror they are
    fields: tuple[str, ...] = ()  # other tracks that they know as well
    senior: bool = False
    external: bool = False  # judges by mandate only


@dataclass(frozen=True, slots=True)
class Lot:
    """All that decides who judges what in a panel, but for the seed; ValueError where two are one letter.

    A panel is one body: a juror of one of its tracks may have each of its dossiers, which is what helps
    where two were merged. `called_in` are those that the review's committee has let judge besides.
    """

    tracks: Mapping[int, str]  # of the dossiers, by number
    jurors: tuple[Juror, ...]
    conflicts: frozenset[Seat]
    load: JurorLoad
    minimum_cards: int
    lowest_minimum: int
    called_in: frozenset[CalledIn] = frozenset()

    def __post_init__(self) -> None:
        """A letter is one juror's."""
        twice = [letter for letter, times in Counter(one.letter for one in self.jurors).items() if times > 1]
        if twice:
            raise ValueError(f"more than one juror is {', '.join(sorted(twice))}")

    @property
    def dossiers_at_most(self) -> int:
        """Of one juror."""
        return min(self.load.dossiers_at_most, len(self.tracks))

    @property
    def seats(self) -> int:
        """All that are wanted."""
        return len(self.tracks) * self.load.jurors_per_dossier

    def admitted(self) -> tuple[Juror, ...]:
        """Jurors of the panel's tracks, and who was called in; by letter."""
        found = (one for one in self.jurors if self._comes_as(one) in {"own_track", *self.called_in})
        return tuple(sorted(found, key=lambda one: one.letter))

    def may_judge(self, juror: Juror, number: int) -> bool:
        """Whoever knows the dossier's track or is of the panel, and nobody in conflict."""
        if (number, juror.letter) in self.conflicts:
            return False
        known = (juror.track, *juror.fields)
        return self.tracks[number] in known or juror.track in self.tracks.values()

    def is_resort(self, juror: Juror, number: int) -> bool:
        """Whether a juror has this dossier only where those of its own track are too few."""
        return juror.external or juror.track != self.tracks[number]

    def may_stand_by(self, juror: Juror) -> bool:
        """Substitutes are jurors of the panel's own tracks."""
        return self._comes_as(juror) == "own_track"

    def _comes_as(self, juror: Juror) -> Literal["own_track", "nobody"] | CalledIn:
        tracks = {*self.tracks.values()}
        if juror.track not in tracks and not tracks & {*juror.fields}:
            return "nobody"
        if juror.external:
            return "external"
        return "own_track" if juror.track in tracks else "other_track"


@dataclass(frozen=True, slots=True)
class Short:
    """A dossier that lacks jurors: for conflicts, or since those without have all they can read."""

    number: int
    lacking: int
    why: Lack
    below_minimum: bool  # so that its panel cannot open


@dataclass(frozen=True, slots=True)
class Drawn:
    """Who judges what and who stands by, both in order.

    Substitutes are fewer than wanted where they were needed at once: they are the first resort. `resorts`
    are the others that are left to whom something is lacking, the next first; of merging panels the lot
    cannot know whether it would help.
    """

    assigned: tuple[Seat, ...]
    substitutes: tuple[str, ...]
    short: tuple[Short, ...] = ()
    resorts: tuple[Resort, ...] = ()

    @property
    def lacking(self) -> int:
        """Seats that stay empty."""
        return sum(short.lacking for short in self.short)
