"""All ledgers that one view follows, as its process knows them, and until when the view is complete."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from shared.checkpoints import Mark, Place
from shared.messages import Heads
from shared.waiting import Ledger

AT_HAND = 20_000  # events in memory; what is more is read again when its turn comes


class Shelf:
    """The ledgers by their place; those with something to do are found without asking all."""

    def __init__(self, services: Collection[str], follows: Callable[[str, str], bool]) -> None:
        self.services = services
        self.room = True  # whether more events may be kept; measured once in every round
        self._follows = follows
        self._ledgers: dict[Place, Ledger] = {}
        self._restless: dict[Place, None] = {}  # in the order of their turns
        self._heads: dict[str, list[Heads]] = {}  # per service: those not reached, oldest and newest
        self._complete: dict[str, int] = {}

    def __getitem__(self, place: Place) -> Ledger:
        return self._ledgers[place]

    def find(self, place: Place) -> Ledger | None:
        """What is known of a ledger; None for one that the view does not follow."""
        if (ledger := self._ledgers.get(place)) is not None:
            return ledger
        if place[0] not in self.services or not self._follows(*place):
            return None
        return self._ledgers.setdefault(place, Ledger())

    def mark(self, place: Place) -> Mark:
        """Where the view was last seen in a ledger."""
        ledger = self._ledgers.get(place)
        return ledger.mark if ledger else Mark()

    def announce(self, place: Place, position: int) -> Ledger | None:
        """The ledger is known to reach a position."""
        ledger = self.find(place)
        if ledger is not None:
            ledger.announced = max(ledger.announced, position)
            if ledger.restless:
                self._restless.setdefault(place)
        return ledger

    def hear(self, service: str, heads: Heads) -> None:
        """A service has said where its ledgers end."""
        for name, (position, leaf) in heads.heads.items():
            ledger = self.find((service, name))
            if ledger is None:
                continue
            fits = position > ledger.mark.position or Mark(position, bytes.fromhex(leaf)) == ledger.mark
            if ledger.forked or not fits:
                ledger.suspect = True  # a backup was restored, perhaps the true one; or this news is old
            self.announce((service, name), position)
        self._heads[service] = [*self._heads.get(service, [])[:1], heads]

    def restless(self) -> list[Place]:
        """The ledgers in which there is something to do, and measures the room.

        Where it is used up, what came too early gives way: nothing that it waits for could be read else.
        """
        self._restless = {place: None for place in self._restless if self._ledgers[place].restless}
        self.room = self._at_hand() < AT_HAND
        if not self.room:
            for place in self._restless:
                self._ledgers[place].drop_early()
            self.room = self._at_hand() < AT_HAND
        return list(self._restless)

    def put_last(self, places: Iterable[Place]) -> None:
        """These had their turn, or could not move: let others have the next."""
        for place in places:
            if place in self._restless:
                del self._restless[place]
                self._restless[place] = None

    def forked(self) -> list[str]:
        """Ledgers that are held since they are not those that were read before."""
        return ["/".join(place) for place, ledger in self._ledgers.items() if ledger.forked]

    def lag(self) -> dict[str, int]:
        """Events that each service is known to have and the view has not."""
        lag = dict.fromkeys(self.services, 0)
        for (service, _), ledger in self._ledgers.items():
            lag[service] += ledger.behind
        return lag

    def complete_to(self) -> int | None:
        """Microseconds since 1970 UTC until which the view has everything; None until it once had."""
        for service, waiting in self._heads.items():
            while waiting and all(self._has_reached(service, *head) for head in _ends(waiting[0])):
                self._complete[service] = max(waiting.pop(0).at, self._complete.get(service, 0))
        return (
            min(self._complete[s] for s in self.services)
            if len(self._complete) == len(self.services)
            else None
        )

    def begin_anew(self) -> None:
        """The view was emptied: it is complete to nothing."""
        self._heads.clear()
        self._complete.clear()

    def _at_hand(self) -> int:
        return sum(len(self._ledgers[place].waiting) for place in self._restless)

    def _has_reached(self, service: str, name: str, position: int) -> bool:
        ledger = self.find((service, name))
        return ledger is None or (ledger.mark.position >= position and not ledger.forked)


def _ends(heads: Heads) -> Iterable[tuple[str, int]]:
    return ((name, position) for name, (position, _) in heads.heads.items())
