"""Which network addresses an address that somebody entered may lead to: public ones of other machines."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Resolve = Callable[[str, int], Awaitable[Iterable[str]]]

# Beside what ipaddress itself calls not global, whose list depends on the version of Python.
_NOT_PUBLIC: tuple[Network, ...] = (
    ip_network("168.63.129.16/32"),  # a cloud's own machine behind a public number
    ip_network("192.0.0.0/24"),  # protocols; a cloud's metadata
    ip_network("192.88.99.0/24"),  # relays of 6to4
    ip_network("2001::/23"),  # protocols, Teredo among them: an IPv4 address within
    ip_network("2002::/16"),  # 6to4: an IPv4 address within
    ip_network("3fff::/20"),  # documentation
)
_UNICAST = IPv6Network(
    "2000::/3"
)  # all of IPv6 that is given out; outside are ::1, fe80::, fc00::, fec0::, ff00::
_NAT64 = IPv6Network("64:ff9b::/96")


class OutOfReach(Exception):
    """One of a name's addresses is not to be reached."""


async def resolved(host: str, port: int) -> list[str]:
    """The numeric addresses of a name, as this machine knows them; OSError where it knows none."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


class Reach:
    """What may be reached: everything public, and the networks that the installation itself names."""

    def __init__(self, allowed: Iterable[str] = ()) -> None:
        self._allowed = tuple(ip_network(network) for network in allowed)

    def admits(self, address: str) -> bool:
        """Whether a connection to this numeric address may be opened; False for what is none."""
        try:
            found = within(ip_address(address))
        except ValueError:
            return False
        return any(found in network for network in self._allowed) or public(found)

    async def of(self, host: str, port: int, resolve: Resolve = resolved) -> list[str]:
        """A name's addresses, each once, to be connected to as they are: who resolves anew may find others.

        OutOfReach where any of them is not admitted; OSError where there is none.
        """
        try:
            addresses = list(dict.fromkeys(await resolve(host, port)))
        except UnicodeError:
            addresses = []
        if not addresses:
            raise OSError("the name has no address")
        if not all(self.admits(address) for address in addresses):
            raise OutOfReach
        return addresses


def within(address: Address) -> Address:
    """The IPv4 address that a mapped or translated IPv6 address leads to; else the address itself."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address in _NAT64:
            return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address


def public(address: Address) -> bool:
    """Whether it is a single other machine's on the public network."""
    if address.is_multicast or address.is_reserved or not address.is_global:
        return False
    if any(address in network for network in _NOT_PUBLIC):
        return False
    return isinstance(address, IPv4Address) or address in _UNICAST
