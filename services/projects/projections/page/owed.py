"""Of whom what is open on a page is waited for: seats that have not spoken, who has a task, who leads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import tzinfo

from services.projects.projections.page.dated import Dated, open_ones
from services.projects.projections.page.shape import Page, Seat, Step
from shared.domain import FIRST_OFFICE

NOT_OWED = ("filing", "claim")  # these end by themselves (R34, R39)


@dataclass(frozen=True, slots=True)
class Owed:
    """Something open, the offices of which it is waited for, and people who owe it in their own name."""

    dated: Dated
    seats: tuple[Seat, ...] = ()
    people: tuple[str, ...] = ()

    def by(self, office: str, unit: str) -> bool:
        """Whether it is waited for of this office."""
        return any((seat["office"], seat["unit"]) == (office, unit) for seat in self.seats)


def owed(page: Page, zone: tzinfo) -> Iterator[Owed]:
    """All that somebody owes, the earliest first; while clocks stand still nothing but the pause (R43)."""
    found = (dated for dated in open_ones(page, zone) if dated.subject not in NOT_OWED)
    for dated in sorted(found, key=lambda one: (one.due, one.subject, one.code)):
        yield _owed(page, dated)


def _owed(page: Page, dated: Dated) -> Owed:
    match dated.subject:
        case "step":
            return Owed(dated, _silent(page["route"]["steps"][int(dated.code)]))
        case "change":
            open_ = [step for step in page["changes"][dated.code]["steps"] if step["state"] == "open"]
            return Owed(dated, _silent(open_[0]))
        case "dispute":
            dispute = page["findings"][dated.code]["dispute"]
            assert dispute is not None, "its day is open"
            return Owed(dated, (dispute["of"],))
        case "support":
            return Owed(dated, (page["supports"][dated.code]["of"],))
        case "look_back":
            return Owed(dated, people=(page["findings"][dated.code]["found_by"],))
        case "task" if person := page["tasks"][dated.code]["person"]:
            return Owed(dated, people=(person,))
        case "paper":
            whose = page["papers"][dated.code]["person"]  # nobody, for who may not know whose act it is
            return Owed(dated, people=(whose,) if whose else ())
        case "finding" if (unit := page["findings"][dated.code]["unit"]) != page["unit"]:
            return Owed(dated, (Seat(office="branch_secretary", unit=unit),))
    return Owed(dated, (Seat(office=FIRST_OFFICE[page["leader"]], unit=page["unit"]),))


def _silent(step: Step) -> tuple[Seat, ...]:
    """The seats of an open step whose word is waited for; all, where all spoke and it is to go back (R29)."""
    spoken = [opinion["seat"] for opinion in step["opinions"] if opinion["withdrawn"] is None]
    return tuple(seat for seat in step["seats"] if seat not in spoken) or tuple(step["seats"])
