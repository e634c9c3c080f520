"""How much one person, or one address that is not signed in, may ask; and how many are served at once.

Each process counts what it serves itself: behind n replicas a person gets up to n times as much.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from functools import lru_cache
from ipaddress import ip_address, ip_network
from math import ceil, inf
from time import monotonic, time
from typing import Any

from shared.auth import BadToken, Verifier
from shared.problems import TooManyRequests, TryLater
from shared.settings import Settings

BURST_SECONDS = 30  # worth of requests that may come at once
REMEMBERED_AT_MOST = 65_536
SERVED_AT_MOST = 512  # at once, each with up to a body of 1 MiB
BEARER = b"bearer "


class Limits:
    """Entered around each request; what a bucket holds is the moment at which it is full again (GCRA)."""

    def __init__(self, person_per_second: float = inf, address_per_second: float = inf) -> None:
        self._person_every = 1 / person_per_second
        self._address_every = 1 / address_per_second
        self._full_at: OrderedDict[Hashable, float] = OrderedDict()
        self._serving = 0

    @classmethod
    def of(cls, settings: Settings) -> Limits:
        """As the installation is set; the example lives a year in minutes, and is not held up."""
        if settings.clock == "example":
            return cls()
        return cls(settings.person_requests_per_second, settings.address_requests_per_second)

    def __enter__(self) -> None:
        self._serving += 1

    def __exit__(self, *_: object) -> None:
        self._serving -= 1

    def check(self, scope: Any) -> None:
        """TryLater while too many are served, TooManyRequests from whoever has asked too much."""
        if self._serving > SERVED_AT_MOST:
            raise TryLater()
        person = _person(scope)
        if person is not None:
            self._take(person, self._person_every)
        else:
            client = scope.get("client")
            self._take(neighbourhood(client[0] if client else ""), self._address_every)

    def _take(self, who: Hashable, every: float) -> None:
        now = monotonic()
        full_at = max(self._full_at.pop(who, now), now) + every
        early = full_at - now - BURST_SECONDS
        self._full_at[who] = full_at if early <= 0 else full_at - every  # the latest stand last
        if len(self._full_at) > REMEMBERED_AT_MOST:
            self._full_at.popitem(last=False)
        if early > 0:
            raise TooManyRequests(seconds=ceil(early))


def _person(scope: Any) -> Hashable:
    """Whose token comes with the request; None where it is none of ours, or no longer."""
    token = b""
    for name, value in scope["headers"]:
        if name == b"authorization":
            token = value
            break
    if token[:7].lower() != BEARER:
        return None
    verifier: Verifier | None = getattr(scope["app"].state, "verifier", None)
    if verifier is None:
        return None
    try:
        return verifier.holder(token[7:].decode("latin-1"), time())
    except BadToken:
        return None


@lru_cache(4096)
def neighbourhood(address: str) -> str:
    """What counts as one address: of IPv6 the network of 64 bits that one house has."""
    try:
        if ip_address(address).version == 6:
            return str(ip_network((address, 64), strict=False))
    except ValueError:  # a socket, or nothing
        pass
    return address
