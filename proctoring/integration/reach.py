"""Requests to addresses that somebody else chose: never into our own network, unless allowed.

A name is looked up once, every address it has must be a public one, and the connection is made to
that very address: what a name server says a moment later changes nothing. Redirects are not
followed.
"""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Mapping, Sequence
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

Network = IPv4Network | IPv6Network

WITHIN_S = 5.0
LONGEST_URL = 2000  # characters


class Unreachable(Exception):
    """The sentence says why."""


def check_url(url: str) -> None:
    """Its form alone, which asks nobody. Raises Unreachable."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Unreachable("This is no address: write https://host/path.") from None
    if parts.scheme not in ("https", "http") or not parts.hostname or port == 0:
        raise Unreachable("The address has to be whole: https://host/path.")
    if parts.username or parts.password or len(url) > LONGEST_URL or not url.isascii():
        raise Unreachable("The address must be short, in ASCII, and without a name or password.")
    if any(ord(character) <= 32 or ord(character) == 127 for character in url):
        raise Unreachable("The address must not hold spaces or control characters.")


def addresses(url: str, allowed: Sequence[Network]) -> list[str]:
    """Where it is, in the order to try. Raises Unreachable."""
    check_url(url)
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Unreachable(f"The name {host} is not known to any name server.") from None
    names = list(dict.fromkeys(str(one[4][0]) for one in found))
    if refused := [name for name in names if not _is_allowed(name, allowed)]:
        raise Unreachable(
            f"{host} is {refused[0]}, which is not a public address. The operator can allow its"
            " network by OPENPROCTOR_WEBHOOK_NETWORKS."
        )
    is_public = all(ip_address(name.partition("%")[0]).is_global for name in names)
    if parts.scheme == "http" and is_public:
        raise Unreachable("A public address has to begin with https://.")
    return names


def post(url: str, body: bytes, headers: Mapping[str, str], allowed: Sequence[Network] = ()) -> int:
    """The status of the answer. Raises Unreachable."""
    names, parts = addresses(url, allowed), urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    port = parts.port or (443 if parts.scheme == "https" else 80)
    connection = http.client.HTTPConnection(parts.hostname or "", port, timeout=WITHIN_S)
    try:
        connection.sock = _connected(names, port, parts.hostname or "", parts.scheme)
        connection.request("POST", target, body, dict(headers))
        return connection.getresponse().status  # what else it says is not read
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise Unreachable(f"It did not answer: {type(error).__name__}.") from None
    finally:
        connection.close()


def _connected(names: Sequence[str], port: int, host: str, scheme: str) -> socket.socket:
    """To the first of the addresses that were checked. Raises OSError."""
    plain = socket.create_connection((names[0], port), WITHIN_S)
    if scheme == "http":
        return plain
    try:
        return ssl.create_default_context().wrap_socket(plain, server_hostname=host)
    except (OSError, ValueError):
        plain.close()
        raise


def _is_allowed(name: str, allowed: Sequence[Network]) -> bool:
    address = ip_address(name.partition("%")[0])
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return (address.is_global and not address.is_multicast) or any(
        address in network for network in allowed
    )
