"""Whose request it is, for counting: the address that nobody but the network can choose."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Network = IPv4Network | IPv6Network

UNKNOWN = "unknown"  # counted together


def client_address(peer: str, forwarded_for: str, trusted: Sequence[Network]) -> str:
    """The nearest address that is not one of our own proxies.

    `forwarded_for` is the `X-Forwarded-For` header. Anybody can write into it, and each proxy
    appends whom it heard; so it is read from its end, and only as far as proxies are trusted.
    """
    chain = [peer, *reversed([part.strip() for part in forwarded_for.split(",")])]
    for address in chain:
        if not _is_in(address, trusted):
            return household(address) if address else household(peer)
    return household(peer)


def household(address: str) -> str:
    """What one subscriber holds: an IPv4 address, or an IPv6 network of 64 bits."""
    try:
        found = ip_address(address)
    except ValueError:
        return UNKNOWN
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped:
            return str(found.ipv4_mapped)
        return str(ip_network((int(found) >> 64 << 64, 64)))
    return str(found)


def _is_in(address: str, networks: Sequence[Network]) -> bool:
    try:
        found = ip_address(address)
    except ValueError:
        return False
    return any(found in network for network in networks)
