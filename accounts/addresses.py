"""Which addresses count as one client."""

from __future__ import annotations

from ipaddress import IPv6Address, IPv6Network, ip_address


def network_of(address: str) -> str:
    """Return what limits count by: an IPv4 address, or the /64 of an IPv6 one.

    A single machine may use any address of its /64 (RFC 4291, 2.5.4): by address it would never reach a limit.
    """
    try:
        found = ip_address(address)
    except ValueError:  # a socket of the file system, or whatever a server calls its clients
        return address
    if not isinstance(found, IPv6Address):
        return address
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(IPv6Network((int(found), 64), strict=False))
